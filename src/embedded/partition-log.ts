import type { FetchedRecord, NewRecord } from '../kafka/port.js';

/**
 * What the objects of one record cost beside its bytes: the record, two buffer views, the log's entry. Counted so that a
 * flood of empty messages meets the memory limit as well.
 */
export const recordOverheadBytes = 256;

/** Record batch v2: the header of a batch, and an upper bound for the lengths and deltas of one record. */
const batchHeaderBytes = 61;
const recordHeaderBytes = 21;

/** Records share a buffer up to this size, so that one record kept by a reader never keeps a whole batch alive. */
const segmentBytesMax = 64 * 1024;

const empty = Buffer.alloc(0);

interface Entry {
  readonly record: FetchedRecord;
  /** The bytes that records keep alive; shared by neighbours. */
  readonly segment: Buffer;
  /** Memory cost of the log from its very beginning up to and with this record. */
  readonly endBytes: number;
}

export interface LogRead {
  readonly records: readonly FetchedRecord[];
  readonly nextOffset: number;
  readonly retainedBytes: number;
}

/** The log of one partition: dense offsets, append at the end, drop at the start. */
export class PartitionLog {
  #entries: Entry[] = [];
  /** Index of the oldest record: dropping moves it, and the array is cut now and then. */
  #head = 0;
  #startOffset = 0;
  #startBytes = 0;
  #endBytes = 0;

  get startOffset(): number {
    return this.#startOffset;
  }

  get endOffset(): number {
    return this.#startOffset + this.#entries.length - this.#head;
  }

  /** Memory that the records cost. */
  get bytes(): number {
    return this.#endBytes - this.#startBytes;
  }

  /** Copies the records in, so that the log shares no memory with its writer. Returns the offset of the first. */
  append(records: readonly NewRecord[]): number {
    const baseOffset = this.endOffset;
    for (let from = 0; from < records.length;) {
      let to = from;
      let bytes = 0;
      do bytes += payloadBytes(records[to++]!);
      while (to < records.length && bytes < segmentBytesMax);
      this.#appendSegment(records, from, to, bytes);
      from = to;
    }
    return baseOffset;
  }

  #appendSegment(records: readonly NewRecord[], from: number, to: number, bytes: number): void {
    const segment = bytes === 0 ? empty : Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    const copy = (source: Buffer | null): Buffer | null => {
      if (source === null) return null;
      if (source.length === 0) return empty;
      const start = at;
      at += source.copy(segment, at);
      return segment.subarray(start, at);
    };
    for (let index = from; index < to; index++) {
      const { key, value, headers, timestampMs } = records[index]!;
      const record: FetchedRecord = {
        key: copy(key),
        value: copy(value),
        headers: headers.length === 0 ? [] : headers.map((header) => ({ key: header.key, value: copy(header.value) })),
        timestampMs,
        offset: this.endOffset,
      };
      this.#endBytes += payloadBytes(records[index]!) + recordOverheadBytes;
      this.#entries.push({ record, segment, endBytes: this.#endBytes });
    }
  }

  /** Memory cost of what lies between two offsets within the log. */
  bytesBetween(offset: number, endOffset: number): number {
    return offset >= endOffset ? 0 : this.#bytesBefore(endOffset) - this.#bytesBefore(offset);
  }

  /** Reads from an offset within the log up to another one: what fits into `maxBytes`, and the first record in any case. */
  read(offset: number, endOffset: number, maxBytes: number): LogRead {
    const limit = this.#bytesBefore(offset) + maxBytes;
    const records: FetchedRecord[] = [];
    let retainedBytes = 0;
    let segment: Buffer | undefined;
    const end = this.#indexOf(endOffset);
    for (let index = this.#indexOf(offset); index < end; index++) {
      const entry = this.#entries[index]!;
      if (records.length > 0 && entry.endBytes > limit) break;
      records.push(entry.record);
      if (entry.segment !== segment) retainedBytes += entry.segment.length;
      segment = entry.segment;
    }
    return {
      records,
      nextOffset: offset + records.length,
      retainedBytes: retainedBytes + records.length * recordOverheadBytes,
    };
  }

  /** Drops the newest records, from an offset within the log on; returns their values. */
  cutOff(offset: number): readonly (Buffer | null)[] {
    this.#endBytes = this.#bytesBefore(offset);
    return this.#entries.splice(this.#indexOf(offset)).map(({ record }) => record.value);
  }

  /** Drops the oldest records until at least `bytes` are free or none is left. */
  dropOldest(bytes: number): void {
    const until = this.#startBytes + bytes;
    while (this.#head < this.#entries.length && this.#startBytes < until) {
      this.#startBytes = this.#entries[this.#head]!.endBytes;
      this.#head++;
      this.#startOffset++;
    }
    // Behind the head the array still refers to what was dropped: a sixteenth of the log at the most.
    if (this.#head * 16 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  #indexOf(offset: number): number {
    return this.#head + offset - this.#startOffset;
  }

  #bytesBefore(offset: number): number {
    return offset === this.#startOffset ? this.#startBytes : this.#entries[this.#indexOf(offset) - 1]!.endBytes;
  }
}

/** Size of the batch that these records would make on a broker's disk. */
export function batchBytes(records: readonly NewRecord[]): number {
  let bytes = batchHeaderBytes;
  for (const record of records) bytes += payloadBytes(record) + recordHeaderBytes;
  return bytes;
}

function payloadBytes(record: NewRecord): number {
  let bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const header of record.headers) bytes += Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  return bytes;
}
