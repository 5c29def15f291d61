import { describe, expect, it } from 'vitest';
import type { ZooKeeperSession } from '../../../src/zookeeper/port.js';
import type { ConsumeWorld } from './consume-world.js';
import { inWorld, numbered, valueOf } from './consume-world.js';

const eight = { cluster: { zookeeper: { sessionTimeoutMs: 6000 } } };

const shares = (w: ConsumeWorld) =>
  Object.values(w.owners())
    .map((partitions) => partitions.length)
    .sort();

/** Until the group has settled so. */
const settle = (w: ConsumeWorld, wanted: readonly number[], limitMs = 30_000) =>
  w.runUntil(() => shares(w).join() === [...wanted].sort().join(), limitMs);

/** A session of another program. */
async function foreigner(w: ConsumeWorld, client = 'foreign'): Promise<ZooKeeperSession> {
  const session = w.world.zookeeper('', client).openSession({ timeoutMs: 6000, onEvent: () => {} });
  await w.runUntil(() => session.sessionId !== '');
  return session;
}

const memberText = '{"subscription":{"t":1},"pattern":"static","timestamp":1,"version":1}';

describe('groups of several daemons', () => {
  it(
    'share eight partitions as 4 and 4, then 3, 3 and 2, each in one run of the sorted members',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 8);
      const [d1, d2] = [w.start(), w.start()];
      d1.keepPolling();
      d2.keepPolling();
      await settle(w, [4, 4]);
      expect(w.owners()).toEqual({ d1: [0, 1, 2, 3], d2: [4, 5, 6, 7] });
      w.start().keepPolling();
      await settle(w, [3, 3, 2]);
      expect(w.owners()).toEqual({ d1: [0, 1, 2], d2: [3, 4, 5], d3: [6, 7] });
    }),
  );

  it(
    'give the partitions of one that stops to the others within a second',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 8);
      const [d1, d2] = [w.start(), w.start()];
      d1.keepPolling();
      d2.keepPolling();
      await settle(w, [4, 4]);
      const from = w.host.clock.nowMs();
      await d2.drain();
      await settle(w, [8], 1000);
      expect(w.host.clock.nowMs() - from).toBeLessThan(1000);
    }),
  );

  it(
    'take over from one that was killed when its session has timed out, and not before',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) await w.store(0, { partition });
      const [d1, d2] = [w.start(), w.start()];
      d1.keepPolling();
      d2.keepPolling();
      await settle(w, [1, 1]);
      await d2.kill();
      const from = w.host.clock.nowMs();
      await w.write(['orphan'], { partition: 1 });
      await w.runUntil(() => d1.consumed.includes('orphan'));
      const tookMs = w.host.clock.nowMs() - from;
      // The server last heard of it a sixth of the timeout before at the most.
      expect(tookMs).toBeGreaterThan(4500);
      expect(tookMs).toBeLessThan(7000);
    }),
  );

  it(
    'deliver each message once over joining and leaving',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 4);
      for (const partition of [0, 1, 2, 3]) await w.store(0, { partition });
      const d1 = w.start();
      d1.keepPolling();
      const written: string[] = [];
      const writeSome = async (prefix: string) => {
        for (const partition of [0, 1, 2, 3]) {
          const values = numbered(10, `${prefix}-${partition}-`);
          written.push(...values);
          await w.write(values, { partition });
        }
      };
      await writeSome('alone');
      const d2 = w.start();
      d2.keepPolling();
      await writeSome('joining');
      await settle(w, [2, 2]);
      await writeSome('two');
      await d1.drain();
      await writeSome('one');
      await w.runUntil(() => d1.consumed.length + d2.consumed.length >= written.length);
      expect([...d1.consumed, ...d2.consumed].sort()).toEqual(written.sort());
      expect(d2.consumed.length).toBeGreaterThan(0);
    }),
  );

  it(
    'leave members without a partition where there are more of them, and say so',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 1);
      w.start().keepPolling();
      const d2 = w.start();
      d2.keepPolling();
      await settle(w, [1]);
      await w.runFor(2000);
      const standby = w.daemons.find(({ memberId }) => w.owners()[memberId] === undefined)!;
      expect(standby.state('group/g/topic/t')).toEqual({ subscribed: 'standby' });
      expect(await w.done(standby.poll())).toBe('deadline no-partition');
    }),
  );

  it(
    'wait for a member of another program to let go, give it its share, and take it back',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 2);
      await w.store(0, { partition: 1 });
      const foreign = await foreigner(w);
      await w.done(foreign.ensurePath('/consumers/g/ids'));
      await w.done(foreign.ensurePath('/consumers/g/owners/t'));
      await w.done(foreign.create('/consumers/g/ids/a-foreigner', memberText, 'ephemeral'));
      for (const partition of [0, 1])
        await w.done(foreign.create(`/consumers/g/owners/t/${partition}`, 'a-foreigner', 'ephemeral'));
      const d = w.start();
      d.keepPolling();
      await w.write(['x'], { partition: 1 });
      await w.runFor(3000);
      expect(w.owners()).toEqual({ 'a-foreigner': [0, 1] });
      expect(d.consumed).toEqual([]);
      // It has seen that it is to keep partition 0 only.
      await w.done(foreign.deleteOwn('/consumers/g/owners/t/1'));
      await w.runUntil(() => d.consumed.length === 1);
      expect(w.owners()).toEqual({ 'a-foreigner': [0], d1: [1] });
      await w.done(foreign.close());
      await settle(w, [2]);
    }),
  );

  it(
    'wait for a leftover of their own name from another session, neither adopting nor deleting it',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['x']);
      const leftover = await foreigner(w);
      await w.done(leftover.ensurePath('/consumers/g/ids'));
      await w.done(leftover.ensurePath('/consumers/g/owners/t'));
      await w.done(leftover.create('/consumers/g/ids/d1', memberText, 'ephemeral'));
      await w.done(leftover.create('/consumers/g/owners/t/0', 'd1', 'ephemeral'));
      const d = w.start('d1');
      d.keepPolling();
      await w.runFor(4000);
      expect(d.consumed).toEqual([]);
      for (const path of ['/consumers/g/ids/d1', '/consumers/g/owners/t/0'])
        expect(w.node(path)!.ephemeralOwner).toBe(leftover.sessionId);
      await w.done(leftover.deleteOwn('/consumers/g/ids/d1'));
      await w.runFor(4000);
      expect(d.state('group/g/topic/t/partition/0')).toBe('awaitingClaim');
      expect(w.node('/consumers/g/owners/t/0')!.ephemeralOwner).toBe(leftover.sessionId);
      await w.done(leftover.close());
      await w.runUntil(() => d.consumed.length === 1);
    }),
  );

  it(
    'read the position only under the claim, and release only after the last commit',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) {
        await w.store(0, { partition });
        await w.write(numbered(20, `p${partition}-`), { partition });
      }
      const d1 = w.start();
      expect(await d1.consume(10)).toHaveLength(10);
      const held = await d1.take();
      const d2 = w.start();
      d1.keepPolling();
      d2.keepPolling();
      await w.runFor(1000);
      // What is out is settled before the partition is let go.
      const releasing = held.partition === 1;
      if (releasing) expect(w.owners()).toEqual({ d1: [0, 1] });
      held.receipt.written();
      await settle(w, [1, 1]);
      await w.runUntil(() => d1.consumed.length + d2.consumed.length >= 29);
      const all = [...d1.consumed, ...d2.consumed];
      expect(new Set(all).size).toBe(29);
      expect(all).toHaveLength(29);
    }),
  );

  it(
    'let go of a partition whose messages nobody acknowledges, after a while; they come again elsewhere',
    inWorld(eight, async (w) => {
      w.world.createTopic('t', 2);
      for (const partition of [0, 1]) {
        await w.store(0, { partition });
        await w.write([`p${partition}`], { partition });
      }
      const d1 = w.start();
      await d1.take();
      await d1.take();
      const d2 = w.start();
      d2.keepPolling();
      await w.runUntil(() => d2.consumed.length === 1);
      expect(d2.consumed).toEqual(['p1']);
      expect(d1.lines('Not acked: offset=0')).toHaveLength(1);
    }),
  );

  it(
    'assign new partitions of a topic that grew, and leave those of before where they are',
    inWorld({ cluster: { kafka: { metadataRefreshMs: 5000 } } }, async (w) => {
      w.world.createTopic('t', 2);
      const d1 = w.start();
      d1.keepPolling();
      await settle(w, [2]);
      const begun = w.node('/consumers/g/owners/t/0');
      const ownersBefore = d1.lines('partition is released').length;
      w.world.addPartitions('t', 4);
      await settle(w, [4]);
      await w.runFor(1000);
      await w.write(['in the new one'], { partition: 3 });
      await w.runUntil(() => d1.consumed.length === 1);
      expect(w.node('/consumers/g/owners/t/0')).toEqual(begun);
      expect(d1.lines('partition is released')).toHaveLength(ownersBefore);
    }),
  );

  it(
    'consume several topics by one member node',
    inWorld(eight, async (w) => {
      for (const topic of ['t', 'u']) {
        w.world.createTopic(topic, 1);
        await w.store(0, { topic });
        await w.write([`in ${topic}`], { topic });
      }
      const d = w.start();
      d.keepPolling();
      expect(await d.consume(1, { topic: 'u' })).toEqual(['in u']);
      await w.runUntil(() => d.consumed.length === 1);
      expect(w.members()).toEqual(['d1']);
      expect(JSON.parse(w.node('/consumers/g/ids/d1')!.data)).toMatchObject({ subscription: { t: 1, u: 1 } });
      // The one that nobody asks for any more leaves the node; the other one stays.
      await w.runFor(25_000);
      expect(JSON.parse(w.node('/consumers/g/ids/d1')!.data)).toMatchObject({ subscription: { t: 1 } });
      expect(w.owners({ topic: 'u' })).toEqual({});
      expect(w.owners()).toEqual({ d1: [0] });
    }),
  );
});

