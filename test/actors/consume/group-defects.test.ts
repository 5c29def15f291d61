import { describe, expect, it } from 'vitest';
import { ZooKeeperFailure, type ZooKeeper, type ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { inWorld, numbered, type ConsumeWorld } from './consume-world.js';

const quick = { cluster: { zookeeper: { sessionTimeoutMs: 6000 }, kafka: { metadataRefreshMs: 5000 } } };

/** A ZooKeeper whose answers to the named operation fail as long as `failing` says so. */
function unreliable(operation: 'getChildren' | 'setData', failing: () => boolean) {
  return (zookeeper: ZooKeeper): ZooKeeper => ({
    openSession: (options) =>
      new Proxy(zookeeper.openSession(options), {
        get(session: ZooKeeperSession, name: keyof ZooKeeperSession) {
          const value: unknown = session[name];
          if (typeof value !== 'function') return value;
          const call = value.bind(session) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) =>
            name === operation && failing()
              ? Promise.reject(new ZooKeeperFailure('connection-loss', 'as the test wants it'))
              : call(...args);
        },
      }),
  });
}

const owners = (w: ConsumeWorld, topic: string) => JSON.stringify(w.owners({ topic }));

describe('a rebalance that failed', () => {
  it.each(['getChildren', 'setData'] as const)(
    'is tried again, also when a subscription comes before that (defect 1 of the original): %s',
    (operation) => {
      let failing = false;
      return inWorld({ ...quick, zookeeper: unreliable(operation, () => failing) }, async (w) => {
        w.world.createTopic('t', 4);
        w.world.createTopic('u', 2);
        const d1 = w.start();
        d1.keepPolling();
        await w.runUntil(() => owners(w, 't') === '{"d1":[0,1,2,3]}');
        failing = true;
        const d2 = w.start('d2', { zookeeper: (zookeeper) => zookeeper });
        d2.keepPolling();
        await w.runFor(300);
        d1.keepPolling({ topic: 'u' });
        await w.runFor(2000);
        failing = false;
        await w.runUntil(() => owners(w, 't') === '{"d1":[0,1],"d2":[2,3]}');
        await w.runUntil(() => owners(w, 'u') === '{"d1":[0,1]}');
      })();
    },
  );

  it(
    'for want of a broker is made up for when one answers',
    inWorld(quick, async (w) => {
      w.world.createTopic('t', 2);
      w.world.createTopic('u', 2);
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => owners(w, 't') === '{"d1":[0,1]}');
      w.world.faults.kafka.brokerDown(1);
      d.keepPolling({ topic: 'u' });
      await w.runFor(3000);
      expect(owners(w, 'u')).toBe('{}');
      w.world.faults.kafka.brokerUp(1);
      await w.runUntil(() => owners(w, 'u') === '{"d1":[0,1]}');
    }),
  );
});

describe('a topic that changes', () => {
  it(
    'is noticed when it grows: only what the new split gives to others moves (complaint 17 of the original)',
    inWorld(quick, async (w) => {
      w.world.createTopic('t', 4);
      const daemons = [w.start(), w.start()];
      for (const d of daemons) d.keepPolling();
      await w.runUntil(() => owners(w, 't') === '{"d1":[0,1],"d2":[2,3]}');
      await w.runFor(1000);
      const stay = [0, 1, 3].map((partition) => w.node(`/consumers/g/owners/t/${partition}`));
      const members = ['d1', 'd2'].map((id) => w.node(`/consumers/g/ids/${id}`));
      const released = () => daemons.flatMap((d) => d.lines('partition is released')).length;
      const before = released();
      w.world.addPartitions('t', 6);
      await w.runUntil(() => owners(w, 't') === '{"d1":[0,1,2],"d2":[3,4,5]}');
      await w.runFor(1000);
      expect([0, 1, 3].map((partition) => w.node(`/consumers/g/owners/t/${partition}`))).toEqual(stay);
      expect(['d1', 'd2'].map((id) => w.node(`/consumers/g/ids/${id}`))).toEqual(members);
      expect(released() - before).toBe(1);
      await w.write(['new'], { partition: 5 });
      await w.runUntil(() => daemons[1]!.consumed.includes('new'));
    }),
  );

  it(
    'is noticed when it is created at last, while the other topics of the group are left alone (complaint 17 of the original)',
    inWorld(quick, async (w) => {
      w.world.createTopic('t', 2);
      const daemons = [w.start(), w.start()];
      for (const d of daemons) {
        d.keepPolling();
        d.keepPolling({ topic: 'late' });
      }
      await w.runUntil(() => owners(w, 't') === '{"d1":[0],"d2":[1]}');
      await w.runFor(5000);
      const before = w.nodesOfGroup().map((path) => w.node(path));
      const released = () => daemons.flatMap((d) => d.lines('partition is released')).length;
      const releasedBefore = released();
      w.world.createTopic('late', 2);
      await w.runUntil(() => owners(w, 'late') === '{"d1":[0],"d2":[1]}');
      await w.runFor(1000);
      const others = w.nodesOfGroup().filter((path) => !path.includes('/owners/late') && !path.endsWith('/owners'));
      expect(before).toEqual(expect.arrayContaining(others.map((path) => w.node(path))));
      expect(released()).toBe(releasedBefore);
    }),
  );
});

