import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/host/virtual-host.js';
import type { FetchedRecord, NewRecord } from '../../src/kafka/port.js';
import { compressedBatch, planBatch, writeBatch } from '../../src/kafka/records/batch-encoder.js';
import { decodeRecordSet } from '../../src/kafka/records/record-set.js';
import { anyRecords, batchAt, changed, kafkajsBatch, packableRecords } from './batches.js';

const options = {
  fromOffset: 0,
  decompressedBatchBytesMax: 1_000_000,
};

const simple = (value: string): NewRecord => ({
  key: null,
  value: Buffer.from(value),
  headers: [],
  timestampMs: 1_000,
});
const letters = (text: string) => [...text].map(simple);
const valuesOf = (records: readonly FetchedRecord[]) => records.map((r) => r.value!.toString()).join('');
const withOffsets = (records: readonly NewRecord[], base: number) =>
  records.map((r, i) => ({ ...r, offset: base + i }));
/** Text compares thousands of times faster than buffers do. */
const text = (bytes: Buffer | null | undefined) => bytes?.toString('latin1') ?? null;
const shape = (records: readonly FetchedRecord[]) =>
  records.map(({ offset, timestampMs, key, value, headers }) => [
    offset,
    timestampMs,
    text(key),
    text(value),
    ...headers.map((h) => `${h.key}=${text(h.value)}`),
  ]);
const seeds = Array.from({ length: 40 }, (_, i) => i + 1);

