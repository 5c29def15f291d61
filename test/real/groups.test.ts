import { afterEach, describe, expect, it } from 'vitest';
import { createZooKeeperAdapter } from '../../src/zookeeper/adapter/adapter.js';
import { realHost } from '../../src/host/real-host.js';
import { pino } from 'pino';
import type { Daemon } from '../../src/daemon.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, Poller, testConfig, testDaemon, TopicClient } from '../support/real-daemon.js';

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function world(partitions: number) {
  const cluster = realCluster();
  const topic = uniqueName('groups');
  const group = uniqueName('g');
  await cluster.createTopic(topic, { partitions });
  const config = testConfig({ ...cluster, chroot: `/${uniqueName('chroot')}` });
  /** A group that nobody has committed for begins at the end, wherever that is by the time it looks. */
  const beginAtTheStart = (client: TopicClient) =>
    client.setOffsets(
      group,
      [...Array(partitions).keys()].map((partition) => ({ partition, offset: 0 })),
    );
  const start = async () => {
    const daemon = await testDaemon(config);
    ending.push(() => daemon.drain());
    return { daemon, client: new TopicClient(daemon.url, topic) };
  };
  const poll = (client: TopicClient) => {
    const poller = new Poller(client, group);
    ending.push(() => poller.stop());
    return poller;
  };
  return { cluster, config, topic, group, start, poll, beginAtTheStart };
}

/** The daemon's poller has to end first: it would ask a daemon that is gone. */
async function leave(daemon: Daemon, poller: Poller): Promise<void> {
  const stopped = poller.stop();
  await daemon.drain();
  await stopped;
}

describe('a group on a real cluster', () => {
  it('spreads 8 partitions as 4 and 4, then 3, 3, 2, and gives them back', async () => {
    const { start, poll, group } = await world(8);
    const [a, b, c] = [await start(), await start(), await start()];
    poll(a.client);
    const shares = (expected: string) =>
      eventually(async () => ((await a.client.shares(group)) === expected ? true : undefined), `shares of ${expected}`);
    await shares('8');
    poll(b.client);
    await shares('4,4');
    const third = poll(c.client);
    await shares('3,3,2');
    await leave(c.daemon, third);
    await shares('4,4');
    expect(Object.keys((await a.client.consumers(group))[group]!).sort()).toEqual(
      [a.daemon.memberId, b.daemon.memberId].sort(),
    );
  });

  it('consumes every message once while partitions move', async () => {
    const { start, poll, group, beginAtTheStart } = await world(4);
    const [a, b] = [await start(), await start()];
    expect(await beginAtTheStart(a.client)).toBe(200);
    const pollers = [poll(a.client)];
    await eventually(async () => ((await a.client.shares(group)) === '4' ? true : undefined), 'all partitions at one');
    const posted: string[] = [];
    for (let n = 0; n < 60; n++) {
      if (n === 20) pollers.push(poll(b.client));
      await a.client.postSync(`m${n}`, { key: `k${n % 7}` });
      posted.push(`m${n}`);
    }
    const got = () => pollers.flatMap(({ messages }) => messages.map(({ value }) => value));
    await eventually(async () => (new Set(got()).size === posted.length ? true : undefined), 'all messages consumed');
    expect(got().sort()).toEqual([...posted].sort());
  });

  it('frees its partitions when nobody asks, and goes on at the committed offset', async () => {
    const { start, group, beginAtTheStart } = await world(2);
    const { client } = await start();
    expect(await beginAtTheStart(client)).toBe(200);
    await client.postSync('one', { key: '1' });
    await client.postSync('two', { key: '1' });
    expect(await eventually(() => client.get(group), 'the first message')).toMatchObject({ value: 'one' });
    await eventually(async () => (Object.keys(await client.consumers()).length === 0 ? true : undefined), 'no owners');
    expect(await eventually(() => client.get(group), 'the second message')).toMatchObject({ value: 'two' });
  });

  it('waits for the partitions of a member of another program, and lists it', async () => {
    const { start, poll, group, topic, cluster, config } = await world(4);
    const { client } = await start();
    const foreign = createZooKeeperAdapter({
      servers: cluster.zookeeperPeers,
      chroot: config.clusters.default!.zookeeper.chroot,
      host: realHost(),
      logger: pino({ level: 'silent' }),
      limits: { operationTimeoutMs: 10_000, pendingOperationsMax: 100 },
    }).openSession({ timeoutMs: 5000, onEvent: () => {} });
    ending.push(() => foreign.close());
    const [ids, owners] = [`/consumers/${group}/ids`, `/consumers/${group}/owners/${topic}`];
    await foreign.ensurePath(ids);
    await foreign.ensurePath(owners);
    const subscription = { subscription: { [topic]: 1 }, pattern: 'static', timestamp: 1, version: 1 };
    await foreign.create(`${ids}/another-program`, JSON.stringify(subscription), 'ephemeral');
    // By the order of their names, the other one has the first half.
    for (const partition of [0, 1]) await foreign.create(`${owners}/${partition}`, 'another-program', 'ephemeral');

    poll(client);
    const share = async () => (await client.consumers(group))[group];
    const both = await eventually(async () => {
      const found = await share();
      return found && Object.keys(found).length === 2 ? found : undefined;
    }, 'both members listed');
    expect(both).toMatchObject({ 'another-program': [0, 1] });

    // It lets go of its nodes one after the other; each falls to us when the member itself is gone.
    await foreign.deleteOwn(`${ids}/another-program`);
    await foreign.deleteOwn(`${owners}/0`);
    const own = await eventually(async () => {
      const found = await share();
      return Object.entries(found ?? {}).find(([id, list]) => id !== 'another-program' && list.length === 3);
    }, 'the freed partition is ours');
    expect(own[1]).toEqual([0, 2, 3]);
    await foreign.deleteOwn(`${owners}/1`);
    await eventually(async () => ((await client.shares(group)) === '4' ? true : undefined), 'all are ours');
  });

  it('removes the nodes of a group that nobody is in any more', async () => {
    const { start, group } = await world(2);
    const { client } = await start();
    await client.get(group);
    await eventually(async () => {
      const answer = (await client.consumers(group)) as unknown as { error?: string };
      return answer.error === `unknown consumer group ${group}` ? true : undefined;
    }, 'the group is gone');
    expect(await client.consumers()).toEqual({});
  });
});
