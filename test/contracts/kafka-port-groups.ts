import { describe, expect, it } from 'vitest';
import type { BrokerId, CommittedOffset, Kafka } from '../../src/kafka/port.js';
import { calm, eventually, freshTopic, supports } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

/** A fresh cluster has no coordinator for a moment: its offsets topic is made at the first question. */
const coordinatorOf = (kafka: Kafka, group: string): Promise<BrokerId> =>
  eventually(() => kafka.findCoordinator(group, calm()));

export function coordinatorContract(world: World): void {
  describe('find coordinator', () => {
    it('names a broker of the cluster, the same one each time', async () => {
      const { kafka, uniqueName } = world();
      const group = uniqueName('group');
      const coordinator = await coordinatorOf(kafka, group);
      const { brokers } = await kafka.metadata([], calm());
      expect(brokers.map((b) => b.id)).toContain(coordinator);
      // Another broker may be asked this time, and hear of the offsets topic a moment later.
      expect(await coordinatorOf(kafka, group)).toBe(coordinator);
    });
  });
}

export function commitsContract(world: World): void {
  /** Commits until the coordinator has loaded its part of the offsets, then reads back. */
  async function store(group: string, topic: string, offset: number, metadata: string): Promise<CommittedOffset> {
    const { kafka } = world();
    const coordinator = await coordinatorOf(kafka, group);
    await eventually(async () => {
      const [result] = await kafka.commitOffsets(
        coordinator,
        group,
        [{ topic, partition: 0, offset, metadata }],
        calm(),
      );
      expect(result).toEqual({ topic, partition: 0, error: null });
    });
    const [committed] = await kafka.fetchOffsets(coordinator, group, [{ topic, partition: 0 }], calm());
    return committed!;
  }

  describe('offsets of a group', () => {
    it('are -1 with empty metadata when nothing is stored', async () => {
      const { kafka, uniqueName } = world();
      const { topic } = await freshTopic(world(), 2);
      const group = uniqueName('group');
      const coordinator = await coordinatorOf(kafka, group);
      await eventually(async () => {
        const results = await kafka.fetchOffsets(
          coordinator,
          group,
          [
            { topic, partition: 1 },
            { topic, partition: 0 },
          ],
          calm(),
        );
        expect(results).toEqual([
          { topic, partition: 1, error: null, offset: -1, metadata: '' },
          { topic, partition: 0, error: null, offset: -1, metadata: '' },
        ]);
      });
    });

    it('come back with their metadata, the latest of each partition, and only for their group', async () => {
      const { kafka, uniqueName } = world();
      const { topic } = await freshTopic(world());
      const group = uniqueName('group');
      await store(group, topic, 5, 'five');
      expect(await store(group, topic, 3, 'zurück ≤ 文')).toEqual({
        topic,
        partition: 0,
        error: null,
        offset: 3,
        metadata: 'zurück ≤ 文',
      });
      const other = uniqueName('group');
      const [untouched] = await kafka.fetchOffsets(
        await coordinatorOf(kafka, other),
        other,
        [{ topic, partition: 0 }],
        calm(),
      );
      expect(untouched).toMatchObject({ error: null, offset: -1 });
    });

    it('may be -1 and -2, and as large as a safe integer', async () => {
      const { uniqueName } = world();
      const { topic } = await freshTopic(world());
      expect(await store(uniqueName('group'), topic, -1, '')).toMatchObject({ error: null, offset: -1 });
      expect(await store(uniqueName('group'), topic, -2, 'x')).toMatchObject({ error: null, offset: -2 });
      expect(await store(uniqueName('group'), topic, Number.MAX_SAFE_INTEGER, '')).toMatchObject({
        error: null,
        offset: Number.MAX_SAFE_INTEGER,
      });
    });

    it('are stored for the good partitions beside an unknown topic and too much metadata', async () => {
      const { kafka, uniqueName } = world();
      const { topic } = await freshTopic(world(), 2);
      const missing = uniqueName('missing');
      const group = uniqueName('group');
      await store(group, topic, 1, '');
      const coordinator = await coordinatorOf(kafka, group);
      const results = await kafka.commitOffsets(
        coordinator,
        group,
        [
          { topic: missing, partition: 0, offset: 4, metadata: '' },
          { topic, partition: 1, offset: 4, metadata: 'm'.repeat(5_000) },
          { topic, partition: 0, offset: 4, metadata: 'm'.repeat(4_000) },
        ],
        calm(),
      );
      const checked = supports(world(), 'checked-commits');
      expect(results).toEqual([
        { topic: missing, partition: 0, error: checked ? 'UNKNOWN_TOPIC_OR_PARTITION' : null },
        { topic, partition: 1, error: 'OFFSET_METADATA_TOO_LARGE' },
        { topic, partition: 0, error: null },
      ]);
      const read = await kafka.fetchOffsets(
        coordinator,
        group,
        [
          { topic, partition: 0 },
          { topic, partition: 1 },
          { topic: missing, partition: 0 },
        ],
        calm(),
      );
      expect(read.map((r) => [r.error, r.offset, r.metadata.length])).toEqual([
        [null, 4, 4_000],
        supports(world(), 'forgets-refused-commits') ? [null, -1, 0] : [null, 4, 5_000],
        [null, -1, 0],
      ]);
    });
  });
}
