import { crc32 } from '@node-rs/crc32';
import type { Compression, NewRecord } from '../port.js';
import { codecNumber, compress } from './codecs.js';
import { writeInt64 } from './int64.js';
import { withOldChecksum } from './lz4-frame.js';

/** 0: without time, before Kafka 0.10; 1: with time. */
export type MessageMagic = 0 | 1;

/** Offset and length. */
const PREFIX_BYTES = 12;
const CRC_BYTES = 4;

/** Checksum, magic, attributes, time, and the lengths of key and value. */
const messageHeaderBytes = (magic: MessageMagic): number => (magic === 1 ? 22 : 14);

interface Message {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampMs: number;
  readonly codec: number;
}

const entryBytes = (magic: MessageMagic, { key, value }: Pick<Message, 'key' | 'value'>): number =>
  PREFIX_BYTES + messageHeaderBytes(magic) + (key?.length ?? 0) + (value?.length ?? 0);

function writeBytes(target: Buffer, bytes: Buffer | null, at: number): number {
  at = target.writeInt32BE(bytes ? bytes.length : -1, at);
  if (!bytes) return at;
  target.set(bytes, at);
  return at + bytes.length;
}

/** Source of the layout: Kafka documentation, "Old Message Format". */
function writeEntry(target: Buffer, magic: MessageMagic, message: Message, start: number): number {
  const end = start + entryBytes(magic, message);
  writeInt64(target, message.offset, start);
  target.writeInt32BE(end - start - PREFIX_BYTES, start + 8);
  const crcAt = start + PREFIX_BYTES;
  let at = crcAt + CRC_BYTES;
  target[at++] = magic;
  target[at++] = message.codec;
  if (magic === 1) {
    writeInt64(target, message.timestampMs, at);
    at += 8;
  }
  at = writeBytes(target, message.key, at);
  writeBytes(target, message.value, at);
  target.writeUInt32BE(crc32(target.subarray(crcAt + CRC_BYTES, end)), crcAt);
  return end;
}

/** Offsets count from 0: the broker sets those of a magic 0 set, and takes those of a packed magic 1 set as relative. */
function plainSet(records: readonly NewRecord[], magic: MessageMagic): Buffer {
  let bytes = 0;
  for (const record of records) bytes += entryBytes(magic, record);
  const target = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let offset = 0; offset < records.length; offset++) {
    const { key, value, timestampMs } = records[offset]!;
    at = writeEntry(target, magic, { offset, key, value, timestampMs, codec: 0 }, at);
  }
  return target;
}

/**
 * Records in the format before record batches. Compressed: the whole set packed as the value of one message, if that is
 * smaller. Headers and sequences have no place in it.
 */
export async function encodeMessageSet(
  records: readonly NewRecord[],
  magic: MessageMagic,
  compression: Compression,
): Promise<Buffer> {
  const plain = plainSet(records, magic);
  if (compression === 'none') return plain;
  const packed = await compress(compression, plain);
  const value = compression === 'lz4' && magic === 0 ? withOldChecksum(packed) : packed;
  const bytes = entryBytes(magic, { key: null, value });
  if (bytes >= plain.length) return plain;
  const target = Buffer.allocUnsafe(bytes);
  const timestampMs = records.reduce((latest, record) => Math.max(latest, record.timestampMs), -1);
  const codec = codecNumber(compression);
  writeEntry(target, magic, { offset: records.length - 1, key: null, value, timestampMs, codec }, 0);
  return target;
}
