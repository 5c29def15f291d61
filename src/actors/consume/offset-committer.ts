import type { CommitResult } from '../../kafka/port.js';
import {
  offsetCommitterMachine,
  type CommitResultSummary,
  type CommitSourceRef,
  type OffsetCommitterEffects,
  type OffsetCommitterEvent,
} from '../../machines/offset-committer.js';
import type { ActorKind, Ask, RequestOf, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { workerRestart } from '../restart.js';
import { RoundTrips } from '../round-trips.js';
import { partitionKey } from './partition-key.js';
import { coordinatorErrors, type GroupCoordinator } from './group-coordinator.js';
import type { TrackedPosition } from './offset-tracker.js';

/** Where the position of one partition is read: lent by its owner, and taken back at its end. */
export interface CommitSource extends CommitSourceRef {
  readonly topic: string;
  readonly partition: number;
  /** What is to be committed and is not yet; `undefined`: nothing, or it may not be by now. */
  pending(): TrackedPosition | undefined;
  /** It was told of something to be committed that is not yet. Costs nothing to ask. */
  readonly moved: boolean;
  /** There is something, which may not be committed as long as the session is not trusted. It may be again. */
  readonly heldBack: boolean;
  committed(position: TrackedPosition): void;
  /** The broker's limit for metadata is lower than ours. */
  shortenMetadata(): void;
}

/** Answered when what had moved of this source is committed; at once if nothing has. */
export type FlushRequest = RequestOf<null, { readonly type: 'flush'; readonly source: CommitSource }>;

export interface OffsetCommitterArgs {
  readonly services: ClusterServices;
  readonly coordinator: GroupCoordinator;
}

interface Flush {
  readonly source: CommitSource;
  readonly ask: Ask<null>;
}

/** Flushes that may wait at a time: one for each partition that is released. */
const flushesMax = 10_000;
/** Coordinators that just started, and those that have not heard of a new topic, say of it that there is none. */
const topicGoneAfterMs = 10_000;

class OffsetCommitterBody implements OffsetCommitterEffects {
  readonly #shell: Shell<OffsetCommitterEvent>;
  readonly #args: OffsetCommitterArgs;
  readonly sources: Map<string, CommitSource>;
  #flushes: Flush[] = [];
  readonly #commits = new RoundTrips();
  #failures = 0;
  #failing: string | undefined;
  /** Since when it is said that there is no such topic. */
  readonly #unknownSinceMs = new WeakMap<CommitSource, number>();

  constructor(shell: Shell<OffsetCommitterEvent>, args: OffsetCommitterArgs, sources: Map<string, CommitSource>) {
    this.#shell = shell;
    this.#args = args;
    this.sources = sources;
  }

  addSource(source: CommitSourceRef): void {
    this.sources.set(source.key, source as CommitSource);
  }

  removeSource(source: CommitSourceRef): void {
    if (this.sources.get(source.key) === source) this.sources.delete(source.key);
  }

  addFlush(ask: Ask<null>): OffsetCommitterEvent | undefined {
    const { source } = ask.request as FlushRequest;
    if (!source.pending()) {
      ask.reply(null);
      return undefined;
    }
    this.#flushes.push({ source, ask });
    return { type: 'flush' };
  }

  async commit(): Promise<CommitResultSummary> {
    const moved = [...this.sources.values()].flatMap((source) => {
      const position = source.pending();
      return position ? [{ source, position }] : [];
    });
    if (moved.length === 0) {
      this.#settleFlushes();
      return { dirty: this.#isDirty, failed: false };
    }
    const { coordinator, services } = this.#args;
    const { clock } = this.#shell;
    this.#commits.sent(clock.nowMs());
    const results = await coordinator.ask(this.#shell.signal, (broker) =>
      services.kafka.commitOffsets(
        broker,
        coordinator.group,
        moved.map(({ source: { topic, partition }, position }) => ({ topic, partition, ...position })),
        this.#shell.signal,
      ),
    );
    this.#commits.answered(clock.nowMs());
    const answers = new Map(results.map((result) => [partitionKey(result.topic, result.partition), result]));
    let failure: string | undefined;
    for (const { source, position } of moved) {
      const answer = answers.get(source.key);
      if (answer?.error === null) this.#committed(source, position);
      else failure = this.#refused(source, position, answer) ?? failure;
    }
    this.#noteOutcome(failure);
    this.#settleFlushes();
    return { dirty: this.#isDirty, failed: failure !== undefined };
  }

  /** Also while it is held back, as nobody tells of it a second time. */
  get #isDirty(): boolean {
    return [...this.sources.values()].some((source) => source.heldBack || source.pending() !== undefined);
  }

  /** What to do about a refused position; the name of the error if it is to be tried again. */
  #refused(source: CommitSource, position: TrackedPosition, answer: CommitResult | undefined): string | undefined {
    const error = answer?.error ?? 'no answer for the partition';
    if (coordinatorErrors.has(error)) this.#args.coordinator.moved();
    if (error === 'OFFSET_METADATA_TOO_LARGE') source.shortenMetadata();
    if (error !== 'UNKNOWN_TOPIC_OR_PARTITION') return error;
    const nowMs = this.#shell.clock.nowMs();
    const sinceMs = this.#unknownSinceMs.get(source) ?? nowMs;
    this.#unknownSinceMs.set(source, sinceMs);
    if (nowMs - sinceMs < topicGoneAfterMs) return error;
    const { topic, partition } = source;
    this.#shell.log.warn({ topic, partition }, 'the topic is gone, its offset is not committed any more');
    this.#committed(source, position);
    return undefined;
  }

  #committed(source: CommitSource, position: TrackedPosition): void {
    this.#unknownSinceMs.delete(source);
    source.committed(position);
  }

  #settleFlushes(): void {
    this.#flushes = this.#flushes.filter(({ source, ask }) => {
      if (source.pending()) return ask.open;
      ask.reply(null);
      return false;
    });
  }

  logFailure(error: unknown): void {
    this.#commits.failed();
    this.#noteOutcome(error instanceof Error ? error.message : String(error));
  }

  #noteOutcome(failure: string | undefined): void {
    if (failure !== undefined) this.#failures++;
    if (failure === this.#failing) return;
    this.#failing = failure;
    const { group } = this.#args.coordinator;
    if (failure === undefined) this.#shell.log.info({ group }, 'offsets are committed again');
    else {
      const hint =
        failure === 'UNKNOWN_MEMBER_ID' || failure === 'ILLEGAL_GENERATION'
          ? 'a group of this name is active by the protocol of the brokers; end its consumers, or use another name'
          : 'trying on; what is not committed comes again after a restart';
      this.#shell.log.warn({ group, reason: failure, hint }, 'offsets cannot be committed');
    }
  }

  describe() {
    let dirty = 0;
    for (const { moved } of this.sources.values()) if (moved) dirty++;
    return {
      partitions: this.sources.size,
      dirty,
      flushes: this.#flushes.length,
      commits: this.#commits.count,
      failures: this.#failures,
      lastMs: this.#commits.lastMs,
    };
  }
}

/** Writes the offsets of one group. Its list of sources outlives a crash. */
export const offsetCommitterKind: ActorKind<
  typeof offsetCommitterMachine,
  OffsetCommitterArgs,
  Map<string, CommitSource>
> = {
  name: 'offset-committer',
  machine: offsetCommitterMachine,
  restart: workerRestart,
  mailboxRequestsMax: flushesMax,
  build(shell, args, kept) {
    const body = new OffsetCommitterBody(shell, args, kept ?? new Map());
    // An incarnation before may have been told of what has moved.
    if (kept) shell.self({ type: 'position.moved' });
    return {
      input: {
        effects: body,
        commitIntervalMs: args.services.config.consumer.offsetsCommitIntervalMs,
        retryBackoffMs: args.services.config.consumer.retryBackoffMs,
      },
      receive: (ask) => body.addFlush(ask as Ask<null>),
      describe: () => body.describe(),
      ended: () => ({ kept: body.sources, asks: [] }),
    };
  },
};
