import type { Delivery, FaultRecord, History, LogEntry, TopicPartitionName } from './history.js';

export interface Place extends TopicPartitionName {
  readonly offset: number;
}

/** One place of a log, as a text: `orders/3@17`. */
export const placeOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}@${offset}`;

export const isPlacedAs = (a: TopicPartitionName, b: TopicPartitionName): boolean =>
  a.topic === b.topic && a.partition === b.partition;

/** A partition of a topic, as one group consumes it. */
export interface GroupPartition extends TopicPartitionName {
  readonly group: string;
}

export const isOf = (a: GroupPartition, b: GroupPartition): boolean => a.group === b.group && isPlacedAs(a, b);

/** Offsets were given again there: what a group had dealt with under them counts for what came to lie there later. */
export const isGivenAgain = ({ truncations }: History, { topic, partition, offset }: Place): boolean =>
  truncations.some(
    (cut) => cut.topic === topic && cut.partition === partition && cut.fromOffset <= offset && offset < cut.toOffset,
  );

export const partitionOf = ({ topic, partition }: TopicPartitionName): string => `${topic}/${partition}`;

export function groupedBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const found = groups.get(key);
    if (found) found.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Neighbours lie together in arrays of so many: numbers here count up, and a map of a million of them is slow. */
const neighbours = 512;

/** Items by a number, in the order in which they were added. Mostly there is one of each: only where there are more is there a list. */
export class ByNumber<T extends object> {
  readonly #items = new Map<number, (T | T[] | undefined)[]>();

  add(key: number, item: T): void {
    const chunk = Math.floor(key / neighbours);
    let items = this.#items.get(chunk);
    if (!items) this.#items.set(chunk, (items = new Array<T | undefined>(neighbours).fill(undefined)));
    const at = key - chunk * neighbours;
    const found = items[at];
    if (found === undefined) items[at] = item;
    else if (Array.isArray(found)) found.push(item);
    else items[at] = [found, item];
  }

  get(key: number): readonly T[] {
    const chunk = Math.floor(key / neighbours);
    const found = this.#items.get(chunk)?.[key - chunk * neighbours];
    if (found === undefined) return none;
    return Array.isArray(found) ? found : [found];
  }
}

const none: readonly never[] = [];

/** Items by their place in the log. */
export class ByPlace<T extends Place> {
  readonly #topics = new Map<string, Map<number, ByNumber<T>>>();

  add(item: T): void {
    let partitions = this.#topics.get(item.topic);
    if (!partitions) this.#topics.set(item.topic, (partitions = new Map()));
    let offsets = partitions.get(item.partition);
    if (!offsets) partitions.set(item.partition, (offsets = new ByNumber()));
    offsets.add(item.offset, item);
  }

  get({ topic, partition, offset }: Place): readonly T[] {
    return this.#topics.get(topic)?.get(partition)?.get(offset) ?? [];
  }
}

export type PlacedByGroup<T extends Place> = (group: string) => ByPlace<T>;

/** By group and place. */
export function placedByGroup<T extends Place & { readonly group: string }>(items: Iterable<T>): PlacedByGroup<T> {
  const groups = new Map<string, ByPlace<T>>();
  for (const item of items) {
    let ofGroup = groups.get(item.group);
    if (!ofGroup) groups.set(item.group, (ofGroup = new ByPlace()));
    ofGroup.add(item);
  }
  return (group) => groups.get(group) ?? new ByPlace();
}

/** What a group had to be given, with what it was given of it, in the order in which that was handed over. */
export function* consumedBy(
  { log, groups }: History,
  group: string,
  ofGroup: ByPlace<Delivery>,
): Iterable<{ readonly entry: LogEntry; readonly deliveries: readonly Delivery[] }> {
  const topics = new Set(groups.find(({ name }) => name === group)?.topics);
  for (const entry of log) {
    if (!topics.has(entry.topic)) continue;
    const found = ofGroup.get(entry);
    const isPlain = found.length < 2 && found[0]?.post === entry.post;
    const deliveries = isPlain
      ? found
      : found.filter(({ post }) => post === entry.post).sort((a, b) => a.handedMs - b.handedMs);
    yield { entry, deliveries };
  }
}

/** `daemon` `undefined`: one of them, it is not known which. */
export const strikes = (fault: FaultRecord, daemon: string | undefined): boolean =>
  fault.daemon === undefined || daemon === undefined || fault.daemon === daemon;

/** Of `count` things in the order of time, the index of the first that is not before `fromMs`; `count`: all are. */
export function firstNotBefore(count: number, timeOf: (at: number) => number, fromMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(middle) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rounded, for texts. */
export const ms = (timeMs: number): string => `${Math.round(timeMs)} ms`;
