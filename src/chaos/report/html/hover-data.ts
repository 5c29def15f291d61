import type { ChaosResult } from '../../result.js';
import type { Daemons, OwnedPartition } from './owners.js';
import { latencyTitle, type LatencyLines, type PostsPerSecond, type Series } from './series.js';

/** What the script of the page says about a moment; as short as it can be, since a page holds it for every run. */
export interface HoverData {
  readonly endMs: number;
  readonly faults: readonly (readonly [fromMs: number, toMs: number, text: string])[];
  readonly daemons: readonly string[];
  readonly owners: readonly HoverOwners[];
  readonly numbers: readonly HoverNumbers[];
}

export interface HoverOwners {
  readonly group: string;
  readonly name: string;
  readonly parts: readonly (readonly [fromMs: number, toMs: number, daemon: number, byDeliveries: 0 | 1])[];
}

export interface HoverNumbers {
  readonly name: string;
  readonly stepMs: number;
  /** `ms`: of the values. */
  readonly unit: 'ms' | '';
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

export interface HoverInput {
  readonly result: ChaosResult;
  readonly daemons: Daemons;
  readonly owned: readonly OwnedPartition[];
  readonly posts: PostsPerSecond | undefined;
  readonly lag: readonly Series[];
  readonly latencies: readonly LatencyLines[];
}

const faultsMax = 500;

export function hoverDataOf({ result, daemons, owned, posts, lag, latencies }: HoverInput): HoverData {
  const { history } = result;
  const names = [...new Set([...daemons.names, ...owned.flatMap(({ owners }) => owners.map(({ daemon }) => daemon))])];
  const numberOf = new Map(names.map((name, at) => [name, at]));
  return {
    endMs: Math.round(history.endMs),
    faults: history.faults
      .slice(0, faultsMax)
      .map(({ fromMs, toMs, text }) => [Math.round(fromMs), Math.round(toMs), text]),
    daemons: names,
    owners: owned.map(({ story: { group, topic, partition }, owners }) => ({
      group,
      name: `${topic}/${partition}`,
      parts: owners.map(({ fromMs, toMs, daemon, source }) => [
        Math.round(fromMs),
        Math.round(toMs),
        numberOf.get(daemon)!,
        source === 'deliveries' ? 1 : 0,
      ]),
    })),
    numbers: [
      ...(posts ? [numbersOf('Posts a second', '', [posts.well, posts.refused, posts.unknown])] : []),
      ...lag.map((series) => numbersOf(`Lag of ${series.name}`, '', [{ ...series, name: '' }])),
      ...latencies.map((lines) =>
        numbersOf(latencyTitle(lines), 'ms', [
          { ...lines.p50, name: 'p50' },
          { ...lines.p99, name: 'p99' },
          { ...lines.max, name: 'max' },
        ]),
      ),
    ],
  };
}

const numbersOf = (name: string, unit: HoverNumbers['unit'], lines: readonly Series[]): HoverNumbers => ({
  name,
  unit,
  stepMs: lines[0]!.stepMs,
  lines: lines.map((line) => ({
    name: line.name,
    values: line.values.map((value) => (value === undefined ? null : Math.round(value * 10) / 10)),
  })),
});
