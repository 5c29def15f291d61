import { describe, expect, it } from 'vitest';
import { axisOf, bucketsOf, ticksOf } from '../../../src/chaos/report/html/axis.js';
import { lanesOf } from '../../../src/chaos/report/html/lanes.js';
import { longestGaps } from '../../../src/chaos/report/gaps.js';
import { countsOf } from '../../../src/chaos/report/counts.js';
import { latenciesOf, percentilesOf } from '../../../src/chaos/report/latencies.js';
import { ownershipOf, sampledOwnership } from '../../../src/chaos/report/ownership.js';
import { mostWaiting, storiesOf } from '../../../src/chaos/report/partitions.js';
import type { ClaimSample, Delivery, History, Post } from '../../../src/verdict/history.js';

/** Messages of one partition: when each was posted and answered, and when it was handed over, by whom. */
interface Told {
  readonly sentMs: number;
  readonly answeredMs?: number;
  readonly handed?: readonly (readonly [atMs: number, daemon: string])[];
}

function historyOf(messages: readonly Told[], more: Partial<History> = {}): History {
  const at = { topic: 'orders', partition: 0 };
  const posts = messages.map(({ sentMs, answeredMs }, id): Post => {
    const who = { client: 'c1', daemon: 'daemon 1', topic: 'orders', key: 'k', sync: true, detail: '' };
    return { id, ...who, sequence: id, sentMs, answeredMs, outcome: answeredMs === undefined ? 'unknown' : 'written' };
  });
  const deliveries = messages.flatMap(({ handed = [] }, offset) =>
    handed.map(([handedMs, daemon]): Delivery => {
      const who = { group: 'g', mode: 'auto', daemon, client: 'c1' } as const;
      return { ...at, ...who, offset, post: offset, askedMs: handedMs - 1, handedMs, received: true };
    }),
  );
  return {
    topics: [{ name: 'orders', partitions: 1 }],
    groups: [{ name: 'g', mode: 'auto', topics: ['orders'] }],
    posts,
    deliveries,
    log: messages.map((_, offset) => ({ ...at, offset, post: offset })),
    ...{ acks: [], commits: [], tenures: [], claims: [], lostAnswers: [], positionsSet: [], truncations: [] },
    ...{ faults: [], hangs: [], breaches: [], recoveryMs: 9000, endMs: 10_000 },
    ...more,
  };
}

const sample = (atMs: number, owner: string | undefined): ClaimSample => ({
  ...{ group: 'g', topic: 'orders', askedMs: atMs - 5, answeredMs: atMs + 5 },
  owners: new Map(owner === undefined ? [] : [[0, owner]]),
});

describe('what waits for a group', () => {
  it('waits from when it was written for certain until it is first handed over', () => {
    const stories = storiesOf(
      historyOf([
        {
          sentMs: 0,
          answeredMs: 100,
          handed: [
            [250, 'daemon 1'],
            [900, 'daemon 2'],
          ],
        },
        { sentMs: 100, answeredMs: 210, handed: [[450, 'daemon 1']] },
        { sentMs: 610 },
      ]),
    );
    expect(mostWaiting(stories, 100, 8)).toEqual([0, 1, 2, 1, 1, 0, 1, 1]);
  });

  it('does not wait when it was consumed before its post was answered', () => {
    const stories = storiesOf(historyOf([{ sentMs: 0, answeredMs: 500, handed: [[100, 'daemon 1']] }]));
    expect(mostWaiting(stories, 100, 6)).toEqual([0, 1, 0, 0, 0, 0]);
  });
});

describe('gaps in delivery', () => {
  const gaps = (messages: readonly Told[], max = 10) => longestGaps(storiesOf(historyOf(messages)), 10_000, max);

  it('begin when something begins to wait, end with the next delivery, the longest first', () => {
    const found = gaps([
      { sentMs: 0, answeredMs: 1000, handed: [[2000, 'daemon 1']] },
      // Nothing waits from 2000 to 4000.
      { sentMs: 3900, answeredMs: 4000, handed: [[7000, 'daemon 2']] },
      { sentMs: 4900, answeredMs: 5000, handed: [[7900, 'daemon 2']] },
    ]);
    expect(found.map(({ fromMs, toMs, waiting, isOver }) => [fromMs, toMs, waiting, isOver])).toEqual([
      [4000, 7000, 2, true],
      [1000, 2000, 1, true],
      [7000, 7900, 1, true],
    ]);
  });

  it('last until the end where nothing came any more', () => {
    expect(gaps([{ sentMs: 0, answeredMs: 1000 }])).toMatchObject([{ fromMs: 1000, toMs: 10_000, isOver: false }]);
  });

  it('are none that are as short as an ordinary poll, and as many as asked for', () => {
    const each = Array.from({ length: 6 }, (_, at): Told => {
      const sentMs = at * 1500;
      return { sentMs, answeredMs: sentMs, handed: [[sentMs + (at % 2 === 0 ? 300 : 700), 'daemon 1']] };
    });
    expect(gaps(each)).toHaveLength(3);
    expect(gaps(each, 2)).toHaveLength(2);
  });
});

