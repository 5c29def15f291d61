import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UnreadableRecords } from './unreadable.js';

/** Undoes one kind of compression. Rejects when the result would be larger than `bytesMax`. */
export type Decompress = (bytes: Buffer, bytesMax: number) => Promise<Buffer>;

const gunzipOffThread = promisify(gunzip);

interface Codec {
  readonly name: string;
  /** `null`: known, but not readable here. */
  readonly decompress: Decompress | null;
}

/** By the number in the attributes of a batch. Source: Kafka documentation, "Record Batch", attributes bits 0 to 2. */
const codecs: readonly Codec[] = [
  { name: 'none', decompress: (bytes) => Promise.resolve(bytes) },
  { name: 'gzip', decompress: (bytes, bytesMax) => gunzipOffThread(bytes, { maxOutputLength: bytesMax }) },
  { name: 'snappy', decompress: null },
  { name: 'lz4', decompress: null },
  { name: 'zstd', decompress: null },
];

/** Throws `UnreadableRecords` when the codec is missing, the bytes are broken, or the result is too large. */
export async function decompress(codec: number, bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const known = codecs[codec];
  if (!known?.decompress)
    throw new UnreadableRecords(`compressed with ${known?.name ?? `codec ${codec}`}, which cannot be read`);
  try {
    return await known.decompress(bytes, bytesMax);
  } catch (cause) {
    throw new UnreadableRecords(`${known.name} could not be undone: ${(cause as Error).message}`, { cause });
  }
}