describe('a ZooKeeper session that ended', () => {
  it(
    'is followed by one with new member and owner nodes; nothing is offered in between (defect 10 of the original)',
    inWorld(quick, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) {
        await w.store(0, { partition });
        await w.write(numbered(50, `p${partition}-`), { partition });
      }
      const d = w.start();
      expect(await d.consume(2)).toHaveLength(2);
      await w.runFor(1000);
      const session = w.node('/consumers/g/ids/d1')!.ephemeralOwner!;
      w.world.faults.zookeeper.sessionExpired(session);
      await w.runUntil(() => d.lines('session is over').length === 1);
      let claimedUnder: string | null | undefined;
      const polled = d.poll({ deadlineMs: 10_000 }).then((got) => {
        if (typeof got !== 'string') claimedUnder = w.node(`/consumers/g/owners/t/${got.partition}`)?.ephemeralOwner;
        return got;
      });
      const delivery = await w.done(polled);
      expect(typeof delivery).not.toBe('string');
      expect(claimedUnder).toBeTypeOf('string');
      expect(claimedUnder).not.toBe(session);
      if (typeof delivery !== 'string') delivery.receipt.returned();
      await w.runUntil(() => owners(w, 't') === '{"d1":[0,1]}');
      for (const path of ['/consumers/g/ids/d1', '/consumers/g/owners/t/0', '/consumers/g/owners/t/1'])
        expect(w.node(path)!.ephemeralOwner).not.toBe(session);
    }),
  );
});

describe('a member of another program that overlooked a change', () => {
  it(
    'is made to look again: whoever waits for a partition of its own writes its member node anew, as the original does',
    inWorld(quick, async (w) => {
      w.world.createTopic('t', 2);
      const other = w.world.zookeeper('', 'other').openSession({ timeoutMs: 6000, onEvent: () => {} });
      const text = '{"subscription":{"t":1},"pattern":"static","timestamp":1,"version":1}';
      await w.done(other.ensurePath('/consumers/g/ids'));
      await w.done(other.ensurePath('/consumers/g/owners/t'));
      await w.done(other.create('/consumers/g/ids/a', text, 'ephemeral'));
      for (const partition of [0, 1])
        await w.done(other.create(`/consumers/g/owners/t/${partition}`, 'a', 'ephemeral'));
      const d = w.start();
      d.keepPolling();
      await w.runUntil(() => w.members().includes('d1'));
      await w.runFor(1000);
      let writes = 0;
      const watch = () => {
        writes++;
        void other.getData('/consumers/g/ids/d1', watch);
      };
      await w.done(other.getData('/consumers/g/ids/d1', watch));
      await w.runFor(20_000);
      // Often enough to be noticed soon, and no storm.
      expect(writes).toBeGreaterThanOrEqual(2);
      expect(writes).toBeLessThanOrEqual(6);
      await w.done(other.deleteOwn('/consumers/g/owners/t/1'));
      await w.runUntil(() => owners(w, 't') === '{"a":[0],"d1":[1]}');
      await w.runFor(5000);
      const before = writes;
      await w.runFor(20_000);
      expect(writes).toBe(before);
      await w.done(other.close());
    }),
  );
});
