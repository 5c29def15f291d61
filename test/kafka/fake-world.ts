import { afterEach, expect } from 'vitest';
import { virtualHost } from '../../src/host/virtual-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { KafkaAdapterLimits } from '../../src/kafka/adapter/limits.js';
import type { Kafka } from '../../src/kafka/port.js';
import { calm, record } from '../contracts/kafka-port-world.js';
import {
  API,
  array,
  int16,
  int32,
  int64,
  metadataAnswer,
  startFakeBroker,
  string,
  versionsAnswer,
} from './fake-broker.js';
import type { FakeAnswer, FakeBroker, FakeRequest } from './fake-broker.js';

/** What the brokers of these tests speak: old forms, because they are short. */
export const ranges = {
  [API.produce]: [0, 7],
  [API.fetch]: [0, 4],
  [API.metadata]: [0, 0],
  [API.listOffsets]: [0, 1],
} as const;

export const fetchAnswer = (highWatermark: number): Buffer =>
  Buffer.concat([
    int32(0),
    array([
      Buffer.concat([
        string('t'),
        array([Buffer.concat([int32(0), int16(0), int64(highWatermark), int64(0), int32(0), int32(0)])]),
      ]),
    ]),
  ]);
export const offsetsAnswer = Buffer.concat([
  array([Buffer.concat([string('t'), array([Buffer.concat([int32(0), int16(0), int64(-1), int64(42)])])])]),
]);

export function healthy(request: FakeRequest, broker: FakeBroker): FakeAnswer {
  switch (request.apiKey) {
    case API.versions:
      return versionsAnswer(ranges);
    case API.metadata:
      return metadataAnswer(broker.port);
    case API.fetch:
      return fetchAnswer(9);
    default:
      return offsetsAnswer;
  }
}

export const ends: (() => Promise<void>)[] = [];
/** What was started for a test ends after it. */
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export async function world(
  answer: (request: FakeRequest, broker: FakeBroker) => FakeAnswer | Promise<FakeAnswer> = healthy,
  limits: Partial<KafkaAdapterLimits> = {},
  kafkaVersion = '',
) {
  const broker: FakeBroker = await startFakeBroker((request) => answer(request, broker));
  const host = virtualHost();
  const warnings: string[] = [];
  const kafka = createKafkaAdapter({
    seedPeers: [broker.address],
    clientId: 'test',
    kafkaVersion,
    host,
    logger: { warn: (_, message) => warnings.push(message) },
    limits,
  });
  ends.push(
    () => broker.stop(),
    () => kafka.close(),
  );
  return { broker, kafka, clock: host.clock, warnings };
}

export const offsets = (kafka: Kafka, signal = calm()) =>
  kafka.listOffsets(1, [{ topic: 't', partition: 0 }], 'latest', signal);
export const fetch = (kafka: Kafka, lane: string, options: { maxWaitMs?: number; signal?: AbortSignal } = {}) =>
  kafka.fetch(
    1,
    lane,
    {
      maxWaitMs: options.maxWaitMs ?? 3_000,
      minBytes: 1,
      maxBytes: 1_000,
      partitions: [{ topic: 't', partition: 0, offset: 9, maxBytes: 1_000 }],
    },
    options.signal ?? calm(),
  );
export const produce = (kafka: Kafka, requiredAcks: -1 | 0 | 1 = 1, headers: { key: string; value: null }[] = []) =>
  kafka.produce(
    1,
    { requiredAcks, timeoutMs: 2_000, partitions: [{ topic: 't', partition: 0, records: [record('x', { headers })] }] },
    calm(),
  );
export const sent = (broker: FakeBroker, apiKey: number) =>
  broker.requests.filter((request) => request.apiKey === apiKey);
export const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);
