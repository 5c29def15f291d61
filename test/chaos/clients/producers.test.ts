import { describe, expect, it } from 'vitest';
import { createWorkload } from '../../../src/chaos/clients/create-workload.js';
import { postIn } from '../../../src/chaos/clients/message.js';
import type { ProducerLoad } from '../../../src/chaos/script/script.js';
import { virtualHost } from '../../../src/host/virtual-host.js';
import type { TestNetwork } from './support.js';
import { daemonAt, failed, kindNamed, ok, workloadOn, type TestDaemon } from './support.js';

const load: ProducerLoad = {
  topic: 'orders',
  clients: 4,
  messagesPerSecond: 50,
  syncShare: 0,
  keys: 20,
  messageBytes: 100,
  daemons: undefined,
};

function start(more: Partial<ProducerLoad> = {}, daemons: TestDaemon[] = [daemonAt('a:1')]) {
  const started = workloadOn({ produce: [{ ...load, ...more }], consume: [] }, daemons);
  const { network, workload } = started;
  const begin = (respond: TestNetwork['respond'] = () => undefined): void => {
    network.respond = respond;
    workload.start();
  };
  const addresses = () => network.asked.map(({ address }) => address);
  return { ...started, addresses, begin };
}

const accepted = () => ok({});
const keyOf = ({ query }: { query: URLSearchParams }) => query.get('key');

