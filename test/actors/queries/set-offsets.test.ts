import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { SetOffsetsReply, SetOffsetsRequest } from '../../../src/actors/requests.js';
import { ZooKeeperFailure, type ZooKeeper, type ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { inWorld, numbered, type ConsumeWorld, type TestDaemon } from '../consume/consume-world.js';

const fast = { cluster: { zookeeper: { sessionTimeoutMs: 6000 } } };

type Positions = readonly (readonly [partition: number, offset: number, metadata?: string])[];

/** Asks the daemon to set offsets of the group g; the reply, or a text of what came instead. */
async function setting(d: TestDaemon, positions: Positions, deadlineMs = 10_000): Promise<SetOffsetsReply | string> {
  const offsets = positions.map(([partition, offset, metadata = '']) => ({ partition, offset, metadata }));
  const request: SetOffsetsRequest = { type: 'offsets.set', group: 'g', topic: 't', offsets };
  const outcome = await d.bus.ask<SetOffsetsReply>(addressOf.offsets('c'), request, { deadlineMs });
  if (outcome.kind === 'reply') return outcome.value;
  return outcome.kind === 'refused' ? `${outcome.error.code}: ${outcome.error.message}` : outcome.kind;
}

const set = (w: ConsumeWorld, d: TestDaemon, positions: Positions, deadlineMs?: number) =>
  w.done(setting(d, positions, deadlineMs));

const everywhere = { foreignOwners: {} };

/** Two daemons with a partition each, and so many messages in both. */
async function twoOwners(w: ConsumeWorld, count: number): Promise<[TestDaemon, TestDaemon]> {
  w.world.createTopic('t', 2);
  for (const partition of [0, 1]) {
    await w.store(0, { partition });
    await w.write(numbered(count, `p${partition}-`), { partition });
  }
  const [d1, d2] = [w.start(), w.start()];
  await Promise.all([d1.consume(1), d2.consume(1)]);
  await w.runUntil(() => Object.keys(w.owners()).length === 2);
  await w.runFor(2000);
  return [d1, d2];
}

/** A session of another program, with the claim on partition 0. */
async function foreignOwner(w: ConsumeWorld): Promise<ZooKeeperSession> {
  const session = w.world.zookeeper('', 'foreign').openSession({ timeoutMs: 6000, onEvent: () => {} });
  await w.done(session.ensurePath('/consumers/g/owners/t'));
  await w.done(session.create('/consumers/g/owners/t/0', 'a-foreigner', 'ephemeral'));
  return session;
}

/** A ZooKeeper whose administrator lets clients write below `/consumers` only. */
const withoutOwnNodes = (zookeeper: ZooKeeper): ZooKeeper => ({
  openSession: (options) => {
    const session = zookeeper.openSession(options);
    const { ensurePath } = session;
    return Object.assign(session, {
      ensurePath: (path: string) =>
        path.startsWith('/consumers')
          ? ensurePath.call(session, path)
          : Promise.reject(new ZooKeeperFailure('no-auth', `${path} may not be written`, { path })),
    });
  },
});

const handoverNodes = (w: ConsumeWorld) =>
  w.world
    .describe()
    .zookeeper.nodes.map(({ path }) => path)
    .filter((path) => path.startsWith('/kafka-pixy/handovers/'));

describe('setting offsets of a group that consumes', () => {
  it(
    'takes effect at once where this daemon owns the partition (complaint 163 of the original)',
    inWorld(fast, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(10));
      const d = w.start();
      expect(await d.consume(3)).toEqual(['m0', 'm1', 'm2']);
      expect(await set(w, d, [[0, 8]])).toEqual(everywhere);
      expect(w.committed()).toBe('8');
      expect(await d.consume(2)).toEqual(['m8', 'm9']);
      await w.runFor(1000);
      expect(w.committed()).toBe('10');
    }),
  );

  it(
    'takes effect where another daemon owns the partition: it is handed over, and what it had offered before does not count',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      expect(w.owners()).toEqual({ d1: [0], d2: [1] });
      const out = await d2.take();
      expect(await set(w, d1, [[1, 15]])).toEqual(everywhere);
      expect(w.committed(1)).toBe('15');
      out.receipt.written();
      expect(await d2.consume(2)).toEqual(['p1-15', 'p1-16']);
      await w.runFor(1000);
      expect(w.committed(1)).toBe('17');
      expect(handoverNodes(w)).toEqual([]);
    }),
  );

  it(
    'sets each partition where it is owned, in one request, and commits those that nobody owns',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      const third = w.start('d3');
      expect(
        await set(w, third, [
          [0, 3],
          [0, 12],
          [1, 13],
        ]),
      ).toEqual(everywhere);
      expect([w.committed(0), w.committed(1)]).toEqual(['12', '13']);
      expect(await d1.consume(1)).toEqual(['p0-12']);
      expect(await d2.consume(1)).toEqual(['p1-13']);
      await d1.drain();
      await d2.drain();
      expect(
        await set(w, third, [
          [0, 4],
          [1, -2],
        ]),
      ).toEqual(everywhere);
      expect([w.committed(0), w.committed(1)]).toEqual(['4', '-2']);
    }),
  );

  it(
    'with a member of another program as owner: it is committed, and said that the owner may overwrite it',
    inWorld(fast, async (w) => {
      w.world.createTopic('t', 2);
      const d = w.start();
      const foreign = await foreignOwner(w);
      expect(
        await set(w, d, [
          [0, 5, 'x'],
          [1, 6],
        ]),
      ).toEqual({ foreignOwners: { 'a-foreigner': [0] } });
      expect([w.committed(0), w.committed(1)]).toEqual(['5:x', '6']);
      expect(d.lines('may overwrite them')).toMatchObject([{ foreignOwners: { 'a-foreigner': [0] } }]);
      await w.done(foreign.close());
    }),
  );

  it(
    'with a daemon as owner that does not answer: it is committed in time, and said that the owner may overwrite it',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      w.world.faults.zookeeper.watchesLate(60_000);
      const from = w.host.clock.nowMs();
      expect(await set(w, d1, [[1, 9]], 5000)).toEqual({ foreignOwners: { d2: [1] } });
      expect(w.host.clock.nowMs() - from).toBeLessThan(5000);
      expect(w.committed(1)).toBe('9');
      expect(handoverNodes(w)).toEqual([]);
      w.world.faults.zookeeper.watchesLate(0);
      expect(d2.lines('the position was set')).toEqual([]);
    }),
  );

  it(
    'while the owner dies: whoever claims the partition next goes on there',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      await d2.kill();
      expect(await set(w, d1, [[1, 11]], 20_000)).toEqual(everywhere);
      d1.keepPolling();
      await w.runUntil(() => d1.consumed.includes('p1-19'));
      expect(d1.consumed.filter((value) => value.startsWith('p1-'))).toEqual(numbered(20, 'p1-').slice(11));
    }),
  );

  it(
    'while the owner releases the partition: whoever claims it next goes on there',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      const held = await d2.take();
      const drained = d2.drain();
      await w.runFor(100);
      const answered = setting(d1, [[1, 11]]);
      await w.runFor(500);
      held.receipt.written();
      expect(await w.done(answered)).toEqual(everywhere);
      expect((await drained).kind).toBe('reply');
      d1.keepPolling();
      await w.runUntil(() => d1.consumed.includes('p1-19'));
      expect(d1.consumed.filter((value) => value.startsWith('p1-'))).toEqual(numbered(20, 'p1-').slice(11));
    }),
  );

  it(
    'is not lost to a claim that is made at the same time',
    inWorld(fast, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(20));
      const asker = w.start('a');
      for (let round = 0; round < 12; round++) {
        const d = w.start(`b${round}`);
        const first = d.take();
        await w.runFor(round * 4);
        expect(await set(w, asker, [[0, 19 - round]])).toEqual(everywhere);
        (await first).receipt.returned();
        await d.drain();
        expect(w.committed()).toBe(`${19 - round}`);
        await w.runFor(6000);
      }
    }),
  );

  it(
    'commits when ZooKeeper does not say who owns what, and logs that an owner may overwrite it',
    inWorld(fast, async (w) => {
      w.world.createTopic('t', 1);
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      const from = w.host.clock.nowMs();
      expect(await set(w, d, [[0, 5]])).toEqual(everywhere);
      expect(w.host.clock.nowMs() - from).toBeLessThan(4000);
      expect(w.committed()).toBe('5');
      expect(d.lines('not known who owns')).toHaveLength(1);
      w.world.faults.zookeeper.serverUp();
    }),
  );

  it(
    'commits when ZooKeeper goes away meanwhile',
    inWorld(fast, async (w) => {
      const [d1] = await twoOwners(w, 20);
      w.world.faults.zookeeper.clientCut('d1');
      expect(await set(w, d1, [[1, 5]])).toEqual(everywhere);
      expect(w.committed(1)).toBe('5');
      expect(d1.lines('not known who owns')).toHaveLength(1);
      w.world.faults.zookeeper.clientHealed('d1');
    }),
  );

  it(
    'answers an error of Kafka, and does not set again what was set when it passes',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      const third = w.start('d3');
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd3' }, 'NOT_COORDINATOR', 2);
      expect(
        await set(w, third, [
          [0, 12],
          [5, 1],
        ]),
      ).toMatch(/^unknown-topic/);
      await d1.drain();
      await d2.drain();
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd3' }, 'GROUP_AUTHORIZATION_FAILED', 1);
      expect(await set(w, third, [[1, 12]])).toMatch(/^offsets-failed: .*GROUP_AUTHORIZATION_FAILED/);
      expect(d1.lines('the position was set')).toHaveLength(1);
    }),
  );

  it(
    'tries again what the owner could not commit, and answers an error when it never can',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd2' }, 'COORDINATOR_NOT_AVAILABLE', 2);
      expect(await set(w, d1, [[1, 15]])).toEqual(everywhere);
      expect(w.committed(1)).toBe('15');
      expect(await d2.consume(1)).toEqual(['p1-15']);
      for (const client of ['d1', 'd2'])
        w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client }, 'OFFSET_METADATA_TOO_LARGE', 1000);
      expect(await set(w, d1, [[1, 15, 'x'.repeat(5000)]])).toMatch(/^offsets-failed: .*OFFSET_METADATA_TOO_LARGE/);
      w.world.faults.kafka.clearRequests();
    }),
  );

  it(
    'hands over more than one request holds',
    inWorld(fast, async (w) => {
      const partitions = Array.from({ length: 250 }, (_, partition) => partition);
      w.world.createTopic('t', partitions.length);
      for (const partition of partitions) await w.store(0, { partition });
      const [owner, asker] = [w.start(), w.start()];
      owner.keepPolling();
      await w.runUntil(() => owner.lines('partition is owned').length === partitions.length);
      expect(
        await set(
          w,
          asker,
          partitions.map((partition) => [partition, 0, 'x'.repeat(1000)]),
        ),
      ).toEqual(everywhere);
      expect(owner.lines('the position was set')).toHaveLength(partitions.length);
      expect(owner.lines('as another daemon was asked to')).toHaveLength(3);
    }),
  );

  it(
    'is handed over under the next session of the owner as well',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      w.world.faults.zookeeper.sessionExpired(w.node('/consumers/g/ids/d2')!.ephemeralOwner!);
      d2.keepPolling();
      await w.runUntil(() => d2.lines('session is over').length === 1);
      await w.runUntil(() => w.owners()['d2'] !== undefined && d2.consumed.includes('p1-19'));
      expect(await set(w, d1, [[1, 15]])).toEqual(everywhere);
      await w.runUntil(() => d2.consumed.filter((value) => value === 'p1-19').length === 2);
      expect(handoverNodes(w)).toEqual([]);
      expect(
        w.world.describe().zookeeper.nodes.filter(({ path }) => path.startsWith('/kafka-pixy/daemons/')),
      ).toHaveLength(2);
    }),
  );

  it(
    'needs no nodes of its own in ZooKeeper where this daemon owns the partition; without them others count it as foreign',
    inWorld(fast, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(10));
      const d1 = w.start('d1', { zookeeper: withoutOwnNodes });
      expect(await d1.consume(1)).toEqual(['m0']);
      expect(await set(w, d1, [[0, 7]])).toEqual(everywhere);
      expect(await d1.consume(1)).toEqual(['m7']);
      expect(await set(w, w.start(), [[0, 2]])).toEqual({ foreignOwners: { d1: [0] } });
      await w.runFor(10_000);
      expect(d1.lines('cannot hand over positions to this one')).toHaveLength(1);
    }),
  );

  it(
    'leaves nothing behind of daemons that are gone',
    inWorld(fast, async (w) => {
      const [d1, d2] = await twoOwners(w, 20);
      await d1.drain();
      await d2.kill();
      await w.runFor(10_000);
      const left = w.world.describe().zookeeper.nodes.map(({ path }) => path);
      expect(left.filter((path) => path.startsWith('/kafka-pixy')).sort()).toEqual([
        '/kafka-pixy',
        '/kafka-pixy/daemons',
        '/kafka-pixy/handovers',
      ]);
    }),
  );
});

