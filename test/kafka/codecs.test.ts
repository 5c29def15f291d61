import { compressFrameSync } from 'lz4-napi';
import { gzipSync } from 'node:zlib';
import { compressSync as snappyBlock } from 'snappy';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/host/virtual-host.js';
import type { Compression } from '../../src/kafka/port.js';
import { codecNumber, compress, decompress } from '../../src/kafka/records/codecs.js';
import { withOldChecksum } from '../../src/kafka/records/lz4-frame.js';
import { UnreadableRecords } from '../../src/kafka/records/unreadable.js';

const CODECS: readonly Compression[] = ['gzip', 'snappy', 'lz4', 'zstd'];
const undo = async (codec: Compression, bytes: Buffer, bytesMax = 10_000_000) =>
  decompress(codecNumber(codec), bytes, bytesMax);
const refused = (codec: Compression, bytes: Buffer, bytesMax?: number) =>
  undo(codec, bytes, bytesMax).then(
    () => expect.unreachable('it was read'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(UnreadableRecords);
      return (error as Error).message;
    },
  );

/** Text with repetitions near and far, like logs have. */
function someText(bytes: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const words = Array.from({ length: 500 }, () => Math.floor(random.next() * 36 ** 6).toString(36));
  const parts: string[] = [];
  for (let length = 0; length < bytes;) {
    const word = words[Math.floor(random.next() * words.length)]!;
    parts.push(word);
    length += word.length;
  }
  return Buffer.from(parts.join('').slice(0, bytes));
}
const base64 = (text: string) => Buffer.from(text, 'base64');

/** 70,000 bytes, as the tools of these formats pack them. */
const REPEATED = Buffer.from('kafka pixy '.repeat(9_000).slice(0, 70_000));
const LZ4_LINKED_BLOCKS = base64(
  `BCJNGEBAwBUBAAC/a2Fma2EgcGl4eSALAP${'/'.repeat(341)}dUGEgcGl4GwAAAA/3${'/'.repeat(24)}aVBma2EgcAAAAAA=`,
);
const ZSTD_OF_UNKNOWN_SIZE = base64('KLUv/QRYnQAAWGthZmthIHBpeHkgAQBiEc6LF8CtvSI=');
const ZSTD_OF_KNOWN_SIZE = base64('KLUv/aRwEQEAnQAAWGthZmthIHBpeHkgAQBiEc6LF8CtvSI=');

describe.each(CODECS)('%s', (codec) => {
  it.each([0, 1, 100, 32_768, 32_769, 1_000_000])('gives back %i bytes as they were', async (bytes) => {
    const plain = someText(bytes, bytes);
    const packed = await compress(codec, plain);
    expect((await undo(codec, packed)).equals(plain)).toBe(true);
    if (bytes > 1_000) expect(packed.length).toBeLessThan(bytes);
  });

  it('gives back bytes that cannot be packed', async () => {
    const random = seededRandom(7);
    const noise = Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random.next() * 256)));
    expect((await undo(codec, await compress(codec, noise))).equals(noise)).toBe(true);
  });

  it('is not undone beyond the limit, and is up to it', async () => {
    const bomb = await compress(codec, Buffer.alloc(3_000_000));
    expect(await refused(codec, bomb, 2_999_999)).toContain(codec);
    // A block of zstd may hold up to 128 KiB, which counts as long as nothing else says how much it is.
    expect(await undo(codec, bomb, 3_000_000)).toHaveLength(3_000_000);
  });

  it('that is broken or cut off is an error of the records, never another one', async () => {
    const packed = await compress(codec, someText(5_000, 1));
    const random = seededRandom(3);
    for (let round = 0; round < 300; round++) {
      const bad = Buffer.from(packed);
      for (let i = 0; i < 3; i++) bad[Math.floor(random.next() * bad.length)] = Math.floor(random.next() * 256);
      const outcome = await undo(codec, bad, 1_000_000).catch((error: unknown) => error);
      if (!Buffer.isBuffer(outcome)) expect(outcome).toBeInstanceOf(UnreadableRecords);
    }
    for (const cut of [0, 1, 5, 10, 20, packed.length >> 1, packed.length - 1]) {
      const outcome = await undo(codec, packed.subarray(0, cut), 1_000_000).catch((error: unknown) => error);
      if (Buffer.isBuffer(outcome)) expect(outcome.length).toBe(0);
      else expect(outcome).toBeInstanceOf(UnreadableRecords);
    }
  });
});