describe('record batches', () => {
  it.each(seeds)('that we encode are read by kafkajs as they were meant (seed %i)', async (seed) => {
    const records = anyRecords(seed);
    const decoded = await decodeBatch(new Decoder(batchAt(7_000_000_000, records)));
    const theirs = decoded.records.map(({ offset, timestamp, key, value, headers }) => ({
      offset: Number(offset),
      timestampMs: Number(timestamp),
      key,
      value,
      headers: Object.entries(headers).map(([name, header]) => ({ key: name, value: header as Buffer })),
    }));
    expect(shape(theirs)).toEqual(shape(withOffsets(records, 7_000_000_000)));
    expect(decoded.maxTimestamp).toBe(String(Math.max(...records.map((r) => r.timestampMs))));
  });

  it.each(seeds)(
    'that kafkajs encodes are read by us as they were meant, plain and gzipped (seed %i)',
    async (seed) => {
      const records = anyRecords(seed);
      for (const compression of [0, 1]) {
        const set = await decodeRecordSet(await kafkajsBatch(records, compression), options);
        expect(set.unreadable).toBeNull();
        expect(shape(set.records)).toEqual(shape(withOffsets(records, 0)));
        expect(set.nextOffset).toBe(records.length);
      }
    },
  );

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'that we pack with %s are read as they were meant',
    async (codec) => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const records = packableRecords(seed);
        const batch = (await compressedBatch(records, planBatch(records), undefined, codec))!;
        expect(batch.length).toBeLessThan(batchAt(0, records).length);
        const set = await decodeRecordSet(batch, options);
        expect(set.unreadable).toBeNull();
        expect(shape(set.records)).toEqual(shape(withOffsets(records, 0)));
        if (codec === 'gzip') {
          const theirs = await decodeBatch(new Decoder(batch));
          expect(theirs.records.map((r) => text(r.value))).toEqual(records.map((r) => text(r.value)));
        }
      }
    },
  );

  it('that would not become smaller go plain', async () => {
    const records = letters('a');
    expect(await compressedBatch(records, planBatch(records), undefined, 'lz4')).toBeNull();
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'that are large and begin with what is packed already go plain at once, others are packed with %s',
    async (compression) => {
      const random = seededRandom(7);
      const noise = () => Buffer.from(Uint8Array.from({ length: 16 * 1024 }, () => Math.floor(random.next() * 256)));
      const record = (value: Buffer): NewRecord => ({ key: null, value, headers: [], timestampMs: 1 });
      const zeros = Array.from({ length: 8 }, () => record(Buffer.alloc(16 * 1024)));
      const packed = (records: readonly NewRecord[]) =>
        compressedBatch(records, planBatch(records), undefined, compression);
      expect(await packed([record(noise()), ...zeros])).toBeNull();
      expect((await packed([...zeros, record(noise())]))!.length).toBeLessThan(40 * 1024);
      // A small one is tried whatever it begins with.
      expect((await packed([record(noise()), zeros[0]!]))!.length).toBeLessThan(20 * 1024);
    },
  );

  it('carry who wrote them and their place in the sequence, packed or not (KIP-98)', async () => {
    const records = letters('aaaaaaaaaaaaaaaaaaaaaaaaa');
    const plan = planBatch(records);
    const sequence = { id: 7_000_000_000, epoch: 3, baseSequence: 2_147_483_647 };
    const plain = Buffer.alloc(plan.bytes);
    writeBatch(plain, records, plan, sequence, 0);
    for (const batch of [plain, (await compressedBatch(records, plan, sequence, 'snappy'))!]) {
      expect(batch.readBigInt64BE(43)).toBe(7_000_000_000n);
      expect([batch.readInt16BE(51), batch.readInt32BE(53)]).toEqual([3, 2_147_483_647]);
      expect((await decodeRecordSet(batch, options)).records).toHaveLength(25);
    }
    expect(batchAt(0, records).subarray(43, 57)).toEqual(Buffer.alloc(14, 0xff));
  });

  it('keep equal headers in order, and null ones', async () => {
    const headers = [
      { key: 'a', value: Buffer.from('1') },
      { key: '', value: null },
      { key: 'a', value: Buffer.alloc(0) },
    ];
    const set = await decodeRecordSet(batchAt(0, [{ ...simple('x'), headers }]), options);
    expect(set.records[0]!.headers).toEqual(headers);
  });

  it('begin before the offset that was asked for', async () => {
    const set = await decodeRecordSet(Buffer.concat([batchAt(10, letters('abc')), batchAt(13, letters('de'))]), {
      ...options,
      fromOffset: 12,
    });
    expect(set.records.map((r) => r.offset)).toEqual([12, 13, 14]);
    expect(valuesOf(set.records)).toBe('cde');
    expect(set.nextOffset).toBe(15);
  });

  it('are passed over as a whole below that offset, whatever their codec, and never lead back', async () => {
    const below = changed(batchAt(0, letters('abc')), (b) => b.writeInt16BE(2, 21));
    const set = await decodeRecordSet(Buffer.concat([below, batchAt(3, letters('d'))]), { ...options, fromOffset: 3 });
    expect(valuesOf(set.records)).toBe('d');
    const alone = await decodeRecordSet(below, { ...options, fromOffset: 3 });
    expect(alone).toMatchObject({ records: [], nextOffset: 3, unreadable: null });
  });

  it('are read on past gaps at their end and between them', async () => {
    // Compaction took the last three records of the first batch, and all between 20 and 30.
    const compacted = changed(batchAt(10, letters('ab')), (b) => b.writeInt32BE(4, 23));
    const first = await decodeRecordSet(compacted, { ...options, fromOffset: 10 });
    expect(first.records.map((r) => r.offset)).toEqual([10, 11]);
    expect(first.nextOffset).toBe(15);
    const both = await decodeRecordSet(Buffer.concat([compacted, batchAt(30, letters('c'))]), {
      ...options,
      fromOffset: 10,
    });
    expect(both.records.map((r) => r.offset)).toEqual([10, 11, 30]);
    expect(both.nextOffset).toBe(31);
  });

  it('of control are left out and passed', async () => {
    const control = changed(batchAt(5, letters('!')), (b) => b.writeInt16BE(0x30, 21));
    const set = await decodeRecordSet(Buffer.concat([control, batchAt(6, letters('a'))]), {
      ...options,
      fromOffset: 5,
    });
    expect(valuesOf(set.records)).toBe('a');
    const alone = await decodeRecordSet(control, { ...options, fromOffset: 5 });
    expect(alone).toMatchObject({ records: [], nextOffset: 6, retainedBytes: 0, unreadable: null });
  });

  it('carry the time of the broker where the topic says so', async () => {
    const batch = changed(batchAt(0, letters('ab')), (b) => {
      b.writeInt16BE(0x08, 21);
      b.writeBigInt64BE(9_999n, 35);
    });
    expect((await decodeRecordSet(batch, options)).records.map((r) => r.timestampMs)).toEqual([9_999, 9_999]);
  });

  it('cut off by the end of the answer are left for the next one', async () => {
    const whole = Buffer.concat([batchAt(0, letters('ab')), batchAt(2, letters('cd'))]);
    const firstBytes = batchAt(0, letters('ab')).length;
    for (let bytes = 0; bytes <= whole.length; bytes++) {
      const set = await decodeRecordSet(whole.subarray(0, bytes), options);
      const expected = bytes === whole.length ? 'abcd' : bytes >= firstBytes ? 'ab' : '';
      expect(valuesOf(set.records)).toBe(expected);
      expect(set.nextOffset).toBe(expected.length);
      expect(set.unreadable).toBeNull();
    }
  });

  it('count what they keep in memory: the buffer that they are slices of, or what was decompressed', async () => {
    const large = Buffer.alloc(5_000);
    const batch = batchAt(0, letters('ab'));
    batch.copy(large, 100);
    const plain = await decodeRecordSet(large.subarray(100, 100 + batch.length), options);
    expect(plain.retainedBytes).toBe(large.buffer.byteLength);
    const records = [simple('x'.repeat(50_000))];
    const zipped = await decodeRecordSet(await kafkajsBatch(records, 1), options);
    expect(zipped.retainedBytes).toBeGreaterThanOrEqual(50_000);
    expect(zipped.retainedBytes).toBe(zipped.records[0]!.value!.buffer.byteLength);
    expect((await decodeRecordSet(Buffer.alloc(0), options)).retainedBytes).toBe(0);
  });
});

