import { PixyError } from '../../errors/pixy-error.js';
import {
  producerBatcherMachine,
  type BatchResult,
  type ProducerBatcherEffects,
  type ProducerBatcherEvent,
  type ProducerBatcherInput,
} from '../../machines/producer-batcher.js';
import type { ActorBody, ActorKind, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { suspectTopic } from '../metadata/watch-topic.js';
import { workerRestart } from '../restart.js';
import { RoundTrips } from '../round-trips.js';
import type { AcceptedRecords } from './accepted-records.js';
import { Batch, type Attempt } from './batch.js';
import type { PartitionQueue } from './partition-queue.js';
import { givenUp } from './refusal.js';
import { senderAddress } from './produce-sender.js';
import { QuietWatch } from './quiet-watch.js';
import type { TopicRouting } from './topic-routing.js';

/** Keeps one batch's encoding, and the time that it takes the loop, small also for tiny messages. */
const batchRecordsMax = 5000;
/**
 * A batch that nothing was heard of for so long is handed to its sender once more, and its leader is looked up: a broker that
 * is frozen does not say that it leads no more, and nothing else may have asked for long.
 */
const attemptOverdueMs = 2500;
/** A broker that works says within this time what became of a batch; one that is frozen says nothing for much longer. */
const lastAnswerMs = 1000;

export interface ProducerBatcherArgs {
  readonly services: ClusterServices;
  readonly accepted: AcceptedRecords;
  readonly queue: PartitionQueue;
  readonly routing: TopicRouting;
}

class ProducerBatcherBody implements ActorBody<typeof producerBatcherMachine>, ProducerBatcherEffects {
  readonly input: ProducerBatcherInput;
  readonly #shell: Shell<ProducerBatcherEvent>;
  readonly #services: ClusterServices;
  readonly #accepted: AcceptedRecords;
  readonly #queue: PartitionQueue;
  readonly #routing: TopicRouting;
  readonly #quiet: QuietWatch;
  /** From the first time that a batch was handed to a sender to the word that it is written. */
  readonly #batches = new RoundTrips();
  #messages = 0;
  #lastBatch = 0;

  constructor(shell: Shell<ProducerBatcherEvent>, { services, accepted, queue, routing }: ProducerBatcherArgs) {
    this.#shell = shell;
    this.#services = services;
    this.#accepted = accepted;
    this.#queue = queue;
    this.#routing = routing;
    const { idleTimeoutMs, retryBackoffMs, retryBackoffMaxMs } = services.config.producer;
    this.#quiet = new QuietWatch(
      shell.clock,
      Math.min(idleTimeoutMs, attemptOverdueMs / 2),
      () => (queue.busy ? attemptOverdueMs : idleTimeoutMs),
      () => shell.self({ type: 'quiet.passed' }),
    );
    queue.listening = false;
    this.input = {
      effects: this,
      left: queue.busy ? 1 : 0,
      draining: queue.draining,
      retryBackoffMs,
      retryBackoffMaxMs,
      lastAnswerMs,
    };
  }

  awaitRecords(): void {
    this.#queue.listening = true;
  }

  writeBatch(): void {
    this.#quiet.touch();
    const { batchBytesMax } = this.#services.config.producer;
    const limits = { bytesMax: batchBytesMax, recordsMax: batchRecordsMax };
    const batch = this.#queue.take(limits, this.#shell.clock.wallMs());
    // Whoever waited for what was here has left.
    if (!batch) return this.#refuse(new Batch(this.#queue, []).startAttempt(), new PixyError('deadline-passed', {}));
    if (batch.requestsUnderWay > 0) suspectTopic(this.#shell, this.#services.cluster, this.#queue.topic);
    const attempt = batch.startAttempt();
    if (batch.abandoned) return this.#refuse(attempt, new PixyError('deadline-passed', {}));
    const leader = this.#routing.leaderOf(this.#queue.partition);
    if (leader === undefined) return this.#refuse(attempt, new PixyError('produce-unknown-topic', {}));
    if (leader < 0) return this.#fail(attempt);
    if (!this.#queue.giveSequence(batch)) return this.#identify(attempt);
    this.#batches.sent(this.#shell.clock.nowMs());
    const error = this.#shell.tell(senderAddress(this.#services.cluster, leader), {
      type: 'batches.ready',
      attempts: [attempt],
    });
    if (error) this.#fail(attempt);
  }

  settleBatch(result: BatchResult): void {
    this.#quiet.touch();
    const { batch } = this.#queue;
    if (batch && result.kind === 'written') this.#queue.noteWritten(batch);
    else if (batch) this.#queue.noteGivenUp(batch);
    const records = this.#queue.release();
    if (result.kind === 'written') this.#noteWritten(records.length);
    else this.#batches.failed();
    if (result.kind === 'written') this.#acknowledge(records, result.baseOffset);
    else this.#tellRefused(records, result.error as PixyError);
    for (const record of records) this.#accepted.release(record);
  }

  #noteWritten(messages: number): void {
    this.#batches.answered(this.#shell.clock.nowMs());
    this.#messages += messages;
    this.#lastBatch = messages;
  }

  splitBatch(): void {
    this.#batches.failed();
    this.#queue.split();
  }

  describe() {
    const { batch, waiting } = this.#queue;
    return {
      waiting,
      inFlight: batch?.records.length ?? 0,
      inFlightBytes: batch?.bytes ?? 0,
      failures: batch?.failures ?? 0,
      batches: this.#batches.count,
      messages: this.#messages,
      lastBatch: this.#lastBatch,
      lastMs: this.#batches.lastMs,
      maxMs: this.#batches.maxMs,
      meanMs: this.#batches.meanMs,
    };
  }

  #refuse(attempt: Attempt, error: PixyError): void {
    this.#shell.self({ type: 'batch.settled', attempt, result: { kind: 'refused', error } });
  }

  #fail(attempt: Attempt): void {
    this.#shell.self(this.#failed(attempt));
  }

  #failed(attempt: Attempt): ProducerBatcherEvent {
    const failures = ++attempt.batch.failures;
    const { retryMax } = this.#services.config.producer;
    return retryMax < 0 || failures <= retryMax
      ? { type: 'batch.failed', attempt, failures }
      : { type: 'batch.settled', attempt, result: { kind: 'refused', error: givenUp('unreachable', attempt.batch) } };
  }

  #identify(attempt: Attempt): void {
    const { signal, log } = this.#shell;
    this.#shell.settle(
      this.#accepted.identities.ask(signal, log),
      () => ({ type: 'identity.known', attempt }),
      () => this.#failed(attempt),
    );
  }

  /** `baseOffset` -1: it was written before, and where is not known any more. */
  #acknowledge(records: ReturnType<PartitionQueue['release']>, baseOffset: number): void {
    const { partition } = this.#queue;
    const counts = baseOffset >= 0 && this.#services.config.producer.requiredAcks !== 'no_response';
    for (let at = 0; at < records.length; at++)
      records[at]!.ask?.reply({ partition, offset: counts ? baseOffset + at : baseOffset });
  }

  #tellRefused(records: ReturnType<PartitionQueue['release']>, error: PixyError): void {
    let lost = 0;
    for (const { ask } of records) {
      if (ask) ask.refuse(error);
      else lost++;
    }
    if (lost === 0) return;
    const { topic, partition } = this.#queue;
    this.#shell.log.error({ topic, partition, messages: lost }, `accepted messages were dropped: ${error.message}`);
  }
}

export const producerBatcherKind: ActorKind<typeof producerBatcherMachine, ProducerBatcherArgs> = {
  name: 'producer-batcher',
  machine: producerBatcherMachine,
  restart: workerRestart,
  mailboxRequestsMax: 0,
  build: (shell, args) => new ProducerBatcherBody(shell, args),
};
