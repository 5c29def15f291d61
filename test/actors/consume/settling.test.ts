import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import { inWorld, numbered, type ConsumeWorld, type TestDaemon, type WorldSettings } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';

type Consumer = NonNullable<NonNullable<WorldSettings['cluster']>['consumer']>;
const consumer = (settings: Consumer): WorldSettings => ({ cluster: { consumer: settings } });

/** One partition with so many messages, of which nothing is consumed. */
async function written(w: ConsumeWorld, count: number): Promise<void> {
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(numbered(count));
}

/** A member that takes the partition over, since its name comes first; resolves when the owner begins to let go. */
async function challenge(w: ConsumeWorld, d: TestDaemon): Promise<TestDaemon> {
  const other = w.start('a');
  other.keepPolling();
  await w.runUntil(() => d.state(owner) === 'settling');
  return other;
}

describe('a partition that goes to another member', () => {
  it(
    'waits for acks of what is out, and goes as soon as the last one is here',
    inWorld({}, async (w) => {
      await written(w, 3);
      const d = w.start('b');
      await d.takeUnacked();
      await d.takeUnacked();
      const other = await challenge(w, d);
      const from = w.host.clock.nowMs();
      await w.runFor(1000);
      await d.ack(1);
      await w.runFor(1000);
      expect(w.owners()).toEqual({ b: [0] });
      expect(await d.ack(0)).toBe('taken');
      await w.runUntil(() => other.consumed.length === 1);
      expect(w.host.clock.nowMs() - from).toBeLessThan(3000);
      expect(other.consumed).toEqual(['m2']);
      expect(d.lines('Not acked')).toHaveLength(0);
    }),
  );

  it(
    'is let go after the release timeout; what is acknowledged above is kept, the rest comes again elsewhere',
    inWorld(consumer({ releaseTimeoutMs: 4000 }), async (w) => {
      await written(w, 4);
      const d = w.start('b');
      for (let at = 0; at < 3; at++) await d.takeUnacked();
      await d.ack(1);
      const other = await challenge(w, d);
      const from = w.host.clock.nowMs();
      await w.runUntil(() => d.state(owner) !== 'settling');
      expect(w.host.clock.nowMs() - from).toBe(4000);
      await w.runUntil(() => other.consumed.length === 3);
      expect(other.consumed).toEqual(['m0', 'm2', 'm3']);
      expect(d.lines('Not acked').map(({ offset }) => offset)).toEqual([0, 2]);
    }),
  );

  it(
    'takes no acks any more when its last position is committed: nobody would commit them',
    inWorld(consumer({ releaseTimeoutMs: 1000 }), async (w) => {
      await written(w, 2);
      const d = w.start('b');
      await d.takeUnacked();
      await d.takeUnacked();
      const other = await challenge(w, d);
      w.world.faults.zookeeper.clientCut('b');
      await w.runUntil(() => d.state(owner) === 'releasing');
      expect(w.owners()).toEqual({ b: [0] });
      expect(await d.ack(0)).toContain('acks channel missing');
      w.world.faults.zookeeper.clientHealed('b');
      await w.runUntil(() => other.consumed.length === 2);
      expect(other.consumed).toEqual(['m0', 'm1']);
    }),
  );

  it(
    'is not kept for offers whose own time is over',
    inWorld(consumer({ releaseTimeoutMs: 60_000, ackTimeoutMs: 3000 }), async (w) => {
      await written(w, 3);
      const d = w.start('b');
      await d.takeUnacked();
      await w.runFor(2000);
      await d.takeUnacked();
      const other = await challenge(w, d);
      await w.runFor(2000);
      expect(d.state(owner)).toBe('settling');
      await w.runUntil(() => other.consumed.length === 3, 1500);
      expect(d.lines('Not acked').map(({ offset }) => offset)).toEqual([0, 1]);
      expect(other.consumed).toEqual(['m0', 'm1', 'm2']);
    }),
  );

  it(
    'is let go at once when all that is out has had its time already',
    inWorld(consumer({ ackTimeoutMs: 3000 }), async (w) => {
      await written(w, 1);
      const d = w.start('b');
      await d.takeUnacked();
      await w.runFor(5000);
      const from = w.host.clock.nowMs();
      const other = w.start('a');
      other.keepPolling();
      await w.runUntil(() => other.consumed.length === 1);
      expect(w.host.clock.nowMs() - from).toBeLessThan(1500);
    }),
  );

  it(
    'takes late acks until the end',
    inWorld(consumer({ ackTimeoutMs: 3000 }), async (w) => {
      await written(w, 3);
      const d = w.start('b');
      await d.takeUnacked();
      await w.runFor(4000);
      const held = await d.take();
      expect(held.offset).toBe(0);
      held.receipt.returned();
      await d.takeUnacked();
      await d.takeUnacked();
      const other = await challenge(w, d);
      await d.ack(0);
      await d.ack(1);
      await w.runUntil(() => other.consumed.length === 1);
      expect(other.consumed).toEqual(['m2']);
    }),
  );

  it(
    'names a bounded number of messages that were not acknowledged',
    inWorld(consumer({ releaseTimeoutMs: 1000 }), async (w) => {
      await written(w, 50);
      const d = w.start('b');
      for (let at = 0; at < 50; at++) await d.takeUnacked();
      const other = await challenge(w, d);
      await w.runUntil(() => other.consumed.length === 50);
      expect(d.lines('Not acked: offset=')).toHaveLength(20);
      expect(d.lines('Not acked: and further ones')).toMatchObject([{ more: 30, highest: 49 }]);
    }),
  );

  it(
    'offers nothing while it settles, also not what expires',
    inWorld(consumer({ ackTimeoutMs: 2000, releaseTimeoutMs: 10_000 }), async (w) => {
      await written(w, 2);
      const d = w.start('b');
      await d.takeUnacked();
      await w.runFor(1500);
      const held = await d.take();
      const other = await challenge(w, d);
      const waiting = d.poll({ deadlineMs: 4000 });
      await w.runFor(3000);
      expect(d.state(owner)).toBe('settling');
      expect(w.committed()).toBe('0');
      held.receipt.written();
      expect(await w.done(waiting)).toMatch(/^deadline/);
      expect(other.consumed).toEqual(['m0']);
    }),
  );

  it(
    'settles messages that are handed out in the very moment of the release (defect 11 of the original)',
    inWorld({}, async (w) => {
      await written(w, 4);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      const address = addressOf.partitionOwner('c', 'g', 't', 0);
      const before = d.poll();
      d.bus.tell(address, { type: 'release', settleTimeoutMs: 5000 });
      const after = d.poll();
      for (const polled of [await w.done(before), await w.done(after)]) {
        if (typeof polled === 'string') throw new Error(polled);
        polled.receipt.written();
      }
      await w.runUntil(() => d.lines('partition is released').length === 1, 2000);
      expect(w.committed()).toBe('3');
      // It is ours still, so that it is claimed again.
      expect(await d.consume(1)).toEqual(['m3']);
    }),
  );
});

