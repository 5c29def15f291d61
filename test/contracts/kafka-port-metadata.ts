import { describe, expect, it } from 'vitest';
import { calm, failure, freshTopic, leaderOf, record, supports, write } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

export function metadataContract(world: World): void {
  describe('metadata', () => {
    it('lists the partitions of a topic in order, each with leader and replicas', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world(), 3);
      const answer = await kafka.metadata([topic], calm());
      expect(answer.topics).toHaveLength(1);
      const found = answer.topics[0]!;
      expect(found).toMatchObject({ topic, error: null });
      expect(found.partitions.map((p) => p.partition)).toEqual([0, 1, 2]);
      const ids = answer.brokers.map((b) => b.id);
      for (const partition of found.partitions) {
        expect(partition.error).toBeNull();
        expect(ids).toContain(partition.leader);
        expect(partition.replicas).toContain(partition.leader);
        expect(partition.inSyncReplicas).toContain(partition.leader);
      }
    });

    it('lists brokers with an address, even when no topic is asked for', async () => {
      const answer = await world().kafka.metadata([], calm());
      expect(answer.topics).toEqual([]);
      expect(answer.brokers.length).toBeGreaterThan(0);
      for (const broker of answer.brokers) {
        expect(broker.host).not.toBe('');
        expect(broker.port).toBeGreaterThan(0);
      }
    });

    it('reports an unknown topic beside a known one, and does not create it', async () => {
      const { kafka, uniqueName } = world();
      const { topic } = await freshTopic(world());
      const missing = uniqueName('missing');
      for (let round = 0; round < 2; round++) {
        const { topics } = await kafka.metadata([missing, topic], calm());
        expect(topics.find((t) => t.topic === missing)).toEqual({
          topic: missing,
          error: 'UNKNOWN_TOPIC_OR_PARTITION',
          partitions: [],
        });
        expect(topics.find((t) => t.topic === topic)).toMatchObject({ error: null });
      }
    });

    it('reports a name that no topic can have', async () => {
      const { topics } = await world().kafka.metadata(['no/such/name'], calm());
      const error = supports(world(), 'invalid-topic-error') ? 'INVALID_TOPIC' : 'UNKNOWN_TOPIC_OR_PARTITION';
      expect(topics).toEqual([{ topic: 'no/such/name', error, partitions: [] }]);
    });
  });
}

export function offsetsContract(world: World): void {
  describe('list offsets', () => {
    it('gives the oldest and the next offset', async () => {
      const { kafka } = world();
      const { topic, leader } = await freshTopic(world());
      const asked = [{ topic, partition: 0 }];
      expect(await kafka.listOffsets(leader, asked, 'latest', calm())).toEqual([
        { topic, partition: 0, error: null, offset: 0 },
      ]);
      await write(kafka, topic, [record('a'), record('b'), record('c')]);
      expect(await kafka.listOffsets(leader, asked, 'earliest', calm())).toEqual([
        { topic, partition: 0, error: null, offset: 0 },
      ]);
      expect(await kafka.listOffsets(leader, asked, 'latest', calm())).toEqual([
        { topic, partition: 0, error: null, offset: 3 },
      ]);
    });

    it('answers for the good partitions beside an unknown topic and an unknown partition', async () => {
      const { kafka, uniqueName } = world();
      const { topic, leader } = await freshTopic(world());
      const missing = uniqueName('missing');
      const results = await kafka.listOffsets(
        leader,
        [
          { topic: missing, partition: 0 },
          { topic, partition: 0 },
          { topic, partition: 7 },
        ],
        'latest',
        calm(),
      );
      expect(results).toEqual([
        { topic: missing, partition: 0, error: 'UNKNOWN_TOPIC_OR_PARTITION', offset: -1 },
        { topic, partition: 0, error: null, offset: 0 },
        { topic, partition: 7, error: 'UNKNOWN_TOPIC_OR_PARTITION', offset: -1 },
      ]);
    });

    it('refuses a broker that no metadata has named', async () => {
      const { kafka } = world();
      const { topic } = await freshTopic(world());
      await leaderOf(kafka, topic);
      await failure(kafka.listOffsets(987_654, [{ topic, partition: 0 }], 'latest', calm()), 'unknown-broker');
    });
  });
}
