import { describe, expect, it } from 'vitest';
import { inWorld, numbered, valueOf, type ConsumeWorld } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';

/** One partition with these messages, of which nothing is consumed. */
async function written(w: ConsumeWorld, values: readonly string[]): Promise<void> {
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(values);
}

describe('acknowledging later', () => {
  it(
    'leaves a message unacknowledged until the client says so',
    inWorld({}, async (w) => {
      await written(w, numbered(3));
      const d = w.start();
      const first = await d.takeUnacked();
      expect([first.offset, valueOf(first)]).toEqual([0, 'm0']);
      await w.runFor(2000);
      expect(w.committed()).toBe('0');
      expect(await d.ack(0)).toBe('taken');
      await w.runFor(1000);
      expect(w.committed()).toBe('1');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'commits acks out of order as sparse acks, and does not deliver those messages again after a restart',
    inWorld({}, async (w) => {
      await written(w, numbered(6));
      const d = w.start();
      for (let at = 0; at < 5; at++) await d.takeUnacked();
      for (const offset of [1, 2, 4]) await d.ack(offset);
      await w.runFor(1000);
      expect(w.committed()).toBe('0:BCBB');
      await d.kill();
      await w.runFor(20_000);
      expect(await w.start().consume(3)).toEqual(['m0', 'm3', 'm5']);
    }),
  );

  it(
    'delivers again at once, after a restart, what was out and not acknowledged',
    inWorld({}, async (w) => {
      await written(w, numbered(2));
      const d = w.start();
      await d.takeUnacked();
      await d.kill();
      await w.runFor(20_000);
      expect(await w.start().consume(2)).toEqual(['m0', 'm1']);
    }),
  );

  it(
    'ignores an ack of what was never offered (defect 7 of the original)',
    inWorld({}, async (w) => {
      await written(w, numbered(3));
      const d = w.start();
      const first = await d.takeUnacked();
      expect(first.offset).toBe(0);
      for (const offset of [1, 2, 1000]) expect(await d.ack(offset)).toBe('taken');
      await d.ack(0);
      await w.runFor(1000);
      expect(w.committed()).toBe('1');
      expect(d.lines('an ack is ignored').map(({ offset, level }) => [offset, level])).toEqual([
        [1, 20],
        [2, 20],
        [1000, 20],
      ]);
      expect(await d.consume(2)).toEqual(['m1', 'm2']);
    }),
  );

  it(
    'ignores an ack of what was acknowledged before, by the client or automatically',
    inWorld({}, async (w) => {
      await written(w, numbered(3));
      const d = w.start();
      await d.takeUnacked();
      expect([await d.ack(0), await d.ack(0)]).toEqual(['taken', 'taken']);
      await d.consume(1);
      expect(await d.ack(1)).toBe('taken');
      expect(d.lines('an ack is ignored')).toHaveLength(2);
      await w.runFor(1000);
      expect(w.committed()).toBe('2');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'takes an ack that comes before the answer is known to be out',
    inWorld({}, async (w) => {
      await written(w, numbered(2));
      const d = w.start();
      const [first, second] = [await d.take({ ack: 'none' }), await d.take({ ack: 'none' })];
      expect(await d.ack(0)).toBe('taken');
      first.receipt.written();
      // Its client has read more than we know: the ack counts, not the broken connection.
      expect(await d.ack(1)).toBe('taken');
      second.receipt.returned();
      await w.runFor(1000);
      expect(w.committed()).toBe('2');
      expect(await w.done(d.poll())).toBe('deadline no-message');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'puts a message whose answer was not handed out back at the head, for whoever asks next',
    inWorld({}, async (w) => {
      await written(w, numbered(3));
      const d = w.start();
      const [first, second] = [await d.take({ ack: 'none' }), await d.take()];
      first.receipt.returned();
      second.receipt.returned();
      expect(valueOf(await d.takeUnacked())).toBe('m0');
      expect(await d.consume(2)).toEqual(['m1', 'm2']);
      await d.ack(0);
      await w.runFor(1000);
      expect(w.committed()).toBe('3');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'keeps messages in memory of their own, not the whole answers that they came in',
    inWorld({}, async (w) => {
      await written(
        w,
        numbered(100).map((name) => name.padEnd(1000, '.')),
      );
      const d = w.start();
      const first = await d.takeUnacked();
      expect(d.budget.held('offered-not-acked')).toBe(1000);
      expect(first.value!.buffer.byteLength).toBe(1000);
      const rest = await d.consume(99);
      expect(rest).toHaveLength(99);
      expect(d.budget.held('fetched-not-offered')).toBeLessThan(d.budget.limit('fetched-not-offered') / 2);
      expect(d.budget.held('offered-not-acked')).toBe(1000);
      await d.ack(0);
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );
});

describe('an ack to a partition that is not owned here', () => {
  it(
    'is refused, and starts nothing: group, topic or partition unknown',
    inWorld({}, async (w) => {
      await written(w, numbered(1));
      const d = w.start();
      await w.runFor(100);
      const before = d.bus.actors().length;
      expect(await d.ack(0)).toBe('refused acks channel missing for {g t 0}');
      expect(await d.ack(0, { group: 'other/group', topic: 'x', partition: 5 })).toBe(
        'refused acks channel missing for {other/group x 5}',
      );
      await w.runFor(1000);
      expect(d.bus.actors()).toHaveLength(before);
      await d.takeUnacked();
      const during = d.bus.actors().length;
      expect(await d.ack(0, { topic: 'u' })).toBe('refused acks channel missing for {g u 0}');
      expect(await d.ack(0, { partition: 1 })).toBe('refused acks channel missing for {g t 1}');
      expect(d.bus.actors()).toHaveLength(during);
    }),
  );

  it(
    'is refused while another member has the partition, and after it was released',
    inWorld({}, async (w) => {
      await written(w, numbered(2));
      const [a, b] = [w.start('a'), w.start('b')];
      await a.takeUnacked();
      const polling = b.poll({ deadlineMs: 20_000 });
      await w.runUntil(() => w.members().length === 2);
      await w.runFor(1000);
      expect(await b.ack(0)).toBe('refused acks channel missing for {g t 0}');
      // It takes the partition over when the first one stops, and only then may it be told of acks.
      const drained = a.drain();
      expect(await a.ack(0)).toBe('taken');
      await drained;
      const next = await w.done(polling);
      expect(valueOf(next)).toBe('m1');
      if (typeof next !== 'string') next.receipt.written();
      await w.runUntil(() => !b.bus.holds('c/group/g'));
      expect(await b.ack(1)).toBe('refused acks channel missing for {g t 0}');
    }),
  );

  it(
    'is refused while the claim is still awaited',
    inWorld({}, async (w) => {
      await written(w, numbered(1));
      const dead = w.start('b');
      await dead.takeUnacked();
      await dead.kill();
      const d = w.start('a');
      void d.poll();
      await w.runUntil(() => d.state(owner) === 'awaitingClaim');
      expect(await d.ack(0)).toBe('refused acks channel missing for {g t 0}');
    }),
  );
});

describe('the limits of what is offered and not acknowledged', () => {
  it(
    'offers nothing new beyond the limit of messages, and tells whoever waits that it is full',
    inWorld({ cluster: { consumer: { pendingMessagesMax: 2 } } }, async (w) => {
      await written(w, numbered(4));
      const d = w.start();
      await d.takeUnacked();
      await d.takeUnacked();
      expect(await w.done(d.poll({ ack: 'none' }))).toBe('deadline full');
      expect(await w.done(d.poll())).toBe('deadline full');
      const waiting = d.poll({ ack: 'none' });
      await w.runFor(100);
      await d.ack(1);
      expect(valueOf(await w.done(waiting))).toBe('m2');
    }),
  );

  it(
    'keeps nothing new for a later ack when the share of bytes is used up, and goes on with automatic acks',
    inWorld({ memoryBudgetBytes: 8 * 4000 }, async (w) => {
      await written(
        w,
        numbered(8).map((name) => name.padEnd(1500, '.')),
      );
      const d = w.start();
      await d.takeUnacked();
      await d.takeUnacked();
      expect(await w.done(d.poll({ ack: 'none' }))).toBe('deadline full');
      // One that waits for room keeps nobody else waiting.
      const waiting = d.poll({ ack: 'none', deadlineMs: 20_000 });
      expect((await d.consume(2)).map((value) => value.slice(0, 2))).toEqual(['m2', 'm3']);
      await d.ack(1);
      expect(valueOf(await w.done(waiting)).slice(0, 2)).toBe('m4');
    }),
  );

  it(
    'always has room for one message of each partition, and for those that are offered again',
    inWorld({ memoryBudgetBytes: 8 * 1000, cluster: { consumer: { ackTimeoutMs: 5000 } } }, async (w) => {
      w.world.createTopic('t', 3);
      for (const partition of [0, 1, 2]) {
        await w.store(0, { partition });
        await w.write(
          numbered(2).map((name) => name.padEnd(1500, '.')),
          { partition },
        );
      }
      const d = w.start();
      const first = [await d.takeUnacked(), await d.takeUnacked(), await d.takeUnacked()];
      expect(first.map(({ partition }) => partition).sort()).toEqual([0, 1, 2]);
      expect(await w.done(d.poll({ ack: 'none', deadlineMs: 1000 }))).toBe('deadline full');
      await w.runFor(5000);
      const again = [await d.takeUnacked(), await d.takeUnacked(), await d.takeUnacked()];
      expect(again.map(({ partition, offset }) => `${partition}:${offset}`).sort()).toEqual(['0:0', '1:0', '2:0']);
    }),
  );
});
