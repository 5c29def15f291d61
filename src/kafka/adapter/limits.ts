/** Every limit of the adapter. */
export interface KafkaAdapterLimits {
  readonly connectTimeoutMs: number;
  /** How long a broker may take to say which versions it speaks, before it counts as too old to know the question. */
  readonly versionsTimeoutMs: number;
  /** How long a broker that was found too old for that is not asked again. */
  readonly oldestVersionsKeptMs: number;
  /** For what a broker answers at once: offsets, commits, the coordinator. */
  readonly requestTimeoutMs: number;
  /** For one broker; then the next one is asked. Shorter, because a frozen broker must not hide the living ones. */
  readonly metadataTimeoutMs: number;
  /** Beyond the time that a produce or a fetch lets the broker wait. */
  readonly answerMarginMs: number;
  /** Requests on the control socket of a broker that are not answered yet. */
  readonly controlRequestsMax: number;
  /** Beyond it, lanes share a socket. */
  readonly fetchSocketsPerBrokerMax: number;
  /** The longest poll on a shared socket: so long may a lane wait for each other one there. */
  readonly sharedFetchWaitMsMax: number;
  readonly decompressedBatchBytesMax: number;
  /** Brokers before 0.10.1 are asked again for a message that they cut off, unless it claims to be larger than this. */
  readonly cutOffMessageBytesMax: number;
  /** How long the cluster keeps a committed offset that is not committed again. */
  readonly offsetRetentionMs: number;
}

export const defaultKafkaAdapterLimits: KafkaAdapterLimits = {
  connectTimeoutMs: 2_000,
  versionsTimeoutMs: 2_000,
  oldestVersionsKeptMs: 600_000,
  requestTimeoutMs: 10_000,
  metadataTimeoutMs: 3_000,
  answerMarginMs: 5_000,
  controlRequestsMax: 64,
  fetchSocketsPerBrokerMax: 32,
  sharedFetchWaitMsMax: 250,
  decompressedBatchBytesMax: 67_108_864,
  cutOffMessageBytesMax: 67_108_864,
  offsetRetentionMs: 604_800_000,
};
