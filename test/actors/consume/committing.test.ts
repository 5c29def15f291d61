import { describe, expect, it } from 'vitest';
import { inWorld, numbered } from './consume-world.js';

describe('committing offsets', () => {
  it(
    'commits what was acknowledged on one partition while the commit of another was under way',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) {
        await w.store(0, { partition });
        await w.write(['x'], { partition });
      }
      const d = w.start();
      const [a, b] = [await d.take(), await d.take()];
      await w.runFor(1000);
      w.world.faults.kafka.brokerSlow(1, 300);
      a.receipt.written();
      await w.runUntil(() => d.state('group/g/committer') === 'committing');
      b.receipt.written();
      await w.runFor(3000);
      expect([w.committed(0), w.committed(1)]).toEqual(['1', '1']);
    }),
  );

  it(
    'tries again what a coordinator refused, with what is newest by then',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(3));
      const d = w.start();
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd1' }, 'COORDINATOR_LOAD_IN_PROGRESS', 2);
      expect(await d.consume(1)).toEqual(['m0']);
      await w.runUntil(() => d.state('group/g/committer') === 'retrying');
      expect(await d.consume(2)).toEqual(['m1', 'm2']);
      expect(w.committed()).toBe('0');
      await w.runFor(2000);
      expect(w.committed()).toBe('3');
      expect(d.lines('offsets cannot be committed')).toHaveLength(1);
      expect(d.lines('offsets are committed again')).toHaveLength(1);
    }),
  );

  it(
    'finds the coordinator again after its broker is gone',
    inWorld({ brokers: 2 }, async (w) => {
      w.world.createTopic('t', 1, { replicationFactor: 2 });
      await w.store(0);
      await w.write(numbered(2));
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      await w.runFor(1000);
      w.world.faults.kafka.brokerDown(1);
      expect(await d.consume(1)).toEqual(['m1']);
      await w.runFor(3000);
      expect(w.committed()).toBe('2');
    }),
  );

  it(
    'sends a commit once more when its answer was lost',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      w.world.faults.kafka.requestLost({ api: 'commitOffsets', client: 'd1' });
      w.world.faults.kafka.replyLost({ api: 'commitOffsets', client: 'd1' });
      expect(await d.consume(1)).toEqual(['a']);
      await w.runFor(3000);
      expect(w.committed()).toBe('1');
      expect(d.state('group/g/committer')).toBe('clean');
    }),
  );

  it(
    'leaves out the farthest sparse acks where the brokers take less metadata than usual',
    inWorld({ limits: { offsetMetadataBytesMax: 16 } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(40));
      const d = w.start();
      const out = [];
      for (let at = 0; at < 40; at++) out.push(await d.take());
      for (let at = 1; at < 40; at += 2) out[at]!.receipt.written();
      await w.runFor(10_000);
      const [offset, metadata] = w.committed()!.split(':');
      expect(offset).toBe('0');
      expect(metadata!.length).toBeGreaterThan(0);
      expect(metadata!.length).toBeLessThanOrEqual(16);
      for (let at = 0; at < 40; at += 2) out[at]!.receipt.written();
      await w.runFor(2000);
      expect(w.committed()).toBe('40');
    }),
  );

  it(
    'goes on with a coordinator that knows of no such topic for a while, as one that just started',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd1' }, 'UNKNOWN_TOPIC_OR_PARTITION', 4);
      const d = w.start();
      await d.subscribe();
      expect(w.committed()).toBe('0');
      await w.write(['a', 'b']);
      w.world.faults.kafka.requestRefused({ api: 'commitOffsets', client: 'd1' }, 'UNKNOWN_TOPIC_OR_PARTITION', 4);
      expect(await d.consume(1)).toEqual(['a']);
      await w.runFor(4000);
      expect(w.committed()).toBe('1');
      await d.kill();
    }),
  );

  it(
    'gives up the offset of a topic that was deleted',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      const a = await d.take();
      w.world.deleteTopic('t');
      a.receipt.written();
      await w.runFor(15_000);
      expect(d.lines('the topic is gone')).toHaveLength(1);
      expect(d.state('group/g/committer')).toBe('clean');
    }),
  );
});
