import type { VirtualClock } from '../../../src/host/virtual-host.js';
import {
  KafkaFailure,
  type BrokerErrorName,
  type ClusterMetadata,
  type Kafka,
  type KafkaFailureKind,
  type ProducePartition,
  type ProducerIdentity,
  type ProduceRequest,
  type ProduceResult,
} from '../../../src/kafka/port.js';

/**
 * What happens to one produce request. `lost`: it is written, and its answer is not heard. `hang`: no answer for 10 s. `late`: one
 * after 10 s. `deposed`: it is written and replicated, but the leader is none any more before it may say so.
 */
export type Step =
  | 'ok'
  | 'lost'
  | 'hang'
  | 'late'
  | 'deposed'
  | KafkaFailureKind
  | ((topic: string, partition: number) => BrokerErrorName | null);

/** A Kafka whose every answer a test decides. An answer takes one virtual millisecond. */
export class ScriptedKafka implements Partial<Kafka> {
  /** Leaders of each topic, by partition. */
  readonly topics = new Map<string, number[]>();
  /** What was written, values as text, by `topic/partition`. */
  readonly logs = new Map<string, string[]>();
  /** What happens to the next produce requests; then `ok`. */
  readonly script: Step[] = [];
  readonly requests: { broker: number; atMs: number; batches: string[] }[] = [];
  /** One list of topics for each metadata request. */
  readonly lookups: string[][] = [];
  /** The next metadata answer names no broker, as one that just started does. */
  emptyCluster = false;
  away = false;
  /** Why every request is refused, as when the password is wrong. */
  refuses: string | undefined;
  /** Metadata requests wait for it. */
  slowMetadataMs = 1;
  /** What each request asked for besides its batches. */
  readonly options: Omit<ProduceRequest, 'partitions'>[] = [];
  maxBatchBytes = Infinity;
  /** As brokers before 0.11. */
  refusesHeaders = false;
  /** What becomes of the next requests for a producer id; then each gets a new one. */
  readonly identityScript: (KafkaFailureKind | 'slow')[] = [];
  /** The batches with a sequence, as `id:baseSequence`, in the order in which they came. */
  readonly sequences: string[] = [];
  identities = 0;
  readonly #known = new Map<string, { base: number; count: number; offset: number }[]>();
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async metadata(topics: readonly string[], _signal: AbortSignal): Promise<ClusterMetadata> {
    this.lookups.push([...topics]);
    await this.#wait(this.slowMetadataMs);
    if (this.refuses !== undefined) throw new KafkaFailure('access-denied', this.refuses);
    if (this.away) throw new KafkaFailure('unreachable', 'no broker answers');
    return {
      brokers: this.emptyCluster ? [] : [{ id: 1, host: 'a', port: 1 }],
      topics: topics.map((topic) => {
        const leaders = this.topics.get(topic);
        if (!leaders) return { topic, error: 'UNKNOWN_TOPIC_OR_PARTITION' as const, partitions: [] };
        const partitions = leaders.map((leader, partition) => ({
          partition,
          leader,
          replicas: [],
          inSyncReplicas: [],
          error: null,
        }));
        return { topic, error: null, partitions };
      }),
    };
  }

  async produce(broker: number, request: ProduceRequest, signal: AbortSignal): Promise<readonly ProduceResult[]> {
    const { partitions, ...options } = request;
    this.options.push(options);
    const batches = partitions.map(
      ({ topic, partition, records }) => `${topic}/${partition}:${records.map(({ value }) => String(value)).join(',')}`,
    );
    this.requests.push({ broker, atMs: this.#clock.nowMs(), batches });
    const step = this.away
      ? 'unreachable'
      : this.refuses === undefined
        ? (this.script.shift() ?? 'ok')
        : 'access-denied';
    await this.#wait(1);
    if (step === 'hang') {
      await Promise.race([this.#wait(10_000), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
      throw new KafkaFailure(signal.aborted ? 'aborted' : 'timeout', 'no answer came');
    }
    if (step === 'late') await this.#wait(10_000);
    if (step === 'ok' || step === 'late' || step === 'lost' || step === 'deposed') {
      const results = request.partitions.map((partition) => this.#write(broker, partition));
      if (step === 'deposed')
        return results.map((result) => ({ ...result, error: 'NOT_LEADER_FOR_PARTITION', baseOffset: -1 }));
      if (step === 'lost') throw new KafkaFailure('connection-lost', 'the connection ended');
      return results;
    }
    if (typeof step === 'string') throw new KafkaFailure(step, `it is ${step}`);
    return request.partitions.map((partition) => {
      const error = step(partition.topic, partition.partition);
      if (!error) return this.#write(broker, partition);
      return { topic: partition.topic, partition: partition.partition, error, baseOffset: -1 };
    });
  }

  async initProducerId(): Promise<ProducerIdentity> {
    const step = this.identityScript.shift();
    await this.#wait(step === 'slow' ? 1000 : 1);
    if (this.away) throw new KafkaFailure('unreachable', 'no broker answers');
    if (step && step !== 'slow') throw new KafkaFailure(step, `it is ${step}`);
    return { id: ++this.identities, epoch: 0 };
  }

  refusal(): KafkaFailure | undefined {
    return this.refuses === undefined ? undefined : new KafkaFailure('access-denied', this.refuses);
  }

  /** The brokers forget who wrote what, as by retention. */
  forgetProducers(): void {
    this.#known.clear();
  }

  /** As brokers before 2.5: a sequence that follows nothing known must be 0. `undefined`: it is to be written. */
  #repetition({ topic, partition, records, sequence }: ProducePartition): Partial<ProduceResult> | undefined {
    if (!sequence) return undefined;
    const { id, baseSequence: base } = sequence;
    this.sequences.push(`${id}:${base}`);
    const key = `${topic}/${partition}/${id}`;
    const batches = this.#known.get(key) ?? [];
    const same = batches.find((batch) => batch.base === base && batch.count === records.length);
    if (same) return { baseOffset: same.offset };
    const last = batches.at(-1);
    if (!last && base !== 0) return { error: 'UNKNOWN_PRODUCER_ID' };
    if (last && base !== last.base + last.count) {
      return { error: base < last.base ? 'DUPLICATE_SEQUENCE_NUMBER' : 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
    }
    return undefined;
  }

  #write(broker: number, request: ProducePartition): ProduceResult {
    const { topic, partition, records, sequence } = request;
    const leader = this.topics.get(topic)?.[partition];
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    const refuse = (error: BrokerErrorName) => ({ topic, partition, error, baseOffset: -1 });
    if (leader === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION');
    if (leader !== broker) return refuse('NOT_LEADER_FOR_PARTITION');
    if (bytes > this.maxBatchBytes) return refuse('MESSAGE_TOO_LARGE');
    if (this.refusesHeaders && records.some(({ headers }) => headers.length > 0))
      return refuse('UNSUPPORTED_FOR_MESSAGE_FORMAT');
    const repetition = this.#repetition(request);
    if (repetition) return { topic, partition, error: null, baseOffset: -1, ...repetition };
    const log = this.logs.get(`${topic}/${partition}`) ?? [];
    this.logs.set(`${topic}/${partition}`, log);
    const baseOffset = log.length;
    for (const { value } of records) log.push(String(value));
    if (sequence) {
      const key = `${topic}/${partition}/${sequence.id}`;
      const batches = [
        ...(this.#known.get(key) ?? []),
        { base: sequence.baseSequence, count: records.length, offset: baseOffset },
      ];
      this.#known.set(key, batches.slice(-5));
    }
    return { topic, partition, error: null, baseOffset };
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, delayMs));
  }
}
