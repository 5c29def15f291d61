import type { Delivery, FaultRecord, History, LogEntry, TopicPartitionName } from './history.js';

/** One place of a log, as a text: `orders/3@17`. */
export const placeOf = ({ topic, partition, offset }: TopicPartitionName & { readonly offset: number }): string =>
  `${topic}/${partition}@${offset}`;

/** Offsets were given again there: what a group had dealt with under them counts for what came to lie there later. */
export const isGivenAgain = (
  { truncations }: History,
  { topic, partition, offset }: TopicPartitionName & { readonly offset: number },
): boolean =>
  truncations.some(
    (cut) => cut.topic === topic && cut.partition === partition && cut.fromOffset <= offset && offset < cut.toOffset,
  );

export const partitionOf = ({ topic, partition }: TopicPartitionName): string => `${topic}/${partition}`;

export function groupedBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const found = groups.get(key);
    if (found) found.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** What a group had to be given, with what it was given of it, in the order in which that was handed over. */
export function* consumedBy(
  { log, deliveries, groups }: History,
  group: string,
): Iterable<{ readonly entry: LogEntry; readonly deliveries: readonly Delivery[] }> {
  const topics = new Set(groups.find(({ name }) => name === group)?.topics);
  const ofGroup = groupedBy(
    deliveries.filter((delivery) => delivery.group === group),
    placeOf,
  );
  for (const entry of log) {
    if (!topics.has(entry.topic)) continue;
    const found = (ofGroup.get(placeOf(entry)) ?? []).filter(({ post }) => post === entry.post);
    yield { entry, deliveries: found.sort((a, b) => a.handedMs - b.handedMs) };
  }
}

export const strikes = (fault: FaultRecord, daemon: string): boolean =>
  fault.daemon === undefined || fault.daemon === daemon;

/** Rounded, for texts. */
export const ms = (timeMs: number): string => `${Math.round(timeMs)} ms`;