describe('a group that nobody asks for', () => {
  it(
    'is given up after 20 s: partitions free, member gone, nodes removed',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      await w.store(0);
      await w.write(['a', 'b']);
      const d = w.start();
      expect(await d.consume(1)).toEqual(['a']);
      const from = w.host.clock.nowMs();
      await w.runFor(19_000);
      expect(w.owners()).toEqual({ d1: [0, 1] });
      await w.runUntil(() => w.nodesOfGroup().length === 0);
      expect(w.host.clock.nowMs() - from).toBeLessThan(21_000);
      expect(d.bus.holds('c/group/g')).toBe(false);
      expect(w.committed()).toBe('1');
      // Asking again takes it back, and goes on where it was.
      expect(await d.consume(1)).toEqual(['b']);
    }),
  );

  it(
    'is kept while a request waits, however long',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      const waiting = d.poll({ deadlineMs: 60_000 });
      await w.runFor(50_000);
      expect(w.owners()).toEqual({ d1: [0] });
      await w.write(['late']);
      expect(valueOf(await w.done(waiting))).toBe('late');
    }),
  );

  it.each(['leaving', 'releasing'] as const)('comes back when a request comes while it is %s', (when) =>
    // Messages that are out would keep it from leaving, as long as they are in their time.
    inWorld({ cluster: { consumer: { ackTimeoutMs: 19_000 } } }, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(['a']);
      const d = w.start();
      const held = await d.take();
      if (when === 'leaving') {
        await w.runFor(19_000);
        w.world.faults.zookeeper.serverDown();
      }
      await w.runUntil(() => JSON.stringify(d.state('group/g/topic/t')) === JSON.stringify(when));
      held.receipt.returned();
      const waiting = d.poll({ deadlineMs: 20_000 });
      await w.runFor(100);
      if (when === 'leaving') w.world.faults.zookeeper.serverUp();
      expect(valueOf(await w.done(waiting))).toBe('a');
      await w.runFor(5000);
      expect(w.owners()).toEqual({ d1: [0] });
      expect(w.members()).toEqual(['d1']);
    })(),
  );

  it(
    'leaves the nodes of a group that others are in',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 2);
      const [d1, d2] = [w.start(), w.start()];
      d1.keepPolling();
      await d2.subscribe();
      await w.runFor(25_000);
      expect(w.members()).toEqual(['d1']);
      expect(w.owners()).toEqual({ d1: [0, 1] });
      expect(d2.bus.holds('c/group/g')).toBe(false);
    }),
  );

  it(
    'leaves no member behind although ZooKeeper was silent when it ended',
    inWorld({ cluster: { zookeeper: { sessionTimeoutMs: 15_000 } } }, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      await w.runFor(9000 - 3010);
      w.world.faults.zookeeper.clientCut('d1');
      await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes('lapsed'));
      await w.runUntil(() => d.lines('giving the topic up').length === 1);
      await w.runFor(100);
      w.world.faults.zookeeper.clientHealed('d1');
      await w.runFor(30_000);
      expect(d.lines('ZooKeeper answers again')).toHaveLength(1);
      expect(w.members()).toEqual([]);
      expect(w.owners()).toEqual({});
    }),
  );
});
