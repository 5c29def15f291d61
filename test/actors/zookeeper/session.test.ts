import { describe, expect, it } from 'vitest';
import { inWorld } from '../consume/consume-world.js';

const settings = { cluster: { zookeeper: { sessionTimeoutMs: 6000 } } };

describe('the ZooKeeper session', () => {
  it(
    'is suspect after half of its timeout, lapsed after two thirds, overdue after all, counted from the last answered request',
    inWorld(settings, async (w) => {
      const d = w.start();
      await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes('connected'));
      await w.runFor(10_500);
      const lastSentMs = Math.floor(w.host.clock.nowMs() / 1000) * 1000;
      w.world.faults.zookeeper.clientCut('d1');
      const seen: Record<string, number> = {};
      for (const state of ['suspect', 'lapsed', 'overdue']) {
        await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes(state));
        seen[state] = w.host.clock.nowMs() - lastSentMs;
      }
      expect(seen).toEqual({ suspect: 3000, lapsed: 4000, overdue: 6000 });
      // Only the server's word ends it.
      await w.runFor(60_000);
      expect(JSON.stringify(d.state('zookeeper'))).toContain('overdue');
      w.world.faults.zookeeper.clientHealed('d1');
      await w.runUntil(() => d.lines('session is over').length === 1);
      await w.runUntil(() => JSON.stringify(d.state('zookeeper')).includes('connected'));
      expect(d.lines('ZooKeeper session is up')).toHaveLength(2);
    }),
  );

  it(
    'is the timeout that the server grants, not the one that was asked for',
    inWorld(
      { cluster: { zookeeper: { sessionTimeoutMs: 6000 } }, limits: { sessionTimeoutMsMin: 12_000 } },
      async (w) => {
        const d = w.start();
        await w.runFor(1000);
        w.world.faults.zookeeper.clientCut('d1');
        await w.runFor(4900);
        expect(JSON.stringify(d.state('zookeeper'))).toContain('connected');
        await w.runFor(200);
        expect(JSON.stringify(d.state('zookeeper'))).toContain('suspect');
      },
    ),
  );

  it(
    'refuses questions: it is none to be asked',
    inWorld(settings, async (w) => {
      const d = w.start();
      const outcome = await w.done(d.bus.ask('c/zookeeper' as never, { type: 'what' }, { deadlineMs: 100 }));
      expect(outcome.kind === 'refused' && outcome.error.code).toBe('no-such-actor');
    }),
  );

  it(
    'forgets who watched it and is gone',
    inWorld(settings, async (w) => {
      w.world.createTopic('t', 1);
      const d = w.start();
      await d.subscribe();
      // The group, and the desk for what other daemons hand over, which stays.
      expect(d.load('zookeeper')['watchers']).toBe(2);
      await w.runFor(30_000);
      expect(d.bus.holds('c/group/g')).toBe(false);
      w.world.faults.zookeeper.serverDown();
      await w.runFor(20_000);
      expect(d.load('zookeeper')['watchers']).toBe(1);
      w.world.faults.zookeeper.serverUp();
      await w.runFor(2000);
    }),
  );

  it(
    'ends at the server when the daemon ends, and is opened anew after a crash, the old one ended',
    inWorld(settings, async (w) => {
      const d = w.start();
      await w.runFor(1000);
      const before = w.world.describe().zookeeper.sessions[0]!.id;
      await d.crash('zookeeper');
      await w.runFor(1000);
      const after = w.world.describe().zookeeper.sessions.map(({ id }) => id);
      expect(after).toHaveLength(1);
      expect(after[0]).not.toBe(before);
      await d.drain();
      expect(w.world.describe().zookeeper.sessions).toEqual([]);
    }),
  );
});
