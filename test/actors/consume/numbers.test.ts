import { describe, expect, it } from 'vitest';
import { inWorld, numbered, type ConsumeWorld, type TestDaemon } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';
const subscription = 'group/g/topic/t';

async function written(w: ConsumeWorld, values: readonly string[]): Promise<void> {
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(values);
}

const stranger = (w: ConsumeWorld) =>
  w.world.zookeeper('', 'stranger').openSession({ timeoutMs: 6000, onEvent: () => {} });

const addresses = (d: TestDaemon) => d.bus.actors().map(({ address }) => address);

describe('the numbers of a partition owner', () => {
  it(
    'say how far it is: what is committed, out, acknowledged beyond that, and still to come',
    inWorld({}, async (w) => {
      await written(w, numbered(20));
      const d = w.start();
      for (let at = 0; at < 9; at++) await d.takeUnacked();
      for (const offset of [0, 2, 3, 4, 6, 8]) await d.ack(offset);
      expect(d.load(owner)).toMatchObject({
        committed: 1,
        fetchOffset: 20,
        end: 20,
        lag: 19,
        offered: 3,
        gaps: '2-4 6 8',
        buffered: 11,
        full: false,
        leader: 1,
        holder: '',
        tries: 0,
        offeredTotal: 9,
        ackedTotal: 6,
        redelivered: 0,
        pendingMax: 300,
      });
      expect(Number(d.load(owner)['bufferedBytes'])).toBeGreaterThan(0);
      expect(d.load(subscription)).toMatchObject({
        polls: 0,
        partitions: 1,
        assigned: '0',
        serving: '0',
        waits: '',
        unacked: 3,
      });
    }),
  );

  it(
    'count what was put back once, and an offer that nobody acknowledged as redelivered',
    inWorld({ cluster: { consumer: { ackTimeoutMs: 5000 } } }, async (w) => {
      await written(w, numbered(4));
      const d = w.start();
      (await d.take()).receipt.returned();
      expect(d.load(owner)).toMatchObject({ buffered: 4, offeredTotal: 0, ackedTotal: 0, offered: 0 });
      await d.consume(1);
      await d.takeUnacked();
      expect(d.load(owner)).toMatchObject({ buffered: 2, offeredTotal: 2, ackedTotal: 1, offered: 1, lag: 3 });
      await w.runFor(6000);
      await d.takeUnacked();
      expect(d.load(owner)).toMatchObject({ buffered: 2, offeredTotal: 2, ackedTotal: 1, offered: 1, redelivered: 1 });
      await d.ack(1);
      await d.consume(2);
      expect(d.load(owner)).toMatchObject({
        committed: 4,
        lag: 0,
        gaps: '',
        buffered: 0,
        bufferedBytes: 0,
        offeredTotal: 4,
        ackedTotal: 4,
        redelivered: 1,
      });
    }),
  );

  it(
    'go on across a set position with what is read from there',
    inWorld({}, async (w) => {
      await written(w, numbered(6));
      const d = w.start();
      await d.consume(5);
      expect(await d.setPosition(2)).toBe('taken');
      await w.runUntil(() => d.load(owner)['buffered'] === 4);
      expect(d.load(owner)).toMatchObject({ committed: 2, lag: 4, offeredTotal: 0, ackedTotal: 0 });
    }),
  );

  it(
    'name ten gaps and no more',
    inWorld({}, async (w) => {
      await written(w, numbered(30));
      const d = w.start();
      for (let at = 0; at < 30; at++) await d.takeUnacked();
      for (let offset = 1; offset < 30; offset += 2) await d.ack(offset);
      expect(d.load(owner)['gaps']).toBe('1 3 5 7 9 11 13 15 17 19');
    }),
  );

  it(
    'say that as much is offered as may be',
    inWorld({ cluster: { consumer: { pendingMessagesMax: 2 } } }, async (w) => {
      await written(w, numbered(4));
      const d = w.start();
      await d.takeUnacked();
      expect(d.load(owner)).toMatchObject({ full: false, pendingMax: 2 });
      await d.takeUnacked();
      expect(d.load(owner)).toMatchObject({ full: true, offered: 2 });
      const waiting = d.poll();
      await w.runFor(100);
      expect(d.load(subscription)).toMatchObject({ polls: 1, waits: 'full' });
      await w.done(waiting);
    }),
  );

  it(
    'name who holds the claim that is waited for, and by which session, until it is ours',
    inWorld({}, async (w) => {
      await written(w, numbered(1));
      const other = stranger(w);
      await w.done(other.ensurePath('/consumers/g/owners/t'));
      await w.done(other.create('/consumers/g/owners/t/0', 'jvm', 'ephemeral'));
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => Number(d.load(owner)['tries']) >= 2);
      expect(d.load(owner)).toMatchObject({
        committed: -1,
        end: -1,
        lag: -1,
        holder: 'jvm',
        holderSession: other.sessionId,
        buffered: 0,
        offeredTotal: 0,
      });
      expect(d.load(subscription)).toMatchObject({ polls: 1, assigned: '0', serving: '', waits: 'rebalancing' });
      await w.done(other.close());
      await w.runUntil(() => d.consumed.length === 1);
      expect(d.load(owner)).toMatchObject({ holder: '', holderSession: '', tries: 0 });
    }),
  );
});

