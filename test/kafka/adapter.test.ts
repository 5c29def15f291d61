import { afterEach, describe, expect, it } from 'vitest';
import { virtualHost } from '../../src/host/virtual-host.js';
import { createKafkaAdapter } from '../../src/kafka/adapter/kafka-adapter.js';
import type { KafkaAdapterLimits } from '../../src/kafka/adapter/limits.js';
import type { Kafka } from '../../src/kafka/port.js';
import { calm, failure, record } from '../contracts/kafka-port-world.js';
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
const ranges = {
  [API.produce]: [0, 7],
  [API.fetch]: [0, 4],
  [API.metadata]: [0, 0],
  [API.listOffsets]: [0, 1],
} as const;

const fetchAnswer = (highWatermark: number): Buffer =>
  Buffer.concat([
    int32(0),
    array([
      Buffer.concat([
        string('t'),
        array([Buffer.concat([int32(0), int16(0), int64(highWatermark), int64(0), int32(0), int32(0)])]),
      ]),
    ]),
  ]);
const offsetsAnswer = Buffer.concat([
  array([Buffer.concat([string('t'), array([Buffer.concat([int32(0), int16(0), int64(-1), int64(42)])])])]),
]);

function healthy(request: FakeRequest, broker: FakeBroker): FakeAnswer {
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

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function world(
  answer: (request: FakeRequest, broker: FakeBroker) => FakeAnswer | Promise<FakeAnswer> = healthy,
  limits: Partial<KafkaAdapterLimits> = {},
) {
  const broker: FakeBroker = await startFakeBroker((request) => answer(request, broker));
  const host = virtualHost();
  const warnings: string[] = [];
  const kafka = createKafkaAdapter({
    seedPeers: [broker.address],
    clientId: 'test',
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

const offsets = (kafka: Kafka, signal = calm()) =>
  kafka.listOffsets(1, [{ topic: 't', partition: 0 }], 'latest', signal);
const fetch = (kafka: Kafka, lane: string, options: { maxWaitMs?: number; signal?: AbortSignal } = {}) =>
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
const produce = (kafka: Kafka, requiredAcks: -1 | 0 | 1 = 1, headers: { key: string; value: null }[] = []) =>
  kafka.produce(
    1,
    { requiredAcks, timeoutMs: 2_000, partitions: [{ topic: 't', partition: 0, records: [record('x', { headers })] }] },
    calm(),
  );
const sent = (broker: FakeBroker, apiKey: number) => broker.requests.filter((request) => request.apiKey === apiKey);
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);

describe('versions', () => {
  it('are asked for on each connection, and the highest common one is used', async () => {
    const { broker, kafka } = await world();
    await kafka.metadata(['t'], calm());
    expect((await offsets(kafka))[0]).toMatchObject({ error: null, offset: 42 });
    expect(broker.requests.map((r) => [r.apiKey, r.apiVersion])).toEqual([
      [API.versions, 2],
      [API.metadata, 0],
      [API.listOffsets, 1],
    ]);
  });

  it('are asked for in lower forms when the broker refuses the first', async () => {
    const { broker, kafka } = await world((request, b) =>
      request.apiKey === API.versions && request.apiVersion > 0
        ? Buffer.concat([int16(35), array([])])
        : healthy(request, b),
    );
    await kafka.metadata([], calm());
    expect(sent(broker, API.versions).map((r) => r.apiVersion)).toEqual([2, 1, 0]);
    expect(broker.socketsOpened).toBe(1);
  });

  it('of a broker that closes at the question are those of Kafka 0.8.2, remembered until it is time to ask again', async () => {
    const { broker, kafka, clock, warnings } = await world((request, b) =>
      request.apiKey === API.versions
        ? 'close'
        : request.apiKey === API.listOffsets
          ? Buffer.concat([array([])])
          : healthy(request, b),
    );
    await kafka.metadata([], calm());
    await offsets(kafka);
    expect(sent(broker, API.versions)).toHaveLength(1);
    expect(sent(broker, API.listOffsets)[0]!.apiVersion).toBe(0);
    expect(warnings).toHaveLength(1);
    expect(broker.socketsOpened).toBe(2);
    await clock.runFor(600_001);
    await offsets(kafka);
    expect(sent(broker, API.versions)).toHaveLength(2);
  });

  it('of a broker that keeps silent are those of Kafka 0.8.2, after two seconds', async () => {
    const { broker, kafka, clock } = await world((request, b) =>
      request.apiKey === API.versions ? 'silence' : healthy(request, b),
    );
    const metadata = kafka.metadata([], calm());
    await until(() => sent(broker, API.versions).length === 1);
    await clock.runFor(2_000);
    expect((await metadata).brokers).toEqual([{ id: 1, host: '127.0.0.1', port: broker.port }]);
    expect(sent(broker, API.metadata)[0]).toMatchObject({ apiVersion: 0, socket: 2 });
  });

  it('are not taken for old ones once the broker has answered', async () => {
    const { broker, kafka, clock } = await world();
    await kafka.metadata([], calm());
    broker.answer = (request) => (request.apiKey === API.versions ? 'silence' : healthy(request, broker));
    const lost = failure(fetch(kafka, 'lane'), 'unreachable');
    await until(() => sent(broker, API.versions).length === 2);
    await clock.runFor(2_000);
    await lost;
    expect(sent(broker, API.fetch)).toHaveLength(0);
    broker.answer = (request) => healthy(request, broker);
    expect((await fetch(kafka, 'lane'))[0]).toMatchObject({ error: null, highWatermark: 9 });
  });

  it('without one in common: nothing is sent', async () => {
    const { broker, kafka } = await world((request, b) =>
      request.apiKey === API.versions ? versionsAnswer({ ...ranges, [API.listOffsets]: [4, 8] }) : healthy(request, b),
    );
    await kafka.metadata([], calm());
    const lost = await failure(offsets(kafka), 'unsupported');
    expect(lost.message).toContain('4 to 8');
    expect(sent(broker, API.listOffsets)).toHaveLength(0);
  });

  it('that know no headers: a record with one is refused, not written without it', async () => {
    const { broker, kafka } = await world((request, b) =>
      request.apiKey === API.versions
        ? versionsAnswer({ ...ranges, [API.produce]: [0, 2] })
        : request.apiKey === API.produce
          ? Buffer.concat([array([]), int32(0)])
          : healthy(request, b),
    );
    await kafka.metadata([], calm());
    expect(await produce(kafka, 1, [{ key: 'h', value: null }])).toEqual([
      { topic: 't', partition: 0, error: 'UNSUPPORTED_FOR_MESSAGE_FORMAT', baseOffset: -1 },
    ]);
    expect(sent(broker, API.produce)[0]!.body.toString('latin1')).not.toContain('x');
  });
});

describe('deadlines', () => {
  it.each([
    ['a produce: its own time and a margin', (kafka: Kafka) => produce(kafka), 7_000, API.produce],
    ['a fetch: its wait and a margin', (kafka: Kafka) => fetch(kafka, 'lane'), 8_000, API.fetch],
    ['offsets: ten seconds', (kafka: Kafka) => offsets(kafka), 10_000, API.listOffsets],
  ] as const)('of %s; then the connection is given up', async (_, ask, deadlineMs, apiKey) => {
    const { broker, kafka, clock } = await world();
    await kafka.metadata([], calm());
    broker.answer = (request) => (request.apiKey === apiKey ? 'silence' : healthy(request, broker));
    let settled = false;
    const lost = failure(
      ask(kafka).finally(() => (settled = true)),
      'timeout',
    );
    await until(() => sent(broker, apiKey).length === 1);
    await clock.runFor(deadlineMs - 1);
    expect(settled).toBe(false);
    await clock.runFor(1);
    expect((await lost).outcomeUnknown).toBe(true);
    const { socket } = sent(broker, apiKey)[0]!;
    const before = broker.socketsOpened;
    broker.answer = (request) =>
      request.apiKey === API.produce ? Buffer.concat([array([]), int32(0)]) : healthy(request, broker);
    await ask(kafka);
    expect(broker.socketsOpened).toBe(before + 1);
    expect(sent(broker, apiKey)[1]!.socket).not.toBe(socket);
  });

  it('that pass take along what waits behind on the same socket, and nothing else', async () => {
    const { broker, kafka, clock } = await world();
    await kafka.metadata([], calm());
    await fetch(kafka, 'lane');
    broker.answer = () => 'silence';
    const poll = fetch(kafka, 'lane', { maxWaitMs: 60_000 });
    const first = failure(offsets(kafka), 'timeout');
    await until(() => sent(broker, API.listOffsets).length === 1);
    await clock.runFor(1_000);
    const second = failure(offsets(kafka), 'connection-lost');
    await until(() => sent(broker, API.listOffsets).length === 2);
    await clock.runFor(9_000);
    await Promise.all([first, second]);
    broker.cutAll();
    await failure(poll, 'connection-lost');
  });

  it('leave no timer behind', async () => {
    const { broker, kafka, clock } = await world();
    await kafka.metadata([], calm());
    await Promise.all([fetch(kafka, 'a'), offsets(kafka)]);
    expect(clock.pendingTimers).toBe(0);
    broker.answer = () => 'silence';
    const polls = [failure(fetch(kafka, 'a'), 'aborted'), failure(offsets(kafka), 'aborted')];
    await until(() => sent(broker, API.fetch).length === 2);
    expect(clock.pendingTimers).toBe(2);
    await kafka.close();
    await Promise.all(polls);
    expect(clock.pendingTimers).toBe(0);
    await until(() => broker.socketsOpen === 0);
  });
});

describe('sockets', () => {
  it('are one for control, one for produce and one for each lane, whoever asks first', async () => {
    const { broker, kafka } = await world((request, b) =>
      request.apiKey === API.produce ? Buffer.concat([array([]), int32(0)]) : healthy(request, b),
    );
    await kafka.metadata([], calm());
    await Promise.all([
      offsets(kafka),
      offsets(kafka),
      produce(kafka),
      produce(kafka),
      fetch(kafka, 'a'),
      fetch(kafka, 'b'),
    ]);
    await fetch(kafka, 'a');
    expect(broker.socketsOpened).toBe(4);
    const socketsOf = (apiKey: number) => new Set(sent(broker, apiKey).map((r) => r.socket)).size;
    expect([API.listOffsets, API.produce, API.fetch].map(socketsOf)).toEqual([1, 1, 2]);
  });

  it('are shared by lanes beyond the limit, with shorter polls', async () => {
    const { broker, kafka } = await world(healthy, { fetchSocketsPerBrokerMax: 2 });
    await kafka.metadata([], calm());
    for (const lane of ['a', 'b', 'c']) await fetch(kafka, lane);
    for (const lane of ['a', 'b', 'c']) await fetch(kafka, lane);
    const seen = sent(broker, API.fetch).map((r) => [r.socket, r.body.readInt32BE(4)]);
    const [a, b] = [seen[0]![0], seen[1]![0]];
    expect(a).not.toBe(b);
    expect(seen).toEqual([
      [a, 3_000],
      [b, 3_000],
      [a, 250],
      [a, 250],
      [b, 3_000],
      [a, 250],
    ]);
    kafka.closeLane('c');
    await fetch(kafka, 'a');
    expect(sent(broker, API.fetch).at(-1)!.body.readInt32BE(4)).toBe(3_000);
  });

  it('of a lane end with it', async () => {
    const { broker, kafka } = await world();
    await kafka.metadata([], calm());
    await fetch(kafka, 'a');
    kafka.closeLane('a');
    await until(() => broker.socketsOpen === 1);
  });

  it('refuse more than the limit of unanswered control requests, unsent', async () => {
    const { broker, kafka } = await world(healthy, { controlRequestsMax: 2 });
    await kafka.metadata([], calm());
    broker.answer = () => 'silence';
    const waiting = [failure(offsets(kafka), 'aborted'), failure(offsets(kafka), 'aborted')];
    const refused = await failure(offsets(kafka), 'unreachable');
    expect(refused.outcomeUnknown).toBe(false);
    await kafka.close();
    await Promise.all(waiting);
  });

  it('are opened again after the broker has closed them', async () => {
    const { broker, kafka } = await world();
    await kafka.metadata([], calm());
    broker.answer = (request) => (request.apiKey === API.listOffsets ? 'close' : healthy(request, broker));
    await failure(offsets(kafka), 'connection-lost');
    broker.answer = (request) => healthy(request, broker);
    expect((await offsets(kafka))[0]!.offset).toBe(42);
  });

  it('stay when the asker of a control request gives up, and go when that of a poll does', async () => {
    const { broker, kafka } = await world();
    await kafka.metadata([], calm());
    await fetch(kafka, 'a');
    broker.answer = () => 'silence';
    const controller = new AbortController();
    const given = [
      failure(offsets(kafka, controller.signal), 'aborted'),
      failure(fetch(kafka, 'a', { signal: controller.signal }), 'aborted'),
    ];
    await until(() => sent(broker, API.fetch).length === 2 && sent(broker, API.listOffsets).length === 1);
    controller.abort();
    await Promise.all(given);
    await until(() => broker.socketsOpen === 1);
    await kafka.close();
  });
});

describe('answers', () => {
  it('that cannot be read are a failure, and the next request is served', async () => {
    const { broker, kafka } = await world();
    await kafka.metadata([], calm());
    broker.answer = (request) => (request.apiKey === API.fetch ? int32(7) : healthy(request, broker));
    const lost = await failure(fetch(kafka, 'a'), 'broker');
    expect(lost.message).toContain('could not be read');
    broker.answer = (request) => healthy(request, broker);
    expect((await fetch(kafka, 'a'))[0]!.error).toBeNull();
  });

  it('that lack a partition report it with an error', async () => {
    const { kafka } = await world((request, b) =>
      request.apiKey === API.produce ? Buffer.concat([array([]), int32(0)]) : healthy(request, b),
    );
    await kafka.metadata([], calm());
    expect(await produce(kafka)).toEqual([{ topic: 't', partition: 0, error: 'UNKNOWN_-1', baseOffset: -1 }]);
  });

  it('are not awaited with acks 0', async () => {
    const { broker, kafka } = await world((request, b) =>
      request.apiKey === API.produce ? 'silence' : healthy(request, b),
    );
    await kafka.metadata([], calm());
    expect(await produce(kafka, 0)).toEqual([{ topic: 't', partition: 0, error: null, baseOffset: 0 }]);
    await until(() => sent(broker, API.produce).length === 1);
  });
});

describe('metadata', () => {
  it('of an old broker is asked for all topics, so that asking creates none', async () => {
    const { broker, kafka } = await world();
    const { topics } = await kafka.metadata(['mine'], calm());
    expect(topics).toEqual([{ topic: 'mine', error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: [] }]);
    expect(sent(broker, API.metadata)[0]!.body).toEqual(array([]));
  });

  it('names the topics where a broker can be told to create none', async () => {
    const answer = Buffer.concat([
      int32(0),
      array([Buffer.concat([int32(1), string('h'), int32(9), int16(-1)])]),
      int16(-1),
      int32(1),
      array([]),
    ]);
    const { broker, kafka } = await world((request) =>
      request.apiKey === API.versions ? versionsAnswer({ ...ranges, [API.metadata]: [0, 5] }) : answer,
    );
    await kafka.metadata(['mine'], calm());
    expect(sent(broker, API.metadata)[0]!.body).toEqual(Buffer.concat([array([string('mine')]), Buffer.from([0])]));
    await kafka.metadata([], calm());
    expect(sent(broker, API.metadata)[1]!.body).toEqual(Buffer.concat([array([]), Buffer.from([0])]));
  });

  it('of a broker that knows no broker is no answer: the next one is asked', async () => {
    const { broker: living, kafka: unused } = await world();
    await unused.close();
    const empty = await startFakeBroker((request) =>
      request.apiKey === API.versions ? versionsAnswer(ranges) : Buffer.concat([array([]), array([])]),
    );
    ends.push(() => empty.stop());
    const kafka = createKafkaAdapter({
      seedPeers: [empty.address, living.address],
      clientId: 'test',
      host: virtualHost(),
      logger: { warn: () => {} },
    });
    ends.push(() => kafka.close());
    expect((await kafka.metadata([], calm())).brokers[0]!.port).toBe(living.port);
  });

  it('is asked of the next broker when one keeps silent or cannot be reached', async () => {
    const { broker: living, kafka: unused } = await world();
    await unused.close();
    const silent = await startFakeBroker((request) =>
      request.apiKey === API.versions ? versionsAnswer(ranges) : 'silence',
    );
    ends.push(() => silent.stop());
    const host = virtualHost();
    const kafka = createKafkaAdapter({
      seedPeers: ['127.0.0.1:1', silent.address, living.address],
      clientId: 'test',
      host,
      logger: { warn: () => {} },
    });
    ends.push(() => kafka.close());
    const metadata = kafka.metadata([], calm());
    await until(() => silent.requests.length === 2);
    await host.clock.runFor(3_000);
    expect((await metadata).brokers[0]!.port).toBe(living.port);
  });
});

describe('seeds', () => {
  const made = (peer: string) => () =>
    createKafkaAdapter({ seedPeers: [peer], clientId: 'test', host: virtualHost(), logger: { warn: () => {} } });
  it.each(['', 'a:b', 'host:0', 'host:70000', 'a b:9092', '::1:9092'])('refuses "%s"', (peer) => {
    expect(made(peer)).toThrow(RangeError);
  });
  it.each(['localhost', 'host:9093', '[::1]:9092', ' 10.0.0.1:9092 '])('accepts "%s"', async (peer) => {
    await made(peer)().close();
  });
});
