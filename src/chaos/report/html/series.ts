import type { History } from '../../../verdict/history.js';
import { counted, duration, number } from '../format.js';
import { percentilesOf, type LatencySeries } from '../latencies.js';
import { mostWaiting, type PartitionStory } from '../partitions.js';
import { escaped } from '../markup.js';
import { bucketsOf, type Buckets } from './axis.js';
import { stretched, type Row } from './row.js';

/** Numbers over the time of a run; `undefined`: there is none then. */
export interface Series {
  readonly name: string;
  readonly stepMs: number;
  readonly values: readonly (number | undefined)[];
}

const lagMinStepMs = 100;
const secondMs = 1000;

export const lagSeries = (stories: readonly PartitionStory[], groups: readonly string[], endMs: number): Series[] => {
  const { stepMs, count } = bucketsOf(endMs, lagMinStepMs);
  return groups.map((name) => {
    const ofGroup = stories.filter(({ group }) => group === name);
    return { name, stepMs, values: mostWaiting(ofGroup, stepMs, count) };
  });
};

const plotPx = 56;
/** Left free above the highest value. */
const headroom = 8;

const unitsOf = (at: number, { stepMs }: Pick<Series, 'stepMs'>, endMs: number): number =>
  Math.min(1000, +(((at * stepMs) / endMs) * 1000).toFixed(2));

/** A line of steps; broken where there is no value. `y`: from the top, of 100. */
function stepPath(series: Series, endMs: number, y: (value: number) => number): string {
  let path = '';
  let isDown = false;
  for (const [at, value] of series.values.entries()) {
    if (value === undefined) isDown = false;
    else {
      const [x, level] = [unitsOf(at, series, endMs), +y(value).toFixed(2)];
      path += `${isDown ? 'V' : `M${x} `}${level}H${unitsOf(at + 1, series, endMs)}`;
      isDown = true;
    }
  }
  return path;
}

const area = (path: string): string => (path === '' ? '' : `M0 100${path.replace('M', 'L')}V100Z`);

export function lagRow(lag: Series, endMs: number): Row {
  const max = Math.max(1, ...lag.values.map((value) => value ?? 0));
  const path = stepPath(lag, endMs, (value) => 100 - (value / max) * (100 - headroom));
  return {
    kind: 'lag',
    label: `Lag of ${lag.name}`,
    detail: 'written, not yet given to it',
    heightPx: plotPx,
    description: `Lag of group ${lag.name}: at most ${counted(max, 'message')}, ${number(lag.values.at(-1) ?? 0)} at the end`,
    shapes: `${stretched(`<path class="area" d="${area(path)}"/><path class="line" d="${path}"/>`)}${note(number(max), 11)}`,
  };
}

const note = (text: string, y: number): string => `<text class="note" x="0" dx="4" y="${y}">${escaped(text)}</text>`;

export interface PostsPerSecond {
  readonly well: Series;
  readonly refused: Series;
  readonly unknown: Series;
}

/** By when they were sent. */
export function postSeries({ posts }: History, endMs: number): PostsPerSecond {
  const buckets = bucketsOf(endMs, secondMs);
  const rate = (name: string, outcomes: readonly string[]): Series => {
    const values = Array.from({ length: buckets.count }, () => 0);
    for (const { sentMs, outcome } of posts)
      if (outcomes.includes(outcome)) values[bucketAt(sentMs, buckets)]! += secondMs / buckets.stepMs;
    return { name, stepMs: buckets.stepMs, values };
  };
  return {
    well: rate('written or accepted', ['written', 'accepted']),
    refused: rate('refused', ['refused']),
    unknown: rate('unknown', ['unknown']),
  };
}

const bucketAt = (ms: number, { stepMs, count }: Buckets): number =>
  Math.min(count - 1, Math.max(0, Math.floor(ms / stepMs)));

