import { UnreadableRecords } from './unreadable.js';

/**
 * Zigzag variable-length integers as record batches have them, for whole numbers up to 2^52 either way: enough for every
 * length, offset delta and time delta. Source: Kafka protocol guide, "Protocol Primitive Types", VARINT and VARLONG.
 */
export function varintBytes(value: number): number {
  let rest = zigzag(value);
  let bytes = 1;
  while (rest > 127) {
    rest = shift7(rest);
    bytes++;
  }
  return bytes;
}

/** Writes and gives the place after it. */
export function writeVarint(target: Buffer, value: number, at: number): number {
  let rest = zigzag(value);
  while (rest > 127) {
    target[at++] = (rest % 128) | 128;
    rest = shift7(rest);
  }
  target[at++] = rest;
  return at;
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

const shift7 = (value: number): number => (value < 2_147_483_648 ? value >>> 7 : Math.floor(value / 128));

/** The largest weight that a byte of a VARLONG has: ten bytes of seven bits. */
const WEIGHT_MAX = 2 ** 63;

/** Reads one after another; throws `UnreadableRecords` past the end. */
export class VarintReader {
  at = 0;
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  read(): number {
    let byte = this.#byte();
    if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 127;
    let weight = 128;
    do {
      if (weight > WEIGHT_MAX) throw new UnreadableRecords('a number has no end');
      byte = this.#byte();
      value += (byte & 127) * weight;
      weight *= 128;
    } while (byte >= 128);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** The bytes whose length comes first, as a slice; -1 means null. */
  readBytes(): Buffer | null {
    const length = this.read();
    if (length === -1) return null;
    const end = this.at + length;
    if (length < 0 || end > this.bytes.length) throw new UnreadableRecords('a length goes past the end');
    const slice = this.bytes.subarray(this.at, end);
    this.at = end;
    return slice;
  }

  #byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new UnreadableRecords('the bytes end within a record');
    return byte;
  }
}
