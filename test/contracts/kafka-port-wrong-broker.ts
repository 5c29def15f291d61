import { describe, expect, it } from 'vitest';
import { calm, eventually, freshTopic, record } from './kafka-port-world.js';
import type { World } from './kafka-port-world.js';

/** What a broker may say of a partition that another one leads: the second, where it has no copy of it. */
const NOT_HERE = /^(NOT_LEADER_FOR_PARTITION|UNKNOWN_TOPIC_OR_PARTITION)$/;

/** For clusters of several brokers: requests that go to the wrong one. */
export function wrongBrokerContract(world: World): void {
  async function wrongFor(right: (topic: string) => Promise<number>) {
    const { topic } = await freshTopic(world());
    const id = await right(topic);
    const { brokers } = await world().kafka.metadata([topic], calm());
    return { topic, wrong: brokers.find((broker) => broker.id !== id)!.id };
  }
  const wrongLeader = () =>
    wrongFor(async (topic) => {
      const { topics } = await world().kafka.metadata([topic], calm());
      return topics[0]!.partitions[0]!.leader;
    });

  describe('a broker that does not lead the partition', () => {
    it('writes nothing', async () => {
      const { topic, wrong } = await wrongLeader();
      const partitions = [{ topic, partition: 0, records: [record('x')] }];
      const [result] = await world().kafka.produce(wrong, { requiredAcks: 1, timeoutMs: 10_000, partitions }, calm());
      expect(result).toEqual({ topic, partition: 0, error: expect.stringMatching(NOT_HERE), baseOffset: -1 });
    });

    it('gives no records', async () => {
      const { topic, wrong } = await wrongLeader();
      const partitions = [{ topic, partition: 0, offset: 0, maxBytes: 1_000 }];
      const [result] = await world().kafka.fetch(
        wrong,
        'wrong',
        { maxWaitMs: 0, minBytes: 1, maxBytes: 1_000, partitions },
        calm(),
      );
      expect(result).toMatchObject({ error: expect.stringMatching(NOT_HERE), records: [], nextOffset: 0 });
    });

    it('knows no offsets', async () => {
      const { topic, wrong } = await wrongLeader();
      const [result] = await world().kafka.listOffsets(wrong, [{ topic, partition: 0 }], 'latest', calm());
      expect(result).toEqual({ topic, partition: 0, error: expect.stringMatching(NOT_HERE), offset: -1 });
    });
  });

  describe('a broker that is not the coordinator', () => {
    it('neither stores nor tells offsets of the group', async () => {
      const { kafka, uniqueName } = world();
      const group = uniqueName('group');
      const { topic, wrong } = await wrongFor(() => eventually(() => kafka.findCoordinator(group, calm())));
      const [committed] = await kafka.commitOffsets(
        wrong,
        group,
        [{ topic, partition: 0, offset: 1, metadata: '' }],
        calm(),
      );
      expect(committed).toEqual({ topic, partition: 0, error: 'NOT_COORDINATOR' });
      const [fetched] = await kafka.fetchOffsets(wrong, group, [{ topic, partition: 0 }], calm());
      expect(fetched).toEqual({ topic, partition: 0, error: 'NOT_COORDINATOR', offset: -1, metadata: '' });
    });
  });
}
