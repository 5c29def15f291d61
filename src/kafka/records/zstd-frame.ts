import { UnreadableRecords } from './unreadable.js';

/** Source of the layout: RFC 8878, section 3.1. */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC_MIN = 0x184d2a50;
const SKIPPABLE_MAGIC_MAX = 0x184d2a5f;
const BLOCK_BYTES_MAX = 128 * 1024;
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

export interface ZstdFrame {
  readonly bytes: Buffer;
  /** No more than so much comes out of it, whatever its header claims. */
  readonly outputBytesMax: number;
}

interface Header {
  readonly end: number;
  readonly checksumBytes: number;
  /** What the header claims; `null` when it claims nothing. */
  readonly contentBytes: number | null;
}

function readHeader(bytes: Buffer, start: number): Header {
  const flags = bytes[start + 4] ?? 0;
  const singleSegment = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >>> 6]!;
  const sizeAt = start + 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  const end = sizeAt + sizeBytes;
  if (end > bytes.length) throw new UnreadableRecords('the zstd frame ends within its header');
  const sizes: Record<number, () => number | null> = {
    0: () => null,
    1: () => bytes[sizeAt]!,
    2: () => bytes.readUInt16LE(sizeAt) + 256,
    4: () => bytes.readUInt32LE(sizeAt),
    8: () => Number(bytes.readBigUInt64LE(sizeAt)),
  };
  return { end, checksumBytes: flags & 4 ? 4 : 0, contentBytes: sizes[sizeBytes]!() };
}

/** Walks the blocks of a frame, which say how large each can become. */
function readFrame(bytes: Buffer, start: number): { readonly frame: ZstdFrame; readonly end: number } {
  const header = readHeader(bytes, start);
  let at = header.end;
  let outputBytesMax = 0;
  let last = false;
  while (!last) {
    if (at + 3 > bytes.length) throw new UnreadableRecords('the zstd frame ends within a block');
    const field = bytes.readUIntLE(at, 3);
    const type = (field >>> 1) & 3;
    const size = field >>> 3;
    if (type > COMPRESSED) throw new UnreadableRecords('a zstd block is of no known type');
    last = (field & 1) !== 0;
    outputBytesMax += type === RAW || type === RLE ? size : BLOCK_BYTES_MAX;
    at += 3 + (type === RLE ? 1 : size);
  }
  const end = at + header.checksumBytes;
  if (end > bytes.length) throw new UnreadableRecords('the zstd frame ends too early');
  const { contentBytes } = header;
  if (contentBytes !== null && contentBytes > outputBytesMax)
    throw new UnreadableRecords('a zstd frame claims more than it can hold');
  return { frame: { bytes: bytes.subarray(start, end), outputBytesMax: contentBytes ?? outputBytesMax }, end };
}

/** The frames of these bytes, measured without making any of what they hold. */
export function zstdFrames(bytes: Buffer): readonly ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) throw new UnreadableRecords('no zstd frame begins here');
    const magic = bytes.readUInt32LE(at);
    if (magic >= SKIPPABLE_MAGIC_MIN && magic <= SKIPPABLE_MAGIC_MAX) {
      at += 8 + bytes.readUInt32LE(at + 4);
    } else if (magic === MAGIC) {
      const { frame, end } = readFrame(bytes, at);
      frames.push(frame);
      at = end;
    } else {
      throw new UnreadableRecords('no zstd frame begins here');
    }
  }
  return frames;
}
