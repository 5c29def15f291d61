import type { Host, TimerHandle } from '../host/host.js';
import { KafkaFailure } from '../kafka/port.js';
import type {
  BrokerErrorName,
  BrokerId,
  ClusterMetadata,
  CommitResult,
  CommittedOffset,
  FetchRequest,
  FetchResult,
  Kafka,
  KafkaFailureKind,
  ListOffsetsResult,
  OffsetToCommit,
  ProduceRequest,
  ProduceResult,
  ProducerIdentity,
  TopicConfig,
  TopicPartition,
} from '../kafka/port.js';
import { serveFetch, serveProduce, type AtBroker } from './delayed-requests.js';
import type { KafkaCluster } from './kafka-cluster.js';
import type { Broker } from './kafka-controller.js';
import type { KafkaLinks } from './kafka-links.js';
import type { EmbeddedLimits } from './limits.js';
import type { KafkaApi, RequestFaults } from './request-faults.js';

export interface EmbeddedKafkaOptions {
  readonly client: string;
  /** Of the process. */
  readonly host: Host;
  /** Of the network and the brokers, which go on when the process stands still. */
  readonly worldHost: Host;
  readonly links: KafkaLinks;
  readonly cluster: KafkaCluster;
  readonly faults: RequestFaults;
  readonly limits: EmbeddedLimits;
  /** Called once, when the client is closed. */
  readonly onClosed: (kafka: EmbeddedKafka) => void;
}

/** What a request is, and what the broker does when it arrives. */
interface Request<T> {
  readonly api: KafkaApi;
  readonly broker: Broker | undefined;
  readonly lane?: string;
  /** How long the client waits for the answer. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Done at the broker. What must wait there answers later, and gives back how to forget it. */
  serve(answer: (value: T | KafkaFailure) => void, at: AtBroker): void | (() => void);
  /** The answer of a broker that refuses the whole request with this error. */
  refuse(error: BrokerErrorName): T | KafkaFailure;
  /** No answer is awaited, so none can be lost. */
  readonly oneWay?: boolean;
}

/** What any broker can answer: they are asked one after another. */
type AnyRequest<T> = Omit<Request<T>, 'broker' | 'deadlineMs'>;

/** A request that has no outcome yet. */
interface Open {
  readonly broker: Broker;
  readonly lane: string | undefined;
  fail(failure: KafkaFailure): void;
  /** The answer may not come in time, as it does where nothing is wrong: from now on its deadline is watched. */
  watchDeadline(): void;
}

/**
 * One client of the embedded cluster. A request takes one turn of the event loop, so that what else arrives in this turn
 * comes into the next batch; a slow broker takes its delay instead. An answer is never given synchronously.
 */
export class EmbeddedKafka implements Kafka {
  readonly client: string;
  readonly #options: EmbeddedKafkaOptions;
  readonly #open = new Set<Open>();
  /** Brokers that an answer has named: only these have an address. */
  readonly #named = new Set<BrokerId>();
  /** How often its connections were cut. */
  #cuts = 0;
  #closed = false;

  constructor(options: EmbeddedKafkaOptions) {
    this.client = options.client;
    this.#options = options;
  }

