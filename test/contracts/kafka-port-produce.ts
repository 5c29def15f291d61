import { describe, expect, it } from 'vitest';
import type { RecordHeader } from '../../src/kafka/port.js';
import { calm, freshTopic, read, record, supports, write } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

const headers: RecordHeader[] = [
  { key: 'twice', value: Buffer.from('1') },
  { key: 'other', value: null },
  { key: 'twice', value: Buffer.alloc(0) },
  { key: 'ключ', value: Buffer.from([200]) },
];

export function produceContract(world: World): void {
  describe('produce', () => {
    it('tells the offset of the first record of each batch', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      expect((await write(kafka, topic, [record('a'), record('b')])).baseOffset).toBe(0);
      expect((await write(kafka, topic, [record('c')])).baseOffset).toBe(2);
    });

    it('keeps keys, values, headers and time as they were', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      const records = [
        record('no key'),
        record('empty key', { key: Buffer.alloc(0) }),
        record('a key', { key: Buffer.from([0, 255, 10]) }),
        record(null, { key: Buffer.from('no value') }),
        record(Buffer.alloc(0), { key: Buffer.from('empty value') }),
        record('headers', { headers: supports(world(), 'headers') ? headers : [] }),
        record('earlier', { timestampMs: 1_600_000_000_123 }),
        record('later', { timestampMs: 1_790_000_000_456 }),
      ];
      await write(kafka, topic, records);
      const [result] = await read(kafka, [{ topic }]);
      expect(result!.error).toBeNull();
      const time = supports(world(), 'timestamps') ? {} : { timestampMs: -1 };
      expect(result!.records).toEqual(records.map((r, offset) => ({ ...r, ...time, offset })));
    });

    it('refuses a batch with headers where brokers cannot keep them, and writes nothing of it', async () => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world());
      const partitions = [{ topic, partition: 0, records: [record('without'), record('with', { headers })] }];
      const [result] = await kafka.produce(leader, { requiredAcks: -1, timeoutMs: 10_000, partitions }, calm());
      const kept = supports(world(), 'headers');
      expect(result).toMatchObject({ error: kept ? null : 'UNSUPPORTED_FOR_MESSAGE_FORMAT' });
      const [latest] = await kafka.listOffsets(leader, [{ topic, partition: 0 }], 'latest', calm());
      expect(latest!.offset).toBe(kept ? 2 : 0);
    });

    it('writes several partitions of several topics in one request', async () => {
      const { kafka, createTopic, uniqueName } = world();
      const { topic, leader } = await freshTopic(world(), 2);
      const second = uniqueName('second');
      await createTopic(second, 1);
      // The test wants one request; on several brokers only what this leader leads can be in it.
      const { topics } = await kafka.metadata([topic, second], calm());
      const led = topics.flatMap((t) =>
        t.partitions.filter((p) => p.leader === leader).map((p) => ({ topic: t.topic, partition: p.partition })),
      );
      const results = await kafka.produce(
        leader,
        { requiredAcks: 1, timeoutMs: 10_000, partitions: led.map((p) => ({ ...p, records: [record('x')] })) },
        calm(),
      );
      expect(results).toEqual(led.map((p) => ({ ...p, error: null, baseOffset: 0 })));
    });

    it('writes the good partitions beside an unknown topic and an unknown partition', async () => {
      const { kafka, uniqueName } = world();
      const { topic, leader } = await freshTopic(world());
      const missing = uniqueName('missing');
      const records = [record('x')];
      const results = await kafka.produce(
        leader,
        {
          requiredAcks: -1,
          timeoutMs: 10_000,
          partitions: [
            { topic: missing, partition: 0, records },
            { topic, partition: 0, records },
            { topic, partition: 9, records },
          ],
        },
        calm(),
      );
      expect(results).toEqual([
        { topic: missing, partition: 0, error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 },
        { topic, partition: 0, error: null, baseOffset: 0 },
        { topic, partition: 9, error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 },
      ]);
      const [result] = await read(kafka, [{ topic }]);
      expect(result!.records).toHaveLength(1);
    });

    it('refuses a batch over the limit of the topic and writes nothing of it', async () => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world());
      const results = await kafka.produce(
        leader,
        {
          requiredAcks: -1,
          timeoutMs: 10_000,
          partitions: [{ topic, partition: 0, records: [record(Buffer.alloc(2 * 1_048_576))] }],
        },
        calm(),
      );
      expect(results).toEqual([{ topic, partition: 0, error: 'MESSAGE_TOO_LARGE', baseOffset: -1 }]);
      expect((await write(kafka, topic, [record('small')])).baseOffset).toBe(0);
    });

    it('awaits no answer with acks 0: offset 0 is reported, the record is there', async () => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world());
      await write(kafka, topic, [record('first')]);
      const results = await kafka.produce(
        leader,
        { requiredAcks: 0, timeoutMs: 10_000, partitions: [{ topic, partition: 0, records: [record('second')] }] },
        calm(),
      );
      expect(results).toEqual([{ topic, partition: 0, error: null, baseOffset: 0 }]);
      const [result] = await read(kafka, [{ topic, offset: 1 }]);
      expect(result!.records.map((r) => r.value!.toString())).toEqual(['second']);
    });
  });
}