describe('a daemon that stops', () => {
  it(
    'takes acks while it drains: they are what it waits for',
    inWorld({}, async (w) => {
      await written(w, 3);
      const d = w.start();
      for (let at = 0; at < 2; at++) await d.takeUnacked();
      const from = w.host.clock.nowMs();
      const drained = d.drain();
      await w.runUntil(() => d.state(owner) === 'settling');
      await w.runFor(1000);
      expect(await d.poll()).toBe('refused shutting-down');
      expect([await d.ack(0), await d.ack(1)]).toEqual(['taken', 'taken']);
      expect(await drained).toMatchObject({ kind: 'reply' });
      expect(w.host.clock.nowMs() - from).toBeLessThan(4000);
      expect(w.committed()).toBe('2');
      expect(w.owners()).toEqual({});
    }),
  );

  it(
    'stops in time although messages are not acknowledged (issue #183 of the original)',
    inWorld(consumer({ ackTimeoutMs: 300_000, releaseTimeoutMs: 300_000 }), async (w) => {
      await written(w, 4);
      const d = w.start();
      for (let at = 0; at < 3; at++) await d.takeUnacked();
      await d.ack(1);
      const from = w.host.clock.nowMs();
      expect(await d.drain()).toMatchObject({ kind: 'reply' });
      expect(w.host.clock.nowMs() - from).toBeLessThan(10_000);
      expect(d.lines('not finished within the drain timeout')).toHaveLength(0);
      expect(d.lines('Not acked: offset=').map(({ offset }) => offset)).toEqual([0, 2]);
      // What was acknowledged out of order is not lost by it.
      expect(w.committed()).toBe('0:BB');
      expect(w.owners()).toEqual({});
      expect(w.members()).toEqual([]);
      expect(await w.start().consume(3)).toEqual(['m0', 'm2', 'm3']);
    }),
  );

  it(
    'stops at once although the leader of a partition is away (defect 12 of the original)',
    inWorld({ brokers: 2 }, async (w) => {
      w.world.createTopic('t', 1);
      w.world.createTopic('u', 2);
      const d = w.start();
      await d.subscribe();
      await d.subscribe({ topic: 'u' });
      const leaders = w.world
        .describe()
        .kafka.topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader));
      expect(new Set(leaders)).toEqual(new Set([1, 2]));
      // The offsets are kept by the other one.
      w.world.faults.kafka.brokerDown(2);
      await w.runFor(20_000);
      const from = w.host.clock.nowMs();
      expect(await d.drain()).toMatchObject({ kind: 'reply' });
      expect(w.host.clock.nowMs() - from).toBeLessThan(3000);
      expect(w.owners()).toEqual({});
    }),
  );

  it(
    'stops in time although a partition was being released without haste',
    inWorld(consumer({ ackTimeoutMs: 300_000, releaseTimeoutMs: 300_000 }), async (w) => {
      await written(w, 1);
      const d = w.start('b');
      await d.takeUnacked();
      const other = await challenge(w, d);
      await w.runFor(60_000);
      expect(d.state(owner)).toBe('settling');
      const from = w.host.clock.nowMs();
      expect(await d.drain()).toMatchObject({ kind: 'reply' });
      expect(w.host.clock.nowMs() - from).toBeLessThan(10_000);
      expect(d.lines('Not acked: offset=0')).toHaveLength(1);
      await w.runUntil(() => other.consumed.length === 1);
    }),
  );
});

