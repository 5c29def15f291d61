import { expect, vi } from 'vitest';
import { KafkaFailure } from '../../src/kafka/port.js';
import type { BrokerFeature } from '../support/broker-features.js';
import type {
  BrokerId,
  FetchPartition,
  FetchResult,
  Kafka,
  KafkaFailureKind,
  NewRecord,
  ProduceResult,
} from '../../src/kafka/port.js';

/** A cluster with a client of its own. */
export interface KafkaWorld {
  readonly kafka: Kafka;
  /** Resolves when every partition has a leader. */
  createTopic(name: string, partitions: number, config?: Readonly<Record<string, string>>): Promise<void>;
  /** A name that no other test uses, for topics and groups. */
  uniqueName(prefix: string): string;
  /** A client whose cluster cannot be reached. The test closes it. */
  unreachable(): Kafka;
  /** Not given: its brokers can do everything that the contract asks of the newest. */
  supports?(feature: BrokerFeature): boolean;
  /** Closes the client and what else this world holds; the cluster itself may be shared and stay. */
  close(): Promise<void>;
}

export type World = () => KafkaWorld;

/** Where brokers differ by their version, a test expects of each what it can do. */
export const supports = (world: KafkaWorld, feature: BrokerFeature): boolean => world.supports?.(feature) ?? true;

/** A signal that nobody raises. */
export const calm = (): AbortSignal => new AbortController().signal;

/** Longer than any test may last: a poll with it ends only because of what the test does. */
export const POLL_MS_FOREVER = 120_000;

export const PARTITION_BYTES_MAX = 1_048_576;

/** A record without key, at a fixed time. */
export function record(value: string | Buffer | null, rest: Partial<NewRecord> = {}): NewRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return { key: null, value: bytes, headers: [], timestampMs: 1_700_000_000_000, ...rest };
}

export async function leaderOf(kafka: Kafka, topic: string, partition = 0): Promise<BrokerId> {
  const { topics } = await kafka.metadata([topic], calm());
  const leader = topics.find((t) => t.topic === topic)?.partitions.find((p) => p.partition === partition)?.leader;
  if (leader === undefined || leader < 0) throw new Error(`${topic}/${partition} has no leader`);
  return leader;
}

/** A topic of its own, with the broker that leads its first partition. */
export async function freshTopic(world: KafkaWorld, partitions = 1): Promise<{ topic: string; leader: BrokerId }> {
  const topic = world.uniqueName('topic');
  await world.createTopic(topic, partitions);
  return { topic, leader: await leaderOf(world.kafka, topic) };
}

/** Writes one batch and expects it to be written. */
export async function write(
  kafka: Kafka,
  topic: string,
  records: readonly NewRecord[],
  partition = 0,
): Promise<ProduceResult> {
  const leader = await leaderOf(kafka, topic, partition);
  const results = await kafka.produce(
    leader,
    { requiredAcks: -1, timeoutMs: 10_000, partitions: [{ topic, partition, records }] },
    calm(),
  );
  expect(results).toHaveLength(1);
  const result = results[0]!;
  expect(result).toMatchObject({ topic, partition, error: null });
  return result;
}

/** One fetch from the broker that leads the first of these partitions. */
export async function read(
  kafka: Kafka,
  partitions: readonly (Pick<FetchPartition, 'topic'> & Partial<FetchPartition>)[],
  options: { maxWaitMs?: number; maxBytes?: number; lane?: string; signal?: AbortSignal } = {},
): Promise<readonly FetchResult[]> {
  const asked = partitions.map((p) => ({ partition: 0, offset: 0, maxBytes: PARTITION_BYTES_MAX, ...p }));
  const leader = await leaderOf(kafka, asked[0]!.topic, asked[0]!.partition);
  return kafka.fetch(
    leader,
    options.lane ?? 'contract',
    {
      maxWaitMs: options.maxWaitMs ?? POLL_MS_FOREVER,
      minBytes: 1,
      maxBytes: options.maxBytes ?? 16 * PARTITION_BYTES_MAX,
      partitions: asked,
    },
    options.signal ?? calm(),
  );
}

/** Expects the rejection to be a `KafkaFailure` of this kind, and gives it. */
export async function failure(promise: Promise<unknown>, kind: KafkaFailureKind): Promise<KafkaFailure> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  expect(outcome, `expected a failure of kind ${kind}`).toHaveProperty('error');
  const { error } = outcome as { error: unknown };
  expect(error).toBeInstanceOf(KafkaFailure);
  expect((error as KafkaFailure).kind).toBe(kind);
  expect((error as KafkaFailure).message).not.toBe('');
  return error as KafkaFailure;
}

/** Asks again until it resolves; for what a fresh cluster refuses for a moment. */
export const eventually = <T>(ask: () => Promise<T>): Promise<T> => vi.waitFor(ask, { timeout: 20_000, interval: 100 });
