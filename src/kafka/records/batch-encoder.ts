import { crc32c } from '@node-rs/crc32';
import type { NewRecord } from '../port.js';
import { writeInt64 } from './int64.js';
import { varintBytes, writeVarint } from './varint.js';

/** Bytes of a batch before its first record. */
export const BATCH_HEADER_BYTES = 61;
const CRC_AT = 17;
const CRC_COVERS_FROM = 21;
const MAGIC = 2;

/** How large a batch will be, found out before its one buffer is made. */
export interface BatchPlan {
  readonly bytes: number;
  /** Of each record, its own length field not counted. */
  readonly recordBytes: Int32Array;
  readonly firstTimestampMs: number;
  readonly maxTimestampMs: number;
}

const bytesOf = (bytes: Buffer | null): number => (bytes ? varintBytes(bytes.length) + bytes.length : 1);

function headersBytes(record: NewRecord): number {
  let bytes = varintBytes(record.headers.length);
  for (const { key, value } of record.headers) {
    const keyBytes = Buffer.byteLength(key);
    bytes += varintBytes(keyBytes) + keyBytes + bytesOf(value);
  }
  return bytes;
}

export function planBatch(records: readonly NewRecord[]): BatchPlan {
  const firstTimestampMs = records[0]?.timestampMs ?? 0;
  let maxTimestampMs = firstTimestampMs;
  let bytes = BATCH_HEADER_BYTES;
  const recordBytes = new Int32Array(records.length);
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    const { timestampMs } = record;
    if (timestampMs > maxTimestampMs) maxTimestampMs = timestampMs;
    const own =
      1 +
      varintBytes(timestampMs - firstTimestampMs) +
      varintBytes(i) +
      bytesOf(record.key) +
      bytesOf(record.value) +
      headersBytes(record);
    recordBytes[i] = own;
    bytes += varintBytes(own) + own;
  }
  return { bytes, recordBytes, firstTimestampMs, maxTimestampMs };
}

function writeBytes(target: Buffer, bytes: Buffer | null, at: number): number {
  if (!bytes) return writeVarint(target, -1, at);
  at = writeVarint(target, bytes.length, at);
  target.set(bytes, at);
  return at + bytes.length;
}

function writeRecord(target: Buffer, record: NewRecord, index: number, plan: BatchPlan, at: number): number {
  at = writeVarint(target, plan.recordBytes[index]!, at);
  target[at++] = 0;
  at = writeVarint(target, record.timestampMs - plan.firstTimestampMs, at);
  at = writeVarint(target, index, at);
  at = writeBytes(target, record.key, at);
  at = writeBytes(target, record.value, at);
  at = writeVarint(target, record.headers.length, at);
  for (const { key, value } of record.headers) {
    at = writeVarint(target, Buffer.byteLength(key), at);
    at += target.write(key, at, 'utf8');
    at = writeBytes(target, value, at);
  }
  return at;
}

/**
 * Writes a record batch (magic 2, no compression, no producer id) at this place of a buffer that is made for it, and gives
 * the place after it. Source of the layout: Kafka documentation, "Record Batch".
 */
export function writeBatch(target: Buffer, records: readonly NewRecord[], plan: BatchPlan, start: number): number {
  writeInt64(target, 0, start);
  target.writeInt32BE(plan.bytes - 12, start + 8);
  target.writeInt32BE(-1, start + 12);
  target[start + 16] = MAGIC;
  target.writeInt16BE(0, start + 21);
  target.writeInt32BE(records.length - 1, start + 23);
  writeInt64(target, plan.firstTimestampMs, start + 27);
  writeInt64(target, plan.maxTimestampMs, start + 35);
  writeInt64(target, -1, start + 43);
  target.writeInt16BE(-1, start + 51);
  target.writeInt32BE(-1, start + 53);
  target.writeInt32BE(records.length, start + 57);
  let at = start + BATCH_HEADER_BYTES;
  for (let i = 0; i < records.length; i++) at = writeRecord(target, records[i]!, i, plan, at);
  target.writeUInt32BE(crc32c(target.subarray(start + CRC_COVERS_FROM, at)), start + CRC_AT);
  return at;
}
