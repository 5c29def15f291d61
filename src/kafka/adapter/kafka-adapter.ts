import type { Host } from '../../host/host.js';
import { KafkaFailure } from '../port.js';
import type {
  BrokerId,
  ClusterMetadata,
  CommitResult,
  CommittedOffset,
  FetchRequest,
  FetchResult,
  Kafka,
  ListOffsetsResult,
  OffsetToCommit,
  ProduceRequest,
  ProduceResult,
  ProducerIdentity,
  TopicConfig,
  TopicPartition,
} from '../port.js';
import { BrokerAccess } from './access.js';
import { BrokerSockets } from './broker-sockets.js';
import type { CallFor } from './calls.js';
import { aborted, addressText } from './connection.js';
import type { BrokerAddress, ConnectionOptions } from './connection.js';
import type { KafkaCredentials } from './credentials.js';
import {
  commitOffsetsCall,
  fetchOffsetsCall,
  findCoordinatorCall,
  listOffsetsCall,
  metadataCall,
} from './control-calls.js';
import { defaultKafkaAdapterLimits } from './limits.js';
import type { KafkaAdapterLimits } from './limits.js';
import { parsePeer } from './peers.js';
import { initProducerIdCall } from './producer-id-call.js';
import { topicConfigsCall } from './topic-configs-call.js';
import { versionPolicy } from './version-policy.js';
import { VersionMemory, type ApiName } from './versions.js';

/** The part of a pino logger that is used here. */
export interface AdapterLogger {
  warn(fields: object, message: string): void;
}

export interface KafkaAdapterOptions {
  /** `host:port`; at least one. Any of them leads to the rest of the cluster. */
  readonly seedPeers: readonly string[];
  readonly clientId: string;
  /** Not given: plain text, and nobody logs in. */
  readonly credentials?: KafkaCredentials;
  /** Of the brokers, such as 0.10.2.1: nothing newer is spoken. Not given, or empty: each broker is asked. */
  readonly kafkaVersion?: string;
  readonly host: Host;
  readonly logger: AdapterLogger;
  readonly limits?: Partial<KafkaAdapterLimits>;
}

/**
 * A Kafka cluster, 0.8.2 to 4.x, reached by kafkajs' wire code. Connects when the first request asks for it. Throws
 * `RangeError` for a seed that is no `host:port`.
 */
export function createKafkaAdapter(options: KafkaAdapterOptions): Kafka {
  return new KafkaAdapter(options);
}

class KafkaAdapter implements Kafka {
  readonly #host: Host;
  readonly #limits: KafkaAdapterLimits;
  readonly #connections: ConnectionOptions;
  readonly #seeds: readonly BrokerAddress[];
  /** As the latest metadata named them. */
  #brokers = new Map<BrokerId, BrokerAddress>();
  readonly #sockets = new Map<string, BrokerSockets>();
  #closed = false;

