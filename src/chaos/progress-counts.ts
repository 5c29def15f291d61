import type { History } from '../verdict/history.js';
import type { Seen } from './clients/workload.js';
import type { ProgressSample } from './report/progress.js';

interface GroupCount {
  readonly name: string;
  readonly topics: ReadonlySet<string>;
  delivered: number;
  /** Posts that were given at least once. */
  readonly seen: Set<number>;
  /** How many posts are known to be written. */
  due: number;
}

/** Counts what clients have seen so far; each look goes on where the one before has stopped. */
export class ProgressCounts {
  readonly #groups: readonly GroupCount[];
  #posts = 0;
  #deliveries = 0;
  #settled = 0;
  #unknown = 0;

  constructor(groups: History['groups']) {
    this.#groups = groups.map(({ name, topics }) => ({
      name,
      topics: new Set(topics),
      delivered: 0,
      seen: new Set(),
      due: 0,
    }));
  }

  look(nowMs: number, { posts, deliveries }: Seen, faults: readonly string[]): ProgressSample {
    for (; this.#posts < posts.length; this.#posts++) {
      const { outcome, topic } = posts[this.#posts]!;
      if (outcome === 'unknown') this.#unknown++;
      if (outcome !== 'written' && outcome !== 'accepted') continue;
      this.#settled++;
      for (const group of this.#groups) if (group.topics.has(topic)) group.due++;
    }
    for (; this.#deliveries < deliveries.length; this.#deliveries++) {
      const { group, post } = deliveries[this.#deliveries]!;
      const count = this.#groups.find(({ name }) => name === group);
      if (!count) continue;
      count.delivered++;
      count.seen.add(post);
    }
    return {
      nowMs,
      posted: posts.length,
      writtenOrAccepted: this.#settled,
      unknown: this.#unknown,
      groups: this.#groups.map(({ name, delivered, seen, due }) => ({
        name,
        delivered,
        // One whose outcome nobody knows may have been given as well.
        notYetDelivered: Math.max(0, due - seen.size),
      })),
      faults,
    };
  }
}
