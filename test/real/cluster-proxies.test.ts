import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TcpProxy } from '../../src/chaos/tcp-proxy.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { releaseOf } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import { KafkaFailure, type Kafka } from '../../src/kafka/port.js';
import { calm, eventually, leaderOf, read, record, write } from '../contracts/kafka-port-world.js';
import { startOwnCluster } from '../support/real-cluster.js';

const host = realHost();
const topic = 'behind-a-proxy';
const proxies: TcpProxy[] = [];
let cluster: Cluster;
let kafka: Kafka;
/** By the proxies, before there was a client. */
let acceptedOfBrokers: number;

const portOf = ({ address }: TcpProxy): number => Number(address.split(':')[1]);
const acceptedTotal = (): number => proxies.reduce((sum, { statistics }) => sum + statistics.accepted, 0);

beforeAll(async () => {
  cluster = await startOwnCluster({
    brokers: 2,
    advertise: async (target) => {
      const proxy = await TcpProxy.start({ target, clock: host.clock });
      proxies.push(proxy);
      return portOf(proxy);
    },
  });
  acceptedOfBrokers = acceptedTotal();
  await cluster.createTopic(topic, { partitions: 1 });
  kafka = createKafkaAdapter({
    // The broker's own address: what it tells of itself leads to the proxy all the same.
    seedPeers: cluster.brokers.map(({ host: own, port }) => `${own}:${port}`),
    clientId: 'proxies',
    host,
    logger: { warn: () => {} },
    limits: { requestTimeoutMs: 3_000, metadataTimeoutMs: 1_000, answerMarginMs: 1_000, versionsTimeoutMs: 1_000 },
  });
});
afterAll(async () => {
  await kafka?.close();
  await cluster?.stop();
  await Promise.all(proxies.map((proxy) => proxy.close()));
});

describe('brokers behind proxies', () => {
  it('reach each other past them, if they can have a listener for that, else through them', async () => {
    const { endpoint } = releaseOf(cluster.kafkaVersion);
    if (endpoint === 'named-listeners') expect(acceptedOfBrokers).toBe(0);
    else await eventually(async () => expect(acceptedTotal()).toBeGreaterThan(0));
  });

  it('are known to their clients by the proxies alone, so that a cut link cannot be walked round', async () => {
    expect(cluster.kafkaPeers.split(',').sort()).toEqual(proxies.map(({ address }) => address).sort());

    await write(kafka, topic, [record('before')]);
    const leader = await leaderOf(kafka, topic);
    const { advertisedPort } = cluster.brokers.find(({ id }) => id === leader)!;
    const proxy = proxies.find((candidate) => portOf(candidate) === advertisedPort)!;
    const offsets = () => kafka.listOffsets(leader, [{ topic, partition: 0 }], 'latest', calm());
    const partitions = [{ topic, partition: 0, records: [record('lost')] }];
    proxy.mode = { type: 'cut', how: 'reset' };
    await expect(offsets()).rejects.toBeInstanceOf(KafkaFailure);
    await expect(
      kafka.produce(leader, { requiredAcks: 1, timeoutMs: 1_000, partitions }, calm()),
    ).rejects.toBeInstanceOf(KafkaFailure);

    proxy.mode = { type: 'pass' };
    await eventually(offsets);
    await write(kafka, topic, [record('after')]);
    const [fetched] = await read(kafka, [{ topic }]);
    expect(fetched!.records.map(({ value }) => value?.toString())).toEqual(['before', 'after']);
  });
});
