import type { Delivery, History } from '../../verdict/history.js';
import { byGroupAndPartition } from '../by-partition.js';
import { Numbered } from '../numbered.js';
import type { Recovery } from '../result.js';

/** What clients did, in numbers. */
export interface RunCounts {
  readonly posts: number;
  /** Sync posts that were answered with the place of the message. */
  readonly written: number;
  /** Async posts that were answered. */
  readonly accepted: number;
  readonly refused: number;
  /** No answer, or one that says that nothing is known. */
  readonly unknown: number;
  /** Messages in the log at the end. */
  readonly inLog: number;
  readonly groups: readonly GroupCounts[];
}

export interface GroupCounts {
  readonly group: string;
  readonly deliveries: number;
  /** Messages that were given to the group, each counted once. */
  readonly messages: number;
  /** Deliveries beyond the first of a message. */
  readonly cameAgain: number;
}

export function countsOf({ posts, log, deliveries, groups }: History): RunCounts {
  const outcomes = { written: 0, accepted: 0, refused: 0, unknown: 0 };
  for (const { outcome } of posts) outcomes[outcome]++;
  const given = byGroupAndPartition(deliveries);
  return {
    posts: posts.length,
    ...outcomes,
    inLog: log.length,
    groups: groups.map(({ name }) => {
      const partitions = [...given(name).all()];
      const total = sumOf(partitions.map(({ length }) => length));
      const cameAgain = sumOf(partitions.map(againOf));
      return { group: name, deliveries: total, messages: total - cameAgain, cameAgain };
    }),
  };
}

/** Of one partition. Where the log was cut off, an offset may come to be that of another message. */
function againOf(deliveries: readonly Delivery[]): number {
  const postAt = new Numbered();
  let again = 0;
  for (const { offset, post } of deliveries)
    if (postAt.get(offset) === post) again++;
    else postAt.set(offset, post);
  return again;
}

export const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** Of those that are held against their limit; `undefined`: there is none. One that never came is the slowest of all. */
export function slowestOf(recoveries: readonly Recovery[], kind: Recovery['kind']): Recovery | undefined {
  const judged = recoveries.filter((recovery) => recovery.kind === kind && recovery.unjudged === undefined);
  return judged.sort((a, b) => (b.tookMs ?? Infinity) - (a.tookMs ?? Infinity))[0];
}

export const isInTime = ({ tookMs, limitMs }: Recovery): boolean => tookMs !== undefined && tookMs <= limitMs;
