import { createEmbeddedWorld } from '../../src/embedded/world.js';
import type { EmbeddedWorld, EmbeddedWorldOptions } from '../../src/embedded/world.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import type { VirtualHost } from '../../src/host/virtual-host.js';
import type { FetchRequest, FetchResult, Kafka, NewRecord, ProduceResult } from '../../src/kafka/port.js';
import type { SessionEvent, ZooKeeperSession } from '../../src/zookeeper/port.js';

export interface Bench {
  readonly host: VirtualHost;
  readonly world: EmbeddedWorld;
}

export function bench(options: Omit<EmbeddedWorldOptions, 'host'> = {}): Bench {
  const host = virtualHost();
  return { host, world: createEmbeddedWorld({ host, ...options }) };
}

export const calm = (): AbortSignal => new AbortController().signal;

export const record = (value: string | Buffer): NewRecord => ({
  key: null,
  value: Buffer.from(value),
  headers: [],
  timestampMs: 1,
});

/** A client that knows the brokers. */
export async function kafkaClient(world: EmbeddedWorld, client?: string): Promise<Kafka> {
  const kafka = world.kafka(client);
  await kafka.metadata([], calm());
  return kafka;
}

export function produce(
  kafka: Kafka,
  values: readonly (string | Buffer)[],
  at: { broker?: number; topic?: string; partition?: number; timeoutMs?: number } = {},
): Promise<readonly ProduceResult[]> {
  const { broker = 1, topic = 't', partition = 0, timeoutMs = 5_000 } = at;
  const partitions = [{ topic, partition, records: values.map(record) }];
  return kafka.produce(broker, { requiredAcks: -1, timeoutMs, partitions }, calm());
}

export function fetch(
  kafka: Kafka,
  offset: number,
  options: Partial<FetchRequest> & { broker?: number; topic?: string; lane?: string } = {},
): Promise<readonly FetchResult[]> {
  const { broker = 1, topic = 't', lane = 'lane', ...rest } = options;
  const partitions = [{ topic, partition: 0, offset, maxBytes: 1_000_000 }];
  return kafka.fetch(broker, lane, { maxWaitMs: 1_000, minBytes: 1, maxBytes: 1_000_000, partitions, ...rest }, calm());
}

/** What a promise has come to, read while virtual time runs. */
export function outcome<T>(promise: Promise<T>): { value?: T; failure?: { kind: string; message: string } } {
  const seen: { value?: T; failure?: { kind: string; message: string } } = {};
  promise.then(
    (value) => (seen.value = value),
    (failure: unknown) => (seen.failure = failure as { kind: string; message: string }),
  );
  return seen;
}

export const kindOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'it succeeded',
    (failure: unknown) => (failure as { kind: string }).kind,
  );

export const values = (results: readonly FetchResult[]): string[] =>
  results.flatMap(({ records }) => records.map(({ value }) => value!.toString()));

/** A session with what it was told. */
export async function openSession(
  { world, host }: Bench,
  options: { client?: string; timeoutMs?: number } = {},
): Promise<{ session: ZooKeeperSession; events: SessionEvent[]; types: () => string[] }> {
  const events: SessionEvent[] = [];
  const session = world
    .zookeeper('', options.client)
    .openSession({ timeoutMs: options.timeoutMs ?? 6_000, onEvent: (event) => void events.push(event) });
  await host.clock.runUntil(() => session.sessionId !== '');
  /** The turns of its life, without its answers. */
  const types = (): string[] => events.filter(({ type }) => type !== 'answered').map(({ type }) => type);
  return { session, events, types };
}
