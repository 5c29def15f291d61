import type { VirtualClock } from '../../../src/host/virtual-host.js';
import {
  KafkaFailure,
  type BrokerErrorName,
  type ClusterMetadata,
  type Kafka,
  type KafkaFailureKind,
  type ProduceRequest,
  type ProduceResult,
} from '../../../src/kafka/port.js';

/** What happens to one produce request. `lost`: it is written, and its answer is not heard. `hang`: no answer for 10 s. `late`: one after 10 s. */
export type Step =
  'ok' | 'lost' | 'hang' | 'late' | KafkaFailureKind | ((topic: string, partition: number) => BrokerErrorName | null);

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
  /** Metadata requests wait for it. */
  slowMetadataMs = 1;
  maxBatchBytes = Infinity;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async metadata(topics: readonly string[], _signal: AbortSignal): Promise<ClusterMetadata> {
    this.lookups.push([...topics]);
    await this.#wait(this.slowMetadataMs);
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
    const batches = request.partitions.map(
      ({ topic, partition, records }) => `${topic}/${partition}:${records.map(({ value }) => String(value)).join(',')}`,
    );
    this.requests.push({ broker, atMs: this.#clock.nowMs(), batches });
    const step = this.away ? 'unreachable' : (this.script.shift() ?? 'ok');
    await this.#wait(1);
    if (step === 'hang') {
      await Promise.race([this.#wait(10_000), new Promise((resolve) => signal.addEventListener('abort', resolve))]);
      throw new KafkaFailure(signal.aborted ? 'aborted' : 'timeout', 'no answer came');
    }
    if (step === 'late') await this.#wait(10_000);
    if (step === 'ok' || step === 'late' || step === 'lost') {
      const results = request.partitions.map((partition) => this.#write(broker, partition));
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

  #write(broker: number, { topic, partition, records }: ProduceRequest['partitions'][number]): ProduceResult {
    const leader = this.topics.get(topic)?.[partition];
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    const refuse = (error: BrokerErrorName) => ({ topic, partition, error, baseOffset: -1 });
    if (leader === undefined) return refuse('UNKNOWN_TOPIC_OR_PARTITION');
    if (leader !== broker) return refuse('NOT_LEADER_FOR_PARTITION');
    if (bytes > this.maxBatchBytes) return refuse('MESSAGE_TOO_LARGE');
    const log = this.logs.get(`${topic}/${partition}`) ?? [];
    this.logs.set(`${topic}/${partition}`, log);
    const baseOffset = log.length;
    for (const { value } of records) log.push(String(value));
    return { topic, partition, error: null, baseOffset };
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, delayMs));
  }
}
