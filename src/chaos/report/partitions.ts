import type { Delivery, History } from '../../verdict/history.js';
import { groupedBy } from '../../verdict/places.js';

/** What one group had to do with one partition. */
export interface PartitionStory {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** What lay in the log at the end, and from when it waited for the group. */
  readonly messages: readonly AwaitedMessage[];
  /** In the order in which they were handed over, those of one message again among them. */
  readonly deliveries: readonly Delivery[];
}

export interface AwaitedMessage {
  /** When it was in the log for certain; of a post that was never answered, when it was sent. */
  readonly writtenMs: number;
  /** `undefined`: never. */
  readonly handedMs: number | undefined;
}

/** Of each group all partitions of its topics, in the order of the script. */
export function storiesOf({ topics, groups, posts, log, deliveries }: History): PartitionStory[] {
  const writtenMs = new Map(posts.map(({ id, answeredMs, sentMs }) => [id, answeredMs ?? sentMs]));
  const entries = groupedBy(log, ({ topic, partition }) => keyOf('', topic, partition));
  const given = groupedBy(deliveries, ({ group, topic, partition }) => keyOf(group, topic, partition));
  return groups.flatMap(({ name: group, topics: names }) =>
    topics
      .filter(({ name }) => names.includes(name))
      .flatMap(({ name: topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition): PartitionStory => {
          const ofPartition = (given.get(keyOf(group, topic, partition)) ?? []).toSorted(
            (a, b) => a.handedMs - b.handedMs,
          );
          const first = new Map<number, number>();
          for (const { post, handedMs } of ofPartition) if (!first.has(post)) first.set(post, handedMs);
          const messages = (entries.get(keyOf('', topic, partition)) ?? []).flatMap(({ post }) => {
            const handedMs = first.get(post);
            const written = writtenMs.get(post) ?? handedMs;
            // An answer to the post may come after the message was consumed already.
            return written === undefined ? [] : [{ writtenMs: Math.min(written, handedMs ?? written), handedMs }];
          });
          return { group, topic, partition, messages, deliveries: ofPartition };
        }),
      ),
  );
}

const keyOf = (group: string, topic: string, partition: number): string => `${group} ${topic}/${partition}`;

export interface WaitingChange {
  readonly atMs: number;
  readonly by: 1 | -1;
}

/** How the number of messages that are written and not yet given to the group changes, in the order of time. */
export function waitingChanges(stories: readonly PartitionStory[]): WaitingChange[] {
  const changes = stories.flatMap(({ messages }) =>
    messages.flatMap(({ writtenMs, handedMs }): WaitingChange[] => [
      { atMs: writtenMs, by: 1 },
      ...(handedMs === undefined ? [] : [{ atMs: handedMs, by: -1 } as const]),
    ]),
  );
  return changes.sort((a, b) => a.atMs - b.atMs || b.by - a.by);
}

/** The most that waited in each of so many stretches of time. */
export function mostWaiting(stories: readonly PartitionStory[], bucketMs: number, buckets: number): number[] {
  const changes = waitingChanges(stories);
  const most: number[] = [];
  let waiting = 0;
  let next = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    let max = waiting;
    for (; next < changes.length && changes[next]!.atMs < (bucket + 1) * bucketMs; next++) {
      waiting += changes[next]!.by;
      max = Math.max(max, waiting);
    }
    most.push(max);
  }
  return most;
}
