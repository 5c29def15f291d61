import type { CommittedOffset, OffsetToCommit, TopicPartition } from '../kafka/port.js';

interface Committed {
  readonly group: string;
  readonly offset: OffsetToCommit;
}

/** What groups have committed. At its limit it forgets what was committed longest ago. */
export class CommittedOffsets {
  /** In the order of their last commit: a map keeps the order of insertion. */
  readonly #entries = new Map<string, Committed>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  commit(group: string, offset: OffsetToCommit): void {
    const key = keyOf(group, offset);
    this.#entries.delete(key);
    this.#entries.set(key, { group, offset: { ...offset } });
    if (this.#entries.size > this.#entriesMax) this.#entries.delete(this.#entries.keys().next().value!);
  }

  fetch(group: string, { topic, partition }: TopicPartition): CommittedOffset {
    const stored = this.#entries.get(keyOf(group, { topic, partition }))?.offset;
    return { topic, partition, error: null, offset: stored?.offset ?? -1, metadata: stored?.metadata ?? '' };
  }

  forgetTopic(topic: string): void {
    for (const [key, { offset }] of this.#entries) if (offset.topic === topic) this.#entries.delete(key);
  }

  list(): readonly (OffsetToCommit & { readonly group: string })[] {
    return [...this.#entries.values()].map(({ group, offset }) => ({ group, ...offset }));
  }
}

/** Neither a group nor a topic may contain the NUL that divides them here. */
function keyOf(group: string, { topic, partition }: TopicPartition): string {
  return `${group}\0${topic}\0${partition}`;
}
