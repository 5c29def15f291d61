import { describe, expect, it } from 'vitest';
import type { Kafka, KafkaFailure } from '../../src/kafka/port.js';
import { calm, failure, freshTopic, read, record } from './kafka-port-world.js';
import type { KafkaWorld } from './kafka-port-world.js';

/** Every method, once, at the broker with this id. */
const everyMethod = (kafka: Kafka, topic: string, broker: number): readonly Promise<unknown>[] => [
  kafka.metadata([topic], calm()),
  kafka.topicConfigs([topic], calm()),
  kafka.initProducerId(calm()),
  kafka.produce(
    broker,
    { requiredAcks: 1, timeoutMs: 1_000, partitions: [{ topic, partition: 0, records: [record('x')] }] },
    calm(),
  ),
  kafka.fetch(
    broker,
    'lane',
    { maxWaitMs: 0, minBytes: 1, maxBytes: 1, partitions: [{ topic, partition: 0, offset: 0, maxBytes: 1 }] },
    calm(),
  ),
  kafka.listOffsets(broker, [{ topic, partition: 0 }], 'latest', calm()),
  kafka.findCoordinator('group', calm()),
  kafka.commitOffsets(broker, 'group', [{ topic, partition: 0, offset: 1, metadata: '' }], calm()),
  kafka.fetchOffsets(broker, 'group', [{ topic, partition: 0 }], calm()),
];

export function endsContract(makeWorld: () => Promise<KafkaWorld>): void {
  describe('the ends', () => {
    it('rejects what is under way when it is closed, and everything after', async () => {
      const world = await makeWorld();
      try {
        const { kafka } = world;
        const { topic, leader } = await freshTopic(world);
        const polls = [
          failure(read(kafka, [{ topic }], { lane: 'one' }), 'aborted'),
          failure(read(kafka, [{ topic }], { lane: 'two' }), 'aborted'),
        ];
        await kafka.listOffsets(leader, [{ topic, partition: 0 }], 'latest', calm());
        await kafka.close();
        await Promise.all(polls);
        await Promise.all(everyMethod(kafka, topic, leader).map((call) => failure(call, 'aborted')));
        await kafka.close();
        expect(() => kafka.closeLane('one')).not.toThrow();
      } finally {
        await world.close();
      }
    });

    it('says that a cluster cannot be reached, and which write was never sent', async () => {
      const world = await makeWorld();
      const kafka = world.unreachable();
      try {
        const kinds = await Promise.all(
          everyMethod(kafka, 'topic', 1).map((call) =>
            call.then(
              () => null,
              (e: unknown) => e as KafkaFailure,
            ),
          ),
        );
        // Nobody has named a broker yet, so there may be no address to try.
        for (const error of kinds)
          expect(error).toMatchObject({
            kind: expect.stringMatching(/^(unreachable|unknown-broker)$/),
            outcomeUnknown: false,
          });
        await failure(kafka.metadata(['topic'], calm()), 'unreachable');
        await failure(kafka.findCoordinator('group', calm()), 'unreachable');
      } finally {
        await kafka.close();
        await world.close();
      }
    });
  });
}
