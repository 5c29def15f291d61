/**
 * What every filling of the Kafka port must do, told as tests. The real adapter and the embedded cluster both run it, so
 * what is built on the embedded one holds on the real one.
 *
 * Nothing here measures time: what takes time is shown by order, or by finishing before the deadline of the test.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kafka } from '../../src/kafka/port.js';
import { compressionContract } from './kafka-port-compression.js';
import { commitsContract, coordinatorContract } from './kafka-port-groups.js';
import { endsContract } from './kafka-port-ends.js';
import { idempotenceContract, topicConfigsContract } from './kafka-port-idempotence.js';
import { fetchContract } from './kafka-port-fetch.js';
import { metadataContract, offsetsContract } from './kafka-port-metadata.js';
import { produceContract } from './kafka-port-produce.js';
import type { KafkaWorld } from './kafka-port-world.js';
import { wrongBrokerContract } from './kafka-port-wrong-broker.js';

export type { KafkaWorld } from './kafka-port-world.js';

/**
 * Runs the contract against the worlds that `makeWorld` gives: one for all the tests that leave it whole, a fresh one for
 * each test that closes its client. `severalBrokers` adds what can be asked only of a cluster that has more than one. A world must move by itself: one on a virtual clock needs something that drives it.
 */
export function kafkaPortContract(
  name: string,
  makeWorld: () => Promise<KafkaWorld>,
  { severalBrokers = false }: { severalBrokers?: boolean } = {},
): void {
  describe(`Kafka port: ${name}`, { timeout: 25_000 }, () => {
    let shared: KafkaWorld | undefined;
    const world = () => {
      if (!shared) throw new Error('the world is not there: its set-up failed');
      return shared;
    };
    beforeAll(async () => {
      shared = await makeWorld();
    }, 60_000);
    afterAll(() => shared?.close());

    metadataContract(world);
    topicConfigsContract(world);
    produceContract(world);
    compressionContract(world);
    idempotenceContract(world);
    fetchContract(world);
    offsetsContract(world);
    coordinatorContract(world);
    commitsContract(world);
    if (severalBrokers) wrongBrokerContract(world);
    endsContract(makeWorld);

    it('gives a client, not a shared one: two worlds do not close each other', async () => {
      const other = await makeWorld();
      await other.close();
      const kafka: Kafka = world().kafka;
      await expect(kafka.metadata([], new AbortController().signal)).resolves.toBeDefined();
    });
  });
}