describe('the numbers of a subscription', () => {
  it(
    'say how long nobody has asked, and when that is long enough',
    inWorld({ cluster: { consumer: { subscriptionTimeoutMs: 15_000 } } }, async (w) => {
      await written(w, numbered(2));
      const d = w.start();
      await d.consume(2);
      await w.runFor(4000);
      expect(d.load(subscription)).toMatchObject({ quietMs: 4000, idleAfterMs: 15_000, polls: 0 });
      const waiting = d.poll();
      await w.runFor(1000);
      expect(d.load(subscription)).toMatchObject({ quietMs: 0, polls: 1, waits: 'no-message' });
      await w.done(waiting);
    }),
  );
});

describe('the numbers of those beside them', () => {
  it(
    'say how many members there are, what was read and committed, and how long that took',
    inWorld({}, async (w) => {
      await written(w, numbered(3));
      const [d1, d2] = [w.start(), w.start()];
      for (const d of [d1, d2]) d.keepPolling();
      await w.runUntil(() => d1.load('group/g')['members'] === 2);
      expect(d1.load('group/g')).toEqual({ members: 2, registered: 't' });
      await w.runUntil(() => d1.consumed.length + d2.consumed.length === 3 && w.committed() === '3');
      const reader = addresses(d1).includes('c/group/g/topic/t/partition/0') ? d1 : d2;
      expect(reader.load('group/g/fetcher/1')).toMatchObject({ broker: 1, partitions: 1, records: 3 });
      expect(Number(reader.load('group/g/fetcher/1')['polls'])).toBeGreaterThan(0);
      const committer = reader.load('group/g/committer');
      expect(committer).toMatchObject({ partitions: 1, dirty: 0, flushes: 0, failures: 0 });
      expect(Number(committer['commits'])).toBeGreaterThan(0);
    }),
  );

  it(
    'count what is not committed while the coordinator refuses',
    inWorld({}, async (w) => {
      await written(w, numbered(1));
      const d = w.start();
      await d.takeUnacked();
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd1' }, 'NOT_COORDINATOR', 2);
      await d.ack(0);
      await w.runUntil(() => d.load('group/g/committer')['failures'] === 1);
      expect(d.load('group/g/committer')).toMatchObject({ dirty: 1 });
      await w.runUntil(() => w.committed() === '1');
      expect(d.load('group/g/committer')).toMatchObject({ dirty: 0, failures: 2 });
    }),
  );

  it(
    'say how far the session is trusted',
    inWorld({ cluster: { zookeeper: { sessionTimeoutMs: 6000 } } }, async (w) => {
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      await w.runFor(100);
      expect(d.load('zookeeper')).toMatchObject({ sessionId: '', silentMs: -1, mayOffer: false, mayCommit: false });
      w.world.faults.zookeeper.serverUp();
      await w.runUntil(() => d.load('zookeeper')['mayOffer'] === true);
      const { sessions } = w.world.describe().zookeeper;
      expect(d.load('zookeeper')).toMatchObject({
        sessionId: sessions[0]!.id,
        timeoutMs: 6000,
        mayCommit: true,
      });
      w.world.faults.zookeeper.clientCut('d1');
      await w.runFor(5000);
      expect(d.load('zookeeper')).toMatchObject({ mayOffer: false, mayCommit: true });
      expect(Number(d.load('zookeeper')['silentMs'])).toBeGreaterThan(4000);
      await w.runFor(2000);
      expect(d.load('zookeeper')).toMatchObject({ mayOffer: false, mayCommit: false });
      w.world.faults.zookeeper.clientHealed('d1');
    }),
  );

  it(
    'say of topics how many do not exist and how many have a partition without a leader',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      w.world.createTopic('whole', 1);
      const d = w.start();
      await w.host.clock.settle();
      expect(d.load('metadata')).toEqual({
        topics: 0,
        unknown: 0,
        leaderless: 0,
        ageMs: -1,
        reachable: 'not asked yet',
      });
      w.world.faults.kafka.leaderMoved('t', 1, -1);
      const waiting = ['t', 'whole', 'none'].map((topic) => d.poll({ topic }));
      await w.runUntil(() => d.load('metadata')['unknown'] === 1);
      expect(d.load('metadata')).toMatchObject({ topics: 3, leaderless: 1, reachable: true });
      expect(Number(d.load('metadata')['ageMs'])).toBeGreaterThanOrEqual(0);
      await w.done(Promise.all(waiting));
      w.world.faults.kafka.leaderMoved('t', 1, 1);
    }),
  );

  it(
    'say of the daemon how long it runs, which a crash of its root does not set back, and what it holds',
    inWorld({ memoryBudgetBytes: 8 * 1024 * 1024 }, async (w) => {
      await written(w, ['four']);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(5000 - w.host.clock.nowMs());
      const root = () => d.bus.actors().find(({ kind }) => kind === 'daemon')!;
      expect(root().load).toEqual({
        clusters: 1,
        heldBytes: d.heldBytes(),
        budgetBytes: 8 * 1024 * 1024,
        uptimeMs: 5000,
      });
      d.bus.injectFault('' as never, { kind: 'crash' });
      await w.runUntil(() => root().incarnation === 2);
      expect(Number(root().load['uptimeMs'])).toBeGreaterThanOrEqual(5000);
    }),
  );
});

describe('why a subscription has no partition', () => {
  it(
    'is told although no request waits any more',
    inWorld({}, async (w) => {
      const d = w.start();
      expect(await w.done(d.poll())).toContain('unknown-topic');
      expect(d.load(subscription)).toMatchObject({ polls: 0, waits: 'unknown-topic' });
    }),
  );
});
