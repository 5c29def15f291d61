import { describe, expect, it } from 'vitest';
import type { Compression, FetchedRecord, NewRecord } from '../../src/kafka/port.js';
import { calm, freshTopic, read, record, supports } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

/** Texts compare thousands of times faster than buffers do. */
const text = ({ offset, timestampMs, key, value, headers }: FetchedRecord) => [
  offset,
  timestampMs,
  key?.toString('latin1'),
  value?.toString('latin1'),
  ...headers.map((header) => [header.key, header.value?.toString('latin1')]),
];

const CODECS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export function compressionContract(world: World): void {
  const shapes = (): NewRecord[] => {
    const headers = [
      { key: 'h', value: Buffer.alloc(60, 'h') },
      { key: 'none', value: null },
    ];
    return [
      record('no key'.repeat(30)),
      record('a key', { key: Buffer.alloc(300, 'k') }),
      record(null, { key: Buffer.from('no value') }),
      record(Buffer.alloc(0), { key: Buffer.alloc(0) }),
      record('with headers', supports(world(), 'headers') ? { headers } : {}),
      record(Buffer.alloc(400_000, 'large')),
      record('last', { timestampMs: 1_700_000_000_999 }),
    ];
  };

  describe('compression', () => {
    it.each(CODECS)('%s: what was packed is read as it was, from any offset within', async (compression) => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world());
      const records = shapes();
      const write = (written: readonly NewRecord[]) => {
        const partitions = [{ topic, partition: 0, records: written }];
        return kafka.produce(leader, { requiredAcks: -1, timeoutMs: 10_000, compression, partitions }, calm());
      };
      const results = await write(records);
      if (compression === 'zstd' && !supports(world(), 'zstd')) {
        expect(results).toEqual([{ topic, partition: 0, error: 'UNSUPPORTED_COMPRESSION_TYPE', baseOffset: -1 }]);
        return;
      }
      expect(results).toEqual([{ topic, partition: 0, error: null, baseOffset: 0 }]);
      // So small that packing it would make it larger.
      expect(await write([record('x')])).toEqual([{ topic, partition: 0, error: null, baseOffset: 7 }]);
      const times = supports(world(), 'timestamps');
      const all = [...records, record('x')].map((r, offset) => ({
        ...r,
        offset,
        timestampMs: times ? r.timestampMs : -1,
      }));
      for (const offset of [0, 3, 6, 7]) {
        const seen: FetchedRecord[] = [];
        for (let next = offset; next < 8;) {
          const [result] = await read(kafka, [{ topic, offset: next }]);
          expect(result).toMatchObject({ error: null });
          expect(result!.nextOffset).toBeGreaterThan(next);
          seen.push(...result!.records);
          next = result!.nextOffset;
        }
        expect(seen.map(text)).toEqual(all.slice(offset).map(text));
      }
    });

    it('packs each partition by itself, good ones beside a bad one', async () => {
      const { kafka, uniqueName } = world();
      const { topic, leader } = await freshTopic(world());
      const missing = uniqueName('missing');
      const records = Array.from({ length: 50 }, (_, i) => record(`message ${i}`));
      const partitions = [missing, topic].map((name) => ({ topic: name, partition: 0, records }));
      const request = { requiredAcks: 1, timeoutMs: 10_000, compression: 'snappy', partitions } as const;
      expect(await kafka.produce(leader, request, calm())).toEqual([
        { topic: missing, partition: 0, error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 },
        { topic, partition: 0, error: null, baseOffset: 0 },
      ]);
      expect((await read(kafka, [{ topic }]))[0]!.records).toHaveLength(50);
    });
  });
}
