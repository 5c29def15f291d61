import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import type * as zstdWasm from '@bokuweb/zstd-wasm';
import type { Compression } from '../port.js';
import { lz4Compress, lz4Decompress } from './lz4-frame.js';
import { snappyCompress, snappyDecompress } from './snappy-stream.js';
import { UnreadableRecords } from './unreadable.js';
import { zstdFrames } from './zstd-frame.js';

interface Codec {
  readonly name: Compression;
  compress(bytes: Buffer): Buffer | Promise<Buffer>;
  /** Throws, or rejects, when the result would be larger than `bytesMax`: before it is made, as far as that can be known. */
  decompress(bytes: Buffer, bytesMax: number): Buffer | Promise<Buffer>;
}

const gzipOffThread = promisify(gzip);
const gunzipOffThread = promisify(gunzip);

/** From here on another thread is worth its way: gzip takes some 15 ms for a MiB. */
const OFF_THREAD_BYTES_MIN = 32 * 1024;

/** Compiled at first use: few need it, and it takes some ms and MiB. */
let zstdLoading: Promise<typeof zstdWasm> | undefined;
const zstd = () =>
  (zstdLoading ??= import('@bokuweb/zstd-wasm').then(async (loaded) => {
    await loaded.init();
    return loaded;
  }));

/** Of the Java clients. */
const ZSTD_LEVEL = 3;

const viewed = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

async function zstdDecompress(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const frames = zstdFrames(bytes);
  let total = 0;
  for (const frame of frames) total += frame.outputBytesMax;
  if (total > bytesMax) throw new UnreadableRecords(`more than ${bytesMax} bytes`);
  const { decompress: unpack } = await zstd();
  const plain = frames.map((frame) => viewed(unpack(frame.bytes, { defaultHeapSize: frame.outputBytesMax })));
  return plain.length === 1 ? plain[0]! : Buffer.concat(plain);
}

/** By the number in the attributes of a batch. Source: Kafka documentation, "Record Batch", attributes bits 0 to 2. */
const codecs: readonly Codec[] = [
  { name: 'none', compress: (bytes) => bytes, decompress: (bytes) => bytes },
  {
    name: 'gzip',
    compress: (bytes) => (bytes.length < OFF_THREAD_BYTES_MIN ? gzipSync(bytes) : gzipOffThread(bytes)),
    decompress: (bytes, maxOutputLength) =>
      bytes.length < OFF_THREAD_BYTES_MIN
        ? gunzipSync(bytes, { maxOutputLength })
        : gunzipOffThread(bytes, { maxOutputLength }),
  },
  { name: 'snappy', compress: snappyCompress, decompress: snappyDecompress },
  { name: 'lz4', compress: lz4Compress, decompress: lz4Decompress },
  {
    name: 'zstd',
    compress: async (bytes) => viewed((await zstd()).compress(bytes, ZSTD_LEVEL)),
    decompress: zstdDecompress,
  },
];

/** The number that stands for it in the attributes of a batch or a message. */
export const codecNumber = (compression: Compression): number => codecs.findIndex(({ name }) => name === compression);

/** Small ones at once, large ones off the thread where that pays. */
export const compress = (compression: Compression, bytes: Buffer): Buffer | Promise<Buffer> =>
  codecs[codecNumber(compression)]!.compress(bytes);

/** Throws or rejects with `UnreadableRecords` when the codec is unknown, the bytes are broken, or the result is too large. */
export function decompress(codec: number, bytes: Buffer, bytesMax: number): Buffer | Promise<Buffer> {
  const known = codecs[codec];
  if (!known) throw new UnreadableRecords(`compressed with codec ${codec}, which nobody knows`);
  const unreadable = (cause: unknown) =>
    new UnreadableRecords(`${known.name} could not be undone: ${(cause as Error).message}`, { cause });
  try {
    const plain = known.decompress(bytes, bytesMax);
    if (Buffer.isBuffer(plain)) return plain;
    return plain.catch((cause: unknown) => {
      throw unreadable(cause);
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}
