import { compressSync, uncompressSync } from 'snappy';
import { UnreadableRecords } from './unreadable.js';

/** What stands before the blocks in the framing of Java's snappy library: a magic, its version, the oldest that can read it. */
const HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1]);
const MAGIC = HEADER.subarray(0, 8);

/** Of one block, before it is packed: the block size of the Java clients. */
const BLOCK_BYTES = 32 * 1024;

/** The densest element copies 64 bytes and takes 3. Source: "Snappy compressed format description". */
const outputBytesMaxOf = (inputBytes: number): number => Math.ceil((inputBytes * 64) / 3);

/** In the framing that the Java clients and brokers write, which every client reads. */
export function snappyCompress(bytes: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = compressSync(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** The bare blocks: those of the framing, or all of it where a client (librdkafka, say) writes none. */
function blocksOf(bytes: Buffer): readonly Buffer[] {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return [bytes];
  const blocks: Buffer[] = [];
  for (let at = HEADER.length; at < bytes.length;) {
    const start = at + 4;
    const end = start + (start > bytes.length ? 0 : bytes.readInt32BE(at));
    if (end <= start || end > bytes.length) throw new UnreadableRecords('a block goes past the end');
    blocks.push(bytes.subarray(start, end));
    at = end;
  }
  return blocks;
}

/** How large a block says that it will be: believed only as far as its own length allows. */
function claimedBytes(block: Buffer): number {
  let claimed = 0;
  let weight = 1;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    claimed += (byte & 127) * weight;
    weight *= 128;
    if (byte < 128) {
      if (claimed > outputBytesMaxOf(block.length)) throw new UnreadableRecords('a block claims more than it can hold');
      return claimed;
    }
  }
  throw new UnreadableRecords('a block has no length');
}

export function snappyDecompress(bytes: Buffer, bytesMax: number): Buffer {
  const blocks = blocksOf(bytes);
  let total = 0;
  for (const block of blocks) total += claimedBytes(block);
  if (total > bytesMax) throw new UnreadableRecords(`more than ${bytesMax} bytes`);
  const plain = blocks.map((block) => uncompressSync(block) as Buffer);
  return plain.length === 1 ? plain[0]! : Buffer.concat(plain, total);
}
