import { describe, expect, it } from 'vitest';
import { inWorld, numbered, valueOf } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';
const sixSeconds = { cluster: { zookeeper: { sessionTimeoutMs: 6000 } } };

describe('ZooKeeper', () => {
  it(
    'silent for two thirds of the session: nothing is offered though messages lie here; again once it answers',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(3));
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      w.world.faults.zookeeper.clientCut('d1');
      await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes('suspect'));
      // A claim is good until two thirds of the timeout.
      expect(await d.consume(1)).toEqual(['m1']);
      await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes('lapsed'));
      const waiting = d.poll({ deadlineMs: 10_000 });
      expect(await w.done(d.poll({ deadlineMs: 500 }))).toBe('deadline zookeeper-away');
      w.world.faults.zookeeper.clientHealed('d1');
      expect(valueOf(await w.done(waiting))).toBe('m2');
      expect(d.lines('partition is owned')).toHaveLength(1);
    }),
  );

  it(
    'is looked at in the moment of offering, even by a process that was frozen and has not seen a timer yet',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(2));
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      const realNow = w.host.clock.nowMs.bind(w.host.clock);
      w.host.clock.nowMs = () => realNow() + 4001;
      let polled: unknown;
      void d.poll({ deadlineMs: 60_000 }).then((value) => (polled = value));
      await w.host.clock.settle();
      expect(polled).toBeUndefined();
      expect(JSON.stringify(d.state('zookeeper'))).toContain('connected');
      w.host.clock.nowMs = realNow;
      w.host.clock.wallMs = () => Date.UTC(2026, 0, 1) + realNow() + 4001;
      expect(await w.done(d.poll({ deadlineMs: 100 }))).not.toBe('m1');
    }),
  );

  it(
    'expiring the session: everything is claimed anew under the next one, nothing is lost, nothing committed under the old',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(4));
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      await w.runFor(1000);
      const out = await d.take();
      const before = w.node('/consumers/g/owners/t/0')!.ephemeralOwner!;
      w.world.faults.zookeeper.sessionExpired(before);
      await w.runUntil(() => w.owners()['d1'] === undefined);
      await w.runUntil(() => d.lines('session is over').length === 1);
      out.receipt.written();
      await w.runFor(0);
      expect(w.committed()).toBe('1');
      expect(await d.consume(3)).toEqual(['m1', 'm2', 'm3']);
      const after = w.node('/consumers/g/owners/t/0')!.ephemeralOwner!;
      expect(after).not.toBe(before);
      expect(w.node('/consumers/g/ids/d1')!.ephemeralOwner).toBe(after);
      expect(d.heldBytes()).toBeLessThan(2 * 1024 * 1024);
      await w.runFor(1000);
      expect(w.committed()).toBe('4');
    }),
  );

  it(
    'away for longer than the whole session: no commit, and no message from a claim that others may have',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(3));
      const [d1, d2] = [w.start(), w.start()];
      d2.keepPolling({ group: 'other' });
      const out = await d1.take();
      w.world.faults.zookeeper.clientCut('d1');
      d2.keepPolling();
      await w.runUntil(() => JSON.stringify(d1.state('zookeeper')).includes('overdue'));
      out.receipt.written();
      await w.runUntil(() => d2.consumed.length === 3);
      expect(d2.consumed).toEqual(['m0', 'm1', 'm2']);
      await w.runFor(1000);
      expect(w.committed()).toBe('3');
      expect(typeof (await w.done(d1.poll({ deadlineMs: 100 })))).toBe('string');
      w.world.faults.zookeeper.clientHealed('d1');
      await w.runUntil(() => d1.lines('session is over').length === 1);
      await w.runFor(3000);
      expect(w.committed()).toBe('3');
    }),
  );

  it(
    'absent at the start: requests wait and say why; with it, they are served',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      w.world.faults.zookeeper.serverDown();
      const d = w.start();
      expect(await w.done(d.poll())).toBe('deadline zookeeper-away');
      await w.runFor(4000);
      expect(d.lines('ZooKeeper does not answer')).toHaveLength(1);
      w.world.faults.zookeeper.serverUp();
      expect(await d.consume(1)).toEqual(['a']);
    }),
  );

  it(
    'away after the session was lost: whoever waits is told so, not that there is no partition',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      for (const { id } of w.world.describe().zookeeper.sessions) w.world.faults.zookeeper.sessionExpired(id);
      await w.runUntil(() => d.lines('session is over').length === 1);
      w.world.faults.zookeeper.serverDown();
      await w.runFor(1000);
      expect(d.state(owner)).toBeUndefined();
      expect(await w.done(d.poll())).toBe('deadline zookeeper-away');
      w.world.faults.zookeeper.serverUp();
      await w.runUntil(() => w.owners()['d1'] !== undefined);
    }),
  );

  it.each([
    ['within the session', 3000],
    ['long after the session would have ended: a server that was down counts from its start', 60_000],
  ])('restarted %s: nothing is given up', (_, awayMs) =>
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => w.owners()['d1'] !== undefined);
      w.world.faults.zookeeper.serverDown();
      await w.runFor(awayMs);
      w.world.faults.zookeeper.serverUp();
      await w.write(['a']);
      await w.runUntil(() => d.consumed.length === 1);
      await w.runFor(10_000);
      expect(d.lines('partition is owned')).toHaveLength(1);
    })(),
  );

  it(
    'going down while partitions are claimed: claimed again when it is back, and served',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      const untap = d.bus.tap(({ type, address }) => {
        if (type === 'spawn' && address.endsWith('/partition/0')) w.world.faults.zookeeper.serverDown();
      });
      const waiting = d.poll({ deadlineMs: 60_000 });
      await w.runFor(2000);
      expect(w.owners()).toEqual({});
      untap();
      w.world.faults.zookeeper.serverUp();
      const a = await w.done(waiting);
      expect(valueOf(a)).toBe('a');
      expect(d.lines('claim failed')).toHaveLength(1);
      if (typeof a !== 'string') a.receipt.written();
    }),
  );
});

