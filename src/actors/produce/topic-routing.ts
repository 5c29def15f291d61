import type { TopicView } from '../../machines/topic-view.js';

/** Where a topic's messages go at present; written by the topic producer, read by its batchers. */
export class TopicRouting {
  #partitions: TopicView['partitions'] = [];
  #leaders = new Map<number, number>();

  get partitions(): TopicView['partitions'] {
    return this.#partitions;
  }

  /** Broker id; -1 while the partition has no leader; `undefined` when there is no such partition. */
  leaderOf(partition: number): number | undefined {
    return this.#leaders.get(partition);
  }

  /** Partitions that are led elsewhere than before, or are no more. */
  change(view: TopicView): readonly number[] {
    const before = this.#leaders;
    this.#leaders = new Map(view.partitions.map(({ partition, leader }) => [partition, leader]));
    this.#partitions = view.partitions;
    return [...before.keys()].filter((partition) => before.get(partition) !== this.#leaders.get(partition));
  }
}
