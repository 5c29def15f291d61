/**
 * The Kafka port: what this product needs of a Kafka cluster, in its own terms. Two fillings exist: `kafka/adapter`
 * (kafkajs' wire code) and `embedded` (in memory). Both pass `test/contracts/kafka-port.ts`.
 *
 * Requests name a broker, because who leads a partition is the business of the metadata machine, not of the port. Which
 * socket a request takes is the port's: one for control, one for produce, one for each fetch lane.
 *
 * Offsets are JavaScript numbers, checked to be safe integers where they enter. No call creates a topic.
 */

export type BrokerId = number;

export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record to be written. `null` key: no key. An empty key is a key. */
export interface NewRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number;
}

/** A record as it was read. */
export interface FetchedRecord extends NewRecord {
  readonly offset: number;
}

/**
 * Error names of the Kafka protocol that the product acts on. A code without a name here comes as `UNKNOWN_<code>`.
 * `UNKNOWN_-1` also stands for a partition that an answer lacks.
 * Source: the protocol's list of error codes.
 */
export type BrokerErrorName =
  | 'OFFSET_OUT_OF_RANGE'
  | 'CORRUPT_MESSAGE'
  | 'UNKNOWN_TOPIC_OR_PARTITION'
  | 'LEADER_NOT_AVAILABLE'
  | 'NOT_LEADER_FOR_PARTITION'
  | 'REQUEST_TIMED_OUT'
  | 'REPLICA_NOT_AVAILABLE'
  | 'MESSAGE_TOO_LARGE'
  | 'OFFSET_METADATA_TOO_LARGE'
  | 'COORDINATOR_LOAD_IN_PROGRESS'
  | 'COORDINATOR_NOT_AVAILABLE'
  | 'NOT_COORDINATOR'
  | 'INVALID_TOPIC'
  | 'RECORD_LIST_TOO_LARGE'
  | 'NOT_ENOUGH_REPLICAS'
  | 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'
  | 'ILLEGAL_GENERATION'
  | 'UNKNOWN_MEMBER_ID'
  | 'INVALID_COMMIT_OFFSET_SIZE'
  | 'TOPIC_AUTHORIZATION_FAILED'
  | 'GROUP_AUTHORIZATION_FAILED'
  | 'CLUSTER_AUTHORIZATION_FAILED'
  | 'INVALID_TIMESTAMP'
  | 'UNSUPPORTED_VERSION'
  | 'UNSUPPORTED_FOR_MESSAGE_FORMAT'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'DUPLICATE_SEQUENCE_NUMBER'
  | 'INVALID_PRODUCER_EPOCH'
  | 'UNKNOWN_PRODUCER_ID'
  | 'UNSUPPORTED_COMPRESSION_TYPE'
  /** Not of the protocol: the answer's bytes could not be read (broken, or a codec that we lack). Permanent for that offset. */
  | 'UNREADABLE_RECORDS'
  | `UNKNOWN_${number}`;

/**
 * A whole request failed, before any partition had a result of its own.
 * - `unreachable`: no connection could be made; the request was never sent.
 * - `connection-lost`: the connection ended while the answer was awaited; a write may have happened.
 * - `timeout`: no answer in time; the connection was dropped; a write may have happened.
 * - `aborted`: our own signal, or `close()`.
 * - `unsupported`: the broker lacks the API or our version of it.
 * - `access-denied`: the broker, or TLS, refused us for good; the text names the configuration key at fault. Nothing was sent.
 * - `unknown-broker`: no address is known for this broker id; ask for metadata first.
 * - `broker`: the broker answered with an error for the request as a whole; see `brokerError`.
 */
export type KafkaFailureKind =
  | 'unreachable'
  | 'connection-lost'
  | 'timeout'
  | 'aborted'
  | 'unsupported'
  | 'access-denied'
  | 'unknown-broker'
  | 'broker';

export class KafkaFailure extends Error {
  readonly kind: KafkaFailureKind;
  readonly brokerError: BrokerErrorName | undefined;
  constructor(
    kind: KafkaFailureKind,
    message: string,
    options: { cause?: unknown; brokerError?: BrokerErrorName } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'KafkaFailure';
    this.kind = kind;
    this.brokerError = options.brokerError;
  }
  /** True when a write that failed so may nevertheless have been made. */
  get outcomeUnknown(): boolean {
    return this.kind === 'connection-lost' || this.kind === 'timeout';
  }
}

export interface PartitionMetadata {
  readonly partition: number;
  /** -1 when the partition has no leader at present. */
  readonly leader: BrokerId;
  readonly replicas: readonly BrokerId[];
  readonly inSyncReplicas: readonly BrokerId[];
  readonly error: BrokerErrorName | null;
}

export interface TopicMetadata {
  readonly topic: string;
  /** `UNKNOWN_TOPIC_OR_PARTITION` when it does not exist, `LEADER_NOT_AVAILABLE` while it is being created. */
  readonly error: BrokerErrorName | null;
  /** Ascending by partition id. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface ClusterMetadata {
  readonly brokers: readonly { readonly id: BrokerId; readonly host: string; readonly port: number }[];
  readonly topics: readonly TopicMetadata[];
}

/** How a batch is packed. zstd needs Kafka 2.1; the others every version. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Who an idempotent producer is to the brokers; given by one of them, good at all of them. */
export interface ProducerIdentity {
  readonly id: number;
  readonly epoch: number;
}

/** What lets a broker tell a batch that it has already from a new one. Source: KIP-98. */
export interface BatchSequence extends ProducerIdentity {
  /** Of the batch's first record: how many records this producer wrote to the partition before, modulo 2^31. */
  readonly baseSequence: number;
}

export interface ProducePartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly NewRecord[];
  /** Not given: the batch is not told from its repetition. Ignored where the broker keeps no record batches. */
  readonly sequence?: BatchSequence;
}

