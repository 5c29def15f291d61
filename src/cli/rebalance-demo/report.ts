import type { HandOver } from './readers.js';

/** One row of the summary. */
export interface Seen {
  readonly title: string;
  readonly handOver: HandOver;
}

/** With a space that no line is broken at. */
export const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 9950 ? 2 : 1)}\u00a0s`;

/** What a step came to. */
export function seenLine(shares: string, { moved, tookMs, longestGapMs }: HandOver): string {
  const took = inSeconds(tookMs);
  const gap = longestGapMs === undefined ? undefined : inSeconds(longestGapMs);
  if (moved === 0) return `${shares}. No partition has moved.`;
  if (moved === 1)
    return `${shares}. One partition has a new reader, after ${took}${gap === undefined ? '' : `; it was without one for ${gap}`}.`;
  const without = gap === undefined ? '' : `; none was without one for longer than ${gap}`;
  return `${shares}. ${moved} partitions have a new reader, the last of them after ${took}${without}.`;
}

/** The hand-overs of all steps, as lines of a table. */
export function summary(seen: readonly Seen[]): string[] {
  const rows = [
    ['', 'partitions moved', 'last one after', 'longest without a reader'],
    ...seen.map(({ title, handOver: { moved, tookMs, longestGapMs } }, at) => [
      `${at + 1}. ${title}`,
      `${moved}`,
      moved === 0 ? '' : inSeconds(tookMs),
      longestGapMs === undefined ? '' : inSeconds(longestGapMs),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
}
