import type { PixyError } from '../../errors/pixy-error.js';
import { KafkaFailure, type BrokerId, type ProduceRequest, type ProduceResult } from '../../kafka/port.js';
import { verdictOnBrokerError, verdictOnFailure, type ErrorVerdict } from '../../machines/kafka-errors.js';
import type { BatchAttempt } from '../../machines/producer-batcher.js';
import {
  produceSenderMachine,
  type ProduceSenderEffects,
  type ProduceSenderEvent,
  type ProduceSenderInput,
} from '../../machines/produce-sender.js';
import { accessDenied } from '../access-denied.js';
import { joinAddress } from '../bus/address.js';
import type { ActorBody, ActorEnd, ActorKind, Address, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { suspectTopic } from '../metadata/watch-topic.js';
import { workerRestart } from '../restart.js';
import { RoundTrips } from '../round-trips.js';
import type { Attempt } from './batch.js';
import { Outbox } from './outbox.js';
import { QuietWatch } from './quiet-watch.js';
import { givenUp, isDivisible, refusal } from './refusal.js';

const acksOf = { wait_for_all: -1, wait_for_local: 1, no_response: 0 } as const;
/** What a broker says of a sequence that it cannot place; the batch is certain not to lie there under it. */
const unknownSequence: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'UNKNOWN_PRODUCER_ID',
]);
/**
 * While a request is put together it lies in memory several times, beside what it is made of. Far below the limit of brokers
 * (socket.request.max.bytes, 100 MiB as they come), and large enough to keep one busy.
 */
const requestBytesMax = 4 * 1024 * 1024;
const requestPartitionsMax = 1000;
/** A broker that does not answer is left alone that long at the most; batchers back off too, for longer. */
const brokerBackoffMaxMs = 500;

export const senderAddress = (cluster: string, broker: BrokerId) =>
  joinAddress(cluster, 'sender', String(broker)) as Address<ProduceSenderEvent>;

export interface ProduceSenderArgs {
  readonly services: ClusterServices;
  readonly broker: BrokerId;
}

type Body = ActorBody<typeof produceSenderMachine, readonly Attempt[]>;

class ProduceSenderBody implements Body, ProduceSenderEffects {
  readonly input: ProduceSenderInput;
  readonly #shell: Shell<ProduceSenderEvent>;
  readonly #services: ClusterServices;
  readonly #broker: BrokerId;
  readonly #quiet: QuietWatch;
  readonly #outbox = new Outbox();
  readonly #requests = new RoundTrips();
  #failures = 0;

