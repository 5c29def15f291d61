import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import { realHost } from '../../src/host/real-host.js';
import type { Daemon } from '../../src/daemon.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, testConfig, testDaemon, TopicClient } from '../support/real-daemon.js';

let daemon: Daemon & { readonly url: string };
const topic = uniqueName('main');
let client: TopicClient;

beforeAll(async () => {
  const cluster = realCluster();
  await cluster.createTopic(topic, { partitions: 4 });
  daemon = await testDaemon(testConfig({ ...cluster, chroot: `/${uniqueName('chroot')}` }));
  client = new TopicClient(daemon.url, topic);
});
afterAll(() => daemon.drain());

describe('the main job on a real cluster', () => {
  it.each([
    ['1', 0],
    ['2', 1],
    ['3', 2],
    ['4', 3],
    ['5', 0],
    ['foo', 1],
    ['bar', 2],
    ['A', 0],
    ['', 3],
  ])('keeps messages with key %j on partition %i', async (key, partition) => {
    const first = await client.postSync('a', { key });
    const second = await client.postSync('b', { key });
    expect([first.partition, second.partition]).toEqual([partition, partition]);
    expect(second.offset).toBeGreaterThan(first.offset);
  });

  it('spreads messages without a key', async () => {
    const partitions = new Set<number>();
    for (let n = 0; n < 40; n++) partitions.add((await client.postSync('x')).partition);
    expect([...partitions].sort()).toEqual([0, 1, 2, 3]);
  });

  it('answers partition and offset where another client finds the message, key and all', async () => {
    const kafka = createKafkaAdapter({
      seedPeers: realCluster().kafkaPeers.split(','),
      clientId: 'another',
      host: realHost(),
      logger: { warn: () => {} },
    });
    const { signal } = new AbortController();
    for (const [value, parameters, key] of [
      ['with a key', { key: 'k' }, Buffer.from('k')],
      ['with an empty key', { key: '' }, Buffer.alloc(0)],
      ['without', {}, null],
    ] as const) {
      const { partition, offset } = await client.postSync(value, parameters);
      const { topics } = await kafka.metadata([topic], signal);
      const { leader } = topics[0]!.partitions[partition]!;
      const [result] = await kafka.fetch(
        leader,
        'another',
        {
          maxWaitMs: 1000,
          minBytes: 1,
          maxBytes: 1 << 20,
          partitions: [{ topic, partition, offset, maxBytes: 1 << 20 }],
        },
        signal,
      );
      expect(result!.records[0]).toMatchObject({ offset, key, value: Buffer.from(value) });
    }
    await kafka.close();
  });

  it('gives posted messages to a group that begins at the oldest', async () => {
    const group = uniqueName('g');
    const posted = await client.postSync('find me', { key: 'find' });
    expect(
      await client.setOffsets(
        group,
        [0, 1, 2, 3].map((partition) => ({ partition, offset: partition === posted.partition ? posted.offset : -1 })),
      ),
    ).toBe(200);
    const message = await eventually(() => client.get(group), 'the message');
    expect(message).toMatchObject({ key: 'find', value: 'find me', ...posted });
    const offsets = await eventually(async () => {
      const all = await client.offsets(group);
      return all[posted.partition]!.offset === posted.offset + 1 ? all : undefined;
    }, 'the offset is committed');
    expect(offsets[posted.partition]).toMatchObject({ lag: 0 });
  });

  it('answers a topic that does not exist', async () => {
    const unknown = new TopicClient(daemon.url, uniqueName('nowhere'));
    expect(await unknown.post('x', { sync: '' })).toEqual({
      status: 404,
      body: { error: 'kafka server: Request was for a topic or partition that does not exist on this broker.' },
    });
    expect(await unknown.post('x')).toEqual({ status: 200, body: {} });
    expect(await unknown.get(uniqueName('g'))).toBeUndefined();
    await eventually(async () => {
      await unknown.get('g');
      return unknown.lastReason === 'unknown-topic' ? true : undefined;
    }, 'the reason');
  });

  it('writes a large message, and refuses one beyond the limit', async () => {
    const { partition, offset } = await client.postSync('x'.repeat(900_000), { key: 'large' });
    expect({ partition: partition >= 0, offset: offset >= 0 }).toEqual({ partition: true, offset: true });
    expect(await client.post('x'.repeat(1_020_000), { sync: '' })).toEqual({
      status: 500,
      body: { error: 'kafka server: Message was too large, server rejected it to avoid allocation error.' },
    });
    expect((await client.post('x'.repeat(3_000_000))).status).toBe(400);
  });
});
