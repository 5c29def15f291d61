import type {
  BrokerErrorName,
  BrokerId,
  ClusterMetadata,
  CommitResult,
  CommittedOffset,
  FetchPartition,
  FetchRequest,
  FetchResult,
  ListOffsetsResult,
  OffsetToCommit,
  ProducePartition,
  ProduceRequest,
  ProduceResult,
  ProducerIdentity,
  TopicConfig,
  TopicMetadata,
  TopicPartition,
} from '../kafka/port.js';
import type { Clock } from '../host/host.js';
import { Barrier } from './barrier.js';
import { CommittedOffsets } from './committed-offsets.js';
import { KafkaController, type Broker } from './kafka-controller.js';
import { Partition, type CutOff } from './kafka-partition.js';
import type { EmbeddedLimits } from './limits.js';
import type { PartitionLog } from './partition-log.js';
import { batchBytes } from './partition-log.js';

/** Kafka's rule for the name of a topic. */
const topicName = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** Messages that a new leader did not have. */
export interface Truncation extends TopicPartition, CutOff {
  readonly atMs: number;
}

/**
 * The brokers' side: topics, logs, leaders, committed offsets. Everything is done at once and in memory; way, delay and
 * loss are the client's (`kafka-client.ts`).
 */
export class KafkaCluster {
  readonly brokers: ReadonlyMap<BrokerId, Broker>;
  readonly controller: KafkaController;
  readonly #limits: EmbeddedLimits;
  readonly #clock: Clock;
  readonly #topics = new Map<string, Partition[]>();
  /** What is set for a topic itself, where anything is. */
  readonly #configs = new Map<string, Readonly<Record<string, string>>>();
  readonly #offsets: CommittedOffsets;
  /** The latest, the oldest first. */
  readonly #truncations: Truncation[] = [];
  #producerIds = 0;
  #partitionCount = 0;
  #retainedBytes = 0;

  constructor(brokerCount: number, limits: EmbeddedLimits, clock: Clock) {
    if (!Number.isInteger(brokerCount) || brokerCount < 1) throw new RangeError('a cluster has at least one broker');
    this.#limits = limits;
    this.#clock = clock;
    this.#offsets = new CommittedOffsets(limits.committedOffsetsMax);
    const ids = Array.from({ length: brokerCount }, (_, index) => index + 1);
    this.brokers = new Map(ids.map((id) => [id, newBroker(id)]));
    this.controller = new KafkaController({
      brokers: this.brokers,
      partitions: () => this.#allPartitions(),
      clock,
      limits,
      onCutOff: (partition, cutOff) => this.#noteCutOff(partition, cutOff),
    });
  }

  broker(id: BrokerId): Broker {
    const broker = this.brokers.get(id);
    if (!broker) throw new RangeError(`there is no broker ${id}: ids go from 1 to ${this.brokers.size}`);
    return broker;
  }

  /** The one that keeps the offsets of every group. */
  get coordinator(): Broker | undefined {
    for (const broker of this.brokers.values()) if (broker.member) return broker;
    return undefined;
  }

