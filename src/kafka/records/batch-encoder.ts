import { crc32c } from '@node-rs/crc32';
import type { BatchSequence, Compression, NewRecord } from '../port.js';
import { codecNumber, compress } from './codecs.js';
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

/** What the header says beside the records. */
export interface BatchTraits {
  /** Of the section with the records; 0: none. */
  readonly codec: number;
  readonly sequence: BatchSequence | undefined;
}

/** All but the checksum, which covers what follows, too. Source of the layout: Kafka documentation, "Record Batch". */
function writeHeader(target: Buffer, plan: BatchPlan, bytes: number, traits: BatchTraits, start: number): void {
  const { sequence } = traits;
  const records = plan.recordBytes.length;
  writeInt64(target, 0, start);
  target.writeInt32BE(bytes - 12, start + 8);
  target.writeInt32BE(-1, start + 12);
  target[start + 16] = MAGIC;
  target.writeInt16BE(traits.codec, start + 21);
  target.writeInt32BE(records - 1, start + 23);
  writeInt64(target, plan.firstTimestampMs, start + 27);
  writeInt64(target, plan.maxTimestampMs, start + 35);
  writeInt64(target, sequence?.id ?? -1, start + 43);
  target.writeInt16BE(sequence?.epoch ?? -1, start + 51);
  target.writeInt32BE(sequence?.baseSequence ?? -1, start + 53);
  target.writeInt32BE(records, start + 57);
}

function writeRecords(target: Buffer, records: readonly NewRecord[], plan: BatchPlan, at: number): number {
  for (let i = 0; i < records.length; i++) at = writeRecord(target, records[i]!, i, plan, at);
  return at;
}

const writeChecksum = (target: Buffer, start: number, end: number): void => {
  target.writeUInt32BE(crc32c(target.subarray(start + CRC_COVERS_FROM, end)), start + CRC_AT);
};

/** Writes a record batch (magic 2, not compressed) at this place of a buffer that is made for it; gives the place after it. */
export function writeBatch(
  target: Buffer,
  records: readonly NewRecord[],
  plan: BatchPlan,
  sequence: BatchSequence | undefined,
  start: number,
): number {
  writeHeader(target, plan, plan.bytes, { codec: 0, sequence }, start);
  const end = writeRecords(target, records, plan, start + BATCH_HEADER_BYTES);
  writeChecksum(target, start, end);
  return end;
}

/** A batch from here on is judged by a sample: to pack what is packed already costs as much as to pack anything else. */
const SAMPLED_FROM_BYTES = 64 * 1024;
const SAMPLE_BYTES = 16 * 1024;
/** What the sample has to shrink by, as a share. */
const GAIN_MIN = 0.03;

/** The first values, as much as tells whether they were packed, or random, before. */
async function isPackedAlready(records: readonly NewRecord[], compression: Compression): Promise<boolean> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const { value } of records) {
    if (bytes >= SAMPLE_BYTES) break;
    const part = (value ?? Buffer.alloc(0)).subarray(0, SAMPLE_BYTES - bytes);
    parts.push(part);
    bytes += part.length;
  }
  if (bytes < SAMPLE_BYTES) return false;
  return (await compress(compression, Buffer.concat(parts, bytes))).length > bytes * (1 - GAIN_MIN);
}

/** A compressed record batch; `null` when it would not be smaller so. */
export async function compressedBatch(
  records: readonly NewRecord[],
  plan: BatchPlan,
  sequence: BatchSequence | undefined,
  compression: Compression,
): Promise<Buffer | null> {
  if (plan.bytes >= SAMPLED_FROM_BYTES && (await isPackedAlready(records, compression))) return null;
  const section = Buffer.allocUnsafe(plan.bytes - BATCH_HEADER_BYTES);
  writeRecords(section, records, plan, 0);
  const packed = await compress(compression, section);
  if (packed.length >= section.length) return null;
  const batch = Buffer.allocUnsafe(BATCH_HEADER_BYTES + packed.length);
  writeHeader(batch, plan, batch.length, { codec: codecNumber(compression), sequence }, 0);
  batch.set(packed, BATCH_HEADER_BYTES);
  writeChecksum(batch, 0, batch.length);
  return batch;
}
