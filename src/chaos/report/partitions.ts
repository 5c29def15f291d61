import type { Delivery, History, LogEntry } from '../../verdict/history.js';
import { byGroupAndPartition, ByPartition } from '../by-partition.js';
import { EarliestMoments } from '../numbered.js';

/** What one group had to do with one partition. */
export interface PartitionStory {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly waits: Waits;
  /** In the order in which they were handed over, those of one message again among them. */
  readonly deliveries: readonly Delivery[];
}

/** Of messages that lay in the log at the end: how long each waited for a group. Milliseconds, each in the order of time. */
export interface Waits {
  /** When each was in the log for certain; of a post that was never answered, when it was sent. */
  readonly writtenMs: Float64Array;
  /** When each of them that was given to the group at all was handed over first. */
  readonly handedMs: Float64Array;
}

/** Of each group all partitions of its topics, in the order of the script. */
export function storiesOf({ topics, groups, posts, log, deliveries }: History): PartitionStory[] {
  const written = new EarliestMoments();
  for (const { id, answeredMs, sentMs } of posts) written.note(id, answeredMs ?? sentMs);
  const entries = new ByPartition(log);
  const given = byGroupAndPartition(deliveries);
  return groups.flatMap(({ name: group, topics: names }) =>
    topics
      .filter(({ name }) => names.includes(name))
      .flatMap(({ name: topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition): PartitionStory => {
          const ofPartition = given(group)
            .of(topic, partition)
            .toSorted((a, b) => a.handedMs - b.handedMs);
          const waits = waitsOf(entries.of(topic, partition), ofPartition, written);
          return { group, topic, partition, waits, deliveries: ofPartition };
        }),
      ),
  );
}

function waitsOf(entries: readonly LogEntry[], deliveries: readonly Delivery[], written: EarliestMoments): Waits {
  const first = new EarliestMoments();
  for (const { post, handedMs } of deliveries) first.note(post, handedMs);
  const [writtenMs, handedMs]: number[][] = [[], []];
  for (const { post } of entries) {
    const givenMs = first.of(post);
    // An answer to the post may come after the message was consumed already.
    const fromMs = Math.min(written.of(post), givenMs);
    if (fromMs === Infinity) continue;
    writtenMs!.push(fromMs);
    if (givenMs < Infinity) handedMs!.push(givenMs);
  }
  return { writtenMs: Float64Array.from(writtenMs!).sort(), handedMs: Float64Array.from(handedMs!).sort() };
}

/** How many messages are written and not yet given to a group, as time goes on. */
export class WaitingCount {
  readonly #waits: Waits;
  #written = 0;
  #handed = 0;

  constructor(waits: Waits) {
    this.#waits = waits;
  }

  get waiting(): number {
    return this.#written - this.#handed;
  }

  /** When it changes next; infinite: it does not. */
  get nextMs(): number {
    return Math.min(this.#nextWrittenMs, this.#nextHandedMs);
  }

  /** Goes on to the next change. What is handed over in the moment in which it was written has waited. */
  next(): void {
    if (this.#nextWrittenMs <= this.#nextHandedMs) this.#written++;
    else this.#handed++;
  }

  get #nextWrittenMs(): number {
    return this.#waits.writtenMs[this.#written] ?? Infinity;
  }

  get #nextHandedMs(): number {
    return this.#waits.handedMs[this.#handed] ?? Infinity;
  }
}

/** The most that waited in each of so many stretches of time. */
export function mostWaiting(stories: readonly PartitionStory[], bucketMs: number, buckets: number): number[] {
  const count = new WaitingCount({
    writtenMs: sorted(stories.map(({ waits }) => waits.writtenMs)),
    handedMs: sorted(stories.map(({ waits }) => waits.handedMs)),
  });
  const most: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    let max = count.waiting;
    while (count.nextMs < (bucket + 1) * bucketMs) {
      count.next();
      max = Math.max(max, count.waiting);
    }
    most.push(max);
  }
  return most;
}

function sorted(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort();
}