describe('Kafka', () => {
  it(
    'moving a leader: reading goes on at the new one, in order and without a gap',
    inWorld({ brokers: 2 }, async (w) => {
      w.world.createTopic('t', 1, { replicationFactor: 2 });
      await w.store(0);
      await w.write(numbered(2));
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => d.consumed.length === 2);
      w.world.faults.kafka.leaderMoved('t', 0, 2);
      await w.write(numbered(2, 'n'));
      await w.runUntil(() => d.consumed.length === 4);
      expect(d.consumed).toEqual(['m0', 'm1', 'n0', 'n1']);
      await w.runFor(2000);
      expect(d.bus.holds('c/group/g/fetcher/1')).toBe(false);
    }),
  );

  it(
    'without a leader for a while: whoever waits is told so',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      w.world.faults.kafka.leaderMoved('t', 0, -1);
      await w.runFor(3000);
      expect(await w.done(d.poll())).toBe('deadline no-leader');
      w.world.faults.kafka.leaderMoved('t', 0, 1);
      await w.write(['a']);
      expect(await d.consume(1)).toEqual(['a']);
    }),
  );

  it(
    'down and up again: what is here is still offered, and reading goes on by itself',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(3));
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      w.world.faults.kafka.brokerDown(1);
      expect(await d.consume(2)).toEqual(['m1', 'm2']);
      await w.runFor(15_000);
      expect(await w.done(d.poll())).toBe('deadline kafka-away');
      expect(d.lines('cannot read from this broker')).toHaveLength(1);
      w.world.faults.kafka.brokerUp(1);
      await w.write(['n']);
      expect(await d.consume(1)).toEqual(['n']);
      await w.runFor(6000);
      expect(w.committed()).toBe('4');
    }),
  );

  it(
    'absent at the start: requests say so, and are served when it comes',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      w.world.faults.kafka.brokerDown(1);
      const d = w.start();
      expect(await w.done(d.poll())).toBe('deadline kafka-away');
      w.world.faults.kafka.brokerUp(1);
      expect(await d.consume(1)).toEqual(['a']);
    }),
  );

  it.each(['listOffsets', 'fetchOffsets', 'findCoordinator', 'fetch'] as const)(
    'refusing %s now and then: tried again, nothing is lost',
    (api) =>
      inWorld({}, async (w) => {
        w.world.createTopic('t', 1);
        await w.store(0);
        await w.write(numbered(2));
        w.world.faults.kafka.requestRefused({ api, client: 'd1' }, 'NOT_COORDINATOR', 2);
        w.world.faults.kafka.requestLost({ api, client: 'd1' });
        const d = w.start();
        expect(await d.consume(2)).toEqual(['m0', 'm1']);
        await w.runFor(1000);
        expect(w.committed()).toBe('2');
      })(),
  );

  it(
    'answering one partition of a fetch with an error: the others go on',
    inWorld({ brokers: 2 }, async (w) => {
      w.world.createTopic('t', 2, { replicationFactor: 2 });
      for (const partition of [0, 1]) await w.store(0, { partition });
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => w.owners()['d1']?.length === 2);
      w.world.faults.kafka.leaderMoved('t', 0, 2);
      await w.write(['p1'], { partition: 1 });
      await w.write(['p0'], { partition: 0 });
      await w.runUntil(() => d.consumed.length === 2);
      expect(d.consumed.sort()).toEqual(['p0', 'p1']);
    }),
  );

  it(
    'sending what cannot be decoded: the partition stands still visibly, and goes on when it can be',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['a']);
      w.world.faults.kafka.requestRefused({ api: 'fetch', client: 'd1' }, 'UNREADABLE_RECORDS', 1);
      await w.runUntil(() => JSON.stringify(d.state(owner)).includes('blocked'));
      await w.write(['b']);
      expect(await w.done(d.poll())).toBe('deadline no-message');
      expect(await d.consume(1)).toEqual(['b']);
      expect(d.lines('cannot be decoded')).toHaveLength(1);
    }),
  );

  it(
    'without the topic: requests are told; once it is there, they are served',
    inWorld({}, async (w) => {
      const d = w.start();
      expect(await w.done(d.poll())).toBe('deadline unknown-topic');
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      expect(await d.consume(1)).toEqual(['a']);
    }),
  );
});

describe('why a request got nothing', () => {
  it(
    'is that the group is joining, or that somebody else has the partition still',
    inWorld(sixSeconds, async (w) => {
      w.world.createTopic('t', 1);
      const session = w.world.zookeeper('', 'x').openSession({ timeoutMs: 6000, onEvent: () => {} });
      await w.done(session.ensurePath('/consumers/g/ids'));
      await w.done(session.create('/consumers/g/ids/d1', '', 'ephemeral'));
      await w.done(session.ensurePath('/consumers/h/owners/t'));
      await w.done(session.create('/consumers/h/owners/t/0', 'x', 'ephemeral'));
      const d = w.start();
      expect(await w.done(d.poll())).toBe('deadline joining');
      expect(await w.done(d.poll({ group: 'h' }))).toBe('deadline rebalancing');
      await w.done(session.close());
    }),
  );
});
