import { describe, expect, it } from 'vitest';
import { inWorld, numbered, valueOf, type Polled } from './consume-world.js';

const polled = (polls: readonly Promise<Polled>[]) => Promise.all(polls).then((all) => all.map(valueOf));

describe('offering messages', () => {
  it(
    'gives the messages of a partition in order, and commits where the next one begins',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(5));
      const d = w.start();
      expect(await d.consume(5)).toEqual(numbered(5));
      expect(d.budget.held('offered-not-acked')).toBe(0);
      await w.runFor(1000);
      expect(w.committed()).toBe('5');
    }),
  );

  it(
    'takes the partitions in turn, by their numbers',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 3);
      for (const partition of [0, 1, 2]) {
        await w.store(0, { partition });
        await w.write(numbered(2, `p${partition}-`), { partition });
      }
      const d = w.start();
      const first = await d.take();
      first.receipt.written();
      await w.runFor(500);
      const rest = await d.consume(5);
      const partitions = [first.partition, ...rest.map((value) => Number(value[1]))];
      for (let at = 1; at < 5; at++) expect(partitions[at]).toBe((partitions[at - 1]! + 1) % 3);
    }),
  );

  it(
    'lets several requests wait, and serves the one that has waited longest first',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      const polls = [d.poll(), d.poll(), d.poll()];
      await w.runFor(100);
      await w.write(['a', 'b', 'c']);
      await w.runFor(100);
      expect(await polled(polls)).toEqual(['a', 'b', 'c']);
    }),
  );

  it(
    'gives a request that was broken off nothing: its message goes to the next',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      const gone = new AbortController();
      const polls = [d.poll({ signal: gone.signal }), d.poll()];
      await w.runFor(10);
      gone.abort();
      await w.write(['a']);
      await w.runFor(10);
      expect(await polled(polls)).toEqual(['cancelled', 'a']);
    }),
  );

  it(
    'offers a message that came back at once again, before all others',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a', 'b', 'c']);
      const d = w.start();
      const [a, b] = [await d.take(), await d.take()];
      b.receipt.returned();
      a.receipt.returned();
      // A second word on the same message counts for nothing.
      a.receipt.written();
      expect(await d.consume(3)).toEqual(['a', 'b', 'c']);
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'hands a message that came back to a request that waits',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      const a = await d.take();
      const waiting = d.poll();
      await w.runFor(10);
      a.receipt.returned();
      expect(valueOf(await w.done(waiting))).toBe('a');
      expect(w.host.clock.nowMs()).toBeLessThan(3000);
    }),
  );

  it(
    'commits no further than the first message that is out, and what is acknowledged above it as sparse acks',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(5));
      const d = w.start();
      const deliveries = [await d.take(), await d.take(), await d.take(), await d.take()];
      for (const at of [2, 1]) deliveries[at]!.receipt.written();
      await w.runFor(1000);
      // One range: it begins 1 after the committed offset and is 2 long.
      expect(w.committed()).toBe('0:BC');
      deliveries[0]!.receipt.written();
      await w.runFor(1000);
      expect(w.committed()).toBe('3');
    }),
  );

  it(
    'does not deliver again after a restart what was acknowledged out of order',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(5));
      const first = w.start();
      const deliveries = [await first.take(), await first.take(), await first.take(), await first.take()];
      deliveries[1]!.receipt.written();
      deliveries[3]!.receipt.written();
      await w.runFor(1000);
      await first.kill();
      await w.runFor(20_000);
      expect(await w.start().consume(3)).toEqual(['m0', 'm2', 'm4']);
    }),
  );

  it(
    'offers no more than the limit of unacknowledged messages, and says so to whoever waits',
    inWorld({ cluster: { consumer: { pendingMessagesMax: 2 } } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(4));
      const d = w.start();
      const [a] = [await d.take(), await d.take()];
      expect(await w.done(d.poll())).toBe('deadline full');
      const waiting = d.poll();
      await w.runFor(100);
      a.receipt.written();
      expect(valueOf(await w.done(waiting))).toBe('m2');
    }),
  );

  it(
    'lets no more requests wait than may',
    inWorld({ cluster: { consumer: { pollsWaitingMax: 2 } } }, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      const polls = [d.poll(), d.poll(), d.poll()];
      await w.runFor(3100);
      expect(await polled(polls)).toEqual(['deadline no-message', 'deadline no-message', 'refused too-many-polls']);
    }),
  );

  it(
    'reads no more than fits, and goes on when half of it was taken',
    inWorld({ cluster: { consumer: { fetchMaxBytes: 4096 } } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      const values = numbered(40).map((name) => name.padEnd(500, '.'));
      for (const value of values) await w.write([value]);
      const d = w.start();
      const first = await d.take();
      first.receipt.written();
      await w.runFor(1000);
      expect(d.state('group/g/topic/t/partition/0')).toEqual({ owning: 'full' });
      expect(d.budget.held('fetched-not-offered')).toBeLessThan(8192);
      expect([valueOf(first), ...(await d.consume(39))]).toEqual(values);
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'reads on when the budget of the process was used up and is free again',
    inWorld({ memoryBudgetBytes: 8 * 2048 }, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) {
        await w.store(0, { partition });
        await w.write(
          numbered(30, `p${partition}-`).map((name) => name.padEnd(1000, '.')),
          { partition },
        );
      }
      const d = w.start();
      const values = await d.consume(60);
      expect(new Set(values).size).toBe(60);
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );
});