describe('what lies among the handed over positions', () => {
  /** A session of somebody who writes there what he likes. */
  async function writer(w: ConsumeWorld, owner: TestDaemon) {
    const session = w.world.zookeeper('', 'writer').openSession({ timeoutMs: 6000, onEvent: () => {} });
    const ownerSession = w.node(`/consumers/g/ids/${owner.memberId}`)!.ephemeralOwner!;
    const path = (name: string) => `/kafka-pixy/handovers/${ownerSession}-${name}`;
    const write = (name: string, text: string) => w.done(session.create(path(name), text, 'ephemeral'));
    const read = (name: string) => w.node(path(name))?.data;
    return { session, write, read };
  }

  it.each([
    '',
    'null',
    '{',
    '{"request":{}}',
    '{"request":{"group":"g","topic":"t","waitMs":1000,"positions":[{"partition":"0","offset":5,"metadata":""}]}}',
    '{"request":{"group":"g","topic":"t","waitMs":1000,"positions":7}}',
    '{"answer":{"set":[0]}}',
  ])('and is no request is left alone: %j', (text) =>
    inWorld(fast, async (w) => {
      const [d1] = await twoOwners(w, 3);
      const other = await writer(w, d1);
      await other.write('x', text);
      await w.runFor(2000);
      expect(other.read('x')).toBe(text);
      expect(d1.lines('the position was set')).toEqual([]);
      // And what is one is taken all the same.
      const positions = [{ partition: 0, offset: 2, metadata: '' }];
      await other.write('y', JSON.stringify({ request: { group: 'g', topic: 't', waitMs: 1000, positions } }));
      await w.runFor(2000);
      expect(other.read('y')).toBe('{"answer":{"set":[0]}}');
      expect(await d1.consume(1)).toEqual(['p0-2']);
      await w.done(other.session.close());
    })(),
  );

  it(
    'and asks for what is not owned there is answered so; a request that was taken back does no harm',
    inWorld(fast, async (w) => {
      const [d1] = await twoOwners(w, 3);
      const other = await writer(w, d1);
      const positions = [{ partition: 1, offset: 2, metadata: '' }];
      const text = JSON.stringify({ request: { group: 'g', topic: 't', waitMs: 1000, positions } });
      await other.write('x', text);
      await w.runUntil(() => other.read('x') === '{"answer":{"set":[]}}');
      for (let n = 0; n < 150; n++) void other.session.create(`/kafka-pixy/handovers/${n}`, '', 'ephemeral');
      const many = Array.from({ length: 150 }, (_, n) => other.write(`n${n}`, text));
      await w.done(Promise.all(many));
      await w.runUntil(() => Array.from({ length: 150 }, (_, n) => other.read(`n${n}`)).every((now) => now !== text));
      await other.write('late', text);
      await w.done(other.session.close());
      await w.runFor(5000);
      expect(d1.fatal).toEqual([]);
    }),
  );
});
