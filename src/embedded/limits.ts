/** Every limit of the embedded world. Where a real server has the same one, its usual value is taken. */
export interface EmbeddedLimits {
  /** Memory for the records of all partitions together. Beyond it the oldest ones of the largest partition are dropped. */
  readonly retainedBytesMax: number;
  /** A record batch, as it would lie on a broker's disk; `message.max.bytes` of Kafka. */
  readonly batchBytesMax: number;
  /** Metadata string of a committed offset, UTF-8; `offset.metadata.max.bytes` of Kafka. */
  readonly offsetMetadataBytesMax: number;
  /** Committed offsets of all groups. Beyond it the one committed longest ago is forgotten, as if it had expired. */
  readonly committedOffsetsMax: number;
  /** Beyond it a partition forgets the producer that has not written to it for longest. */
  readonly producersPerPartitionMax: number;
  /** Partitions of all topics together. */
  readonly partitionsMax: number;
  /** How long a follower may lack something and be in sync; `replica.lag.time.max.ms` of Kafka. */
  readonly replicaLagMaxMs: number;
  /** How long a broker may be silent before others lead; `zookeeper.session.timeout.ms` of Kafka. */
  readonly brokerSessionTimeoutMs: number;
  /** Beyond it the oldest account of messages that an election has cut off is forgotten. */
  readonly truncationsMax: number;
  /** How long a Kafka client waits for the answer to a control request to one broker. */
  readonly requestTimeoutMs: number;
  /** For what any broker can answer: then the next one is asked. */
  readonly metadataTimeoutMs: number;
  /** How much longer than the broker may take a client waits for the answer to a produce or a fetch. */
  readonly replyMarginMs: number;
  /** What a ZooKeeper session may ask for is moved between these two. */
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  readonly operationTimeoutMs: number;
  readonly pendingOperationsMax: number;
  readonly reconnectDelayMs: number;
  /** How long closing a session waits for the server's word. */
  readonly closeTimeoutMs: number;
  /** Data of one node, UTF-8; `jute.maxbuffer` of ZooKeeper. */
  readonly nodeDataBytesMax: number;
  readonly nodesMax: number;
  readonly watchesPerSessionMax: number;
  /** Requests that are still to be lost or refused. */
  readonly requestFaultsMax: number;
}

export const embeddedLimits: EmbeddedLimits = {
  retainedBytesMax: 64 * 1024 * 1024,
  batchBytesMax: 1_048_588,
  offsetMetadataBytesMax: 4096,
  committedOffsetsMax: 100_000,
  producersPerPartitionMax: 1_000,
  partitionsMax: 10_000,
  replicaLagMaxMs: 10_000,
  brokerSessionTimeoutMs: 6_000,
  truncationsMax: 1_000,
  requestTimeoutMs: 10_000,
  metadataTimeoutMs: 3_000,
  replyMarginMs: 1_000,
  sessionTimeoutMsMin: 1_000,
  sessionTimeoutMsMax: 60_000,
  operationTimeoutMs: 10_000,
  pendingOperationsMax: 10_000,
  reconnectDelayMs: 100,
  closeTimeoutMs: 1_000,
  nodeDataBytesMax: 0xfffff,
  nodesMax: 100_000,
  watchesPerSessionMax: 10_000,
  requestFaultsMax: 1_000,
};
