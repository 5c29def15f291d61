import type { History } from '../../verdict/history.js';
import { EarliestMoments } from '../numbered.js';

/** One thing that took its time; `atMs`: when it was over. */
export interface Measured {
  readonly atMs: number;
  readonly tookMs: number;
}

export interface LatencySeries {
  /** `sync posts`, `async posts`, `deliveries to GROUP`. */
  readonly name: string;
  readonly kind: 'sync' | 'async' | 'delivery';
  /** Of deliveries. */
  readonly group: string | undefined;
  /** In the order of `atMs`. */
  readonly samples: readonly Measured[];
}

export interface Percentiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * What clients waited for: the answers to posts that say that something was written or accepted, and of each message the time
 * from its post to the moment at which it was first handed to a client of a group.
 */
export function latenciesOf({ posts, deliveries, groups }: History): LatencySeries[] {
  const answered = (isSync: boolean): Measured[] =>
    posts.flatMap(({ sync, outcome, sentMs, answeredMs }) =>
      sync === isSync && answeredMs !== undefined && (outcome === 'written' || outcome === 'accepted')
        ? [{ atMs: answeredMs, tookMs: answeredMs - sentMs }]
        : [],
    );
  const sent = new EarliestMoments();
  for (const post of posts) sent.note(post.id, post.sentMs);
  const firstGiven = new Map(groups.map(({ name }) => [name, new EarliestMoments()]));
  for (const { group, post, handedMs } of deliveries) firstGiven.get(group)?.note(post, handedMs);
  const delivered = (group: string): Measured[] => {
    const found: Measured[] = [];
    for (const [post, atMs] of firstGiven.get(group)!.entries()) {
      const sinceMs = sent.of(post);
      if (sinceMs < Infinity) found.push({ atMs, tookMs: Math.max(0, atMs - sinceMs) });
    }
    return found;
  };
  const series: LatencySeries[] = [
    { name: 'sync posts', kind: 'sync', group: undefined, samples: answered(true) },
    { name: 'async posts', kind: 'async', group: undefined, samples: answered(false) },
    ...groups.map(({ name }): LatencySeries => ({
      name: `deliveries to ${name}`,
      kind: 'delivery',
      group: name,
      samples: delivered(name),
    })),
  ];
  return series
    .filter(({ samples }) => samples.length > 0)
    .map((one) => ({ ...one, samples: one.samples.toSorted((a, b) => a.atMs - b.atMs) }));
}

/** By the nearest rank. `undefined`: of nothing. */
export function percentilesOf(tookMs: readonly number[]): Percentiles | undefined {
  if (tookMs.length === 0) return undefined;
  const sorted = Float64Array.from(tookMs).sort();
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { count: sorted.length, p50Ms: rank(0.5), p90Ms: rank(0.9), p99Ms: rank(0.99), maxMs: sorted.at(-1)! };
}
