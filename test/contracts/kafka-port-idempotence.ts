import { describe, expect, it } from 'vitest';
import type { BatchSequence, ProduceResult } from '../../src/kafka/port.js';
import { calm, eventually, failure, freshTopic, read, record, supports } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

export function idempotenceContract(world: World): void {
  /** A fresh cluster has no block of ids for a moment. */
  const identity = () => eventually(() => world().kafka.initProducerId(calm()));

  /** A topic, and what writes batches of `n` records with a sequence to it. */
  async function writer() {
    const { kafka } = world();
    const { topic, leader } = await freshTopic(world());
    const write = async (sequence: BatchSequence, n: number, text = 'x'): Promise<ProduceResult> => {
      const records = Array.from({ length: n }, (_, i) => record(`${text}${sequence.baseSequence + i}`));
      const partitions = [{ topic, partition: 0, records, sequence }];
      return (await kafka.produce(leader, { requiredAcks: -1, timeoutMs: 10_000, partitions }, calm()))[0]!;
    };
    const values = async () => (await read(kafka, [{ topic }]))[0]!.records.map((r) => r.value!.toString());
    return { topic, write, values };
  }
  const written = (baseOffset: number) => ({ error: null, baseOffset });

  describe('an idempotent producer', () => {
    it('is given an identity that no other has, or told that the brokers know of none', async () => {
      const { kafka } = world();
      if (!supports(world(), 'idempotent-producer')) {
        expect((await failure(kafka.initProducerId(calm()), 'unsupported')).message).toContain('InitProducerId');
        return;
      }
      const [one, two] = [await identity(), await identity()];
      expect(one.id).toBeGreaterThanOrEqual(0);
      expect(one.epoch).toBe(0);
      expect(two.id).not.toBe(one.id);
    });

    it('writes a repeated batch once: both answers name the offset where it lies', async () => {
      const { write, values } = await writer();
      if (!supports(world(), 'idempotent-producer')) {
        // Nothing there tells one from the other: the sequence is left out.
        const sequence = { id: 1, epoch: 0, baseSequence: 0 };
        expect([await write(sequence, 1), await write(sequence, 1)]).toMatchObject([written(0), written(1)]);
        return;
      }
      const me = await identity();
      expect(await write({ ...me, baseSequence: 0 }, 2)).toMatchObject(written(0));
      expect(await write({ ...me, baseSequence: 0 }, 2)).toMatchObject(written(0));
      expect(await write({ ...me, baseSequence: 2 }, 1)).toMatchObject(written(2));
      expect(await values()).toEqual(['x0', 'x1', 'x2']);
    });

    it('is known by its last five batches', async () => {
      if (!supports(world(), 'idempotent-producer')) return expectNoIdentity();
      const { write, values } = await writer();
      const me = await identity();
      const other = await identity();
      for (let i = 0; i < 6; i++) expect(await write({ ...me, baseSequence: i }, 1)).toMatchObject(written(i));
      expect(await write({ ...other, baseSequence: 0 }, 1, 'other')).toMatchObject(written(6));
      for (let i = 1; i < 6; i++) expect(await write({ ...me, baseSequence: i }, 1)).toMatchObject(written(i));
      expect((await write({ ...me, baseSequence: 0 }, 1)).error).toMatch(/^(OUT_OF_ORDER|DUPLICATE)_SEQUENCE_NUMBER$/);
      expect(await values()).toEqual(['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'other0']);
    });

    it('is refused a batch that would leave a gap, and nothing of it is written', async () => {
      if (!supports(world(), 'idempotent-producer')) return expectNoIdentity();
      const { topic, write, values } = await writer();
      const me = await identity();
      await write({ ...me, baseSequence: 0 }, 1);
      const gap = await write({ ...me, baseSequence: 2 }, 1);
      expect(gap).toEqual({ topic, partition: 0, error: 'OUT_OF_ORDER_SEQUENCE_NUMBER', baseOffset: -1 });
      expect(await write({ ...me, baseSequence: 1 }, 1)).toMatchObject(written(1));
      expect(await values()).toEqual(['x0', 'x1']);
    });

    it('of an earlier epoch is refused, and a later one begins anew', async () => {
      if (!supports(world(), 'idempotent-producer')) return expectNoIdentity();
      const { write } = await writer();
      const me = await identity();
      await write({ ...me, baseSequence: 0 }, 3);
      expect(await write({ ...me, epoch: 1, baseSequence: 0 }, 1)).toMatchObject(written(3));
      expect(await write({ ...me, baseSequence: 3 }, 1)).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' });
    });
  });

  const expectNoIdentity = () => failure(world().kafka.initProducerId(calm()), 'unsupported');
}

export function topicConfigsContract(world: World): void {
  describe('topic configurations', () => {
    it('tell what is set for a topic itself, beside a topic that is unknown', async () => {
      const { kafka, createTopic, uniqueName } = world();
      const [set, unset, missing] = [uniqueName('set'), uniqueName('unset'), uniqueName('missing')];
      if (!supports(world(), 'topic-configs')) {
        const refused = await failure(kafka.topicConfigs([missing], calm()), 'unsupported');
        expect(refused.message).toContain('DescribeConfigs');
        return;
      }
      await createTopic(set, 1, { 'retention.ms': '123456', 'cleanup.policy': 'compact' });
      await createTopic(unset, 1);
      const told = supports(world(), 'unknown-topic-config-error');
      const answer = await kafka.topicConfigs([missing, set, unset], calm());
      expect(answer).toEqual([
        { topic: missing, error: told ? 'UNKNOWN_TOPIC_OR_PARTITION' : null, entries: {} },
        { topic: set, error: null, entries: { 'retention.ms': '123456', 'cleanup.policy': 'compact' } },
        { topic: unset, error: null, entries: {} },
      ]);
    });
  });
}
