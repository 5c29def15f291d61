import type { History } from '../verdict/history.js';
import { firstNotBefore } from '../verdict/places.js';
import { byGroupAndPartition, ByPartition } from './by-partition.js';
import { EarliestMoments } from './numbered.js';

/** What waits for so long, and nothing is given of its partition, stands still. */
const stallMs = 1000;

/** Of a partition, as one group was given it. */
interface Flow {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** When something was handed over, in the order of time. */
  readonly handedMs: Float64Array;
  /** When that had been posted, or what was given later and waited longer; infinite: only what comes again was given from then on. */
  readonly waitingSinceMs: Float64Array;
  /** When the first of those was posted that were never handed over; infinite: all were. */
  readonly neverSentMs: number;
}

export interface Resumption {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** How long it took; infinite: it stood still for good. */
  readonly tookMs: number;
}

/** How each partition was consumed by each group. Built once, since a run has many moments that are asked for. */
export class PartitionFlows {
  readonly #flows: readonly Flow[];

  constructor({ log, posts, deliveries, groups }: History) {
    const sent = new EarliestMoments();
    for (const { id, sentMs } of posts) sent.note(id, sentMs);
    const given = byGroupAndPartition(deliveries);
    this.#flows = [...new ByPartition(log).all()].flatMap((entries) => {
      const { topic, partition } = entries[0]!;
      const ofGroups = groups.filter(({ topics }) => topics.includes(topic));
      return ofGroups.map(({ name: group }): Flow => {
        const inOrder = given(group)
          .of(topic, partition)
          .toSorted((a, b) => a.handedMs - b.handedMs);
        const first = new EarliestMoments();
        const waitingSinceMs = Float64Array.from(inOrder, ({ post, handedMs }) => {
          if (first.of(post) < Infinity) return Infinity;
          first.note(post, handedMs);
          return sentOf(sent, post);
        });
        // What comes again is given first where a partition has moved, and what was not given yet waits behind it.
        for (let at = waitingSinceMs.length - 2; at >= 0; at--)
          waitingSinceMs[at] = Math.min(waitingSinceMs[at]!, waitingSinceMs[at + 1]!);
        let neverSentMs = Infinity;
        for (const { post } of entries)
          if (first.of(post) === Infinity) neverSentMs = Math.min(neverSentMs, sentOf(sent, post));
        return {
          group,
          topic,
          partition,
          handedMs: Float64Array.from(inOrder, ({ handedMs }) => handedMs),
          waitingSinceMs,
          neverSentMs,
        };
      });
    });
  }

  /**
   * For each group and partition, how long it took from `sinceMs` until it was consumed and went on being consumed: until the
   * end of the last standstill that began within `forMs`. Those for which nothing waited in the first half of that time are
   * left aside.
   */
  resumedSince(sinceMs: number, forMs: number): Resumption[] {
    return this.#flows.flatMap((flow) => {
      const tookMs = resumptionOf(flow, sinceMs, forMs);
      const { group, topic, partition } = flow;
      return tookMs === undefined ? [] : [{ group, topic, partition, tookMs }];
    });
  }
}

/** Who posted it is not known of what somebody else wrote, so it has waited since ever. */
function sentOf(sent: EarliestMoments, post: number): number {
  const sentMs = sent.of(post);
  return sentMs === Infinity ? -Infinity : sentMs;
}

function resumptionOf(
  { handedMs, waitingSinceMs, neverSentMs }: Flow,
  sinceMs: number,
  forMs: number,
): number | undefined {
  const earlyMs = sinceMs + forMs / 2;
  let tookMs: number | undefined;
  let fromMs = sinceMs;
  for (let at = firstNotBefore(handedMs.length, (each) => handedMs[each]!, sinceMs); fromMs < sinceMs + forMs; at++) {
    if (at === handedMs.length) return neverSentMs <= earlyMs ? Infinity : tookMs;
    if (tookMs === undefined && waitingSinceMs[at]! > earlyMs) return undefined;
    const beganMs = Math.max(fromMs, waitingSinceMs[at]!);
    if (beganMs >= sinceMs + forMs) return tookMs;
    const waitedMs = handedMs[at]! - beganMs;
    if (waitedMs > stallMs) tookMs = handedMs[at]! - sinceMs;
    else tookMs ??= waitedMs;
    fromMs = handedMs[at]!;
  }
  return tookMs;
}