describe('snappy', () => {
  it('without framing is read, as librdkafka and Go clients write it', async () => {
    const plain = someText(100_000, 2);
    expect((await undo('snappy', snappyBlock(plain))).equals(plain)).toBe(true);
  });

  it('is written with the framing of the Java clients', async () => {
    const packed = await compress('snappy', someText(100, 2));
    expect(packed.subarray(0, 16).toString('hex')).toBe('82534e4150505900' + '00000001' + '00000001');
    expect(packed.readInt32BE(16)).toBe(packed.length - 20);
  });

  it('that claims to hold gigabytes is refused before any are made', async () => {
    const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0x00]);
    expect(await refused('snappy', claim, Number.MAX_SAFE_INTEGER)).toContain('claims more');
  });
});

describe('lz4', () => {
  it('with blocks that refer to those before is read', async () => {
    expect((await undo('lz4', LZ4_LINKED_BLOCKS)).equals(REPEATED)).toBe(true);
  });

  it('with the header checksum of Kafka before 0.10 is read (KIP-57)', async () => {
    const plain = someText(50_000, 4);
    const frame = compressFrameSync(plain);
    const old = withOldChecksum(Buffer.from(frame));
    expect(old[6]).not.toBe(frame[6]);
    expect((await undo('lz4', old)).equals(plain)).toBe(true);
    expect(old.subarray(0, 6).equals(frame.subarray(0, 6))).toBe(true);
  });

  it('ends with its first frame: what follows it is not looked at', async () => {
    const frame = compressFrameSync(Buffer.from('one'));
    const two = Buffer.concat([frame, compressFrameSync(Buffer.alloc(5_000_000))]);
    expect((await undo('lz4', two, 1_000)).toString()).toBe('one');
  });
});

describe('zstd', () => {
  it.each([
    ['that says how large it is', ZSTD_OF_KNOWN_SIZE],
    ['that does not, as the Java clients write it', ZSTD_OF_UNKNOWN_SIZE],
  ])('%s is read', async (_, packed) => {
    expect((await undo('zstd', packed)).equals(REPEATED)).toBe(true);
  });

  it('in several frames, with one to be skipped between them, is read', async () => {
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
    const packed = Buffer.concat([ZSTD_OF_KNOWN_SIZE, skipped, ZSTD_OF_UNKNOWN_SIZE]);
    expect((await undo('zstd', packed)).equals(Buffer.concat([REPEATED, REPEATED]))).toBe(true);
  });

  it('that claims to hold gigabytes is refused before any are made', async () => {
    const claim = Buffer.from(ZSTD_OF_KNOWN_SIZE);
    claim.writeUInt32LE(0x7fff_ffff, 5);
    expect(await refused('zstd', claim, Number.MAX_SAFE_INTEGER)).toContain('claims more');
  });

  it('of more than a mebibyte, of unknown size, is read', async () => {
    // The same block of 128 KiB of one byte, forty times, then the last one.
    const block = (last: number) => [((131_072 << 3) | (1 << 1) | last) & 255, (131_072 << 3) >>> 8, 16, 0x61];
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const blocks = Array.from({ length: 40 }, (_, i) => Buffer.from(block(i === 39 ? 1 : 0)));
    const plain = await undo('zstd', Buffer.concat([frame, ...blocks]));
    expect(plain.equals(Buffer.alloc(40 * 131_072, 'a'))).toBe(true);
  });
});

it('an unknown codec is named by its number', async () => {
  expect(() => decompress(7, gzipSync('x'), 100)).toThrow('codec 7');
});
