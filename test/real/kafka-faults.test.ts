import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import { KafkaFailure } from '../../src/kafka/port.js';
import type { Kafka } from '../../src/kafka/port.js';
import { kafkaPortContract } from '../contracts/kafka-port.js';
import {
  POLL_MS_FOREVER,
  calm,
  eventually,
  failure,
  leaderOf,
  read,
  record,
  write,
} from '../contracts/kafka-port-world.js';
import { realCluster, startOwnCluster, uniqueName } from '../support/real-cluster.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startOwnCluster({ brokers: 2 });
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
      createTopic: (name, partitions, config = {}) => cluster.createTopic(name, { partitions, config }),
      uniqueName,
      supports: realCluster().supports,
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
    const config = { 'min.insync.replicas': '2' };
    await cluster.createTopic(topic, { partitions: 1, replicationFactor: 2, config });
    await allInSync();
  });
  let newcomer: Kafka | undefined;
  afterAll(async () => {
    await kafka?.close();
    await newcomer?.close();
  });

  const offsetsAt = (broker: number) => kafka.listOffsets(broker, [{ topic, partition: 0 }], 'latest', calm());

  it('frozen: a write gets no answer and may have happened; another broker answers for the cluster; thawed, all goes on', async () => {
    await write(kafka, topic, [record('before')]);
    cluster.pauseBroker(leader);
    try {
      // A signal is not yet a stop: the broker may answer for a moment.
      await eventually(() => expect(offsetsAt(leader)).rejects.toBeInstanceOf(KafkaFailure));
      const partitions = [{ topic, partition: 0, records: [record('unknown')] }];
      const lost = await failure(
        kafka.produce(leader, { requiredAcks: 1, timeoutMs: 100, partitions }, calm()),
        'timeout',
      );
      expect(lost.outcomeUnknown).toBe(true);
      expect((await kafka.metadata([topic], calm())).topics[0]!.partitions).toHaveLength(1);
      // A client that meets it first while it is silent must not take it for an old one for good.
      const { host, port } = cluster.brokers.find((broker) => broker.id === leader)!;
      newcomer = adapter([`${host}:${port}`]);
      await failure(newcomer.metadata([topic], calm()), 'timeout');
      cluster.resumeBroker(leader);
      const headers = realCluster().supports('headers') ? [{ key: 'k', value: null }] : [];
      await eventually(() => write(newcomer!, topic, [record('with what an old one cannot keep', { headers })]));
    } finally {
      cluster.resumeBroker(leader);
    }
    await allInSync();
  });

  /**
   * Waits for both replicas, and notes who leads: a broker that fails may lose its place for a while. A write that both must
   * hold tells; what metadata say of replicas 0.8.2 does not renew.
   */
  async function allInSync(): Promise<void> {
    await eventually(async () => {
      await write(kafka, topic, [record('held by both')]);
      leader = await leaderOf(kafka, topic);
      other = cluster.brokers.find((broker) => broker.id !== leader)!.id;
      expect((await offsetsAt(leader))[0]).toMatchObject({ error: null });
    });
  }

  it('killed: its poll is lost, then it cannot be reached; the other leads; restarted, the same client reaches it', async () => {
    await allInSync();
    await write(kafka, topic, [record('written')]);
    const [end] = await offsetsAt(leader);
    // The socket of the lane is open before the poll, so that the poll is sent before the kill.
    await read(kafka, [{ topic }], { lane: 'killed' });
    const partitions = [{ topic, partition: 0, offset: end!.offset, maxBytes: 1_000 }];
    const request = { maxWaitMs: POLL_MS_FOREVER, minBytes: 1, maxBytes: 1_000, partitions };
    const poll = failure(kafka.fetch(leader, 'killed', request, calm()), 'connection-lost');
    await offsetsAt(leader);
    await cluster.killBroker(leader);
    await poll;
    // Each socket learns of the death by itself, this one perhaps a moment later.
    const refused = await eventually(() => failure(offsetsAt(leader), 'unreachable'));
    expect(refused.outcomeUnknown).toBe(false);
    await eventually(async () => expect(await leaderOf(kafka, topic)).toBe(other));
    const last = await eventually(async () => {
      const written = [{ topic, partition: 0, records: [record('to the other')] }];
      const [result] = await kafka.produce(other, { requiredAcks: 1, timeoutMs: 10_000, partitions: written }, calm());
      expect(result).toMatchObject({ error: null });
      return result!;
    });
    expect(last.baseOffset).toBe(end!.offset);

    await cluster.startBroker(leader);
    await eventually(() => kafka.metadata([topic], calm()));
    await eventually(async () => {
      const [answer] = await offsetsAt(leader);
      expect(answer!.error).toMatch(/^(NOT_LEADER_FOR_PARTITION|UNKNOWN_TOPIC_OR_PARTITION)$/);
    });
  });
});
