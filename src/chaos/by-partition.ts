import type { TopicPartitionName } from '../verdict/history.js';

/** Items by topic and partition, in their order. A text of both as a key would cost more than what is done with a million of them. */
export class ByPartition<T extends TopicPartitionName> {
  readonly #topics = new Map<string, Map<number, T[]>>();

  constructor(items: Iterable<T> = []) {
    for (const item of items) this.add(item);
  }

  add(item: T): void {
    let partitions = this.#topics.get(item.topic);
    if (!partitions) this.#topics.set(item.topic, (partitions = new Map()));
    const found = partitions.get(item.partition);
    if (found) found.push(item);
    else partitions.set(item.partition, [item]);
  }

  of(topic: string, partition: number): readonly T[] {
    return this.#topics.get(topic)?.get(partition) ?? [];
  }

  /** Of each partition of which there is something. */
  *all(): Iterable<readonly T[]> {
    for (const partitions of this.#topics.values()) yield* partitions.values();
  }
}

/** By group as well. */
export function byGroupAndPartition<T extends TopicPartitionName & { readonly group: string }>(
  items: Iterable<T>,
): (group: string) => ByPartition<T> {
  const groups = new Map<string, ByPartition<T>>();
  for (const item of items) {
    let ofGroup = groups.get(item.group);
    if (!ofGroup) groups.set(item.group, (ofGroup = new ByPartition()));
    ofGroup.add(item);
  }
  return (group) => groups.get(group) ?? new ByPartition();
}