  constructor({ seedPeers, clientId, credentials, kafkaVersion = '', host, logger, limits }: KafkaAdapterOptions) {
    this.#host = host;
    this.#limits = { ...defaultKafkaAdapterLimits, ...limits };
    this.#seeds = seedPeers.map(parsePeer);
    this.#connections = {
      clientId,
      credentials: credentials ?? { tls: undefined, sasl: undefined },
      clock: host.clock,
      limits: this.#limits,
      versions: new VersionMemory(),
      versionPolicy: versionPolicy(kafkaVersion),
      access: new BrokerAccess((broker, reason) =>
        logger.warn({ broker, reason }, 'a broker refuses us; it is tried again'),
      ),
      onOldest: (address) =>
        logger.warn(
          { broker: addressText(address) },
          'the broker does not say which versions it speaks: speaking to it as to Kafka 0.8.2',
        ),
    };
  }

  async metadata(topics: readonly string[] | 'all', signal: AbortSignal): Promise<ClusterMetadata> {
    const metadata = await this.#askAny(metadataCall(topics), signal, ({ brokers }) => brokers.length > 0);
    this.#learn(metadata);
    return metadata;
  }

  async topicConfigs(topics: readonly string[], signal: AbortSignal): Promise<readonly TopicConfig[]> {
    return this.#askAny(topicConfigsCall(topics), signal, () => true);
  }

  async initProducerId(signal: AbortSignal): Promise<ProducerIdentity> {
    return this.#askAny(initProducerIdCall, signal, () => true);
  }

  async produce(broker: BrokerId, request: ProduceRequest, signal: AbortSignal): Promise<readonly ProduceResult[]> {
    return this.#noting(broker, 'Produce', this.#socketsOf(broker).produce(request, signal));
  }

  async fetch(
    broker: BrokerId,
    lane: string,
    request: FetchRequest,
    signal: AbortSignal,
  ): Promise<readonly FetchResult[]> {
    return this.#noting(broker, 'Fetch', this.#socketsOf(broker).fetch(lane, request, signal));
  }

  async listOffsets(
    broker: BrokerId,
    partitions: readonly TopicPartition[],
    which: 'earliest' | 'latest',
    signal: AbortSignal,
  ): Promise<readonly ListOffsetsResult[]> {
    return this.#control(broker, 'ListOffsets', listOffsetsCall(partitions, which), signal);
  }

  async findCoordinator(group: string, signal: AbortSignal): Promise<BrokerId> {
    const { id, host, port } = await this.#askAny(findCoordinatorCall(group), signal, () => true);
    // It may have joined the cluster since the latest metadata.
    if (!this.#brokers.has(id)) this.#brokers.set(id, { host, port });
    return id;
  }

  async commitOffsets(
    coordinator: BrokerId,
    group: string,
    offsets: readonly OffsetToCommit[],
    signal: AbortSignal,
  ): Promise<readonly CommitResult[]> {
    const call = commitOffsetsCall(group, offsets, this.#limits.offsetRetentionMs);
    return this.#control(coordinator, 'OffsetCommit', call, signal);
  }

  async fetchOffsets(
    coordinator: BrokerId,
    group: string,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<readonly CommittedOffset[]> {
    return this.#control(coordinator, 'OffsetFetch', fetchOffsetsCall(group, partitions), signal);
  }

  refusal(broker: BrokerId): KafkaFailure | undefined {
    const address = this.#brokers.get(broker);
    return address && this.#connections.access.refusal(addressText(address));
  }

  closeLane(lane: string): void {
    for (const sockets of this.#sockets.values()) sockets.closeLane(lane);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const sockets of this.#sockets.values()) sockets.close('the Kafka client was closed');
    this.#sockets.clear();
  }

  #control<T>(broker: BrokerId, what: ApiName, callFor: CallFor<T>, signal: AbortSignal): Promise<T> {
    return this.#noting(broker, what, this.#socketsOf(broker).control(callFor, this.#limits.requestTimeoutMs, signal));
  }

  /** A broker that speaks nothing that we may use refuses us as well, though the connection stands. */
  async #noting<T>(broker: BrokerId, what: ApiName, answer: Promise<T>): Promise<T> {
    const { access } = this.#connections;
    const address = addressText(this.#brokers.get(broker)!);
    try {
      const answered = await answer;
      access.noteSupported(address, what);
      return answered;
    } catch (error) {
      if (error instanceof KafkaFailure && error.kind === 'unsupported') access.noteUnsupported(address, what, error);
      throw error;
    }
  }

  #socketsOf(broker: BrokerId): BrokerSockets {
    if (this.#closed) throw aborted();
    const address = this.#brokers.get(broker);
    if (!address) {
      throw new KafkaFailure(
        'unknown-broker',
        `no metadata has named broker ${broker}. Nothing was sent; ask for metadata first.`,
      );
    }
    return this.#socketsAt(address);
  }

  #socketsAt(address: BrokerAddress): BrokerSockets {
    const text = addressText(address);
    let sockets = this.#sockets.get(text);
    if (!sockets) {
      sockets = new BrokerSockets(address, this.#connections);
      this.#sockets.set(text, sockets);
    }
    return sockets;
  }

  /** Asks one broker after another until one gives an answer of use. An error that a broker answers with is an answer. */
  async #askAny<T>(callFor: CallFor<T>, signal: AbortSignal, useful: (answer: T) => boolean): Promise<T> {
    const failures: KafkaFailure[] = [];
    for (const address of this.#candidates()) {
      if (this.#closed || signal.aborted) throw aborted();
      try {
        const answer = await this.#socketsAt(address).control(callFor, this.#limits.metadataTimeoutMs, signal);
        if (useful(answer)) return answer;
        failures.push(new KafkaFailure('unreachable', `${addressText(address)} knows of no broker yet`));
      } catch (error) {
        const failure = error as KafkaFailure;
        if (failure.kind === 'aborted' || failure.kind === 'broker') throw failure;
        failures.push(failure);
      }
    }
    if (this.#closed) throw aborted();
    const denied = deniedOf(failures);
    if (denied) throw denied;
    // What no broker can do stays so, whoever else may be away.
    const last = failures.find(({ kind }) => kind === 'unsupported') ?? failures.at(-1);
    const reasons = failures.map((failure) => failure.message).join('; ');
    throw new KafkaFailure(last?.kind ?? 'unreachable', `no broker answered: ${reasons}`, { cause: last });
  }

  /** Known brokers first, those in touch before the others, from a random one on; then the seeds. */
  #candidates(): readonly BrokerAddress[] {
    const known = [...this.#brokers.values()];
    const first = Math.floor(this.#host.random.next() * known.length);
    const turned = [...known.slice(first), ...known.slice(0, first)];
    const inTouch = (address: BrokerAddress) => this.#sockets.get(addressText(address))?.inTouch ?? false;
    const all = [...turned.filter(inTouch), ...turned.filter((address) => !inTouch(address)), ...this.#seeds];
    return [...new Map(all.map((address) => [addressText(address), address])).values()];
  }

  #learn({ brokers }: ClusterMetadata): void {
    this.#brokers = new Map(brokers.map(({ id, host, port }) => [id, { host, port }]));
    const wanted = new Set([...brokers, ...this.#seeds].map(addressText));
    for (const [text, sockets] of this.#sockets) {
      // One that is busy may be missing only because the broker that was asked knows less; a later answer settles it.
      if (wanted.has(text) || !sockets.idle) continue;
      sockets.close('the broker has left the cluster');
      this.#sockets.delete(text);
      this.#connections.versions.forget(text);
      this.#connections.access.forget(text);
    }
  }
}

/** What somebody has to correct says more than who is away. Always the same one, whoever was asked first. */
function deniedOf(failures: readonly KafkaFailure[]): KafkaFailure | undefined {
  const denied = failures.filter(({ kind }) => kind === 'access-denied' || kind === 'unsupported');
  return denied.sort((a, b) => (a.message < b.message ? -1 : 1))[0];
}