  async metadata(topics: readonly string[] | 'all', signal: AbortSignal): Promise<ClusterMetadata> {
    const { cluster } = this.#options;
    const answer = await this.#askAny<ClusterMetadata>({
      api: 'metadata',
      signal,
      serve: (reply) => reply(cluster.metadata(topics)),
      refuse: (error) => ({
        brokers: cluster.metadata([]).brokers,
        topics: topics === 'all' ? [] : topics.map((topic) => ({ topic, error, partitions: [] })),
      }),
    });
    for (const { id } of answer.brokers) this.#named.add(id);
    return answer;
  }

  async topicConfigs(topics: readonly string[], signal: AbortSignal): Promise<readonly TopicConfig[]> {
    const { cluster } = this.#options;
    return this.#askAny<readonly TopicConfig[]>({
      api: 'topicConfigs',
      signal,
      serve: (reply) => reply(topics.map((topic) => cluster.topicConfig(topic))),
      refuse: (error) => topics.map((topic) => ({ topic, error, entries: {} })),
    });
  }

  async initProducerId(signal: AbortSignal): Promise<ProducerIdentity> {
    const { cluster } = this.#options;
    return this.#askAny<ProducerIdentity>({
      api: 'initProducerId',
      signal,
      serve: (reply) => reply(cluster.initProducerId()),
      refuse: (brokerError) => new KafkaFailure('broker', `no producer id was given: ${brokerError}`, { brokerError }),
    });
  }

  async produce(broker: BrokerId, request: ProduceRequest, signal: AbortSignal): Promise<readonly ProduceResult[]> {
    const results = await this.#ask<readonly ProduceResult[]>({
      api: 'produce',
      broker: this.#addressed(broker),
      deadlineMs: request.timeoutMs + this.#options.limits.replyMarginMs,
      signal,
      oneWay: request.requiredAcks === 0,
      serve: (reply, at) => serveProduce(at, request, reply),
      refuse: (error) =>
        request.partitions.map(({ topic, partition }) => ({ topic, partition, error, baseOffset: -1 })),
    });
    // With acks 0 no broker answers, so neither its errors nor its offsets are known.
    if (request.requiredAcks !== 0) return results;
    return results.map(({ topic, partition }) => ({ topic, partition, error: null, baseOffset: 0 }));
  }

  async fetch(
    broker: BrokerId,
    lane: string,
    request: FetchRequest,
    signal: AbortSignal,
  ): Promise<readonly FetchResult[]> {
    return this.#ask<readonly FetchResult[]>({
      api: 'fetch',
      broker: this.#addressed(broker),
      lane,
      deadlineMs: request.maxWaitMs + this.#options.limits.replyMarginMs,
      signal,
      serve: (reply, at) => serveFetch(at, request, reply),
      refuse: (error) =>
        request.partitions.map(({ topic, partition, offset }) => ({
          topic,
          partition,
          error,
          highWatermark: -1,
          records: [],
          nextOffset: offset,
          retainedBytes: 0,
        })),
    });
  }

  async listOffsets(
    broker: BrokerId,
    partitions: readonly TopicPartition[],
    which: 'earliest' | 'latest',
    signal: AbortSignal,
  ): Promise<readonly ListOffsetsResult[]> {
    const { cluster, limits } = this.#options;
    return this.#ask<readonly ListOffsetsResult[]>({
      api: 'listOffsets',
      broker: this.#addressed(broker),
      deadlineMs: limits.requestTimeoutMs,
      signal,
      serve: (reply) => reply(partitions.map((asked) => cluster.listOffsets(broker, asked, which))),
      refuse: (error) => partitions.map(({ topic, partition }) => ({ topic, partition, error, offset: -1 })),
    });
  }

  async findCoordinator(_group: string, signal: AbortSignal): Promise<BrokerId> {
    const refuse = (brokerError: BrokerErrorName): KafkaFailure =>
      new KafkaFailure('broker', `there is no coordinator at present: ${brokerError}`, { brokerError });
    const id = await this.#askAny<BrokerId>({
      api: 'findCoordinator',
      signal,
      serve: (reply) => reply(this.#options.cluster.coordinator?.id ?? refuse('COORDINATOR_NOT_AVAILABLE')),
      refuse,
    });
    // The answer tells its address too.
    this.#named.add(id);
    return id;
  }

  async commitOffsets(
    coordinator: BrokerId,
    group: string,
    offsets: readonly OffsetToCommit[],
    signal: AbortSignal,
  ): Promise<readonly CommitResult[]> {
    const { cluster, limits } = this.#options;
    return this.#ask<readonly CommitResult[]>({
      api: 'commitOffsets',
      broker: this.#addressed(coordinator),
      deadlineMs: limits.requestTimeoutMs,
      signal,
      serve: (reply) => reply(offsets.map((offset) => cluster.commit(coordinator, group, offset))),
      refuse: (error) => offsets.map(({ topic, partition }) => ({ topic, partition, error })),
    });
  }

  async fetchOffsets(
    coordinator: BrokerId,
    group: string,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<readonly CommittedOffset[]> {
    const { cluster, limits } = this.#options;
    return this.#ask<readonly CommittedOffset[]>({
      api: 'fetchOffsets',
      broker: this.#addressed(coordinator),
      deadlineMs: limits.requestTimeoutMs,
      signal,
      serve: (reply) => reply(partitions.map((asked) => cluster.committed(coordinator, group, asked))),
      refuse: (error) =>
        partitions.map(({ topic, partition }) => ({ topic, partition, error, offset: -1, metadata: '' })),
    });
  }

  /** The embedded brokers let everybody in. */
  refusal(): undefined {
    return undefined;
  }

  closeLane(lane: string): void {
    this.#failOpen((open) => open.lane === lane, new KafkaFailure('aborted', `fetch lane ${lane} was closed`));
  }

  async close(): Promise<void> {
    this.vanish();
  }

  /** Ends at once; what is open is rejected as `aborted`. What is on its way to a broker may still arrive. */
  vanish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failOpen(() => true, new KafkaFailure('aborted', 'the Kafka client was closed'));
    this.#options.onClosed(this);
  }

  /** The connections to this broker are lost; over a half-open one the word of it does not come before it is healed. */
  brokerLost(broker: Broker): void {
    const failure = new KafkaFailure('connection-lost', `the connection to broker ${broker.id} was lost`);
    this.#options.links.pass(this.client, () => this.#failOpen((open) => open.broker === broker, failure));
  }

  /** All its connections are lost, with what is on its way over them. */
  cut(): void {
    this.#cuts++;
    this.#failOpen(() => true, new KafkaFailure('connection-lost', 'the connections to the brokers were lost'));
  }

  /** Answers of this broker, or of all, may not come in time any more. */
  watchDeadlines(broker?: Broker): void {
    for (const open of this.#open) if (!broker || open.broker === broker) open.watchDeadline();
  }

  #failOpen(which: (open: Open) => boolean, failure: KafkaFailure): void {
    for (const open of [...this.#open]) if (which(open)) open.fail(failure);
  }

  #addressed(id: BrokerId): Broker {
    if (this.#closed) throw new KafkaFailure('aborted', 'the Kafka client was closed');
    if (!this.#named.has(id)) {
      throw new KafkaFailure('unknown-broker', `no address is known for broker ${id}: ask for metadata first`);
    }
    return this.#options.cluster.broker(id);
  }

  /** A frozen broker must not hide the living ones. */
  async #askAny<T>(request: AnyRequest<T>): Promise<T> {
    const { cluster, limits } = this.#options;
    const brokers = [...cluster.brokers.values()].filter(({ up }) => up);
    const last = brokers.pop();
    for (const broker of brokers) {
      try {
        return await this.#ask({ ...request, broker, deadlineMs: limits.metadataTimeoutMs });
      } catch (error) {
        if (!(error instanceof KafkaFailure && ['timeout', 'unreachable'].includes(error.kind))) throw error;
      }
    }
    return this.#ask({ ...request, broker: last, deadlineMs: limits.metadataTimeoutMs });
  }

  #ask<T>(request: Request<T>): Promise<T> {
    const { broker, signal } = request;
    if (this.#closed || signal.aborted) return Promise.reject(new KafkaFailure('aborted', 'the request was aborted'));
    if (!broker?.up) {
      const which = broker ? `broker ${broker.id} is` : 'all brokers are';
      return Promise.reject(new KafkaFailure('unreachable', `${which} down: nothing was sent`));
    }
    return new Promise((resolve, reject) => this.#send(request, broker, resolve, reject));
  }

  #send<T>(request: Request<T>, broker: Broker, resolve: (value: T) => void, reject: (error: unknown) => void): void {
    const { host, worldHost, links, cluster } = this.#options;
    const { deadlineMs, signal } = request;
    const fault = this.#options.faults.take(request.api, this.client, broker.id);
    const [{ incarnation }, cuts, sentAtMs] = [broker, this.#cuts, host.clock.nowMs()];
    const delayMs = broker.delayMs + links.delayMs(this.client);
    let deadline: TimerHandle | undefined;
    let forgetWait: void | (() => void);
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      this.#open.delete(open);
      signal.removeEventListener('abort', abort);
      if (deadline !== undefined) host.clock.clearTimeout(deadline);
      forgetWait?.();
      return true;
    };
    const fail = (kind: KafkaFailureKind, message: string): void => open.fail(new KafkaFailure(kind, message));
    const open: Open = {
      broker,
      lane: request.lane,
      fail: (failure) => void (settle() && reject(failure)),
      watchDeadline: () => {
        const late = (): void => fail('timeout', `no answer from broker ${broker.id} in ${deadlineMs} ms`);
        deadline ??= host.clock.setTimeout(late, sentAtMs + deadlineMs - host.clock.nowMs());
      },
    };
    const abort = (): void => fail('aborted', `the ${request.api} request was aborted`);
    const take = (value: T | KafkaFailure): void => {
      const lost = fault?.type === 'reply-lost' && !request.oneWay;
      if (lost) fail('connection-lost', `the answer to the ${request.api} request was lost`);
      else if (value instanceof KafkaFailure) open.fail(value);
      else if (settle()) resolve(value);
    };
    // A process that stands still takes it when it goes on.
    const answer = (value: T | KafkaFailure): void => links.pass(this.client, () => host.turns.soon(() => take(value)));
    const arrive = (): void => {
      // Whoever gave up has not called it back: only the end of the broker, of the connection or a fault keeps it from being done.
      if (broker.incarnation !== incarnation || this.#cuts !== cuts) return;
      if (fault?.type === 'request-lost') return fail('connection-lost', `the ${request.api} request was lost`);
      if (fault?.type === 'refused') return answer(request.refuse(fault.error));
      // A poll that nobody awaits would wait for nothing.
      if (settled && request.api === 'fetch') return;
      forgetWait = request.serve(answer, { broker, cluster, host: worldHost });
    };
    const reach = (): void => broker.work.pass(arrive);
    const depart = (): void => {
      if (delayMs > 0) worldHost.clock.setTimeout(reach, delayMs);
      else reach();
    };
    // What does not get through before its sender hangs up never arrives.
    const leave = (): void =>
      links.isHalfOpen(this.client) ? links.pass(this.client, () => settled || depart()) : depart();
    this.#open.add(open);
    signal.addEventListener('abort', abort);
    if (delayMs > 0 || broker.work.isClosed || links.isHalfOpen(this.client)) open.watchDeadline();
    host.turns.afterIo(leave);
  }
}