  createTopic(
    topic: string,
    partitions: number,
    replicationFactor = 1,
    config: Readonly<Record<string, string>> = {},
  ): void {
    if (!topicName.test(topic)) throw new RangeError(`no topic can be named ${JSON.stringify(topic)}`);
    if (this.#topics.has(topic)) throw new RangeError(`topic ${topic} exists already`);
    if (replicationFactor < 1 || replicationFactor > this.brokers.size) {
      throw new RangeError(`replication factor ${replicationFactor} does not fit ${this.brokers.size} broker(s)`);
    }
    if (!Number.isInteger(partitions) || partitions < 1) throw new RangeError('a topic has at least one partition');
    this.#configs.set(topic, { ...config });
    this.#grow(topic, [], partitions, replicationFactor);
  }

  addPartitions(topic: string, total: number): void {
    const partitions = this.#existing(topic);
    if (!Number.isInteger(total) || total <= partitions.length) {
      throw new RangeError(`topic ${topic} has ${partitions.length} partitions already: it can only grow`);
    }
    this.#grow(topic, partitions, total, partitions[0]!.replicas.length);
  }

  #grow(topic: string, partitions: Partition[], total: number, replicationFactor: number): void {
    const added = total - partitions.length;
    if (this.#partitionCount + added > this.#limits.partitionsMax) {
      throw new RangeError(`more than ${this.#limits.partitionsMax} partitions: delete topics or raise partitionsMax`);
    }
    this.#partitionCount += added;
    const ids = [...this.brokers.keys()];
    const inSyncReplicasMin = Number(this.#configs.get(topic)?.['min.insync.replicas'] ?? 1);
    for (let partition = partitions.length; partition < total; partition++) {
      const replicas = Array.from({ length: replicationFactor }, (_, n) => ids[(partition + n) % ids.length]!);
      const inSyncReplicas = replicas.filter((id) => this.broker(id).member);
      const producersMax = this.#limits.producersPerPartitionMax;
      const common = { topic, partition, replicas, inSyncReplicas };
      partitions.push(new Partition({ ...common, inSyncReplicasMin, producersMax }));
    }
    this.#topics.set(topic, partitions);
  }

  deleteTopic(topic: string): void {
    const partitions = this.#existing(topic);
    this.#topics.delete(topic);
    this.#configs.delete(topic);
    this.#offsets.forgetTopic(topic);
    this.#partitionCount -= partitions.length;
    for (const partition of partitions) {
      this.#retainedBytes -= partition.log.bytes;
      partition.changed();
    }
  }

  metadata(asked: readonly string[] | 'all'): ClusterMetadata {
    const up = [...this.brokers.values()].filter(({ member }) => member);
    const topics = asked === 'all' ? [...this.#topics.keys()].sort() : asked;
    return {
      brokers: up.map(({ id }) => ({ id, host: 'embedded', port: id })),
      topics: topics.map((topic) => this.#topicMetadata(topic)),
    };
  }

  #topicMetadata(topic: string): TopicMetadata {
    const partitions = this.#topics.get(topic);
    if (partitions) return { topic, error: null, partitions: partitions.map((partition) => partition.metadata()) };
    const error = topicName.test(topic) ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC';
    return { topic, error, partitions: [] };
  }

  topicConfig(topic: string): TopicConfig {
    const entries = this.#configs.get(topic);
    return { topic, error: entries ? null : 'UNKNOWN_TOPIC_OR_PARTITION', entries: entries ?? {} };
  }

  initProducerId(): ProducerIdentity {
    return { id: this.#producerIds++, epoch: 0 };
  }

  /** Appends; whether it is acknowledged as lying at all in-sync replicas is asked of `replicated` then. */
  append(broker: BrokerId, batch: ProducePartition, requiredAcks: ProduceRequest['requiredAcks']): ProduceResult {
    const { topic, partition, records, sequence } = batch;
    const failed = (error: BrokerErrorName): ProduceResult => ({ topic, partition, error, baseOffset: -1 });
    const found = this.#led(broker, { topic, partition });
    if (typeof found === 'string') return failed(found);
    if (batchBytes(records) > this.#limits.batchBytesMax) return failed('MESSAGE_TOO_LARGE');
    if (requiredAcks === -1 && !found.hasEnoughReplicas) return failed('NOT_ENOUGH_REPLICAS');
    const known = sequence ? found.sequences.check(sequence, records.length) : null;
    if (typeof known === 'string') return failed(known);
    // It lies there already: a success, as Kafka has it since 1.0.
    if (known !== null) return { topic, partition, error: null, baseOffset: known };
    const before = found.log.bytes;
    const baseOffset = found.log.append(records);
    if (sequence) found.sequences.appended(sequence, records.length, baseOffset);
    this.#retainedBytes += found.log.bytes - before;
    if (this.#retainedBytes > this.#limits.retainedBytesMax) this.#retain();
    found.changed();
    return { topic, partition, error: null, baseOffset };
  }

  /**
   * Whether what was appended by this leader up to an offset lies at every in-sync replica: `undefined`: not yet; `null`: yes.
   * Source: `checkEnoughReplicasReachOffset` of Kafka's `Partition`.
   */
  replicated(broker: BrokerId, place: TopicPartition, endOffset: number): BrokerErrorName | null | undefined {
    const found = this.#led(broker, place);
    if (typeof found === 'string') return found;
    if (found.highWatermark < endOffset) return undefined;
    return found.hasEnoughReplicas ? null : 'NOT_ENOUGH_REPLICAS_AFTER_APPEND';
  }

  /**
   * Drops the oldest records of the largest partition until the world is a sixteenth below its limit, so that a full world
   * does not look for its largest partition at each append.
   */
  #retain(): void {
    const target = this.#limits.retainedBytesMax - Math.floor(this.#limits.retainedBytesMax / 16);
    while (this.#retainedBytes > target) {
      let largest: PartitionLog | undefined;
      for (const { log } of this.#allPartitions()) if (!largest || log.bytes > largest.bytes) largest = log;
      if (!largest || largest.bytes === 0) return;
      const before = largest.bytes;
      // Half of it at most: then another one may be the largest.
      largest.dropOldest(Math.min(this.#retainedBytes - target, Math.ceil(before / 2)));
      this.#retainedBytes -= before - largest.bytes;
    }
  }

  /** True when a fetch need not wait: enough to read, or an error to tell. */
  fetchIsReady(broker: BrokerId, { partitions, minBytes }: FetchRequest): boolean {
    let bytes = 0;
    for (const wanted of partitions) {
      const found = this.#readable(broker, wanted);
      if (typeof found === 'string') return true;
      bytes += found.log.bytesBetween(wanted.offset, found.highWatermark);
    }
    return bytes >= minBytes;
  }

  fetch(broker: BrokerId, { partitions, maxBytes }: FetchRequest): readonly FetchResult[] {
    let bytesLeft = maxBytes;
    return partitions.map((wanted) => {
      const { topic, partition, offset } = wanted;
      const found = this.#readable(broker, wanted);
      if (typeof found === 'string') {
        return { topic, partition, error: found, highWatermark: -1, records: [], nextOffset: offset, retainedBytes: 0 };
      }
      const { log, highWatermark } = found;
      const read = log.read(offset, highWatermark, Math.min(wanted.maxBytes, Math.max(0, bytesLeft)));
      bytesLeft -= log.bytesBetween(offset, read.nextOffset);
      return { topic, partition, error: null, highWatermark, ...read };
    });
  }

  /** Calls `look` after each change of one of these partitions, until the returned function is called. */
  watch(partitions: readonly TopicPartition[], look: () => void): () => void {
    const watched = partitions.flatMap(({ topic, partition }) => this.#topics.get(topic)?.[partition] ?? []);
    for (const partition of watched) partition.waiting.add(look);
    return () => {
      for (const partition of watched) partition.waiting.delete(look);
    };
  }

  listOffsets(broker: BrokerId, asked: TopicPartition, which: 'earliest' | 'latest'): ListOffsetsResult {
    const { topic, partition } = asked;
    const found = this.#led(broker, asked);
    if (typeof found === 'string') return { topic, partition, error: found, offset: -1 };
    return {
      topic,
      partition,
      error: null,
      offset: which === 'earliest' ? found.log.startOffset : found.highWatermark,
    };
  }

  commit(broker: BrokerId, group: string, committed: OffsetToCommit): CommitResult {
    const { topic, partition, metadata } = committed;
    const error = this.#commitError(broker, committed, metadata);
    if (!error) this.#offsets.commit(group, committed);
    return { topic, partition, error };
  }

  /** As an administrator does it past every broker: whatever is down or leads, it stands. */
  setCommitted(group: string, committed: OffsetToCommit): void {
    this.#offsets.commit(group, committed);
  }

  #commitError(broker: BrokerId, { topic, partition }: TopicPartition, metadata: string): BrokerErrorName | null {
    if (this.coordinator?.id !== broker) return 'NOT_COORDINATOR';
    if (!this.#topics.get(topic)?.[partition]) return 'UNKNOWN_TOPIC_OR_PARTITION';
    if (Buffer.byteLength(metadata) > this.#limits.offsetMetadataBytesMax) return 'OFFSET_METADATA_TOO_LARGE';
    return null;
  }

  committed(broker: BrokerId, group: string, asked: TopicPartition): CommittedOffset {
    if (this.coordinator?.id === broker) return this.#offsets.fetch(group, asked);
    return { topic: asked.topic, partition: asked.partition, error: 'NOT_COORDINATOR', offset: -1, metadata: '' };
  }

  topics(): readonly string[] {
    return [...this.#topics.keys()].sort();
  }

  describe() {
    return {
      brokers: [...this.brokers.values()].map(({ id, up, member, delayMs }) => ({ id, up, member, delayMs })),
      topics: [...this.#topics].map(([topic, partitions]) => ({
        topic,
        partitions: partitions.map((partition) => partition.describe()),
      })),
      committedOffsets: this.#offsets.list(),
      retainedBytes: this.#retainedBytes,
    };
  }

  #noteCutOff({ topic, partition }: Partition, cutOff: CutOff): void {
    this.#retainedBytes -= cutOff.bytes;
    this.#truncations.push({ topic, partition, atMs: this.#clock.nowMs(), ...cutOff });
    if (this.#truncations.length > this.#limits.truncationsMax) this.#truncations.shift();
  }

  get truncations(): readonly Truncation[] {
    return this.#truncations;
  }

  partition(topic: string, partition: number): Partition {
    const found = this.#existing(topic)[partition];
    if (!found) throw new RangeError(`there is no partition ${topic}/${partition}`);
    return found;
  }

  #existing(topic: string): Partition[] {
    const partitions = this.#topics.get(topic);
    if (!partitions) throw new RangeError(`there is no topic ${topic}`);
    return partitions;
  }

  *#allPartitions(): Iterable<Partition> {
    for (const partitions of this.#topics.values()) yield* partitions;
  }

  #led(broker: BrokerId, { topic, partition }: TopicPartition): Partition | BrokerErrorName {
    const found = this.#topics.get(topic)?.[partition];
    if (!found) return 'UNKNOWN_TOPIC_OR_PARTITION';
    return found.leader === broker ? found : 'NOT_LEADER_FOR_PARTITION';
  }

  #readable(broker: BrokerId, wanted: FetchPartition): Partition | BrokerErrorName {
    const found = this.#led(broker, wanted);
    if (typeof found === 'string') return found;
    const within = wanted.offset >= found.log.startOffset && wanted.offset <= found.log.endOffset;
    return within ? found : 'OFFSET_OUT_OF_RANGE';
  }
}

const newBroker = (id: BrokerId): Broker => ({
  id,
  up: true,
  member: true,
  delayMs: 0,
  incarnation: 0,
  work: new Barrier(),
});