describe('who had a partition', () => {
  const owners = (claims: readonly ClaimSample[], messages: readonly Told[] = []) => {
    const history = historyOf(messages);
    return ownershipOf(storiesOf(history)[0]!, claims, history.endMs).map(
      ({ fromMs, toMs, daemon, source }) => `${fromMs}-${toMs} ${daemon} by ${source}`,
    );
  };
  const every = (fromMs: number, toMs: number, owner: string | undefined) =>
    Array.from({ length: (toMs - fromMs) / 500 }, (_, at) => sample(fromMs + at * 500, owner));

  it('is known by samples, and nobody had it between', () => {
    const claims = [...every(0, 3000, 'daemon 1'), ...every(3000, 4000, undefined), ...every(4000, 10_000, 'daemon 2')];
    expect(owners(claims)).toEqual(['0-3000 daemon 1 by claims', '4000-10000 daemon 2 by claims']);
  });

  it('is known by deliveries alone where no samples are', () => {
    const claims = [...every(0, 3000, 'daemon 1'), ...every(8000, 10_000, 'daemon 2')];
    const handed = [2900, 3500, 4200, 5000, 6000].map((atMs): Told => {
      return { sentMs: atMs, answeredMs: atMs, handed: [[atMs, atMs < 5000 ? 'daemon 1' : 'daemon 2']] };
    });
    expect(owners(claims, handed)).toEqual([
      '0-2500 daemon 1 by claims',
      '2900-4200 daemon 1 by deliveries',
      '5000-6000 daemon 2 by deliveries',
      '8000-10000 daemon 2 by claims',
    ]);
    expect(owners([], handed)).toEqual(['2900-4200 daemon 1 by deliveries', '5000-6000 daemon 2 by deliveries']);
  });

  it('is drawn in as many segments as there is room for', () => {
    const all = Array.from({ length: 1000 }, (_, at) => {
      const daemon = `daemon ${(at % 2) + 1}`;
      return { fromMs: at * 10, toMs: (at + 1) * 10, daemon, source: 'claims' } as const;
    });
    expect(sampledOwnership(all, 10_000, 1000)).toBe(all);
    const sampled = sampledOwnership(all, 10_000, 99);
    expect(sampled.length).toBeLessThanOrEqual(99);
    expect(sampled.length).toBeGreaterThan(5);
    expect(sampled.at(-1)!.toMs).toBeCloseTo(10_000);
  });
});

describe('numbers of a run', () => {
  it('count what came again, but not another message at an offset that was given anew', () => {
    const history = historyOf([
      {
        sentMs: 0,
        answeredMs: 1,
        handed: [
          [2, 'daemon 1'],
          [9, 'daemon 1'],
        ],
      },
    ]);
    const anew = { ...history.deliveries[0]!, post: 7, handedMs: 12 };
    const counts = countsOf({ ...history, deliveries: [...history.deliveries, anew] });
    expect(counts.groups).toEqual([{ group: 'g', deliveries: 3, messages: 2, cameAgain: 1 }]);
  });

  it('measure a delivery from the post to the first time that the message is handed over', () => {
    const history = historyOf([
      {
        sentMs: 100,
        answeredMs: 130,
        handed: [
          [900, 'daemon 1'],
          [150, 'daemon 2'],
        ],
      },
    ]);
    const found = latenciesOf(history).map(({ name, samples }) => [name, ...samples.map(({ tookMs }) => tookMs)]);
    expect(found).toEqual([
      ['sync posts', 30],
      ['deliveries to g', 50],
    ]);
  });

  it('have percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(percentilesOf(hundred)).toEqual({ count: 100, p50Ms: 50, p90Ms: 90, p99Ms: 99, maxMs: 100 });
    expect(percentilesOf([7])).toEqual({ count: 1, p50Ms: 7, p90Ms: 7, p99Ms: 7, maxMs: 7 });
    expect(percentilesOf([])).toBeUndefined();
  });
});

describe('the axis of a timeline', () => {
  it.each([900, 20_000, 61_234, 3_600_000])('has few ticks and at most 600 buckets for %i ms', (endMs) => {
    expect(ticksOf(endMs).length).toBeLessThanOrEqual(11);
    expect(ticksOf(endMs).length).toBeGreaterThan(3);
    const { stepMs, count } = bucketsOf(endMs, 100);
    expect(count).toBeLessThanOrEqual(600);
    expect(stepMs * count).toBeGreaterThanOrEqual(endMs);
  });

  it('has bars one below the other where they and their names would be in the way of each other', () => {
    const bar = (fromMs: number, toMs: number, text: string) => ({ fromMs, toMs, text, title: text, kind: 'fault' });
    const heightOf = (...bars: ReturnType<typeof bar>[]) => lanesOf(bars, axisOf(60_000)).heightPx;
    const one = heightOf(bar(1000, 2000, 'kill broker 1'));
    expect(heightOf(bar(1000, 2000, 'kill broker 1'), bar(30_000, 31_000, 'kill broker 2'))).toBe(one);
    expect(heightOf(bar(1000, 2000, 'kill broker 1'), bar(4000, 5000, 'kill broker 2'))).toBeGreaterThan(one);
    const crowd = Array.from({ length: 200 }, (_, at) => bar(at * 10, 50_000, 'freeze every broker'));
    expect(heightOf(...crowd)).toBeLessThan(400);
  });
});