  constructor(shell: Shell<ProduceSenderEvent>, { services, broker }: ProduceSenderArgs, left: readonly Attempt[]) {
    this.#shell = shell;
    this.#services = services;
    this.#broker = broker;
    this.#outbox.keep(left);
    const { idleTimeoutMs, retryBackoffMs } = services.config.producer;
    this.#quiet = new QuietWatch(
      shell.clock,
      idleTimeoutMs,
      () => idleTimeoutMs,
      () => shell.self({ type: 'quiet.passed' }),
    );
    this.input = { effects: this, left: left.length, retryBackoffMs, retryBackoffMaxMs: brokerBackoffMaxMs };
  }

  keepReady(attempts: readonly BatchAttempt[]): void {
    this.#outbox.keep(attempts as readonly Attempt[]);
  }

  sendRequest(): void {
    this.#quiet.touch();
    const partitions = this.#outbox.load({ bytesMax: requestBytesMax, partitionsMax: requestPartitionsMax });
    if (partitions.length === 0) {
      this.#shell.self({ type: 'request.answered', results: [], ready: this.#outbox });
      return;
    }
    const { kafka, config } = this.#services;
    const { requiredAcks, timeoutMs, compression } = config.producer;
    const request: ProduceRequest = { requiredAcks: acksOf[requiredAcks], timeoutMs, compression, partitions };
    const { clock } = this.#shell;
    this.#requests.sent(clock.nowMs());
    this.#shell.settle(
      kafka.produce(this.#broker, request, this.#shell.signal),
      (results) => {
        this.#requests.answered(clock.nowMs());
        this.#failures = 0;
        return { type: 'request.answered', results, ready: this.#outbox };
      },
      (failure) => {
        this.#requests.failed();
        const gone = failure instanceof KafkaFailure && failure.kind === 'unknown-broker';
        return { type: 'request.failed', failure, gone, failures: ++this.#failures };
      },
    );
  }

  deliverResults(results: readonly object[]): void {
    const attempts = this.#outbox.unload();
    if (attempts.length === 0) return;
    const byPartition = new Map<string, ProduceResult>();
    for (const result of results as readonly ProduceResult[]) {
      byPartition.set(`${result.topic}/${result.partition}`, result);
    }
    const suspects = new Set<string>();
    for (const attempt of attempts) {
      const { topic, partition } = attempt.batch.queue;
      const result = byPartition.get(`${topic}/${partition}`);
      // A duplicate has been written; so long ago that the broker does not say where.
      if (result && (result.error === null || result.error === 'DUPLICATE_SEQUENCE_NUMBER')) {
        // No request carries it any more, but until its batcher hears of this it must not be taken for one that was never sent.
        attempt.batch.mayBeWritten = true;
        this.#tell(attempt, { kind: 'written', baseOffset: result.baseOffset });
        continue;
      }
      // A partition that the broker said nothing of is like an answer that was lost.
      const verdict = result
        ? verdictOnBrokerError(result.error!)
        : verdictOnFailure({ kind: 'timeout', brokerError: undefined });
      if (verdict.lookAgain) suspects.add(topic);
      this.#deliverFailure(attempt, result?.error ?? 'no result', verdict);
    }
    this.#suspect(suspects);
  }

  returnSent(failure: unknown): void {
    this.#return(this.#outbox.unload(), failure);
  }

  returnReady(failure: unknown): void {
    this.#return(this.#outbox.clear(), failure);
  }

  ended(end: ActorEnd) {
    const sent = this.#outbox.unload();
    for (const { batch } of sent) batch.mayBeWritten = true;
    // What a batch was refused for here is not known any more; its batcher hands it over again after a while.
    return end.how === 'crashed' ? { kept: [...sent, ...this.#outbox.clear()], asks: [] } : undefined;
  }

  describe() {
    return {
      ready: this.#outbox.count,
      inFlightBatches: this.#outbox.inFlight,
      requests: this.#requests.count,
      failures: this.#failures,
      lastMs: this.#requests.lastMs,
      meanMs: this.#requests.meanMs,
    };
  }

  #return(attempts: readonly Attempt[], failure: unknown): void {
    if (attempts.length === 0) return;
    if (!(failure instanceof KafkaFailure)) this.#shell.log.error({ err: failure }, 'a produce request broke off');
    // What is not a failure of Kafka's is a defect: to repeat the request would repeat the defect.
    const known = failure instanceof KafkaFailure ? failure : { kind: 'defect', brokerError: undefined };
    const verdict = verdictOnFailure(known);
    const denied = accessDenied(failure);
    const suspects = new Set<string>();
    for (const attempt of attempts) {
      if (verdict.lookAgain) suspects.add(attempt.batch.queue.topic);
      this.#deliverFailure(attempt, known.brokerError ?? known.kind, verdict, denied);
    }
    this.#suspect(suspects);
  }

  /** `denied`: what to say of it where nothing was written. */
  #deliverFailure(attempt: Attempt, reason: string, verdict: ErrorVerdict, denied?: PixyError): void {
    const { retriable, outcomeUnknown } = verdict;
    const { batch } = attempt;
    const { retryMax, compression } = this.#services.config.producer;
    if (outcomeUnknown) batch.mayBeWritten = true;
    if (unknownSequence.has(reason)) {
      this.#shell.log.warn({ partition: batch.queue.partition, topic: batch.queue.topic, reason }, 'new producer id');
      batch.queue.retireSequence(batch);
    }
    if (isDivisible(reason, batch)) {
      this.#shell.tell(attempt.batcher, { type: 'batch.divisible', attempt });
    } else if (retriable && !batch.abandoned && (retryMax < 0 || batch.failures < retryMax)) {
      this.#shell.tell(attempt.batcher, { type: 'batch.failed', attempt, failures: ++batch.failures });
    } else {
      const error = retriable ? givenUp(reason, batch) : refusal(reason, batch, compression);
      this.#tell(attempt, { kind: 'refused', error: batch.mayBeWritten ? error : (denied ?? error) });
    }
  }

  #tell(
    attempt: Attempt,
    result:
      | { readonly kind: 'written'; readonly baseOffset: number }
      | { readonly kind: 'refused'; readonly error: PixyError },
  ): void {
    // A batcher that is not there hands the batch over again when it is.
    if (!attempt.current || !this.#shell.holds(attempt.batcher)) return;
    this.#shell.tell(attempt.batcher, { type: 'batch.settled', attempt, result });
  }

  #suspect(topics: Iterable<string>): void {
    for (const topic of topics) suspectTopic(this.#shell, this.#services.cluster, topic);
  }
}

export const produceSenderKind: ActorKind<typeof produceSenderMachine, ProduceSenderArgs, readonly Attempt[]> = {
  name: 'produce-sender',
  machine: produceSenderMachine,
  restart: workerRestart,
  mailboxRequestsMax: 0,
  join: (first, second) =>
    first.type === 'batches.ready' && second.type === 'batches.ready'
      ? { type: 'batches.ready', attempts: [...first.attempts, ...second.attempts] }
      : undefined,
  build: (shell, args, kept) => new ProduceSenderBody(shell, args, kept ?? []),
};
