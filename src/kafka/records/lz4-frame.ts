import type * as lz4Napi from 'lz4-napi';
import { UnreadableRecords } from './unreadable.js';

/** Loaded at first use: few need it, and it takes some MiB. */
let loading: Promise<typeof lz4Napi> | undefined;
const native = () => (loading ??= import('lz4-napi'));

/** Source of the layout: "LZ4 Frame Format Description" and "LZ4 Block Format Description". */
const MAGIC = 0x184d2204;
const MAGIC_BYTES = 4;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const UNCOMPRESSED_BLOCK = 0x8000_0000;
const MATCH_BYTES_MIN = 4;

const PRIME_2 = 2_246_822_519;
const PRIME_3 = 3_266_489_917;
const PRIME_4 = 668_265_263;
const PRIME_5 = 374_761_393;

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** xxHash, 32 bits, seed 0, for fewer than 16 bytes, as a frame's header is. Source: the xxHash specification. */
function xxh32(bytes: Buffer): number {
  let hash = (PRIME_5 + bytes.length) | 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(rotated((hash + Math.imul(bytes.readInt32LE(at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < bytes.length; at++)
    hash = Math.imul(rotated((hash + Math.imul(bytes[at]!, PRIME_5)) | 0, 11), 2_654_435_761);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const checksumOf = (covered: Buffer): number => (xxh32(covered) >>> 8) & 0xff;

/** Where the checksum of the header stands: its last byte. */
function headerChecksumAt(frame: Buffer): number {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) throw new UnreadableRecords('no lz4 frame begins here');
  const flags = frame[MAGIC_BYTES]!;
  return MAGIC_BYTES + 2 + (flags & CONTENT_SIZE ? 8 : 0) + (flags & DICTIONARY ? 4 : 0);
}

/**
 * With the header's checksum as Kafka before 0.10 computed it, over the magic as well. What is kept in message sets of magic 0
 * has that one in all versions. Source: KIP-57.
 */
export function withOldChecksum(frame: Buffer): Buffer {
  const at = headerChecksumAt(frame);
  frame[at] = checksumOf(frame.subarray(0, at));
  return frame;
}

/** Mended where it is the old one, or broken: what the frame stands in has a checksum over all of it. */
function withRightChecksum(frame: Buffer): Buffer {
  const at = headerChecksumAt(frame);
  const right = checksumOf(frame.subarray(MAGIC_BYTES, at));
  if (frame[at] === right) return frame;
  const mended = Buffer.from(frame);
  mended[at] = right;
  return mended;
}

/** How large a block will be, by its instructions alone. */
function blockOutputBytes(frame: Buffer, start: number, end: number): number {
  let bytes = 0;
  let at = start;
  const length = (nibble: number): number => {
    let value = nibble;
    if (nibble < 15) return value;
    let byte: number;
    do {
      byte = frame[at++] ?? 0;
      value += byte;
    } while (byte === 255 && at < end);
    return value;
  };
  while (at < end) {
    const token = frame[at++]!;
    const literals = length(token >>> 4);
    at += literals;
    bytes += literals;
    // The last sequence has literals only.
    if (at >= end) break;
    at += 2;
    bytes += length(token & 15) + MATCH_BYTES_MIN;
  }
  return bytes;
}

/** The first frame, alone, and how large it will be: found out without making any of it. */
function measured(frame: Buffer): { readonly end: number; readonly outputBytes: number } {
  const flags = frame[MAGIC_BYTES]!;
  let at = headerChecksumAt(frame) + 1;
  let outputBytes = 0;
  while (at + 4 <= frame.length) {
    const field = frame.readUInt32LE(at);
    at += 4;
    if (field === 0) return { end: at + (flags & CONTENT_CHECKSUM ? 4 : 0), outputBytes };
    const bytes = field % UNCOMPRESSED_BLOCK;
    if (at + bytes > frame.length) break;
    outputBytes += field >= UNCOMPRESSED_BLOCK ? bytes : blockOutputBytes(frame, at, at + bytes);
    at += bytes + (flags & BLOCK_CHECKSUMS ? 4 : 0);
  }
  throw new UnreadableRecords('the lz4 frame ends too early');
}

export const lz4Compress = async (bytes: Buffer): Promise<Buffer> => (await native()).compressFrameSync(bytes);

export async function lz4Decompress(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const frame = withRightChecksum(bytes);
  const { end, outputBytes } = measured(frame);
  if (outputBytes > bytesMax) throw new UnreadableRecords(`more than ${bytesMax} bytes`);
  return (await native()).decompressFrameSync(frame.subarray(0, end));
}
