import { describe, expect, it } from 'vitest';
import { inWorld, numbered, valueOf, type ConsumeWorld } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';

/** One partition with so many messages, of which nothing is consumed. */
async function written(w: ConsumeWorld, count: number): Promise<void> {
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(numbered(count));
}

describe('setting the position of a partition that is owned', () => {
  it(
    'goes on there at once, and has committed it when it answers',
    inWorld({}, async (w) => {
      await written(w, 10);
      const d = w.start();
      expect(await d.consume(3)).toEqual(['m0', 'm1', 'm2']);
      expect(await w.done(d.setPosition(7))).toBe('taken');
      expect(w.committed()).toBe('7');
      expect(await d.consume(3)).toEqual(['m7', 'm8', 'm9']);
      expect(await w.done(d.setPosition(1))).toBe('taken');
      expect(w.committed()).toBe('1');
      expect(await d.consume(2)).toEqual(['m1', 'm2']);
      await w.runFor(1000);
      expect(w.committed()).toBe('3');
      expect(d.lines('the position was set')).toHaveLength(2);
    }),
  );

  it(
    'takes -1 for the newest message, and -2 for the oldest',
    inWorld({}, async (w) => {
      await written(w, 5);
      const d = w.start();
      expect(await d.consume(2)).toEqual(['m0', 'm1']);
      expect(await w.done(d.setPosition(-1))).toBe('taken');
      expect(w.committed()).toBe('5');
      expect(await w.done(d.poll())).toBe('deadline no-message');
      expect(await w.done(d.setPosition(-2))).toBe('taken');
      expect(w.committed()).toBe('0');
      expect(await d.consume(5)).toEqual(numbered(5));
    }),
  );

  it(
    'takes metadata of sparse acks for what they are, and stores others as they were given',
    inWorld({}, async (w) => {
      await written(w, 6);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      expect(await w.done(d.setPosition(2, { metadata: 'BB' }))).toBe('taken');
      expect(w.committed()).toBe('2:BB');
      expect(await d.consume(3)).toEqual(['m2', 'm4', 'm5']);
      expect(await w.done(d.setPosition(4, { metadata: 'note: replayed' }))).toBe('taken');
      await w.runFor(5000);
      expect(w.committed()).toBe('4:note: replayed');
      expect(await d.consume(2)).toEqual(['m4', 'm5']);
      await w.runFor(1000);
      expect(w.committed()).toBe('6');
    }),
  );

  it(
    'drops what was offered: acks and receipts for it are ignored from then on',
    inWorld({}, async (w) => {
      await written(w, 6);
      const d = w.start();
      await d.takeUnacked();
      const auto = await d.take();
      const later = await d.take({ ack: 'none' });
      expect(await w.done(d.setPosition(4))).toBe('taken');
      expect(d.heldBytes()).toBeLessThan(1024 * 1024);
      expect(d.budget.held('offered-not-acked')).toBe(0);
      auto.receipt.written();
      later.receipt.returned();
      expect(await w.done(d.ack(0))).toBe('taken');
      expect(await w.done(d.ack(4))).toBe('taken');
      expect(d.lines('an ack is ignored')).toHaveLength(2);
      await w.runFor(1000);
      expect(w.committed()).toBe('4');
      expect(await d.consume(2)).toEqual(['m4', 'm5']);
    }),
  );

  it(
    'serves a request that waits, from the new position',
    inWorld({}, async (w) => {
      await written(w, 2);
      const d = w.start();
      await d.consume(2);
      const waiting = d.poll();
      await w.runFor(500);
      void d.setPosition(1);
      expect(valueOf(await w.done(waiting))).toBe('m1');
      expect(w.host.clock.nowMs()).toBeLessThan(2000);
    }),
  );

  it(
    'moves up to the oldest message that there is, as at a claim',
    inWorld({ limits: { retainedBytesMax: 8192 } }, async (w) => {
      w.world.createTopic('t', 1);
      for (const value of numbered(40)) await w.write([value]);
      const { startOffset } = w.world.describe().kafka.topics[0]!.partitions[0]!;
      const d = w.start();
      await d.subscribe();
      expect(await w.done(d.setPosition(1))).toBe('taken');
      expect(w.committed()).toBe(`${startOffset}`);
      expect(await d.consume(1)).toEqual([`m${startOffset}`]);
    }),
  );

  it(
    'says that it could not, and goes on from what is stored, when Kafka takes no commit',
    inWorld({}, async (w) => {
      await written(w, 8);
      const d = w.start();
      expect(await d.consume(2)).toEqual(['m0', 'm1']);
      await w.runFor(1000);
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd1' }, 'COORDINATOR_LOAD_IN_PROGRESS', 12);
      expect(await w.done(d.setPosition(6))).toBe('refused no commit within 5000 ms');
      expect(await d.consume(2)).toEqual(['m2', 'm3']);
      await w.runFor(5000);
      expect(w.committed()).toBe('4');
    }),
  );

  it(
    'refuses metadata that the brokers do not take',
    inWorld({ limits: { offsetMetadataBytesMax: 16 } }, async (w) => {
      await written(w, 4);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      await w.runFor(1000);
      const told = await w.done(d.setPosition(3, { metadata: 'seventeen letters' }));
      expect(told).toBe('refused the brokers take no metadata of that length');
      expect(await d.consume(1)).toEqual(['m1']);
    }),
  );

  it(
    'is refused where nobody owns the partition, where it is awaited, and where one is set already',
    inWorld({}, async (w) => {
      await written(w, 2);
      const d = w.start();
      expect(await w.done(d.setPosition(1))).toBe('refused nobody answers at c/group/g/topic/t/partition/0');
      expect(await d.consume(1)).toEqual(['m0']);
      expect(await w.done(d.setPosition(1, { partition: 7 }))).toBe(
        'refused nobody answers at c/group/g/topic/t/partition/7',
      );
      const [first, second] = [d.setPosition(1), d.setPosition(0)];
      expect(await w.done(second)).toBe(`refused too many requests wait at c/${owner}`);
      expect(await w.done(first)).toBe('taken');
      expect(w.committed()).toBe('1');
    }),
  );

  it(
    'ends with the session, and says so',
    inWorld({}, async (w) => {
      await written(w, 2);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      w.world.faults.kafka.brokerSlow(1, 60_000);
      const set = d.setPosition(0);
      await w.runFor(100);
      expect(d.state(owner)).toBe('setting');
      await d.crash('zookeeper');
      await w.runFor(1000);
      w.world.faults.kafka.brokerSlow(1, 0);
      expect(await w.done(set)).toMatch(/^refused/);
    }),
  );
});
