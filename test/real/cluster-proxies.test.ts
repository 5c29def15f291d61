import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { TcpProxy } from '../../src/chaos/tcp-proxy.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import type { ClientListeners } from '../../src/cluster/listeners.js';
import { endpointsOf } from '../../src/cluster/probes.js';
import { releaseOf } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import { KafkaFailure, type Kafka } from '../../src/kafka/port.js';
import { calm, eventually, leaderOf, read, record, write } from '../contracts/kafka-port-world.js';
import { startOwnCluster } from '../support/real-cluster.js';
// The types of what is injected are declared there.
import type {} from '../support/global-setup.js';

const host = realHost();
const topic = 'behind-a-proxy';
/** By `client broker`. */
const proxies = new Map<string, TcpProxy>();
const names = ['a', 'b'];
const clients: ClientListeners = {
  clients: names,
  advertise: async ({ broker, client, ...target }) => {
    const proxy = await TcpProxy.start({ target, clock: host.clock });
    proxies.set(`${client} ${broker}`, proxy);
    return endpointsOf(proxy.address)[0]!.port;
  },
};
const canTellClientsApart = releaseOf(inject('kafkaVersion')).endpoint === 'named-listeners';

describe('clients with listeners of their own', () => {
  let cluster: Cluster;
  /** By the proxies, before there was a client. */
  let acceptedOfBrokers: number;
  const opened: Kafka[] = [];

  beforeEach((context) => {
    if (!canTellClientsApart) context.skip('these brokers tell every client the same address');
  });
  beforeAll(async () => {
    if (!canTellClientsApart) return;
    cluster = await startOwnCluster({ brokers: 2, clients });
    acceptedOfBrokers = [...proxies.values()].reduce((sum, { statistics }) => sum + statistics.accepted, 0);
    await cluster.createTopic(topic, { partitions: 1 });
    for (const name of names)
      opened.push(
        createKafkaAdapter({
          // One is enough: of the other one it is told.
          seedPeers: [cluster.clientPeers.get(name)!.split(',')[0]!],
          clientId: name,
          host,
          logger: { warn: () => {} },
          limits: {
            requestTimeoutMs: 3_000,
            metadataTimeoutMs: 1_000,
            answerMarginMs: 1_000,
            versionsTimeoutMs: 1_000,
          },
        }),
      );
  });
  afterAll(async () => {
    await Promise.all(opened.map((kafka) => kafka.close()));
    await cluster?.stop();
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  });

  it('share none of them with brokers, nor with whoever looks on', () => {
    expect(acceptedOfBrokers).toBe(0);
    const told = names.map((name) => [name, [1, 2].map((broker) => proxies.get(`${name} ${broker}`)!.address).join()]);
    expect([...cluster.clientPeers]).toEqual(told);
    expect(cluster.kafkaPeers).toBe(cluster.brokers.map(({ port }) => `127.0.0.1:${port}`).join());
  });

  it('cannot walk round a link that is cut, which is that of one client alone', async () => {
    const [a, b] = opened as [Kafka, Kafka];
    await write(a, topic, [record('before')]);
    const leader = await leaderOf(a, topic);
    const offsets = (kafka: Kafka) => kafka.listOffsets(leader, [{ topic, partition: 0 }], 'latest', calm());
    expect(await leaderOf(b, topic)).toBe(leader);
    const proxy = proxies.get(`a ${leader}`)!;
    const partitions = [{ topic, partition: 0, records: [record('lost')] }];
    proxy.mode = { type: 'cut', how: 'reset' };
    await expect(offsets(a)).rejects.toBeInstanceOf(KafkaFailure);
    await expect(a.produce(leader, { requiredAcks: 1, timeoutMs: 1_000, partitions }, calm())).rejects.toBeInstanceOf(
      KafkaFailure,
    );
    await write(b, topic, [record('meanwhile')]);

    proxy.mode = { type: 'pass' };
    await eventually(() => offsets(a));
    await write(a, topic, [record('after')]);
    const [fetched] = await read(a, [{ topic }]);
    expect(fetched!.records.map(({ value }) => value?.toString())).toEqual(['before', 'meanwhile', 'after']);
  });
});

it('brokers that have no listeners for single clients say so', async (context) => {
  if (canTellClientsApart) context.skip('these brokers have them');
  await expect(startOwnCluster({ clients })).rejects.toThrow('from 1.0 on');
  expect(proxies.size).toBe(0);
});
