import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../../scripts/cluster/cluster.js';
import type { Cluster } from '../../scripts/cluster/cluster.js';
import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { Kafka } from '../../src/kafka/port.js';
import { kafkaPortContract } from '../contracts/kafka-port.js';
import { calm, eventually, failure, leaderOf, read, record, write } from '../contracts/kafka-port-world.js';
import { uniqueName } from '../support/real-cluster.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ brokers: 2 });
});
afterAll(() => cluster?.stop());

const adapter = (seedPeers = cluster.kafkaPeers.split(',')): Kafka =>
  createKafkaAdapter({
    seedPeers,
    clientId: 'faults',
    host: realHost(),
    logger: { warn: () => {} },
    limits: { requestTimeoutMs: 3_000, metadataTimeoutMs: 1_000, answerMarginMs: 1_000, versionsTimeoutMs: 1_000 },
  });

kafkaPortContract(
  'two real brokers',
  async () => {
    const kafka = adapter();
    return {
      kafka,
      createTopic: (name, partitions) => cluster.createTopic(name, { partitions }),
      uniqueName,
      unreachable: () => adapter(['127.0.0.1:1']),
      close: () => kafka.close(),
    };
  },
  { severalBrokers: true },
);

describe('a broker that fails', { timeout: 90_000 }, () => {
  let kafka: Kafka;
  let topic: string;
  let leader: number;
  let other: number;
  beforeAll(async () => {
    kafka = adapter();
    topic = uniqueName('faults');
    await cluster.createTopic(topic, { partitions: 1, replicationFactor: 2 });
    leader = await leaderOf(kafka, topic);
    other = cluster.brokers.find((broker) => broker.id !== leader)!.id;
  });
  afterAll(() => kafka?.close());

  const offsetsAt = (broker: number) => kafka.listOffsets(broker, [{ topic, partition: 0 }], 'latest', calm());

  it('frozen: a write gets no answer and may have happened; another broker answers for the cluster; thawed, all goes on', async () => {
    await write(kafka, topic, [record('before')]);
    cluster.pauseBroker(leader);
    try {
      const partitions = [{ topic, partition: 0, records: [record('unknown')] }];
      const lost = await failure(
        kafka.produce(leader, { requiredAcks: 1, timeoutMs: 100, partitions }, calm()),
        'timeout',
      );
      expect(lost.outcomeUnknown).toBe(true);
      expect((await kafka.metadata([topic], calm())).topics[0]!.partitions).toHaveLength(1);
      // A client that meets it first while it is silent must not take it for an old one for good.
      const newcomer = adapter([cluster.brokers.filter((b) => b.id === leader).map((b) => `${b.host}:${b.port}`)[0]!]);
      await failure(newcomer.metadata([topic], calm()), 'timeout');
      cluster.resumeBroker(leader);
      await eventually(() => newcomer.metadata([topic], calm()));
      await eventually(async () => {
        await write(newcomer, topic, [record('with a header', { headers: [{ key: 'k', value: null }] })]);
      });
      await newcomer.close();
    } finally {
      cluster.resumeBroker(leader);
    }
    leader = await eventually(() => leaderOf(kafka, topic));
    other = cluster.brokers.find((broker) => broker.id !== leader)!.id;
    expect((await eventually(() => offsetsAt(leader)))[0]).toMatchObject({ error: null });
  });

  it('killed: its poll is lost, then it cannot be reached; the other leads; restarted, the same client reaches it', async () => {
    await write(kafka, topic, [record('written')]);
    const [end] = await offsetsAt(leader);
    // The socket of the lane is open before the poll, so that the poll is sent before the kill.
    await read(kafka, [{ topic }], { lane: 'killed' });
    const poll = failure(read(kafka, [{ topic, offset: end!.offset }], { lane: 'killed' }), 'connection-lost');
    await offsetsAt(leader);
    await cluster.killBroker(leader);
    await poll;
    const refused = await failure(offsetsAt(leader), 'unreachable');
    expect(refused.outcomeUnknown).toBe(false);
    await eventually(async () => expect(await leaderOf(kafka, topic)).toBe(other));
    expect((await eventually(() => write(kafka, topic, [record('to the other')]))).baseOffset).toBe(end!.offset);

    await cluster.startBroker(leader);
    await eventually(() => kafka.metadata([topic], calm()));
    await eventually(async () => {
      const [answer] = await offsetsAt(leader);
      expect(answer!.error).toMatch(/^(NOT_LEADER_FOR_PARTITION|UNKNOWN_TOPIC_OR_PARTITION)$/);
    });
  });
});
