import type { Clock, TimerHandle } from '../host/host.js';
import type { Commit, History } from '../verdict/history.js';
import type { KafkaView, Position } from './kafka-view.js';

/** From the end of one look to the beginning of the next. */
const pauseMs = 1000;
/** Some hours' worth. What is seen later is left out. */
const commitsMax = 500_000;

export interface CommitWatchOptions {
  readonly kafka: Pick<KafkaView, 'committedBy'>;
  readonly clock: Clock;
  /** Milliseconds from the beginning of the load. */
  readonly nowMs: () => number;
  readonly groups: History['groups'];
  /** Where the logs began. */
  readonly positions: readonly Position[];
}

/**
 * Looks again and again how far groups have committed, at Kafka itself, and notes what has changed. While a coordinator is away
 * nothing is noted. What is acknowledged above a position is not read.
 */
export class CommitWatch {
  readonly commits: Commit[] = [];
  readonly #options: CommitWatchOptions;
  /** The offset that was seen last, by group and partition. */
  readonly #latest = new Map<string, number>();
  #hasStopped = false;
  #timer: TimerHandle | undefined;

  constructor(options: CommitWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lookLater();
  }

  /** A look that is under way changes nothing any more. */
  stop(): void {
    this.#hasStopped = true;
    if (this.#timer) this.#options.clock.clearTimeout(this.#timer);
  }

  /** How it stands, now that it will not change any more: noted for each partition. @throws ChaosError: no broker says */
  async lookAtLast(): Promise<void> {
    this.stop();
    for (const group of this.#options.groups) this.#note(group.name, await this.#committedBy(group), true);
  }

  #lookLater(): void {
    if (this.#hasStopped) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#look().then(() => this.#lookLater()), pauseMs);
  }

  async #look(): Promise<void> {
    for (const group of this.#options.groups) {
      // What nobody can say now is asked with more patience at last.
      const positions = await this.#committedBy(group, 0).catch(() => []);
      if (!this.#hasStopped) this.#note(group.name, positions, false);
    }
  }

  #committedBy({ name, topics }: History['groups'][number], forMs?: number): Promise<readonly Position[]> {
    const { kafka, positions } = this.#options;
    const ofGroup = positions.filter(({ topic }) => topics.includes(topic));
    return kafka.committedBy(name, ofGroup, forMs);
  }

  #note(group: string, positions: readonly Position[], isLast: boolean): void {
    const atMs = this.#options.nowMs();
    for (const position of positions) {
      const key = `${group} ${position.topic}/${position.partition}`;
      const isKnown = this.#latest.get(key) === position.offset;
      if ((isKnown || this.commits.length >= commitsMax) && !isLast) continue;
      this.#latest.set(key, position.offset);
      this.commits.push({ ...position, group, atMs, daemon: undefined, acked: [], takenMs: atMs });
    }
  }
}
