import type { FetchRequest, FetchResult, KafkaFailure } from '../../kafka/port.js';
import { fetcherMachine, type FetcherEffects, type FetcherEvent, type FetchTargetRef } from '../../machines/fetcher.js';
import type { ActorKind, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { suspectTopic } from '../metadata/watch-topic.js';
import { workerRestart } from '../restart.js';
import { RoundTrips } from '../round-trips.js';
import { partitionKey } from './partition-key.js';

/** A partition that is read: lent by its owner, and taken back at its end. */
export interface FetchTarget extends FetchTargetRef {
  readonly topic: string;
  readonly partition: number;
  /** Where to read on. */
  readonly fetchOffset: number;
  /** How many bytes it can take; 0: none for now. */
  readonly roomBytes: number;
  /** Nothing lies in its buffer, so that one message is due whatever the budget says. */
  readonly isEmpty: boolean;
  /** `asked`: the offset that was read at. An answer to an earlier position is none of what is read now. */
  fetched(result: FetchResult, asked: number): void;
  /** It was left out for want of memory: once its buffer is empty it says `partition.room`. */
  leftOut(): void;
}

type Targets = ReadonlyMap<string, FetchTarget>;
type Asked = FetchRequest['partitions'];

export interface FetcherArgs {
  readonly services: ClusterServices;
  readonly group: string;
  readonly broker: number;
}

/**
 * One answer as a whole, which lies in memory up to three times while it is read. Far below what the original asks for (100
 * MiB): partitions that an answer has no room for stand in front in the next.
 */
const fetchAnswerBytesMax = 4 * 1024 * 1024;

/** However many partitions share the budget: a fetch below that costs more than it brings. */
const fetchBytesMin = 64 * 1024;

class FetcherBody implements FetcherEffects {
  readonly #shell: Shell<FetcherEvent>;
  readonly #args: FetcherArgs;
  targets: Targets;
  readonly #polls = new RoundTrips();
  #records = 0;
  #failing = false;

  constructor(shell: Shell<FetcherEvent>, args: FetcherArgs, targets: Targets) {
    this.#shell = shell;
    this.#args = args;
    this.targets = targets;
  }

  keepTargets(targets: ReadonlyMap<string, FetchTargetRef>): void {
    this.targets = targets as Targets;
  }

  fetch(refs: ReadonlyMap<string, FetchTargetRef>): void {
    const { services, group, broker } = this.#args;
    const targets = refs as Targets;
    const { partitions, reservedBytes } = this.#askedFor(targets);
    if (partitions.length === 0) {
      this.#shell.self({ type: 'fetched', wanting: 0 });
      return;
    }
    const request: FetchRequest = {
      maxWaitMs: services.config.consumer.fetchMaxWaitMs,
      minBytes: 1,
      maxBytes: fetchAnswerBytesMax,
      partitions,
    };
    const { clock } = this.#shell;
    this.#polls.sent(clock.nowMs());
    const answer = services.kafka.fetch(broker, group, request, this.#shell.signal).finally(() => {
      services.budget.give('fetched-not-offered', reservedBytes);
    });
    this.#shell.settle(
      answer,
      (results) => {
        this.#polls.answered(clock.nowMs());
        return { type: 'fetched', wanting: this.#handOut(targets, partitions, results) };
      },
      (error) => {
        this.#polls.failed();
        return { type: 'fetch.failed', error };
      },
    );
  }

  /** One entry for each partition with room, as far as the budget reaches; an empty one is always asked for. */
  #askedFor(targets: Targets) {
    const { budget, config } = this.#args.services;
    const partitions: Asked[number][] = [];
    let reservedBytes = 0;
    // What a poll may bring is reserved while it waits: so many idle partitions must not keep all of it from each other.
    const fairBytes = Math.max(fetchBytesMin, Math.floor(budget.limit('fetched-not-offered') / 2 / targets.size));
    for (const target of targets.values()) {
      if (target.roomBytes === 0) continue;
      const wantedBytes = Math.min(target.roomBytes, config.consumer.fetchMaxBytes, fairBytes);
      const granted = budget.tryTake('fetched-not-offered', wantedBytes);
      if (!granted && !target.isEmpty) {
        target.leftOut();
        continue;
      }
      if (granted) reservedBytes += wantedBytes;
      const { topic, partition, fetchOffset: offset } = target;
      // Brokers send the first message whole however small the limit is.
      partitions.push({ topic, partition, offset, maxBytes: granted ? wantedBytes : 1 });
    }
    return { partitions, reservedBytes };
  }

  #handOut(targets: Targets, asked: Asked, results: readonly FetchResult[]): number {
    const offsets = new Map(asked.map(({ topic, partition, offset }) => [partitionKey(topic, partition), offset]));
    for (const result of results) {
      this.#records += result.records.length;
      const key = partitionKey(result.topic, result.partition);
      targets.get(key)?.fetched(result, offsets.get(key) ?? -1);
    }
    let wanting = 0;
    // Of those that are read by now: some came while the poll was under way.
    for (const target of this.targets.values()) if (target.roomBytes > 0) wanting++;
    return wanting;
  }

  noteFailure(error: unknown, refs: ReadonlyMap<string, FetchTargetRef>): void {
    const { services, broker, group } = this.#args;
    const topics = new Set([...(refs as Targets).values()].map(({ topic }) => topic));
    for (const topic of topics) suspectTopic(this.#shell, services.cluster, topic);
    if (this.#failing) return;
    this.#failing = true;
    const { message } = error as KafkaFailure;
    this.#shell.log.warn({ broker, group, reason: message }, 'cannot read from this broker, trying on');
  }

  noteSuccess(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#shell.log.info({ broker: this.#args.broker, group: this.#args.group }, 'reading from this broker again');
  }

  describe() {
    return {
      broker: this.#args.broker,
      partitions: this.targets.size,
      polls: this.#polls.count,
      records: this.#records,
      lastMs: this.#polls.lastMs,
    };
  }
}

/** Its list of partitions outlives a crash: their owners do not ask a second time to be read. */
export const fetcherKind: ActorKind<typeof fetcherMachine, FetcherArgs, Targets> = {
  name: 'fetcher',
  machine: fetcherMachine,
  restart: workerRestart,
  mailboxRequestsMax: 1,
  build(shell, args, kept) {
    const body = new FetcherBody(shell, args, kept ?? new Map());
    return {
      input: {
        effects: body,
        targets: body.targets,
        retryBackoffMs: args.services.config.consumer.retryBackoffMs,
      },
      describe: () => body.describe(),
      ended: () => ({ kept: body.targets, asks: [] }),
    };
  },
};
