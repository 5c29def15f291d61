import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import type { Daemon } from '../../src/daemon.js';
import { realCluster, uniqueName } from '../support/real-cluster.js';
import { eventually, testConfig, testDaemon, TopicClient } from '../support/real-daemon.js';

type TestDaemon = Daemon & { readonly url: string };

const ackTimeoutMs = 1500;
const chroot = `/${uniqueName('chroot')}`;
let daemon: TestDaemon;

function config(): Config {
  const base = testConfig({ ...realCluster(), chroot });
  const { default: cluster } = base.clusters;
  const consumer = { ...cluster!.consumer, ackTimeoutMs, releaseTimeoutMs: 500 };
  return { ...base, clusters: { default: { ...cluster!, consumer } } };
}

beforeAll(async () => {
  daemon = await testDaemon(config());
});
afterAll(() => daemon.drain());

/** One partition with so many messages `m0`, `m1` …, and a group that begins at the first of them. */
async function groupAtTheOldest(messages: number): Promise<{ topic: string; group: string }> {
  const topic = uniqueName('acks');
  const group = uniqueName('group');
  await realCluster().createTopic(topic);
  const client = new TopicClient(daemon.url, topic);
  for (let n = 0; n < messages; n++) await client.postSync(`m${n}`);
  expect(await client.setOffsets(group, [{ partition: 0, offset: 0 }])).toBe(200);
  return { topic, group };
}

/** The next message with these ack parameters, as `m3@3`; asks again while there is none. */
async function next(at: { topic: string; group: string }, parameters: string): Promise<string> {
  return eventually(async () => {
    const response = await fetch(`${daemon.url}/topics/${at.topic}/messages?group=${at.group}&${parameters}`);
    const body = (await response.json()) as { value: string; offset: number };
    if (response.status === 408) return undefined;
    expect(response.status).toBe(200);
    return `${Buffer.from(body.value, 'base64')}@${body.offset}`;
  }, `a message of ${at.topic}`);
}

async function ack(at: { topic: string; group: string }, offset: number): Promise<[number, unknown]> {
  const body = new URLSearchParams({ group: at.group, partition: '0', offset: String(offset) });
  const response = await fetch(`${daemon.url}/topics/${at.topic}/acks`, { method: 'POST', body });
  return [response.status, await response.json()];
}

interface Stored {
  readonly offset: number;
  readonly metadata?: string;
  readonly sparse_acks?: string;
}

/** Waits until this is what `GET …/offsets` tells. */
async function stored(at: { topic: string; group: string }, expected: Stored): Promise<void> {
  const client = new TopicClient(daemon.url, at.topic);
  const wanted = JSON.stringify(expected);
  await eventually(async () => {
    const [{ offset, metadata, sparse_acks } = {} as Stored] = (await client.offsets(at.group)) as Stored[];
    return JSON.stringify({ offset, metadata, sparse_acks }) === wanted || undefined;
  }, `${wanted} of ${at.topic}`);
}

describe('acknowledging on a real cluster', () => {
  it('commits acks out of order as sparse acks, and gives the rest to the next daemon', async () => {
    const at = await groupAtTheOldest(6);
    const taken: string[] = [];
    for (let n = 0; n < 6; n++) taken.push(await next(at, 'noAck'));
    expect(taken).toEqual(['m0@0', 'm1@1', 'm2@2', 'm3@3', 'm4@4', 'm5@5']);
    for (const offset of [2, 0, 4, 5]) expect(await ack(at, offset)).toEqual([200, {}]);
    await stored(at, { offset: 1, metadata: 'BBBC', sparse_acks: '1-2,3-5' });

    await daemon.drain();
    daemon = await testDaemon(config());
    expect([await next(at, 'noAck'), await next(at, 'noAck')]).toEqual(['m1@1', 'm3@3']);
    expect(await ack(at, 3)).toEqual([200, {}]);
    expect(await ack(at, 1)).toEqual([200, {}]);
    await stored(at, { offset: 6 });
  });

  it('offers a message again when its time is over, and not once it is acknowledged by the next request', async () => {
    const at = await groupAtTheOldest(2);
    expect(await next(at, 'noAck')).toBe('m0@0');
    expect(await next(at, 'noAck')).toBe('m1@1');
    expect(await next(at, 'ackPartition=0&ackOffset=1')).toBe('m0@0');
    await stored(at, { offset: 0, metadata: 'BB', sparse_acks: '1-2' });
    expect(await next(at, 'noAck')).toBe('m0@0');
    expect(await ack(at, 0)).toEqual([200, {}]);
    await stored(at, { offset: 2 });
  });

  it('acknowledges by itself where nothing is said', async () => {
    const at = await groupAtTheOldest(3);
    expect([await next(at, ''), await next(at, ''), await next(at, '')]).toEqual(['m0@0', 'm1@1', 'm2@2']);
    await stored(at, { offset: 3 });
  });

  it('ignores an ack of what was never offered, and refuses one where nobody owns the partition', async () => {
    const at = await groupAtTheOldest(3);
    expect(await next(at, 'noAck')).toBe('m0@0');
    expect(await ack(at, 2)).toEqual([200, {}]);
    expect(await ack(at, 0)).toEqual([200, {}]);
    await stored(at, { offset: 1 });
    expect([await next(at, ''), await next(at, '')]).toEqual(['m1@1', 'm2@2']);
    const elsewhere = { ...at, group: uniqueName('nobody') };
    expect(await ack(elsewhere, 0)).toEqual([
      500,
      { error: `acks channel missing for {${elsewhere.group} ${at.topic} 0}` },
    ]);
  });
});
