import { describe, expect, it } from 'vitest';
import { versionPolicy } from '../../src/kafka/adapter/version-policy.js';
import { apiKey, commonVersion } from '../../src/kafka/adapter/versions.js';
import type { ApiName, VersionTable } from '../../src/kafka/adapter/versions.js';
import { calm, failure, record } from '../contracts/kafka-port-world.js';
import { API, array, int16, int32, int64, string, versionsAnswer } from './fake-broker.js';
import { fetch, healthy, offsets, produce, ranges, sent, world } from './fake-world.js';

const APIS: readonly ApiName[] = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetFetch',
  'GroupCoordinator',
  'InitProducerId',
  'DescribeConfigs',
];

/** A broker that speaks everything from `min` on. */
const newest = (min = 0): VersionTable =>
  Object.fromEntries(APIS.map((api) => [apiKey(api), { minVersion: min, maxVersion: 20 }]));

/** What is spoken of each API with a broker of today; -1: it is refused. */
function spoken(kafkaVersion: string, table = newest()): number[] {
  const { fixed, limited } = versionPolicy(kafkaVersion);
  const used = fixed ?? limited(table);
  return APIS.map((api) => {
    try {
      return commonVersion(used, api);
    } catch {
      return -1;
    }
  });
}

describe('kafka.version', () => {
  it.each([
    ['0.8.2.2', [0, 0, 0, 0, 1, 1, 0, -1, -1]],
    ['0.9.0.1', [1, 1, 0, 0, 2, 1, 0, -1, -1]],
    ['0.10.0.0', [2, 2, 0, 1, 2, 1, 0, -1, -1]],
    ['0.10.1.1', [2, 3, 1, 2, 2, 1, 0, -1, -1]],
    ['0.10.2.1', [2, 3, 1, 2, 2, 2, 0, -1, -1]],
    ['0.11.0.2', [3, 5, 2, 4, 3, 3, 1, 0, 0]],
    ['1.0.0', [5, 6, 2, 5, 3, 3, 1, 0, 0]],
    ['1.1.1', [5, 7, 2, 5, 3, 3, 1, 0, 1]],
    ['2.0.1', [6, 8, 3, 6, 4, 4, 2, 1, 2]],
    ['2.1.0', [7, 10, 3, 6, 4, 4, 2, 1, 2]],
    ['3.9.1', [7, 10, 3, 6, 4, 4, 2, 1, 2]],
    ['', [7, 10, 3, 6, 4, 4, 2, 1, 2]],
  ])('%s: nothing newer than that Kafka spoke is spoken', (version, expected) => {
    expect(spoken(version)).toEqual(expected);
  });

  it('that is newer than the broker changes nothing', () => {
    const old = Object.fromEntries(APIS.map((api) => [apiKey(api), { minVersion: 0, maxVersion: 1 }]));
    expect(spoken('3.9.1', old)).toEqual(spoken('', old));
  });

  it('that the broker no longer speaks is named in the refusal', () => {
    const { limited } = versionPolicy('0.10.2.1');
    expect(() => commonVersion(limited(newest(3)), 'Produce')).toThrow(
      'Kafka 0.10.2.1, as kafka.version says, has Produce up to version 2 only; the broker speaks versions 3 to 20',
    );
    expect(() => commonVersion(limited(newest()), 'InitProducerId')).toThrow(
      'kafka.version says, has no InitProducerId',
    );
  });

  it.each([
    ['0.8.2.2', 0],
    ['0.9.0.1', 1],
  ])('%s: the broker is not asked what it speaks', async (kafkaVersion, fetchVersion) => {
    const { broker, kafka } = await world(
      (request, b) =>
        request.apiKey === API.fetch
          ? Buffer.concat([...(fetchVersion === 0 ? [] : [int32(0)]), array([])])
          : request.apiKey === API.listOffsets
            ? array([])
            : healthy(request, b),
      {},
      kafkaVersion,
    );
    await kafka.metadata([], calm());
    await fetch(kafka, 'lane');
    await offsets(kafka);
    expect(broker.requests.map((r) => [r.apiKey, r.apiVersion])).toEqual([
      [API.metadata, 0],
      [API.fetch, fetchVersion],
      [API.listOffsets, 0],
    ]);
  });

  it('0.10.0.0: records go with their time, in messages of magic 1', async () => {
    const written = Buffer.concat([int32(0), int16(0), int64(5), int64(-1)]);
    const { broker, kafka } = await world(
      (request, b) =>
        request.apiKey === API.produce
          ? Buffer.concat([array([Buffer.concat([string('t'), array([written])])]), int32(0)])
          : healthy(request, b),
      {},
      '0.10.0.0',
    );
    await kafka.metadata([], calm());
    expect(await produce(kafka)).toEqual([{ topic: 't', partition: 0, error: null, baseOffset: 5 }]);
    const [request] = sent(broker, API.produce);
    expect(request!.apiVersion).toBe(2);
    const message = request!.body.subarray(request!.body.length - 12 - 22 - 1);
    expect([message[16], Number(message.readBigInt64BE(18))]).toEqual([1, record('x').timestampMs]);
  });

  it('that is too old for the broker, which closes the connection: the refusal names it, and says that nothing was written', async () => {
    const { broker, kafka } = await world(
      (request, b) =>
        request.apiKey === API.produce && request.apiVersion < 3
          ? 'close'
          : request.apiKey === API.versions
            ? // Kafka 4: it claims to speak Produce from 0 on (KAFKA-18659).
              versionsAnswer({ ...ranges, [API.produce]: [0, 11], [API.fetch]: [4, 17] })
            : healthy(request, b),
      {},
      '0.8.2.2',
    );
    await kafka.metadata([], calm());
    for (let attempt = 0; attempt < 2; attempt++) {
      const refused = await failure(produce(kafka), 'unsupported');
      expect(refused.outcomeUnknown).toBe(false);
      expect(refused.message).toContain('Kafka 0.8.2.2, as kafka.version says, has Produce up to version 0 only');
    }
    expect(kafka.refusal(1)?.message).toContain('Kafka 0.8.2.2, as kafka.version says');
    expect(broker.requests.filter(({ apiKey: key }) => key === API.versions)).toHaveLength(1);
  });

  it('is not to blame for a connection that was lost: the broker is asked once, and the failure stays what it was', async () => {
    const { broker, kafka } = await world(
      (request, b) => (request.apiKey === API.produce ? 'close' : healthy(request, b)),
      {},
      '0.8.2.2',
    );
    await kafka.metadata([], calm());
    for (let attempt = 0; attempt < 2; attempt++) {
      expect((await failure(produce(kafka), 'connection-lost')).outcomeUnknown).toBe(true);
    }
    expect(sent(broker, API.versions)).toHaveLength(1);
  });
});
