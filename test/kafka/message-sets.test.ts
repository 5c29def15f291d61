import Decoder from 'kafkajs/src/protocol/decoder.js';
import encodeByKafkajs from 'kafkajs/src/protocol/messageSet/index.js';
import decodeByKafkajs from 'kafkajs/src/protocol/messageSet/decoder.js';
import { crc32 } from '@node-rs/crc32';
import { describe, expect, it } from 'vitest';
import type { Compression, FetchedRecord, NewRecord } from '../../src/kafka/port.js';
import { codecNumber, compress } from '../../src/kafka/records/codecs.js';
import { encodeMessageSet } from '../../src/kafka/records/message-set-encoder.js';
import type { MessageMagic } from '../../src/kafka/records/message-set-encoder.js';
import { decodeRecordSet } from '../../src/kafka/records/record-set.js';
import { anyRecords, batchAt, packableRecords } from './batches.js';

const options = { fromOffset: 0, decompressedBatchBytesMax: 5_000_000 };
const MAGICS: readonly MessageMagic[] = [0, 1];
const CODECS: readonly Compression[] = ['gzip', 'snappy', 'lz4', 'zstd'];

const simple = (value: string, timestampMs = 1_000): NewRecord => {
  return { key: null, value: Buffer.from(value), headers: [], timestampMs };
};
const letters = (text: string) => [...text].map((letter, i) => simple(letter.repeat(50), 1_000 + i));
const seen = (records: readonly FetchedRecord[]) => records.map((r) => [r.offset, r.value!.toString()[0]]);
const text = (bytes: Buffer | null) => bytes?.toString('latin1') ?? null;

/** With offsets as a broker would have set them: of each entry, from `base` on in steps. */
function placed(set: Buffer, base: number, step = 1): Buffer {
  let offset = base;
  for (let at = 0; at < set.length; at += 12 + set.readInt32BE(at + 8), offset += step)
    set.writeBigInt64BE(BigInt(offset), at);
  return set;
}

/** A wrapper as brokers keep it: its own offset is that of the last message. */
async function wrapped(inner: Buffer, magic: MessageMagic, codec: Compression, offset: number, attributes = 0) {
  const value = await compress(codec, inner);
  const entry = { timestamp: 7_777, value };
  const set = Buffer.from(encodeByKafkajs({ messageVersion: magic, compression: 0, entries: [entry] }).buffer);
  set.writeBigInt64BE(BigInt(offset), 0);
  set[17] = codecNumber(codec) | attributes;
  set.writeUInt32BE(crc32(set.subarray(16)), 12);
  return set;
}

describe.each(MAGICS)('message sets of magic %i', (magic) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('that we encode are read by kafkajs as they were meant (seed %i)', async (seed) => {
    const records = anyRecords(seed);
    const set = await encodeMessageSet(records, magic, 'none');
    const theirs = await decodeByKafkajs(new Decoder(set), set.length);
    expect(theirs.map((m) => [text(m.key), text(m.value), Number(m.timestamp ?? -1)])).toEqual(
      records.map((r) => [text(r.key), text(r.value), magic === 0 ? -1 : r.timestampMs]),
    );
  });

  it.each(CODECS)('are read by us as we packed them, with %s', async (codec) => {
    for (const seed of [11, 12, 13]) {
      const records = packableRecords(seed);
      const set = await encodeMessageSet(records, magic, codec);
      expect(set[17]).toBe(codecNumber(codec));
      const read = await decodeRecordSet(set, options);
      expect(read.unreadable).toBeNull();
      expect(read.records.map((r) => [r.offset, text(r.key), text(r.value), r.timestampMs])).toEqual(
        records.map((r, i) => [i, text(r.key), text(r.value), magic === 0 ? -1 : r.timestampMs]),
      );
      expect(read.nextOffset).toBe(records.length);
    }
  });

  it('packed with gzip are read by kafkajs', async () => {
    const set = await encodeMessageSet(letters('abc'), magic, 'gzip');
    expect(set[17]).toBe(1);
    const theirs = await decodeByKafkajs(new Decoder(set), set.length);
    expect(theirs.map((m) => m.value!.toString()[0])).toEqual(['a', 'b', 'c']);
  });

  it('that would not become smaller go plain', async () => {
    const set = await encodeMessageSet([simple('x')], magic, 'snappy');
    expect(set.equals(await encodeMessageSet([simple('x')], magic, 'none'))).toBe(true);
  });

  it('are read from the offset that was asked for', async () => {
    const set = placed(await encodeMessageSet(letters('abc'), magic, 'none'), 4);
    const read = await decodeRecordSet(set, { ...options, fromOffset: 5 });
    expect(seen(read.records)).toEqual([
      [5, 'b'],
      [6, 'c'],
    ]);
    expect(read.records[0]!.timestampMs).toBe(magic === 0 ? -1 : 1_001);
    expect(read.nextOffset).toBe(7);
  });

  it('are left for the next answer where they are cut off', async () => {
    const whole = await encodeMessageSet(letters('abc'), magic, 'none');
    const read = await decodeRecordSet(whole.subarray(0, whole.length - 1), options);
    expect(seen(read.records)).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    expect(read.nextOffset).toBe(2);
  });

  it('with a wrong checksum are unreadable, and what stands before them is not', async () => {
    const set = placed(await encodeMessageSet(letters('abc'), magic, 'none'), 0);
    set[set.length - 1]! ^= 1;
    const read = await decodeRecordSet(set, options);
    expect(seen(read.records).flat()).toEqual([0, 'a', 1, 'b']);
    expect(read).toMatchObject({ nextOffset: 2, unreadable: null });
    const broken = await decodeRecordSet(set, { ...options, fromOffset: 2 });
    expect(broken).toMatchObject({ records: [], nextOffset: 2 });
    expect(broken.unreadable!.message).toContain('checksum');
  });

  it('are an error, never a throw, whatever stands in what was packed', async () => {
    const inner = await encodeMessageSet(letters('ab'), magic, 'none');
    for (let at = 0; at < inner.length; at++) {
      for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
        const bad = Buffer.from(inner);
        bad[at] = byte;
        const read = await decodeRecordSet(await wrapped(bad, magic, 'gzip', 1), options);
        if (read.unreadable) expect(read).toMatchObject({ records: [], nextOffset: 0 });
      }
    }
  });

  it('packed several times are read, and no deeper than anyone packs', async () => {
    let set = placed(await encodeMessageSet(letters('ab'), magic, 'none'), magic === 1 ? 0 : 8);
    const depths: (readonly unknown[])[] = [];
    for (let depth = 1; depth <= 4; depth++) {
      set = await wrapped(set, magic, 'gzip', 9);
      const read = await decodeRecordSet(set, options);
      depths.push([seen(read.records).flat(), read.unreadable === null]);
    }
    const readable = [[8, 'a', 9, 'b'], true];
    expect(depths).toEqual([readable, readable, readable, [[], false]]);
  });
});

