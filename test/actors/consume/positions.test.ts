import { describe, expect, it } from 'vitest';
import type { Kafka } from '../../../src/kafka/port.js';
import { inWorld, numbered, valueOf } from './consume-world.js';

/** A broker whose log lacks these offsets, as after compaction. */
const withGaps = (gaps: readonly number[]) => (kafka: Kafka) =>
  new Proxy(kafka, {
    get: (target, name: keyof Kafka) => {
      if (name !== 'fetch') return (target[name] as (...args: never[]) => unknown).bind(target);
      const fetch: Kafka['fetch'] = async (...asked) => {
        const results = await target.fetch(...asked);
        return results.map((result) => ({
          ...result,
          records: result.records.filter(({ offset }) => !gaps.includes(offset)),
        }));
      };
      return fetch;
    },
  });

/** A broker that once, when told so, does not find where it is asked to read; its log begins at `earliest`. */
const losing = (log: { lost: boolean; readonly earliest: number }) => (kafka: Kafka) =>
  new Proxy(kafka, {
    get: (target, name: keyof Kafka) => {
      const fetch: Kafka['fetch'] = async (...asked) => {
        const results = await target.fetch(...asked);
        if (!log.lost) return results;
        log.lost = false;
        return results.map((result) => ({ ...result, records: [], error: 'OFFSET_OUT_OF_RANGE' as const }));
      };
      const listOffsets: Kafka['listOffsets'] = async (broker, at, which, signal) => {
        const results = await target.listOffsets(broker, at, which, signal);
        return which === 'earliest' ? results.map((result) => ({ ...result, offset: log.earliest })) : results;
      };
      if (name === 'fetch') return fetch;
      if (name === 'listOffsets') return listOffsets;
      return (target[name] as (...args: never[]) => unknown).bind(target);
    },
  });