export function postRow({ well, refused, unknown }: PostsPerSecond, endMs: number): Row {
  const sum = (series: readonly Series[]): Series => ({
    ...well,
    values: well.values.map((_, at) => series.reduce((total, { values }) => total + (values[at] ?? 0), 0)),
  });
  const stacked = [sum([well, refused, unknown]), sum([well, refused]), well] as const;
  const max = Math.max(1, ...stacked[0].values.map((value) => value ?? 0));
  const kinds = ['unknown', 'refused', 'well'];
  const areas = stacked.map(
    (series, at) =>
      `<path class="${kinds[at]}" d="${area(stepPath(series, endMs, (value) => 100 - (value / max) * (100 - headroom)))}"/>`,
  );
  const total = ({ values, stepMs }: Series) =>
    number(Math.round(values.reduce<number>((all, value) => all + (value ?? 0), 0) * (stepMs / secondMs)));
  return {
    kind: 'posts',
    label: 'Posts a second',
    detail: 'by what was answered',
    heightPx: plotPx,
    description: `Posts a second, at most ${number(Math.round(max))}: ${total(well)} written or accepted, ${total(refused)} refused, ${total(unknown)} of unknown outcome`,
    shapes: stretched(areas.join('')) + note(number(Math.round(max)), 11),
  };
}

export interface LatencyLines {
  readonly name: string;
  readonly p50: Series;
  readonly p99: Series;
  readonly max: Series;
}

/** Of each second by when it was over. */
export function latencyLines({ name, samples }: LatencySeries, endMs: number): LatencyLines {
  const buckets = bucketsOf(endMs, secondMs);
  const tookMs = Array.from({ length: buckets.count }, (): number[] => []);
  for (const sample of samples) tookMs[bucketAt(sample.atMs, buckets)]!.push(sample.tookMs);
  const found = tookMs.map(percentilesOf);
  const line = (of: 'p50Ms' | 'p99Ms' | 'maxMs'): Series => ({
    name: of,
    stepMs: buckets.stepMs,
    values: found.map((one) => one?.[of]),
  });
  return { name, p50: line('p50Ms'), p99: line('p99Ms'), max: line('maxMs') };
}

const latencyPx = 84;

/** As the row is named: `Sync posts`. */
export const latencyTitle = ({ name }: Pick<LatencyLines, 'name'>): string => name[0]!.toUpperCase() + name.slice(1);

/** Of all rows of a run, so that they can be compared: from 1 ms to the next power of ten above the slowest. */
export function decadesOf(all: readonly LatencyLines[]): number {
  const slowestMs = Math.max(10, ...all.flatMap(({ max }) => max.values.map((value) => value ?? 0)));
  return Math.ceil(Math.log10(slowestMs));
}

export function latencyRow(lines: LatencyLines, all: LatencySeries, decades: number, endMs: number): Row {
  const y = (ms: number) => 97 - (Math.log10(Math.max(1, ms)) / decades) * (97 - headroom);
  const grid = Array.from({ length: decades + 1 }, (_, decade) => {
    const at = y(10 ** decade);
    const label =
      decade === 0
        ? ''
        : `<text class="note" x="100%" dx="-4" text-anchor="end" y="${at}%" dy="10">${duration(10 ** decade)}</text>`;
    return `<line class="grid" x1="0" x2="100%" y1="${at}%" y2="${at}%"/>${label}`;
  });
  const paths = (['max', 'p99', 'p50'] as const).map(
    (of) => `<path class="line ${of}" d="${stepPath(lines[of], endMs, y)}"/>`,
  );
  const { p50Ms, p99Ms, maxMs } = percentilesOf(all.samples.map(({ tookMs }) => tookMs))!;
  const numbers = `half within ${duration(p50Ms)}, 99% within ${duration(p99Ms)}, the slowest ${duration(maxMs)}`;
  return {
    kind: 'latency',
    label: latencyTitle(lines),
    detail: `p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}, max ${duration(maxMs)}`,
    heightPx: latencyPx,
    description: `Latency of ${lines.name}, ${counted(all.samples.length, 'of them', 'of them')}: ${numbers}`,
    shapes: grid.join('') + stretched(paths.join('')),
  };
}
