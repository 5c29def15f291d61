import { describe, expect, it } from 'vitest';
import type { Address } from '../../../src/actors/bus/types.js';
import type { ZooKeeper, ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { inWorld, numbered, valueOf } from './consume-world.js';

const owner = 'group/g/topic/t/partition/0';

describe('crashes', () => {
  const actors = [
    'zookeeper',
    'metadata',
    'group/g',
    'group/g/topic/t',
    owner,
    'group/g/committer',
    'group/g/fetcher/1',
  ] as const;

  it.each(actors)('of %s while messages are consumed lose none of them', (address) =>
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(10));
      const d = w.start();
      expect(await d.consume(3)).toEqual(['m0', 'm1', 'm2']);
      await d.crash(address);
      d.keepPolling();
      await w.write(numbered(3, 'late'));
      await w.runUntil(() => d.consumed.includes('late2'));
      expect(new Set(d.consumed)).toEqual(
        new Set([...numbered(10), ...numbered(3, 'late')].slice(d.consumed[0] === 'm0' ? 0 : 3)),
      );
      await w.runFor(2000);
      expect(w.committed()).toBe('13');
      expect(w.owners()).toEqual({ d1: [0] });
      expect(w.members()).toEqual(['d1']);
    })(),
  );

  it.each(actors)('of %s before anything is owned hold up nobody for good', (address) =>
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(2));
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => d.bus.holds(`c/${address}`));
      await d.crash(address);
      await w.runUntil(() => d.consumed.includes('m1'));
      await w.runFor(1000);
      expect(w.committed()).toBe('2');
    })(),
  );

  it.each(actors)('of %s while it drains keep the drain within its bound', (address) =>
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(2));
      const d = w.start();
      const held = await d.take();
      const drained = d.drain();
      await w.runFor(10);
      if (d.bus.holds(`c/${address}`)) await d.crash(address);
      held.receipt.written();
      expect((await drained).kind).not.toBe('deadline');
      expect(w.members()).toEqual([]);
      expect(w.owners()).toEqual({});
    })(),
  );

  it(
    'let a message that was out at the owner’s crash come again, and take no notice of its receipt',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a', 'b']);
      const d = w.start();
      const a = await d.take();
      await d.crash(owner);
      a.receipt.written();
      expect(await d.consume(2)).toEqual(['a', 'b']);
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'let a message that was out for a later ack come again, and refuse its ack meanwhile',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a', 'b']);
      const d = w.start();
      await d.takeUnacked();
      await d.crash(owner);
      // It waits until the owner is there again.
      expect(await w.done(d.ack(0))).toMatch(/^refused acks channel missing/);
      const again = await d.takeUnacked();
      expect(valueOf(again)).toBe('a');
      await d.ack(0);
      expect(await d.consume(1)).toEqual(['b']);
      await w.runFor(1000);
      expect(w.committed()).toBe('2');
      expect(d.budget.held('offered-not-acked')).toBe(0);
    }),
  );

  it(
    'refuse the requests that waited at the subscription',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      const waiting = d.poll();
      await w.runFor(10);
      await d.crash('group/g/topic/t');
      expect(await w.done(waiting)).toBe('refused actor-ended');
    }),
  );

  it(
    'of a fetcher leave no partition unread that it read for',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 3);
      const d = w.start();
      await d.subscribe();
      await d.crash('group/g/fetcher/1');
      await w.runFor(1000);
      for (const partition of [0, 1, 2]) await w.write([`p${partition}`], { partition });
      expect((await d.consume(3)).sort()).toEqual(['p0', 'p1', 'p2']);
    }),
  );

  it(
    'of the daemon’s root let it serve again afterwards',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a', 'b']);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['a']);
      await w.runFor(1000);
      d.bus.injectFault('', { kind: 'crash' });
      await w.runFor(0);
      expect(await d.consume(1)).toEqual(['b']);
    }),
  );

  it(
    'of a group that nobody asks for any more leave no member and no claim behind',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      const d = w.start();
      await d.subscribe();
      expect(w.owners()).toEqual({ d1: [0, 1] });
      await d.crash('group/g');
      await w.runFor(30_000);
      expect(w.nodesOfGroup()).toEqual([]);
    }),
  );

  it(
    'of a subscription give back what falls to others meanwhile',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      const [a, b] = [w.start(), w.start()];
      await a.subscribe();
      await a.crash('group/g/topic/t');
      b.keepPolling();
      await w.runUntil(() => w.members().length === 2, 90);
      a.keepPolling();
      await w.runUntil(() => w.owners()['d1']?.length === 1 && w.owners()['d2']?.length === 1, 30_000);
      expect(w.owners()).toEqual({ d1: [0], d2: [1] });
    }),
  );

  it(
    'of a group give back what falls to others meanwhile',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      const [a, b] = [w.start(), w.start()];
      await a.subscribe();
      await a.crash('group/g');
      b.keepPolling();
      await w.runUntil(() => w.members().length === 2, 90);
      a.keepPolling();
      await w.runUntil(() => w.owners()['d1']?.length === 1 && w.owners()['d2']?.length === 1, 30_000);
      expect(w.owners()).toEqual({ d1: [0], d2: [1] });
    }),
  );

  it(
    'of a group leave no claim behind, although ZooKeeper is away when it gives itself up',
    inWorld({ cluster: { zookeeper: { sessionTimeoutMs: 6000 } } }, async (w) => {
      w.world.createTopic('t', 2);
      const [a, b] = [w.start(), w.start()];
      await a.subscribe();
      w.world.faults.zookeeper.serverDown();
      await a.crash('group/g');
      await w.runFor(15_000);
      w.world.faults.zookeeper.serverUp();
      b.keepPolling();
      await w.runUntil(() => w.owners()['d2']?.length === 2, 30_000);
      expect(w.owners()).toEqual({ d2: [0, 1] });
      await w.runFor(10_000);
      expect(a.bus.holds('c/group/g' as Address<never>)).toBe(false);
    }),
  );

  it(
    'of a partition owner go on at the leader of now, not at the one of its first start',
    inWorld({ brokers: 2 }, async (w) => {
      w.world.createTopic('t', 1, { replicationFactor: 2 });
      await w.store(0);
      await w.write(numbered(2));
      const d = w.start();
      expect(await d.consume(2)).toEqual(numbered(2));
      await w.runFor(1000);
      w.world.faults.kafka.leaderMoved('t', 0, 2);
      await w.runUntil(() => d.load(owner)['leader'] === 2);
      await d.crash(owner);
      await w.write(['n']);
      expect(await d.consume(1)).toEqual(['n']);
    }),
  );
});

describe('a claim that somebody deletes', () => {
  it('is made anew, and no message that was read before is passed over', async () => {
    let opened: ZooKeeperSession | undefined;
    const zookeeper = (real: ZooKeeper): ZooKeeper => ({
      openSession: (options) => (opened = real.openSession(options)),
    });
    await inWorld({ zookeeper }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(4));
      const d = w.start();
      expect(await d.consume(1)).toEqual(['m0']);
      await w.done(opened!.deleteOwn('/consumers/g/owners/t/0'));
      // The long poll under way was asked to read after what lay in the buffer.
      await w.runUntil(() => d.state(owner) !== undefined && JSON.stringify(d.state(owner)).includes('reading'));
      await w.write(['m4']);
      const rest = [valueOf(await d.take())];
      rest.push(...(await d.consume(rest[0] === 'm0' ? 4 : 3)));
      expect(rest).toEqual(rest[0] === 'm0' ? numbered(5) : numbered(5).slice(1));
      expect(d.lines('our claim on the partition was deleted')).toHaveLength(1);
    })();
  });
});
