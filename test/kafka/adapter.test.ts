import { describe, expect, it } from 'vitest';
import { calm, failure, record } from '../contracts/kafka-port-world.js';
import { batchAt } from './batches.js';
import { API, array, int16, int32, int64, string } from './fake-broker.js';
import { fetch, healthy, offsets, produce, sent, until, world } from './fake-world.js';
import type { Kafka } from '../../src/kafka/port.js';

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

  it('about several partitions give each a buffer of its own, about one a slice', async () => {
    const part = (partition: number, bytes: Buffer) =>
      Buffer.concat([int32(partition), int16(0), int64(1), int64(1), int32(0), int32(bytes.length), bytes]);
    let parts: readonly Buffer[] = [];
    const { kafka } = await world((request, b) =>
      request.apiKey === API.fetch
        ? Buffer.concat([int32(0), array([Buffer.concat([string('t'), array(parts)])])])
        : healthy(request, b),
    );
    await kafka.metadata([], calm());
    const one = batchAt(0, [record('x'.repeat(100))]);
    const two = batchAt(0, [record('y'.repeat(5_000))]);
    const ask = async () => {
      const partitions = [0, 1].map((partition) => ({ topic: 't', partition, offset: 0, maxBytes: 10_000 }));
      return kafka.fetch(1, 'lane', { maxWaitMs: 1, minBytes: 1, maxBytes: 10_000, partitions }, calm());
    };
    parts = [part(0, one), part(1, two)];
    expect((await ask()).map((r) => r.retainedBytes)).toEqual([one.length, two.length]);
    parts = [part(0, Buffer.alloc(0)), part(1, two)];
    const [nothing, slice] = await ask();
    expect(nothing!.retainedBytes).toBe(0);
    expect(slice!.retainedBytes).toBe(slice!.records[0]!.value!.buffer.byteLength);
    expect(slice!.retainedBytes).toBeGreaterThan(two.length);
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
