import { afterAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.js';
import { freePorts } from '../../src/cluster/ports.js';
import { realHost } from '../../src/host/real-host.js';
import { startOwnCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, Poller, testConfig, testDaemon, TopicClient } from '../support/real-daemon.js';

const ending: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ending.reverse()) await end();
});

/** One cluster of its own, which is not there at first, goes away in the middle, and comes back. The tests follow each other. */
describe('bad weather', async () => {
  const [kafkaPort, zookeeperPort] = (await freePorts(realHost().random, '127.0.0.1', 2)) as [number, number];
  const peers = {
    kafkaPeers: `127.0.0.1:${kafkaPort}`,
    zookeeperPeers: `127.0.0.1:${zookeeperPort}`,
    chroot: '/weather',
  };
  const base = testConfig(peers);
  const config = {
    ...base,
    clusters: {
      default: {
        ...base.clusters.default!,
        producer: { ...base.clusters.default!.producer, syncTimeoutMs: 20_000, queueMessagesMax: 50 },
      },
    },
  };
  const topic = uniqueName('weather');
  const group = 'g';
  let cluster: Cluster;
  let client: TopicClient;

  it('starts and listens without Kafka and ZooKeeper, and says why there is nothing', async () => {
    const daemon = await testDaemon(config);
    ending.push(() => daemon.drain());
    client = new TopicClient(daemon.url, topic);
    expect(await client.get(group)).toBeUndefined();
    expect(client.lastReason).toBe('zookeeper-away');
    const consumers = await fetch(`${daemon.url}/topics/${topic}/consumers`);
    expect(consumers.status).toBe(500);
    expect(await consumers.json()).toEqual({
      error: 'failed to fetch consumer groups: zk: could not connect to a server',
    });
  });

  it('keeps async messages within its limit, refuses those beyond, and lets a sync one wait', async () => {
    const answers: number[] = [];
    for (let n = 0; n < 60; n++) answers.push((await client.post(`early-${n}`, { key: 'one' })).status);
    expect([answers.filter((s) => s === 200).length, answers.filter((s) => s === 503).length]).toEqual([50, 10]);
    expect(answers.slice(0, 50).every((status) => status === 200)).toBe(true);
    expect((await client.post('late', { sync: '' })).status).toBe(503);
  });

  it('writes them in order when Kafka is there, and begins to consume by itself', async () => {
    cluster = await startOwnCluster({ kafkaPort, zookeeperPort });
    ending.push(() => cluster.stop());
    await cluster.createTopic(topic, { partitions: 1 });
    await eventually(async () => {
      const answer = await fetch(`${client.url}/offsets?group=${group}`);
      if (answer.status !== 200) return undefined;
      const [partition] = (await answer.json()) as { end: number }[];
      return partition!.end === 50 ? true : undefined;
    }, 'all accepted messages are written');
    expect(await client.setOffsets('reader', [{ partition: 0, offset: 0 }])).toBe(200);
    const values: string[] = [];
    await eventually(async () => {
      const message = await client.get('reader');
      if (message) values.push(message.value);
      return values.length === 50 ? true : undefined;
    }, 'all are consumed');
    expect(values).toEqual([...Array(50).keys()].map((n) => `early-${n}`));
  });

  it('lets a sync message wait while the broker is away, and goes on where it was when it is back', async () => {
    // Somebody asks all the time: otherwise the partition is given up, and what could not be committed comes again.
    const poller = new Poller(client, 'reader');
    await cluster.killBroker(1);
    const written = client.postSync('through', { key: 'one' });
    await cluster.startBroker(1);
    expect(await written).toMatchObject({ partition: 0 });
    await eventually(async () => (poller.messages.length > 0 ? true : undefined), 'the message');
    await poller.stop();
    expect(poller.messages.map(({ value }) => value)).toEqual(['through']);
  });

  it('goes on consuming when ZooKeeper was away for longer than the session, without a message lost or repeated', async () => {
    await cluster.killZooKeeper();
    await eventually(async () => {
      await client.get('reader');
      return client.lastReason === 'zookeeper-away' ? true : undefined;
    }, 'nothing is offered without ZooKeeper');
    await client.postSync('meanwhile', { key: 'one' });
    await cluster.startZooKeeper();
    expect(await eventually(() => client.get('reader'), 'the message')).toMatchObject({ value: 'meanwhile' });
    expect(await client.get('reader')).toBeUndefined();
  });

  it('answers a sync message that could not be sent in time, and refuses to hang', async () => {
    const impatient = {
      ...config.clusters.default,
      producer: { ...config.clusters.default.producer, syncTimeoutMs: 2000 },
    };
    const daemon = await testDaemon({ ...config, clusters: { default: impatient } });
    ending.push(() => daemon.drain());
    await cluster.killBroker(1);
    const answer = await new TopicClient(daemon.url, topic).post('never', { sync: '', key: 'one' });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).toMatch(/run out of available brokers|outcome unknown/);
    await cluster.startBroker(1);
  });
});