describe('batches that cannot be read', () => {
  const good = batchAt(0, letters('ab'));
  const bad = (() => {
    const batch = batchAt(2, letters('cd'));
    batch[batch.length - 2]! ^= 1;
    return batch;
  })();

  it('are an error only when nothing before them was read, and move nothing', async () => {
    const behind = await decodeRecordSet(Buffer.concat([good, bad]), options);
    expect(valuesOf(behind.records)).toBe('ab');
    expect(behind).toMatchObject({ nextOffset: 2, unreadable: null });
    const first = await decodeRecordSet(bad, { ...options, fromOffset: 2 });
    expect(first).toMatchObject({ records: [], nextOffset: 2, retainedBytes: 0 });
    expect(first.unreadable!.message).toContain('checksum');
  });

  it.each([
    [1, 'gzip'],
    [2, 'snappy'],
    [3, 'lz4'],
    [4, 'zstd'],
    [7, 'codec 7'],
  ])('because their bytes are not what codec %i packs name it: %s', async (codec, name) => {
    const batch = changed(good, (b) => b.writeInt16BE(codec, 21));
    const set = await decodeRecordSet(batch, options);
    expect(set.records).toEqual([]);
    expect(set.unreadable!.message).toContain(name);
  });

  it('because they would grow beyond the limit stay packed', async () => {
    const header = good.subarray(0, 61);
    const bomb = Buffer.concat([header, gzipSync(Buffer.alloc(2_000_000))]);
    bomb.writeInt32BE(bomb.length - 12, 8);
    const set = await decodeRecordSet(
      changed(bomb, (b) => b.writeInt16BE(1, 21)),
      options,
    );
    expect(set.unreadable!.message).toContain('gzip');
  });

  it('although the checksum is right are an error, never a throw, whatever stands in them', async () => {
    for (let at = 12; at < good.length; at++) {
      for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
        const batch = changed(good, (b) => {
          b[at] = byte;
        });
        const set = await decodeRecordSet(batch, options);
        if (set.unreadable) expect(set).toMatchObject({ records: [], nextOffset: 0 });
        for (const record of set.records) expect(record.offset).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
