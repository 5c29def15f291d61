import { describe, expect, it } from 'vitest';
import { encodeMessageSet } from '../../src/kafka/records/message-set-encoder.js';
import { calm, record } from '../contracts/kafka-port-world.js';
import { API, array, int16, int32, int64, string, versionsAnswer } from './fake-broker.js';
import { healthy, ranges, sent, world } from './fake-world.js';

const LIMIT_BYTES = 100;

/** As a broker keeps these values: an entry of magic 0 for each, from offset 0 on. */
async function logOf(...values: readonly string[]): Promise<Buffer> {
  const entries = values.map(async (value, offset) => {
    const entry = Buffer.from(await encodeMessageSet([record(value)], 0, 'none'));
    entry.writeBigInt64BE(BigInt(offset));
    return entry;
  });
  return Buffer.concat(await Promise.all(entries));
}

/** A broker of 0.8.2 or 0.9: it cuts each partition's part of the answer at that partition's limit. */
function oldBroker(logs: Readonly<Record<number, Buffer>>) {
  return world((request, broker) => {
    if (request.apiKey === API.versions) return versionsAnswer({ ...ranges, [API.fetch]: [0, 1] });
    if (request.apiKey !== API.fetch) return healthy(request, broker);
    const asked = askedFor(request.body);
    const partitions = asked.map(({ partition, maxBytes }) => {
      const bytes = (logs[partition] ?? Buffer.alloc(0)).subarray(0, maxBytes);
      return Buffer.concat([int32(partition), int16(0), int64(9), int32(bytes.length), bytes]);
    });
    return Buffer.concat([int32(0), array([Buffer.concat([string('t'), array(partitions)])])]);
  });
}

/** Fetch Request v1 => replica_id max_wait_time min_bytes [topic [partition fetch_offset max_bytes]], here of one topic. */
function askedFor(body: Buffer): { partition: number; maxBytes: number }[] {
  const partitionsAt = 4 + 4 + 4 + 4 + 2 + 't'.length;
  return Array.from({ length: body.readInt32BE(partitionsAt) }, (_, i) => {
    const at = partitionsAt + 4 + i * 16;
    return { partition: body.readInt32BE(at), maxBytes: body.readInt32BE(at + 12) };
  });
}

describe('a message that is larger than the limit of a fetch', () => {
  const large = 'x'.repeat(5_000);
  const poll = (kafka: Awaited<ReturnType<typeof oldBroker>>['kafka'], partitions: readonly number[]) => {
    const asked = partitions.map((partition) => ({ topic: 't', partition, offset: 0, maxBytes: LIMIT_BYTES }));
    const request = { maxWaitMs: 1_000, minBytes: 1, maxBytes: LIMIT_BYTES, partitions: asked };
    return kafka.fetch(1, 'lane', request, calm());
  };

  it('comes whole from a broker before 0.10.1, which cuts it off, instead of never', async () => {
    const log = await logOf(large, 'after it');
    const { broker, kafka } = await oldBroker({ 0: log });
    await kafka.metadata([], calm());
    const [result] = await poll(kafka, [0]);
    expect(result).toMatchObject({ error: null, nextOffset: 1 });
    expect(result!.records.map(({ value }) => value!.toString())).toEqual([large]);
    // The second one asks for the entry to the byte.
    expect(sent(broker, API.fetch).map(({ body }) => askedFor(body)[0]!.maxBytes)).toEqual([
      LIMIT_BYTES,
      (await logOf(large)).length,
    ]);
  });

  it('takes turns with what other partitions have, and keeps what they gave', async () => {
    const { broker, kafka } = await oldBroker({ 0: await logOf('small'), 1: await logOf(large) });
    await kafka.metadata([], calm());
    const seen = async () => (await poll(kafka, [0, 1])).map(({ records }) => records.length);
    expect(await seen()).toEqual([1, 0]);
    expect(await seen()).toEqual([1, 1]);
    expect(sent(broker, API.fetch)).toHaveLength(3);
  });

  it('than any message can be is unreadable, and is not asked for', async () => {
    const log = await logOf(large);
    log.writeInt32BE(0x7000_0000, 8);
    const { broker, kafka } = await oldBroker({ 0: log, 1: await logOf('small') });
    await kafka.metadata([], calm());
    const [bad, good] = await poll(kafka, [0, 1]);
    expect(bad).toMatchObject({ error: 'UNREADABLE_RECORDS', records: [], nextOffset: 0 });
    expect(good).toMatchObject({ error: null, nextOffset: 1 });
    expect(sent(broker, API.fetch)).toHaveLength(1);
  });
});
