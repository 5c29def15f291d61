import { readSafeInt64 } from '../records/int64.js';

/** Reads the primitive types of an answer one after another. Source: Kafka protocol guide, "Protocol Primitive Types". */
export class AnswerReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  /** An offset: throws beyond the safe integers. */
  offset(): number {
    this.#at += 8;
    return readSafeInt64(this.#bytes, this.#at - 8);
  }

  string(): string {
    const bytes = this.int16();
    this.#at += bytes;
    return this.#bytes.toString('utf8', this.#at - bytes, this.#at);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** Bytes behind their length, as a slice; null is an empty one. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Elements behind their count; null is none. */
  array<T>(element: (reader: AnswerReader) => T): T[] {
    const elements: T[] = [];
    for (let left = this.int32(); left > 0; left--) elements.push(element(this));
    return elements;
  }
}
