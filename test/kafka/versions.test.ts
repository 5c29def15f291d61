import { describe, expect, it } from 'vitest';
import { calm, failure, record } from '../contracts/kafka-port-world.js';
import { API, array, int16, int32, versionsAnswer } from './fake-broker.js';
import { fetch, healthy, offsets, produce, ranges, sent, until, world } from './fake-world.js';

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
    expect(sent(broker, API.produce)).toHaveLength(0);
  });

  it.each([1, 0] as const)('that know no zstd: nothing packed with it is sent (acks %i)', async (requiredAcks) => {
    const { broker, kafka } = await world((request, b) =>
      request.apiKey === API.versions ? versionsAnswer({ ...ranges, [API.produce]: [0, 6] }) : healthy(request, b),
    );
    await kafka.metadata([], calm());
    const partitions = [0, 1].map((partition) => ({ topic: 't', partition, records: [record('x'.repeat(100))] }));
    const request = { requiredAcks, timeoutMs: 2_000, compression: 'zstd', partitions } as const;
    expect(await kafka.produce(1, request, calm())).toEqual(
      [0, 1].map((partition) => ({ topic: 't', partition, error: 'UNSUPPORTED_COMPRESSION_TYPE', baseOffset: -1 })),
    );
    expect(sent(broker, API.produce)).toHaveLength(0);
  });
});