describe('where a partition is read from', () => {
  it(
    'begins a new group at the newest message, and commits that before anything is consumed',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.write(['old']);
      const d = w.start();
      void d.poll();
      await w.runUntil(() => w.owners()['d1'] !== undefined);
      await w.runFor(0);
      expect(w.committed()).toBe('1');
      // What comes while nobody is there is not skipped.
      await d.kill();
      await w.write(['new']);
      await w.runFor(20_000);
      expect(await w.start().consume(1)).toEqual(['new']);
    }),
  );

  it(
    'begins at the newest message where -1 is stored, and at the oldest where -2 is',
    inWorld({}, async (w) => {
      for (const [topic, stored] of [
        ['newest', -1],
        ['oldest', -2],
      ] as const) {
        w.world.createTopic(topic, 1);
        await w.write(['old'], { topic });
        await w.store(stored, { topic });
      }
      const d = w.start();
      await d.subscribe({ topic: 'newest' });
      expect(await d.consume(1, { topic: 'oldest' })).toEqual(['old']);
      await w.runFor(1000);
      expect([w.committed(0, { topic: 'newest' }), w.committed(0, { topic: 'oldest' })]).toEqual(['1', '1']);
    }),
  );

  it(
    'moves up to the oldest message that there is',
    inWorld({ limits: { retainedBytesMax: 8192 } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(1);
      for (const value of numbered(40)) await w.write([value]);
      const { startOffset } = w.world.describe().kafka.topics[0]!.partitions[0]!;
      expect(startOffset).toBeGreaterThan(1);
      const d = w.start();
      expect(await d.consume(1)).toEqual([`m${startOffset}`]);
      expect(d.lines('the log begins above the committed offset')).toHaveLength(1);
    }),
  );

  it(
    'moves up as well when the log has dropped what was to be read next',
    inWorld({ limits: { retainedBytesMax: 8192 } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['m0']);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      await w.write(numbered(60, 'x'));
      const { startOffset } = w.world.describe().kafka.topics[0]!.partitions[0]!;
      expect(startOffset).toBeGreaterThan(1);
      expect(await d.consume(1)).toEqual([`x${startOffset - 1}`]);
      await w.runFor(1000);
      expect(w.committed()).toBe(`${startOffset + 1}`);
    }),
  );

  it('drops offers that the log holds no more, and offers those above again at once; their late acks count', async () => {
    const log = { lost: false, earliest: 0 };
    await inWorld({ kafka: losing(log), cluster: { consumer: { retriesMax: 0 } } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(7));
      const d = w.start();
      for (let at = 0; at < 5; at++) await d.takeUnacked();
      const [auto, later] = [await d.take(), await d.take({ ack: 'none' })];
      await d.ack(3);
      Object.assign(log, { lost: true, earliest: 2 });
      await w.runUntil(() => d.lines('were offered and not acknowledged').length === 1);
      expect(d.lines('were offered and not acknowledged')).toMatchObject([{ level: 50, count: 2, offsets: [0, 1] }]);
      expect(d.lines('the log begins above the committed offset')).toMatchObject([{ offset: 2 }]);
      // Not those whose answers are still being written: they are settled soon enough.
      const [two, four] = [await d.takeUnacked(), await d.take({ ack: 'none' })];
      expect([two, four].map(valueOf)).toEqual(['m2', 'm4']);
      for (const offset of [0, 2, 4]) await d.ack(offset);
      auto.receipt.written();
      later.receipt.written();
      await w.runFor(1000);
      expect(w.committed()).toBe('6');
      await d.ack(6);
      await w.write(['m7']);
      expect(await d.consume(1)).toEqual(['m7']);
      await w.runFor(1000);
      expect(w.committed()).toBe('8');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    })();
  });

  it('reads on after a log lost its end, without giving again what is out', async () => {
    const log = { lost: false, earliest: 0 };
    await inWorld({ kafka: losing(log) }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(4));
      const d = w.start();
      const held = await d.take();
      log.lost = true;
      await w.runUntil(() => d.lines('partition is owned').length === 2);
      expect(await d.consume(3)).toEqual(['m1', 'm2', 'm3']);
      held.receipt.returned();
      expect(await d.consume(1)).toEqual(['m0']);
      await w.runFor(1000);
      expect(w.committed()).toBe('4');
      expect(await w.done(d.poll())).toBe('deadline no-message');
    })();
  });

  it(
    'skips what lies below a stored offset beyond the end, and never moves that offset down',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(3);
      await w.write(['m0']);
      const d = w.start();
      await d.subscribe();
      expect(w.committed()).toBe('3');
      await w.write(['m1', 'm2', 'm3']);
      expect(await d.consume(1)).toEqual(['m3']);
      await w.runFor(1000);
      expect(w.committed()).toBe('4');
      expect(d.lines('beyond the end of the log')).toHaveLength(1);
    }),
  );

  it(
    'goes on with sparse acks that another program has stored, and drops metadata that are none',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) await w.write(numbered(4, `p${partition}-`), { partition });
      await w.store(0, { metadata: 'BC' });
      await w.store(2, { partition: 1, metadata: '{"not":"ours"}' });
      const d = w.start();
      expect((await d.consume(4)).sort()).toEqual(['p0-0', 'p0-3', 'p1-2', 'p1-3']);
      await w.runFor(1000);
      expect([w.committed(0), w.committed(1)]).toEqual(['4', '4']);
      expect(d.lines('metadata of the committed offset is dropped')).toHaveLength(1);
    }),
  );

  it(
    'does not freeze the committed offset at gaps in the log when clients acknowledge (defect 8 of the original)',
    inWorld({ kafka: withGaps([0, 2, 3, 5]) }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(7));
      const d = w.start();
      const taken = [await d.takeUnacked(), await d.takeUnacked(), await d.takeUnacked()];
      expect(taken.map(({ offset }) => offset)).toEqual([1, 4, 6]);
      await d.ack(4);
      await w.runFor(1000);
      expect(w.committed()).toBe('1:BE');
      await d.ack(1);
      await d.ack(6);
      await w.runFor(1000);
      expect(w.committed()).toBe('7');
    }),
  );

  it(
    'counts as acknowledged what the log does not hold, once it was passed',
    inWorld({ kafka: withGaps([0, 2, 3, 5]) }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(6));
      const d = w.start();
      expect(await d.consume(2)).toEqual(['m1', 'm4']);
      await w.runFor(1000);
      expect(w.committed()).toBe('6');
    }),
  );
});
