import { crc32c } from '@node-rs/crc32';
import type { FetchedRecord, RecordHeader } from '../port.js';
import { BATCH_HEADER_BYTES } from './batch-encoder.js';
import { decompress } from './codecs.js';
import { readInt64, readSafeInt64 } from './int64.js';
import { UnreadableRecords } from './unreadable.js';
import { VarintReader } from './varint.js';

const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const CONTROL = 0x20;

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

/** The part of a batch before its records. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly codec: number;
  /** Written by the cluster for itself (the ends of transactions); nothing in it is for a consumer. */
  readonly control: boolean;
  readonly records: number;
  readonly firstTimestampMs: number;
  /** Set when the broker's time of writing counts, instead of each record's own. */
  readonly appendTimestampMs: number | null;
}

/** Reads the header of a whole batch and checks the checksum over all of it. */
export function readBatchHeader(batch: Buffer): BatchHeader {
  if (batch.length < BATCH_HEADER_BYTES) throw new UnreadableRecords('a batch is shorter than its header');
  if (batch.readUInt32BE(17) !== crc32c(batch.subarray(21))) throw new UnreadableRecords('the checksum does not match');
  const baseOffset = readSafeInt64(batch, 0);
  const attributes = batch.readInt16BE(21);
  return {
    baseOffset,
    lastOffset: baseOffset + batch.readInt32BE(23),
    codec: attributes & CODEC_MASK,
    control: (attributes & CONTROL) !== 0,
    records: batch.readInt32BE(57),
    firstTimestampMs: readInt64(batch, 27),
    appendTimestampMs: (attributes & LOG_APPEND_TIME) !== 0 ? readInt64(batch, 35) : null,
  };
}

/** The bytes of the records: a slice of the batch, or a buffer of their own when it was compressed. */
export function recordsSection(batch: Buffer, header: BatchHeader, bytesMax: number): Buffer | Promise<Buffer> {
  const section = batch.subarray(BATCH_HEADER_BYTES);
  return header.codec === 0 ? section : decompress(header.codec, section, bytesMax);
}

function readHeaders(reader: VarintReader): readonly RecordHeader[] {
  const count = reader.read();
  if (count === 0) return NO_HEADERS;
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const key = reader.readBytes();
    if (!key) throw new UnreadableRecords('a header has no key');
    headers.push({ key: key.toString('utf8'), value: reader.readBytes() });
  }
  return headers;
}

/** The records from `fromOffset` on. Keys and values are slices of `section`. */
export function readRecords(section: Buffer, header: BatchHeader, fromOffset: number): FetchedRecord[] {
  const reader = new VarintReader(section);
  const records: FetchedRecord[] = [];
  for (let i = 0; i < header.records; i++) {
    const bytes = reader.read();
    const end = reader.at + bytes;
    if (bytes < 0 || end > section.length) throw new UnreadableRecords('a record goes past the end of its batch');
    // One byte of attributes, unused as yet.
    reader.at++;
    const timestampDelta = reader.read();
    const timestampMs = header.appendTimestampMs ?? header.firstTimestampMs + timestampDelta;
    const offset = header.baseOffset + reader.read();
    if (offset >= fromOffset) {
      const key = reader.readBytes();
      const value = reader.readBytes();
      records.push({ offset, timestampMs, key, value, headers: readHeaders(reader) });
    }
    reader.at = end;
  }
  return records;
}
