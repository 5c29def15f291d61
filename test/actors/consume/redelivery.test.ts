import { describe, expect, it } from 'vitest';
import { inWorld, numbered, valueOf, type ConsumeWorld, type WorldSettings } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';

type Consumer = NonNullable<NonNullable<WorldSettings['cluster']>['consumer']>;
const within = (consumer: Consumer = {}): WorldSettings => ({
  cluster: { consumer: { ackTimeoutMs: 10_000, subscriptionTimeoutMs: 60_000, ...consumer } },
});

/** One partition with so many messages, of which nothing is consumed. */
async function written(w: ConsumeWorld, count: number): Promise<void> {
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(numbered(count));
}

describe('a message that is not acknowledged in time', () => {
  it(
    'is offered again before new ones, in the order of the offsets, to whoever asks',
    inWorld(within(), async (w) => {
      await written(w, 6);
      const d = w.start();
      const taken = [await d.takeUnacked(), await d.takeUnacked(), await d.takeUnacked()];
      expect(taken.map(valueOf)).toEqual(['m0', 'm1', 'm2']);
      await d.ack(1);
      await w.runFor(9000);
      expect(valueOf(await d.takeUnacked())).toBe('m3');
      await w.runFor(1000);
      expect(valueOf(await d.takeUnacked())).toBe('m0');
      expect(await d.consume(2)).toEqual(['m2', 'm4']);
    }),
  );

  it(
    'is given to a request that waits, in the moment when its time is over',
    inWorld(within(), async (w) => {
      await written(w, 1);
      const d = w.start();
      await d.takeUnacked();
      const from = w.host.clock.nowMs();
      const waiting = d.poll({ deadlineMs: 60_000, ack: 'none' });
      expect(valueOf(await w.done(waiting))).toBe('m0');
      expect(w.host.clock.nowMs() - from).toBe(10_000);
    }),
  );

  it(
    'is given a new time with every offer, counted from when its answer was out',
    inWorld(within(), async (w) => {
      await written(w, 1);
      const d = w.start();
      const first = await d.take({ ack: 'none' });
      await w.runFor(20_000);
      expect(await w.done(d.poll({ deadlineMs: 100 }))).toBe('deadline no-message');
      first.receipt.written();
      await w.runFor(9900);
      expect(await w.done(d.poll({ deadlineMs: 50 }))).toBe('deadline no-message');
      await w.runFor(100);
      await d.takeUnacked();
      await w.runFor(9900);
      expect(await w.done(d.poll({ deadlineMs: 50 }))).toBe('deadline no-message');
      await w.runFor(100);
      expect(await d.consume(1)).toEqual(['m0']);
    }),
  );

  it(
    'costs one timer for each partition, however many there are',
    inWorld(within(), async (w) => {
      await written(w, 101);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(100);
      const timers = w.host.clock.pendingTimers;
      for (let count = 0; count < 100; count++) await d.takeUnacked();
      await w.runFor(100);
      expect(w.host.clock.pendingTimers).toBeLessThanOrEqual(timers + 1);
    }),
  );

  it(
    'is acknowledged by a late ack while it waits to be offered again',
    inWorld(within(), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(15_000);
      await d.ack(0);
      expect(await d.consume(1)).toEqual(['m1']);
      await w.runFor(1000);
      expect(w.committed()).toBe('2');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'is acknowledged by a late ack while somebody else has it',
    inWorld(within(), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(10_000);
      const again = await d.take();
      expect(again.offset).toBe(0);
      await d.ack(0);
      // Neither of the two words on the second answer counts for anything now.
      again.receipt.returned();
      await w.runFor(1000);
      expect(w.committed()).toBe('1');
      expect(await d.consume(1)).toEqual(['m1']);
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'is acknowledged when it is given to a request with the automatic ack',
    inWorld(within(), async (w) => {
      await written(w, 1);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(10_000);
      expect(await d.consume(1)).toEqual(['m0']);
      await w.runFor(30_000);
      expect(await w.done(d.poll())).toBe('deadline no-message');
      expect(w.committed()).toBe('1');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'may still be acknowledged by its first client when its second answer was broken off',
    inWorld(within(), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(10_000);
      (await d.take()).receipt.returned();
      await d.ack(0);
      await w.runFor(1000);
      expect(w.committed()).toBe('1');
      expect(await d.consume(1)).toEqual(['m1']);
    }),
  );

  it(
    'counts as offered all the while: nothing new is read beyond the limit',
    inWorld(within({ pendingMessagesMax: 2 }), async (w) => {
      await written(w, 3);
      const d = w.start();
      await d.takeUnacked();
      await d.takeUnacked();
      await w.runFor(10_000);
      const again = [await d.takeUnacked(), await d.takeUnacked()];
      expect(again.map(valueOf)).toEqual(['m0', 'm1']);
      expect(await w.done(d.poll())).toBe('deadline full');
      await d.ack(0);
      expect(await d.consume(1)).toEqual(['m2']);
    }),
  );

  it(
    'comes again for ever when there is no limit',
    inWorld(within({ retriesMax: -1 }), async (w) => {
      await written(w, 1);
      const d = w.start();
      for (let offers = 0; offers < 20; offers++) {
        expect(valueOf(await d.takeUnacked())).toBe('m0');
        await w.runFor(10_000);
      }
      expect(w.committed()).toBe('0');
      await d.consume(1);
    }),
  );

  it.each([0, 1, 3])(
    'is given up after 1 + %i offers: acknowledged by us, with all that it was in the log',
    (retriesMax) =>
      inWorld(within({ retriesMax }), async (w) => {
        await written(w, 2);
        const d = w.start();
        for (let offers = 0; offers <= retriesMax; offers++) {
          expect(d.lines('Too many retries')).toHaveLength(0);
          expect(valueOf(await d.takeUnacked())).toBe('m0');
          await w.runFor(10_000);
        }
        const line = d.lines('Too many retries')[0];
        expect(line).toMatchObject({ level: 50, topic: 't', partition: 0, offset: 0, offers: retriesMax + 1 });
        expect(line).toMatchObject({ key: null, valueBase64: Buffer.from('m0').toString('base64') });
        await w.runFor(1000);
        expect(w.committed()).toBe('1');
        expect(d.budget.held('offered-not-acked')).toBe(0);
        expect(await d.consume(1)).toEqual(['m1']);
      })(),
  );

  it(
    'is not written to the log at any length when it is given up',
    inWorld(within({ retriesMax: 0 }), async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['x'.repeat(50_000)]);
      const d = w.start();
      await d.takeUnacked();
      await w.runFor(10_000);
      expect(String(d.lines('Too many retries')[0]!['valueBase64']).length).toBeLessThan(2000);
    }),
  );

  it(
    'does not count an answer that was broken off against the retries',
    inWorld(within({ retriesMax: 1 }), async (w) => {
      await written(w, 1);
      const d = w.start();
      (await d.take({ ack: 'none' })).receipt.returned();
      await d.takeUnacked();
      await w.runFor(10_000);
      (await d.take({ ack: 'none' })).receipt.returned();
      await d.takeUnacked();
      expect(d.lines('Too many retries')).toHaveLength(0);
      await w.runFor(10_000);
      expect(d.lines('Too many retries')).toHaveLength(1);
    }),
  );

  it(
    'makes room for whoever waits when it is given up at the limit',
    inWorld(within({ retriesMax: 0, pendingMessagesMax: 1 }), async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.takeUnacked();
      const waiting = d.poll({ deadlineMs: 60_000 });
      expect(valueOf(await w.done(waiting))).toBe('m1');
    }),
  );

  it(
    'is not offered while the session is not trusted, and is at once when it is again',
    inWorld(within(), async (w) => {
      await written(w, 1);
      const d = w.start();
      await d.takeUnacked();
      w.world.faults.zookeeper.clientCut('d1');
      await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes('lapsed'));
      const waiting = d.poll({ deadlineMs: 60_000 });
      await w.runFor(2000);
      expect(d.state(owner)).toEqual({ owning: 'reading' });
      w.world.faults.zookeeper.clientHealed('d1');
      expect(valueOf(await w.done(waiting))).toBe('m0');
    }),
  );
});
