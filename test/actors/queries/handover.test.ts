import { describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import type { SetOffsetsReply, SetOffsetsRequest } from '../../../src/actors/requests.js';
import { ZooKeeperFailure, type ZooKeeper, type ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { ConsumeWorld, inWorld, numbered, type TestDaemon } from '../consume/consume-world.js';
import { interposed } from '../consume/interposed.js';

const fast = { cluster: { zookeeper: { sessionTimeoutMs: 6000 } } };
const everywhere = { foreignOwners: {} };

async function setting(d: TestDaemon, partition: number, offset: number, group = 'g'): Promise<unknown> {
  const offsets = [{ partition, offset, metadata: '' }];
  const request: SetOffsetsRequest = { type: 'offsets.set', group, topic: 't', offsets };
  const outcome = await d.bus.ask<SetOffsetsReply>(addressOf.offsets('c'), request, { deadlineMs: 10_000 });
  return outcome.kind === 'reply' ? outcome.value : outcome;
}

/** The partition is owned by the first; the second knows it is, and has none. */
async function ownerAndAsker(w: ConsumeWorld, owner: TestDaemon = w.start()): Promise<[TestDaemon, TestDaemon]> {
  w.world.createTopic('t', 1);
  await w.store(0);
  await w.write(numbered(20));
  expect(await owner.consume(2)).toEqual(['m0', 'm1']);
  const asker = w.start();
  await w.runFor(2000);
  return [owner, asker];
}

const requests = (w: ConsumeWorld) =>
  w.world
    .describe()
    .zookeeper.nodes.map(({ path }) => path)
    .filter((path) => path.startsWith('/kafka-pixy/handovers/'));

describe('positions that are handed over to another daemon', () => {
  it(
    'leave no node and no timer behind, however many',
    inWorld(fast, async (w) => {
      const [owner, asker] = await ownerAndAsker(w);
      const timers = w.host.clock.pendingTimers;
      for (let round = 0; round < 30; round++) expect(await w.done(setting(asker, 0, round % 20))).toEqual(everywhere);
      expect(owner.lines('the position was set')).toHaveLength(30);
      expect(requests(w)).toEqual([]);
      expect(w.host.clock.pendingTimers).toBeLessThan(timers + 10);
    }),
  );

  it(
    'are set one after the other when two ask at once, and both are told the truth',
    inWorld(fast, async (w) => {
      const [owner, asker] = await ownerAndAsker(w);
      const third = w.start();
      await w.runFor(1000);
      const both = Promise.all([setting(asker, 0, 7), setting(third, 0, 8)]);
      expect(await w.done(both)).toEqual([everywhere, everywhere]);
      expect(owner.lines('the position was set')).toHaveLength(2);
      expect(['7', '8']).toContain(w.committed());
      expect(requests(w)).toEqual([]);
    }),
  );

  it('are set although the owner could not read the request at first', async () => {
    let broken = true;
    const w = new ConsumeWorld(fast);
    const zookeeper = (real: ZooKeeper): ZooKeeper => ({
      openSession: (options): ZooKeeperSession =>
        interposed(real.openSession(options), 'getData', (call, [path]) => {
          if (!broken || !String(path).startsWith('/kafka-pixy/handovers/')) return call();
          broken = false;
          return Promise.reject(new ZooKeeperFailure('connection-loss', 'the connection was lost'));
        }),
    });
    const [owner, asker] = await ownerAndAsker(w, w.start('d1', { zookeeper }));
    expect(await w.done(setting(asker, 0, 7))).toEqual(everywhere);
    expect([broken, w.committed()]).toEqual([false, '7']);
    expect(await owner.consume(1)).toEqual(['m7']);
    await w.close();
  });

  it('are set once, although the owner has to announce itself anew meanwhile', async () => {
    let broken = false;
    const w = new ConsumeWorld(fast);
    const zookeeper = (real: ZooKeeper): ZooKeeper => ({
      openSession: (options): ZooKeeperSession =>
        interposed(real.openSession(options), 'getChildren', (call, [path]) => {
          if (!broken || path !== '/kafka-pixy/handovers') return call();
          broken = false;
          return Promise.reject(new ZooKeeperFailure('connection-loss', 'the connection was lost'));
        }),
    });
    const [owner, asker] = await ownerAndAsker(w, w.start('d1', { zookeeper }));
    w.world.faults.kafka.brokerSlow(1, 700);
    const answered = setting(asker, 0, 7);
    await w.runUntil(() => owner.load('handover')['underWay'] === 1);
    broken = true;
    const other = w.world.zookeeper('', 'other').openSession({ timeoutMs: 6000, onEvent: () => {} });
    await w.done(other.create('/kafka-pixy/handovers/whatever', '', 'ephemeral'));
    expect(await w.done(answered)).toEqual(everywhere);
    expect(broken).toBe(false);
    await w.runFor(3000);
    expect(owner.lines('the position was set')).toHaveLength(1);
    await w.done(other.close());
    await w.close();
  });

  it(
    'are taken back when ZooKeeper goes away before the owner has seen them, and not set long after',
    inWorld(fast, async (w) => {
      const [owner, asker] = await ownerAndAsker(w);
      w.world.faults.zookeeper.watchesLate(30_000);
      const answered = setting(asker, 0, 7);
      await w.runUntil(() => requests(w).length === 1);
      w.world.faults.zookeeper.serverDown();
      await w.done(answered);
      await w.runFor(30_000);
      w.world.faults.zookeeper.serverUp();
      await w.runFor(5000);
      expect(requests(w)).toEqual([]);
      w.world.faults.zookeeper.watchesLate(0);
      await w.runFor(60_000);
      expect(owner.lines('the position was set')).toEqual([]);
    }),
  );
});

describe('setting offsets of a group whose name no node can have', () => {
  it.each(['', '..', 'a\u0001'])('takes no time to find out that nobody owns its partitions: %j', (group) =>
    inWorld(fast, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await w.runFor(1000);
      const from = w.host.clock.nowMs();
      expect(await w.done(setting(d, 0, 5, group))).toEqual(everywhere);
      expect(w.host.clock.nowMs() - from).toBeLessThan(1000);
      expect(w.committed(0, { group })).toBe('5');
    })(),
  );
});