export interface ProduceRequest {
  /** -1: all in-sync replicas; 1: the leader; 0: no answer is awaited, offsets are reported as 0. */
  readonly requiredAcks: -1 | 0 | 1;
  /** How long the broker may wait for replicas. The port itself waits a little longer for the answer. */
  readonly timeoutMs: number;
  /** Not given: none. A batch that would not become smaller is sent as it is. */
  readonly compression?: Compression;
  readonly partitions: readonly ProducePartition[];
}

export interface ProduceResult {
  readonly topic: string;
  readonly partition: number;
  readonly error: BrokerErrorName | null;
  /** Offset of the first record of the batch; -1 with an error. */
  readonly baseOffset: number;
}

export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchRequest {
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /**
   * For the whole answer. The first message comes even when it is larger; in one answer brokers grant that to one partition
   * only, so the fillings let each asked-for partition have its turn: one left out is served by a later fetch.
   */
  readonly maxBytes: number;
  readonly partitions: readonly FetchPartition[];
}

export interface FetchResult {
  readonly topic: string;
  readonly partition: number;
  readonly error: BrokerErrorName | null;
  /** Next offset to be written, as far as consumers may read. -1 with an error. */
  readonly highWatermark: number;
  /** Ascending by offset, none below the offset asked for; control records are left out. */
  readonly records: readonly FetchedRecord[];
  /** Where to read on: past the last record, and past gaps and control records that the answer covered. */
  readonly nextOffset: number;
  /** Bytes that the records keep in memory: a slice counts the whole buffer that it keeps alive. */
  readonly retainedBytes: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface ListOffsetsResult extends TopicPartition {
  readonly error: BrokerErrorName | null;
  readonly offset: number;
}

export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

export interface CommitResult extends TopicPartition {
  readonly error: BrokerErrorName | null;
}

export interface CommittedOffset extends TopicPartition {
  readonly error: BrokerErrorName | null;
  /** -1: nothing is stored. -1 and -2 may also be stored values. */
  readonly offset: number;
  readonly metadata: string;
}

/** What is set for a topic itself; what it has by default is left out. Old brokers report no error for an unknown topic. */
export interface TopicConfig {
  readonly topic: string;
  readonly error: BrokerErrorName | null;
  readonly entries: Readonly<Record<string, string>>;
}

/** One Kafka cluster. Every method rejects with `KafkaFailure` when the whole request failed, never with anything else. */
export interface Kafka {
  /** Asks any reachable broker (known ones first, then the seeds) for these topics, or all there are. Never creates one. */
  metadata(topics: readonly string[] | 'all', signal: AbortSignal): Promise<ClusterMetadata>;

  /** Asks any reachable broker. Rejects with kind `unsupported` before Kafka 0.11, where ZooKeeper has them. */
  topicConfigs(topics: readonly string[], signal: AbortSignal): Promise<readonly TopicConfig[]>;

  /** A new identity for an idempotent producer. Rejects with kind `unsupported` before Kafka 0.11. */
  initProducerId(signal: AbortSignal): Promise<ProducerIdentity>;

  /** Writes one batch for each partition, in one request, to the broker that leads them. One result for each partition. */
  produce(broker: BrokerId, request: ProduceRequest, signal: AbortSignal): Promise<readonly ProduceResult[]>;

  /**
   * Reads by long poll. `lane` chooses the socket: a broker answers one socket in order, so each lane (a consumer group)
   * has its own. One request at a time for each broker and lane.
   */
  fetch(broker: BrokerId, lane: string, request: FetchRequest, signal: AbortSignal): Promise<readonly FetchResult[]>;

  /** Oldest available offset (`earliest`) or next one to be written (`latest`) of partitions that this broker leads. */
  listOffsets(
    broker: BrokerId,
    partitions: readonly TopicPartition[],
    which: 'earliest' | 'latest',
    signal: AbortSignal,
  ): Promise<readonly ListOffsetsResult[]>;

  /** The broker that keeps the offsets of this group. Rejects with kind `broker` while there is none. */
  findCoordinator(group: string, signal: AbortSignal): Promise<BrokerId>;

  /** Commits as a simple consumer: generation -1, empty member id. */
  commitOffsets(
    coordinator: BrokerId,
    group: string,
    offsets: readonly OffsetToCommit[],
    signal: AbortSignal,
  ): Promise<readonly CommitResult[]>;

  /** An error of the group as a whole (`NOT_COORDINATOR`, say) is reported for each partition. */
  fetchOffsets(
    coordinator: BrokerId,
    group: string,
    partitions: readonly TopicPartition[],
    signal: AbortSignal,
  ): Promise<readonly CommittedOffset[]>;

  /** Of kind `access-denied` or `unsupported`: why this broker refused us when it was last tried. `undefined`: it did not. */
  refusal(broker: BrokerId): KafkaFailure | undefined;

  /** Ends the sockets of a fetch lane that nobody needs any more. */
  closeLane(lane: string): void;

  /** Ends every connection at once; what is under way is rejected as `aborted`. */
  close(): Promise<void>;
}