it('offsets within a packed set are relative in magic 1, also where compaction took some (KIP-31)', async () => {
  // Of four messages at 40 to 43, the first and the third are left.
  const inner = placed(await encodeMessageSet(letters('ac'), 1, 'none'), 0, 2);
  const read = await decodeRecordSet(await wrapped(inner, 1, 'lz4', 42), { ...options, fromOffset: 40 });
  expect(seen(read.records)).toEqual([
    [40, 'a'],
    [42, 'c'],
  ]);
  expect(read.nextOffset).toBe(43);
});

it('offsets within a packed set are absolute in magic 0', async () => {
  const inner = placed(await encodeMessageSet(letters('abc'), 0, 'none'), 40);
  const read = await decodeRecordSet(await wrapped(inner, 0, 'snappy', 42), { ...options, fromOffset: 41 });
  expect(seen(read.records)).toEqual([
    [41, 'b'],
    [42, 'c'],
  ]);
});

it('the time of the broker counts for a packed set where the topic says so', async () => {
  const inner = await encodeMessageSet(letters('ab'), 1, 'none');
  const read = await decodeRecordSet(await wrapped(inner, 1, 'gzip', 1, 0x08), options);
  expect(read.records.map((r) => r.timestampMs)).toEqual([7_777, 7_777]);
});

it('an answer with every format, as of a cluster that was upgraded, is read as one', async () => {
  const parts = [
    placed(await encodeMessageSet(letters('ab'), 0, 'none'), 0),
    await wrapped(placed(await encodeMessageSet(letters('cd'), 0, 'none'), 2), 0, 'lz4', 3),
    placed(await encodeMessageSet(letters('e'), 1, 'none'), 4),
    await wrapped(await encodeMessageSet(letters('fg'), 1, 'none'), 1, 'snappy', 6),
    batchAt(7, letters('hi')),
  ];
  const read = await decodeRecordSet(Buffer.concat(parts), options);
  expect(seen(read.records)).toEqual([...'abcdefghi'].map((letter, offset) => [offset, letter]));
  expect(read.nextOffset).toBe(9);
});

it('what is decompressed for one answer is limited as a whole: the rest is left for the next one', async () => {
  const large = [simple('x'.repeat(600_000))];
  const first = await encodeMessageSet(large, 0, 'gzip');
  const second = placed(await encodeMessageSet(large, 0, 'gzip'), 1);
  const limited = { fromOffset: 0, decompressedBatchBytesMax: 1_000_000 };
  const read = await decodeRecordSet(Buffer.concat([first, second]), limited);
  expect(read).toMatchObject({ nextOffset: 1, unreadable: null });
  expect(read.records).toHaveLength(1);
  const next = await decodeRecordSet(second, { ...limited, decompressedBatchBytesMax: 500_000, fromOffset: 1 });
  expect(next.unreadable!.message).toContain('gzip');
});

it('a packed set of nothing is passed over', async () => {
  const read = await decodeRecordSet(await wrapped(Buffer.alloc(0), 1, 'gzip', 0), options);
  expect(read).toMatchObject({ records: [], nextOffset: 1, unreadable: null });
});