describe('clients that post', () => {
  it('post at even distances, together as often as they are to', async () => {
    const { clock, begin, network, seen } = start();
    begin(accepted);
    await clock.runFor(10_000);
    expect(network.asked.length).toBeGreaterThanOrEqual(499);
    expect(network.asked.length).toBeLessThanOrEqual(502);
    const times = seen.posts.map(({ sentMs }) => sentMs);
    expect(new Set(times.slice(1).map((sentMs, index) => sentMs - times[index]!))).toEqual(new Set([20]));
    expect(new Set(seen.posts.map(({ client }) => client))).toEqual(
      new Set(['producer 1.1', 'producer 1.2', 'producer 1.3', 'producer 1.4']),
    );
  });

  it('reach rates that no timer has', async () => {
    const { clock, begin, network } = start({ messagesPerSecond: 10_000, clients: 100, keys: 10_000 });
    begin(accepted);
    await clock.runFor(1000);
    expect(network.asked.length).toBeGreaterThanOrEqual(9990);
    expect(network.asked.length).toBeLessThanOrEqual(10_020);
  });

  it('do not make up for what they could not post: the load would come in a heap', async () => {
    const { clock, begin, network } = start();
    begin(accepted);
    await clock.runFor(1000);
    const before = network.asked.length;
    const { nowMs } = clock;
    // The process of the clients stood still for a minute.
    clock.nowMs = () => nowMs.call(clock) + 60_000;
    await clock.runFor(20);
    expect(network.asked.length - before).toBeLessThanOrEqual(6);
  });

  it('write messages of the size that is asked for, which name the run and the post', async () => {
    const { clock, begin, network } = start({ messageBytes: 300 });
    begin();
    await clock.runFor(0);
    const [{ body, path, method }] = network.asked as [(typeof network.asked)[0]];
    expect([method, path.split('?')[0], Buffer.byteLength(body!)]).toEqual(['POST', '/topics/orders/messages', 300]);
    expect(JSON.parse(body!)).toMatchObject({ run: 'run-1', post: 1, sentMs: 0 });
    expect(postIn(Buffer.from(body!), 'run-1')).toBe(1);
    expect(postIn(Buffer.from(body!), 'run-2')).toBeUndefined();
  });

  it.each([0, 0.25, 1])('post with sync as often as they are to: %d', async (syncShare) => {
    const { clock, begin, seen } = start({ syncShare, messagesPerSecond: 1000, keys: 100 });
    begin(({ query }) => (query.has('sync') ? ok({ partition: 3, offset: 7 }) : ok({})));
    await clock.runFor(2000);
    const sync = seen.posts.filter((post) => post.sync);
    expect(sync.length / seen.posts.length).toBeCloseTo(syncShare, 1);
    expect(
      sync.every(({ outcome, partition, offset }) => outcome === 'written' && partition === 3 && offset === 7),
    ).toBe(true);
    expect(seen.posts.every(({ sync, outcome }) => outcome === (sync ? 'written' : 'accepted'))).toBe(true);
  });

  it('give a frozen daemon one request of each client, and go on by the others', async () => {
    const daemons = [daemonAt('a:1', 1), daemonAt('b:2', 2)];
    const { clock, begin, network, seen } = start({}, daemons);
    begin(({ address }) => (address === 'a:1' ? undefined : ok({})));
    await clock.runFor(10_000);
    expect([...network.open].map(({ address }) => address)).toEqual(['a:1', 'a:1', 'a:1', 'a:1']);
    expect(seen.posts.length).toBeGreaterThan(450);
    const held = [...network.open].map(keyOf);
    const later = seen.posts.filter(({ sentMs }) => sentMs > 5000).map(({ key }) => key);
    expect(later.filter((key) => held.includes(key))).toEqual([]);
  });

  it('leave out daemons that are down, and those of other kinds', async () => {
    const theirs = daemonAt('c:3', 3, kindNamed('theirs'));
    const daemons = [daemonAt('a:1', 1), daemonAt('b:2', 2), theirs];
    const { clock, begin, network, addresses } = start({ daemons: 'pixy' }, daemons);
    begin();
    network.respond = accepted;
    daemons[1]!.isUp = false;
    await clock.runFor(1000);
    expect(new Set(addresses())).toEqual(new Set(['a:1']));
    daemons[1]!.isUp = true;
    await clock.runFor(1000);
    expect(new Set(addresses())).toEqual(new Set(['a:1', 'b:2']));
  });

  it.each([
    ['refused', failed(503, 'produce-queue-full')],
    ['unknown', failed(500, 'outcome-unknown')],
    ['unknown', { kind: 'cut', why: 'reset' }],
  ] as const)('post again, after a while, what was %s, before the next of its key', async (outcome, answer) => {
    const { clock, begin, seen } = start({ keys: 4 });
    begin(({ query }) => (query.get('key') === 'k2' && seen.posts.length < 40 ? answer : ok({})));
    await clock.runFor(3000);
    const ofKey = seen.posts.filter(({ key }) => key === 'k2');
    const failures = ofKey.filter((post) => post.outcome === outcome);
    expect(failures.length).toBeGreaterThan(2);
    expect(new Set(failures.map(({ sequence }) => sequence))).toEqual(new Set([1]));
    expect(ofKey[failures.length]).toMatchObject({ sequence: 1, outcome: 'accepted' });
    expect(ofKey[failures.length + 1]).toMatchObject({ sequence: 2 });
    expect(new Set(ofKey.map(({ id }) => id)).size).toBe(ofKey.length);
    for (const [index, { sentMs }] of failures.entries())
      if (index > 0) expect(sentMs - failures[index - 1]!.sentMs).toBeGreaterThanOrEqual(300);
  });

  it('have keys of their own, whose messages are counted', async () => {
    const { clock, begin, seen } = start({ keys: 7 });
    begin(accepted);
    await clock.runFor(5000);
    const clientsOf = new Map<string, Set<string>>();
    const counts = new Map<string, number>();
    for (const { key, client, sequence } of seen.posts) {
      clientsOf.set(key, (clientsOf.get(key) ?? new Set()).add(client));
      expect(sequence).toBe((counts.get(key) ?? 0) + 1);
      counts.set(key, sequence);
    }
    expect([...clientsOf.keys()].sort()).toEqual(['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7']);
    expect([...clientsOf.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('share keys where there are fewer than clients', async () => {
    const { clock, begin, seen } = start({ keys: 1 });
    begin(accepted);
    await clock.runFor(1000);
    expect(new Set(seen.posts.map(({ client }) => client)).size).toBe(4);
    expect(seen.posts.length).toBeGreaterThan(49);
  });

  it('post nothing new when they are to stop, and wait for what is open', async () => {
    const { clock, begin, network, workload, seen } = start();
    begin();
    await clock.runFor(100);
    const open = [...network.open];
    expect(open.length).toBe(4);
    let isOver = false;
    void workload.stopPosting().then(() => (isOver = true));
    open.slice(1).forEach((asked) => asked.answer(failed(503, 'produce-queue-full')));
    await clock.runFor(5000);
    expect([isOver, network.asked.length]).toEqual([false, 4]);
    open[0]!.answer(ok({}));
    await clock.settle();
    expect([isOver, seen.posts.length]).toEqual([true, 4]);
  });

  it('have open posts end as unknown when everything ends', async () => {
    const { clock, begin, network, workload, seen } = start();
    begin();
    await clock.runFor(100);
    await workload.stop();
    expect(seen.posts.map(({ outcome, answeredMs }) => [outcome, answeredMs])).toEqual(
      Array(4).fill(['unknown', undefined]),
    );
    expect([network.open.size, clock.pendingTimers, seen.hangs]).toEqual([0, 0, []]);
  });

  it('write down a request that hangs: past its own deadline, without a fault that excuses it', async () => {
    const { clock, begin, network, seen, struck } = start({ syncShare: 1, clients: 1 });
    begin();
    await clock.runFor(34_900);
    [...network.open][0]!.answer(ok({ partition: 0, offset: 0 }));
    await clock.settle();
    expect(seen.hangs).toEqual([]);
    await clock.runFor(35_200);
    [...network.open][0]!.answer(ok({ partition: 0, offset: 1 }));
    await clock.settle();
    const hang = { client: 'producer 1.1', daemon: 'daemon 1', request: 'a sync post to orders' };
    expect(seen.hangs).toEqual([{ ...hang, sentMs: expect.any(Number), answeredMs: 70_100 }]);
    await clock.runFor(60_000);
    [...network.open][0]!.answer({ kind: 'cut', why: 'nothing came for 60000 ms' });
    await clock.settle();
    expect(seen.hangs[1]).toMatchObject({ ...hang, answeredMs: undefined });
    struck.push('daemon 1');
    await clock.runFor(60_000);
    [...network.open][0]!.answer({ kind: 'cut', why: 'nothing came for 60000 ms' });
    await clock.settle();
    expect(seen.hangs.length).toBe(2);
  });

  it('are refused where they would be too many for one machine', () => {
    const daemons = Array.from({ length: 8 }, (_, index) => daemonAt(`a:${index}`, index + 1));
    const { clock, random } = virtualHost();
    const consume = [
      {
        group: 'g',
        topics: Array(10).fill('t') as string[],
        ack: 'later' as const,
        lateShare: 0,
        neverShare: 0,
        clients: 26,
        daemons: undefined,
      },
    ];
    const options = { daemons, runId: 'r', random, clock, nowMs: () => 0, wasStruck: () => false };
    expect(() => createWorkload({ ...options, load: { type: 'own', produce: [], consume } })).toThrow(
      'would need 4160 connections, and at most 4000',
    );
  });
});
