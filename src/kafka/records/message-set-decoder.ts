import { crc32 } from '@node-rs/crc32';
import type { FetchedRecord, RecordHeader } from '../port.js';
import { decompress } from './codecs.js';
import { readInt64, readSafeInt64 } from './int64.js';
import { UnreadableRecords } from './unreadable.js';

const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const CRC_AT = 12;
const CRC_COVERS_FROM = 16;

/** Brokers pack once; a producer of old may have packed what was packed. */
const WRAPPERS_MAX = 3;

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);
const NO_TIME_MS = -1;

interface Message {
  readonly offset: number;
  readonly magic: number;
  readonly codec: number;
  /** The broker's time of writing counts. */
  readonly appendTime: boolean;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

function readBytes(entry: Buffer, at: number): Buffer | null {
  const bytes = at + 4 <= entry.length ? entry.readInt32BE(at) : NaN;
  if (bytes === -1) return null;
  if (!(bytes >= 0) || at + 4 + bytes > entry.length) throw new UnreadableRecords('a message goes past its end');
  return entry.subarray(at + 4, at + 4 + bytes);
}

/** One whole entry, checksum checked. Source of the layout: Kafka documentation, "Old Message Format". */
function readMessage(entry: Buffer): Message {
  if (entry.readUInt32BE(CRC_AT) !== crc32(entry.subarray(CRC_COVERS_FROM)))
    throw new UnreadableRecords('the checksum does not match');
  const magic = entry[16]!;
  const attributes = entry[17]!;
  const keyAt = magic === 1 ? 26 : 18;
  const key = readBytes(entry, keyAt);
  return {
    offset: readSafeInt64(entry, 0),
    magic,
    codec: attributes & CODEC_MASK,
    appendTime: magic === 1 && (attributes & LOG_APPEND_TIME) !== 0,
    timestampMs: magic === 1 ? readInt64(entry, 18) : NO_TIME_MS,
    key,
    value: readBytes(entry, keyAt + 4 + (key?.length ?? 0)),
  };
}

const toRecord = ({ offset, timestampMs, key, value }: Message): FetchedRecord => {
  return { offset, timestampMs, key, value, headers: NO_HEADERS };
};

/** The entries of a set that is whole: what is packed was never cut off. */
function* entriesOf(set: Buffer): Iterable<Buffer> {
  for (let at = 0; at < set.length;) {
    const end = at + 12 + (at + 12 <= set.length ? set.readInt32BE(at + 8) : NaN);
    if (!(end >= at + 26 && end <= set.length)) throw new UnreadableRecords('a packed message goes past its end');
    yield set.subarray(at, end);
    at = end;
  }
}

export interface Messages {
  readonly records: readonly FetchedRecord[];
  readonly decompressedBytes: number;
}

/**
 * What a wrapper holds. Its offset is that of the last message in it. Within magic 1 offsets are relative (KIP-31), within
 * magic 0 they are what they are.
 */
async function unpack(wrapper: Message, bytesMax: number, depth: number): Promise<Messages> {
  if (!wrapper.value) throw new UnreadableRecords('a compressed message holds nothing');
  if (depth > WRAPPERS_MAX) throw new UnreadableRecords(`messages are packed more than ${WRAPPERS_MAX} times`);
  const set = await decompress(wrapper.codec, wrapper.value, bytesMax);
  const records: FetchedRecord[] = [];
  let decompressedBytes = set.length;
  for (const entry of entriesOf(set)) {
    const message = readMessage(entry);
    if (message.codec === 0) {
      records.push(toRecord(message));
    } else {
      const packed = await unpack(message, bytesMax - decompressedBytes, depth + 1);
      decompressedBytes += packed.decompressedBytes;
      for (const record of packed.records) records.push(record);
    }
  }
  const last = records.at(-1);
  const shift = wrapper.magic === 1 && last ? wrapper.offset - last.offset : 0;
  const moved = records.map((record) => ({
    ...record,
    offset: record.offset + shift,
    timestampMs: wrapper.appendTime ? wrapper.timestampMs : record.timestampMs,
  }));
  return { records: moved, decompressedBytes };
}

/** The records of one entry of magic 0 or 1. Keys and values are slices of it, or of what was decompressed. */
export function readEntry(entry: Buffer, bytesMax: number): Messages | Promise<Messages> {
  const message = readMessage(entry);
  return message.codec === 0 ? { records: [toRecord(message)], decompressedBytes: 0 } : unpack(message, bytesMax, 1);
}
