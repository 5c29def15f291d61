import { describe, expect, it } from 'vitest';
import { CommitWatch } from '../../src/chaos/commit-watch.js';
import type { Position } from '../../src/chaos/kafka-view.js';
import { virtualHost } from '../../src/host/virtual-host.js';

const groups = [
  { name: 'g', mode: 'auto' as const, topics: ['orders'] },
  { name: 'h', mode: 'later' as const, topics: ['orders', 'clicks'] },
];
const positions = ['orders', 'clicks'].map((topic) => ({ topic, partition: 0, offset: 5 }));

function start() {
  const { clock } = virtualHost();
  const stands = new Map<string, number>();
  const asked: (number | undefined)[] = [];
  const broker = { isAway: false, answerMs: 0 };
  const committedBy = async (group: string, at: readonly { topic: string; partition: number }[], forMs?: number) => {
    asked.push(forMs);
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, broker.answerMs));
    if (broker.isAway) throw new Error('no broker says');
    return at.map(({ topic, partition }): Position => {
      const offset = stands.get(`${group} ${topic}`) ?? 5;
      return { topic, partition, offset };
    });
  };
  const watch = new CommitWatch({ kafka: { committedBy }, clock, nowMs: () => clock.nowMs() - 100, groups, positions });
  const noted = () => watch.commits.map(({ group, topic, offset, atMs }) => [group, topic, offset, atMs]);
  return { clock, stands, asked, broker, watch, noted };
}

describe('a look at what is committed', () => {
  it('notes what has changed, whoever committed it', async () => {
    const { clock, stands, asked, watch, noted } = start();
    watch.start();
    await clock.runFor(2500);
    expect(noted()).toEqual([
      ['g', 'orders', 5, 900],
      ['h', 'orders', 5, 900],
      ['h', 'clicks', 5, 900],
    ]);
    stands.set('h orders', 7);
    await clock.runFor(2000);
    expect(noted().slice(3)).toEqual([['h', 'orders', 7, 2900]]);
    expect(watch.commits.at(-1)).toMatchObject({ daemon: undefined, acked: [], takenMs: 2900, partition: 0 });
    // Nobody is asked twice in one look.
    expect(new Set(asked)).toEqual(new Set([0]));
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on when nobody could say it for a while', async () => {
    const all = start();
    all.watch.start();
    all.broker.isAway = true;
    await all.clock.runFor(3500);
    expect(all.noted()).toEqual([]);
    all.broker.isAway = false;
    await all.clock.runFor(1000);
    expect(all.noted()).toHaveLength(3);
    all.watch.stop();
  });

  it('ends with everything, as it stands then, asked with patience', async () => {
    const { clock, stands, asked, watch, noted } = start();
    watch.start();
    await clock.runFor(1500);
    stands.set('g orders', 9);
    const last = watch.lookAtLast();
    await clock.runFor(500);
    await last;
    expect(noted().slice(3)).toEqual([
      ['g', 'orders', 9, 1400],
      ['h', 'orders', 5, 1400],
      ['h', 'clicks', 5, 1400],
    ]);
    expect(asked.slice(-2)).toEqual([undefined, undefined]);
    const count = asked.length;
    await clock.runFor(10_000);
    expect([asked.length, clock.pendingTimers]).toEqual([count, 0]);
  });

  it('notes nothing of a look that is under way when it stops', async () => {
    const all = start();
    all.broker.answerMs = 300;
    all.watch.start();
    await all.clock.runFor(1100);
    all.watch.stop();
    await all.clock.runFor(10_000);
    expect([all.noted(), all.clock.pendingTimers]).toEqual([[], 0]);
  });

  it('fails at last when nobody says it', async () => {
    const all = start();
    all.broker.isAway = true;
    const last = all.watch.lookAtLast().catch((error: unknown) => String(error));
    await all.clock.runFor(100);
    expect(await last).toBe('Error: no broker says');
  });
});
