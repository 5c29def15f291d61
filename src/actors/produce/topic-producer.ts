import { PixyError } from '../../errors/pixy-error.js';
import { partitionerOf, type Partitioner } from '../../machines/partitioner.js';
import {
  topicProducerMachine,
  type TopicProducerEffects,
  type TopicProducerEvent,
  type TopicProducerInput,
} from '../../machines/topic-producer.js';
import type { ProducerBatcherEvent } from '../../machines/producer-batcher.js';
import type { TopicView } from '../../machines/topic-view.js';
import { namesOf } from '../bus/address.js';
import type { ActorBody, ActorEnd, ActorKind, Address, Ask, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { unwatchTopic, watchTopic } from '../metadata/watch-topic.js';
import type { ProduceReply, ProduceRequest } from '../requests.js';
import { workerRestart } from '../restart.js';
import { AcceptedRecords } from './accepted-records.js';
import type { AcceptedRecord } from './accepted-record.js';
import { LossLog } from './loss-log.js';
import { messageBytes } from './message-size.js';
import { PartitionQueue } from './partition-queue.js';
import { ProducerIdentities } from './producer-identities.js';
import { producerBatcherKind } from './producer-batcher.js';
import { QuietWatch } from './quiet-watch.js';
import { TopicRouting } from './topic-routing.js';

/** A batcher that could not live is tried again after that long. */
const reviveAfterMs = 1000;

/** Values of `kafka.version` that rule headers out, whatever the brokers could do. */
const headersUnsupported = /^0\.(?:8|9|10)\./;

export interface TopicProducerArgs {
  readonly services: ClusterServices;
  readonly topic: string;
}

type Body = ActorBody<typeof topicProducerMachine, AcceptedRecords>;

class TopicProducerBody implements Body, TopicProducerEffects {
  readonly input: TopicProducerInput;
  readonly #shell: Shell<TopicProducerEvent>;
  readonly #services: ClusterServices;
  readonly #topic: string;
  readonly #accepted: AcceptedRecords;
  readonly #routing = new TopicRouting();
  readonly #losses: LossLog;
  readonly #quiet: QuietWatch;
  readonly #partitionOf: Partitioner;
  /** What happens to a request; set by the machine. */
  #intake: 'keep' | 'route' | 'refused' | 'unknown-topic' = 'keep';
  /** Why Kafka refuses us, when it does. */
  #refusal: string | undefined;
  /** Batchers that were spawned and have not ended. */
  readonly #living = new Set<number>();

  constructor(shell: Shell<TopicProducerEvent>, { services, topic }: TopicProducerArgs, accepted: AcceptedRecords) {
    this.#shell = shell;
    this.#services = services;
    this.#topic = topic;
    this.#accepted = accepted;
    this.#losses = new LossLog(shell.clock, shell.log);
    const { idleTimeoutMs, partitioner, shutdownTimeoutMs } = services.config.producer;
    this.input = { effects: this, shutdownTimeoutMs };
    this.#partitionOf = partitionerOf(partitioner, () => shell.random.next());
    this.#quiet = new QuietWatch(
      shell.clock,
      idleTimeoutMs,
      () => idleTimeoutMs,
      () => {
        if (accepted.count === 0) shell.self({ type: 'quiet.passed' });
      },
    );
    for (const record of accepted.sync) this.#watchWithdrawal(record);
    if (accepted.draining) shell.self({ type: 'drain' });
  }

  // --- requests

  serve(ask: Ask): true {
    this.#take(ask as Ask<ProduceReply>, ask.request as ProduceRequest);
    return true;
  }

  receive(ask: Ask): undefined {
    this.serve(ask);
  }

  whyWaiting(ask: Ask): string | PixyError {
    const record = this.#accepted.recordOf(ask);
    if (record?.batch?.wasSent) return 'sent';
    const leader = record?.partition === undefined ? undefined : this.#routing.leaderOf(record.partition);
    const refusal = (leader === undefined ? undefined : this.#services.kafka.refusal(leader)?.message) ?? this.#refusal;
    return refusal === undefined ? 'not-sent' : refused(refusal);
  }

  #take(ask: Ask<ProduceReply>, request: ProduceRequest): void {
    this.#quiet.touch();
    if (this.#accepted.draining) ask.refuse(new PixyError('shutting-down', {}));
    else if (messageBytes(request) > this.#services.config.producer.maxMessageBytes) {
      this.#answerLost(ask, request, new PixyError('message-too-large', {}));
    } else if (request.headers.length > 0 && headersUnsupported.test(this.#services.config.kafka.version)) {
      this.#answerLost(ask, request, new PixyError('headers-unsupported', {}));
    } else if (this.#intake === 'unknown-topic') this.#answerLost(ask, request, unknownTopic());
    else if (this.#intake === 'refused' && request.sync) ask.refuse(refused(this.#refusal!));
    else this.#accept(ask, request);
  }

  #accept(ask: Ask<ProduceReply>, request: ProduceRequest): void {
    const record = this.#accepted.accept(request, request.sync ? ask : undefined);
    if (!record) {
      ask.refuse(new PixyError('produce-queue-full', {}));
      return;
    }
    if (request.sync) this.#watchWithdrawal(record);
    else ask.reply({ accepted: true });
    if (this.#intake === 'route') this.#route(record);
    else this.#accepted.kept.add(record);
  }

  /** As the original: who does not wait for the result is told that all is well. */
  #answerLost(ask: Ask<ProduceReply>, request: ProduceRequest, error: PixyError): void {
    if (request.sync) ask.refuse(error);
    else {
      ask.reply({ accepted: true });
      this.#losses.count(error.message);
    }
  }

  #watchWithdrawal(record: AcceptedRecord): void {
    record.ask!.onWithdrawn(() => this.#withdraw(record));
  }

  #withdraw(record: AcceptedRecord): void {
    const queue = record.partition === undefined ? undefined : this.#accepted.queues.get(record.partition);
    if (this.#accepted.kept.delete(record) || queue?.withdraw(record)) this.#accepted.release(record);
    const batch = queue?.batch;
    if (!batch?.attempt || !batch.abandoned || !this.#shell.holds(queue!.batcher)) return;
    this.#shell.tell(batch.attempt.batcher, {
      type: 'batch.settled',
      attempt: batch.attempt,
      result: { kind: 'refused', error: new PixyError('deadline-passed', {}) },
    });
  }

  // --- effects

  watchTopic(): void {
    watchTopic(this.#shell, this.#services.cluster, this.#topic);
  }

  unwatchTopic(): void {
    unwatchTopic(this.#shell, this.#services.cluster, this.#topic);
  }

  keepRequests(): void {
    this.#intake = 'keep';
    this.#refusal = undefined;
  }

  routeBy(view: TopicView): void {
    this.#intake = 'route';
    this.#refusal = view.refusal;
    this.#changeRouting(view);
    for (const record of this.#accepted.kept) this.#route(record);
    this.#accepted.kept.clear();
  }

  answerRefused({ refusal }: TopicView): void {
    this.#intake = 'refused';
    this.#refusal = refusal;
    for (const record of this.#accepted.kept) {
      if (!record.ask) continue;
      record.ask.refuse(refused(refusal!));
      this.#accepted.kept.delete(record);
      this.#accepted.release(record);
    }
  }

  answerUnknown(view: TopicView): void {
    this.#intake = 'unknown-topic';
    this.#changeRouting(view);
    const error = unknownTopic();
    for (const record of this.#accepted.kept) {
      if (record.ask) record.ask.refuse(error);
      else this.#losses.count(error.message);
      this.#accepted.release(record);
    }
    this.#accepted.kept.clear();
  }

  refuseRequests(): void {
    this.#accepted.draining = true;
  }

  quiesceRequests(): void {
    this.#shell.self({ type: 'requests.quiesced', accepted: this.#accepted });
  }

  reviveBatcher(partition: number): void {
    const queue = this.#accepted.queues.get(partition);
    if (queue) this.#spawnBatcher(queue);
  }

  drainBatchers(): void {
    for (const queue of this.#accepted.queues.values()) {
      queue.draining = true;
      if (this.#shell.holds(queue.batcher)) this.#shell.tell(queue.batcher, { type: 'drain' });
    }
    if (this.#living.size === 0) this.#shell.self({ type: 'batcher.ended', partition: -1, left: 0, living: 0 });
  }

  // --- ends

  childEnded(address: string, end: ActorEnd): TopicProducerEvent | undefined {
    const partition = Number(namesOf(address).at(-1));
    if (end.how !== 'crashed') return this.#batcherEnded(partition);
    // Counted as living until then, so that no message tries before.
    this.#shell.clock.setTimeout(() => this.#shell.self(this.#batcherEnded(partition)), reviveAfterMs);
    return undefined;
  }

  #batcherEnded(partition: number): TopicProducerEvent {
    this.#living.delete(partition);
    const left = this.#accepted.queues.get(partition)?.busy ? 1 : 0;
    return { type: 'batcher.ended', partition, left, living: this.#living.size };
  }

  ended(end: ActorEnd) {
    this.#losses.flush();
    if (end.how === 'crashed' && end.willRestart) return { kept: this.#accepted, asks: this.#accepted.asks };
    this.#abandon();
    return undefined;
  }

  /** Nobody will write what is left: says so, and frees what is held for it. */
  #abandon(): void {
    let lost = 0;
    for (const record of [...this.#accepted.records()]) {
      if (!record.ask) lost++;
      // The others are refused as the bus refuses them: they were never sent.
      else if (record.batch?.wasSent) record.ask.refuse(new PixyError('outcome-unknown', {}));
      this.#accepted.release(record);
    }
    if (lost === 0) return;
    const { log } = this.#shell;
    log.error(
      { topic: this.#topic, messages: lost },
      'accepted messages were not written before the end, and are lost',
    );
  }

  describe() {
    const { count, bytes, kept } = this.#accepted;
    return {
      accepted: count,
      acceptedBytes: bytes,
      kept: kept.size,
      batchers: this.#living.size,
      partitions: this.#routing.partitions.length,
    };
  }

  // --- routing

  #changeRouting(view: TopicView): void {
    for (const partition of this.#routing.change(view)) this.#tellBatcher(partition, { type: 'routing.changed' });
    for (const queue of this.#accepted.queues.values()) if (queue.busy) this.#spawnBatcher(queue);
  }

  #route(record: AcceptedRecord): void {
    const partition = this.#partitionOf(record.key, this.#routing.partitions);
    const queue = this.#queueOf(partition);
    const tell = queue.push(record);
    if (!this.#living.has(partition)) this.#spawnBatcher(queue);
    else if (tell) this.#shell.tell(queue.batcher, { type: 'records.accepted' });
  }

  #queueOf(partition: number): PartitionQueue {
    let queue = this.#accepted.queues.get(partition);
    if (!queue) {
      const batcher = `${this.#shell.address}/${partition}` as Address<ProducerBatcherEvent>;
      queue = new PartitionQueue(this.#topic, partition, batcher, this.#accepted.identities);
      queue.draining = this.#accepted.draining;
      this.#accepted.queues.set(partition, queue);
    }
    return queue;
  }

  #spawnBatcher(queue: PartitionQueue): void {
    if (this.#living.has(queue.partition)) return;
    this.#living.add(queue.partition);
    const args = { services: this.#services, accepted: this.#accepted, queue, routing: this.#routing };
    this.#shell.spawn(producerBatcherKind, queue.batcher, args);
  }

  #tellBatcher(partition: number, event: ProducerBatcherEvent): void {
    const queue = this.#accepted.queues.get(partition);
    if (queue && this.#shell.holds(queue.batcher)) this.#shell.tell(queue.batcher, event);
  }
}

function acceptedRecordsOf({ config, budget, kafka }: ClusterServices): AcceptedRecords {
  const { idempotent, requiredAcks, queueMessagesMax } = config.producer;
  // Brokers take a sequence only with the acks of all: with fewer, what was acknowledged may vanish from the count.
  const identities = new ProducerIdentities(kafka, idempotent && requiredAcks === 'wait_for_all');
  return new AcceptedRecords(queueMessagesMax, budget, identities);
}

const refused = (reason: string) => new PixyError('kafka-access-denied', { reason });
const unknownTopic = () => new PixyError('produce-unknown-topic', {});

export const topicProducerKind: ActorKind<typeof topicProducerMachine, TopicProducerArgs, AcceptedRecords> = {
  name: 'topic-producer',
  machine: topicProducerMachine,
  restart: workerRestart,
  mailboxRequestsMax: 10_000,
  build: (shell, args, kept) => {
    return new TopicProducerBody(shell, args, kept ?? acceptedRecordsOf(args.services));
  },
};
