import type { History, LogEntry, Post } from '../verdict/history.js';
import { ByNumber, groupedBy, partitionOf, placedByGroup } from '../verdict/places.js';

/** What is written in one partition, by the time at which it was posted. */
interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly sentMs: Float64Array;
  /** Group -> for each message, when the first of it and all later ones was given to the group; infinite: never. */
  readonly handedMs: ReadonlyMap<string, Float64Array>;
}

export interface FirstHandedOver {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Infinite: never. */
  readonly atMs: number;
}

/** Tells when groups were given what was posted after some moment. Built once, since a run has many such moments. */
export class HandedOver {
  readonly #partitions: readonly PartitionLog[];

  constructor({ log, posts, deliveries, groups }: History) {
    const byId = new ByNumber<Post>();
    for (const post of posts) byId.add(post.id, post);
    const sentOf = (entry: LogEntry): number => byId.get(entry.post)[0]?.sentMs ?? -Infinity;
    const given = placedByGroup(deliveries);
    this.#partitions = [...groupedBy(log, partitionOf).values()].map((entries) => {
      const sorted = entries.sort((a, b) => sentOf(a) - sentOf(b));
      const { topic, partition } = sorted[0]!;
      const ofGroups = groups.filter(({ topics }) => topics.includes(topic));
      return {
        topic,
        partition,
        sentMs: Float64Array.from(sorted, sentOf),
        handedMs: new Map(
          ofGroups.map(({ name }) => {
            const ofGroup = given(name);
            const first = (entry: LogEntry) =>
              ofGroup.get(entry).reduce((firstMs, { handedMs }) => Math.min(firstMs, handedMs), Infinity);
            return [name, earliestFromEach(Float64Array.from(sorted, first))];
          }),
        ),
      };
    });
  }

  /** One for each group and partition in which something was posted from `sinceMs` to `untilMs` that was written. */
  firstSince(sinceMs: number, untilMs: number): FirstHandedOver[] {
    return this.#partitions.flatMap(({ topic, partition, sentMs, handedMs }) => {
      const at = firstNotBelow(sentMs, sinceMs);
      if (at === sentMs.length || sentMs[at]! > untilMs) return [];
      return [...handedMs].map(([group, ofGroup]) => ({ group, topic, partition, atMs: ofGroup[at]! }));
    });
  }
}

function earliestFromEach(times: Float64Array): Float64Array {
  for (let at = times.length - 2; at >= 0; at--) times[at] = Math.min(times[at]!, times[at + 1]!);
  return times;
}

function firstNotBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