describe('a topic that nobody asks for, while messages are not acknowledged', () => {
  const idle: Consumer = { subscriptionTimeoutMs: 20_000, ackTimeoutMs: 60_000 };

  it(
    'is kept until the last ack, then given up',
    inWorld(consumer(idle), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      await d.takeUnacked();
      await w.runFor(40_000);
      expect(w.owners()).toEqual({ d1: [0] });
      expect(d.lines('waiting for acks')).toMatchObject([{ unacked: 2, leftMs: 40_000 }]);
      await d.ack(0);
      await w.runFor(1000);
      expect(w.owners()).toEqual({ d1: [0] });
      // An ack is no request: it does not begin the idle time anew.
      await d.ack(1);
      await w.runUntil(() => w.nodesOfGroup().length === 0, 2000);
      expect(w.committed()).toBe('2');
    }),
  );

  it(
    'is given up all the same when the ack timeout has passed since the last request',
    inWorld(consumer(idle), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      const from = w.host.clock.nowMs();
      await w.runFor(59_000);
      expect(w.owners()).toEqual({ d1: [0] });
      await w.runUntil(() => w.nodesOfGroup().length === 0);
      expect(w.host.clock.nowMs() - from).toBeLessThan(61_000);
      expect(w.committed()).toBe('0');
    }),
  );

  it(
    'goes on as before when somebody asks again',
    inWorld(consumer(idle), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(30_000);
      expect(await d.consume(1)).toEqual(['m1']);
      const from = w.host.clock.nowMs();
      await d.ack(0);
      await w.runFor(19_000);
      expect(w.owners()).toEqual({ d1: [0] });
      await w.runUntil(() => w.nodesOfGroup().length === 0);
      expect(w.host.clock.nowMs() - from).toBeLessThan(21_000);
      expect(d.lines('partition is owned')).toHaveLength(1);
    }),
  );
});
