import type { MetadataAnswer, MetadataOutlook } from '../../machines/topic-metadata.js';
import type { TopicView } from '../../machines/topic-view.js';

/** How long a topic must be said to be unknown before it is believed. A broker that just started says so of every topic. */
export interface Patience {
  readonly neverKnownMs: number;
  /** For a topic that was known: what was accepted for it is dropped when it is believed to be gone. */
  readonly knownBeforeMs: number;
}

const topicsMax = 10_000;
/** Of one topic. */
const watchersMax = 10_000;

/** A view that differs from the one before. */
export interface TopicChange {
  readonly before: TopicView | undefined;
  readonly view: TopicView;
  readonly watchers: readonly string[];
}

interface WatchedTopic {
  readonly topic: string;
  readonly watchers: Set<string>;
  view: TopicView | undefined;
  /** Since when it is said to be unknown. */
  unknownSinceMs: number | undefined;
}

type AnsweredTopic = MetadataAnswer['topics'][number];
type Judgement = { readonly view: TopicView | undefined; readonly outlook: MetadataOutlook; readonly unknown: boolean };

/** Who watches which topic, and what is known of each. */
export class TopicDirectory {
  readonly #topics = new Map<string, WatchedTopic>();
  readonly #patience: Patience;
  /** False from a request that no broker answered until the next that one did. */
  reachable: boolean | undefined;
  /** Why they did not, when somebody has to correct that. */
  refusal: string | undefined;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  get size(): number {
    return this.#topics.size;
  }

  /** Topics that there are none of, and topics with a partition that nobody leads. */
  troubled(): { readonly unknown: number; readonly leaderless: number } {
    let unknown = 0;
    let leaderless = 0;
    for (const { view } of this.#topics.values()) {
      if (view?.state === 'unknown') unknown++;
      else if (view?.partitions.some(({ leader }) => leader < 0)) leaderless++;
    }
    return { unknown, leaderless };
  }

  /** False when a limit would be passed. */
  hasRoomFor(topic: string): boolean {
    const watched = this.#topics.get(topic);
    return watched ? watched.watchers.size < watchersMax : this.#topics.size < topicsMax;
  }

  /** What can be told at once; `undefined`: nothing, until a broker was asked. */
  watch(topic: string, watcher: string): TopicView | undefined {
    let watched = this.#topics.get(topic);
    if (!watched) {
      watched = { topic, watchers: new Set(), view: undefined, unknownSinceMs: undefined };
      if (this.reachable === false) watched.view = this.#unreachable(topic, []);
      this.#topics.set(topic, watched);
    }
    watched.watchers.add(watcher);
    return watched.view;
  }

  unwatch(topic: string, watcher: string): void {
    const watched = this.#topics.get(topic);
    watched?.watchers.delete(watcher);
    if (watched?.watchers.size === 0) this.#topics.delete(topic);
  }

  /** Takes out watchers that are no more. */
  prune(lives: (watcher: string) => boolean): void {
    for (const { topic, watchers } of [...this.#topics.values()]) {
      for (const watcher of [...watchers]) if (!lives(watcher)) this.unwatch(topic, watcher);
    }
  }

  /** How it stands after this answer, which is not learned yet. */
  outlook(answer: MetadataAnswer, nowMs: number): MetadataOutlook {
    const answered = byTopic(answer);
    let outlook: MetadataOutlook = 'settled';
    for (const watched of this.#topics.values()) {
      const found = answered.get(watched.topic);
      const judged = found ? this.#judge(watched, found, nowMs).outlook : 'unsettled';
      if (judged === 'unsure') return 'unsure';
      if (judged === 'unsettled') outlook = 'unsettled';
    }
    return outlook;
  }

  learn(answer: MetadataAnswer, nowMs: number): readonly TopicChange[] {
    this.reachable = true;
    this.refusal = undefined;
    const changes: TopicChange[] = [];
    for (const [topic, found] of byTopic(answer)) {
      const watched = this.#topics.get(topic);
      if (!watched) continue;
      const { view, unknown } = this.#judge(watched, found, nowMs);
      watched.unknownSinceMs = unknown ? (watched.unknownSinceMs ?? nowMs) : undefined;
      if (view) this.#change(watched, view, changes);
    }
    return changes;
  }

  loseSight(refusal: string | undefined): readonly TopicChange[] {
    this.reachable = false;
    this.refusal = refusal;
    const changes: TopicChange[] = [];
    for (const watched of this.#topics.values()) {
      watched.unknownSinceMs = undefined;
      const partitions = watched.view?.partitions ?? [];
      this.#change(watched, this.#unreachable(watched.topic, partitions), changes);
    }
    return changes;
  }

  #unreachable(topic: string, partitions: TopicView['partitions']): TopicView {
    const { refusal } = this;
    return { topic, state: 'unreachable', ...(refusal !== undefined && { refusal }), partitions };
  }

  #change(watched: WatchedTopic, view: TopicView, changes: TopicChange[]): void {
    const before = watched.view;
    if (before && isSame(before, view)) return;
    watched.view = view;
    changes.push({ before, view, watchers: [...watched.watchers] });
  }

  /** What an answer means for a topic; no view: for the time being what was known stays. */
  #judge(watched: WatchedTopic, found: AnsweredTopic, nowMs: number): Judgement {
    const { topic, error } = found;
    const unknownView: TopicView = { topic, state: 'unknown', partitions: [] };
    if (error === 'INVALID_TOPIC') return { view: unknownView, outlook: 'settled', unknown: false };
    if (error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'TOPIC_AUTHORIZATION_FAILED') {
      const wasKnown = (watched.view?.partitions.length ?? 0) > 0;
      const patienceMs = wasKnown ? this.#patience.knownBeforeMs : this.#patience.neverKnownMs;
      const sinceMs = watched.unknownSinceMs ?? nowMs;
      const believed = watched.view?.state === 'unknown' || nowMs - sinceMs >= patienceMs;
      if (believed) return { view: unknownView, outlook: 'unsettled', unknown: true };
      return { view: undefined, outlook: wasKnown ? 'unsettled' : 'unsure', unknown: true };
    }
    // Being created, or an error of the broker's that passes.
    if (found.partitions.length === 0) return { view: undefined, outlook: 'unsettled', unknown: false };
    const partitions = found.partitions.map(({ partition, leader }) => ({ partition, leader }));
    const outlook = partitions.every(({ leader }) => leader >= 0) ? 'settled' : 'unsettled';
    return { view: { topic, state: 'known', partitions }, outlook, unknown: false };
  }
}

const byTopic = (answer: MetadataAnswer) => new Map(answer.topics.map((topic) => [topic.topic, topic]));

const isSame = (a: TopicView, b: TopicView) =>
  a.state === b.state &&
  a.refusal === b.refusal &&
  a.partitions.length === b.partitions.length &&
  a.partitions.every(({ partition, leader }, at) => {
    const other = b.partitions[at]!;
    return partition === other.partition && leader === other.leader;
  });
