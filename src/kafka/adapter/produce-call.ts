import type { BrokerErrorName, ProducePartition, ProduceRequest, ProduceResult } from '../port.js';
import { compressedBatch, planBatch, writeBatch } from '../records/batch-encoder.js';
import { encodeMessageSet } from '../records/message-set-encoder.js';
import { AnswerReader } from './answer-reader.js';
import { brokerErrorName } from './broker-errors.js';
import { byTopic, inAskedOrder } from './calls.js';
import type { Call, CallFor } from './calls.js';
import { apiKey, commonVersion } from './versions.js';

const THROTTLE_FROM = 1;
/** The first version that carries messages with a time (magic 1). */
const TIMES_FROM = 2;
/** The first version that carries record batches; before it there are message sets, without headers. */
const RECORD_BATCHES_FROM = 3;
const LOG_START_OFFSET_FROM = 5;
const CLIENT_SIDE_THROTTLE_FROM = 6;
/** The first version in which a broker takes zstd (KIP-110). */
const ZSTD_FROM = 7;

/** The records of a partition in the form in which they go: how large they are, and what writes them. */
interface Encoded {
  readonly partition: number;
  readonly bytes: number;
  /** Gives the place after them. */
  write(target: Buffer, at: number): number;
}

const readyMade = (partition: number, bytes: Buffer): Encoded => ({
  partition,
  bytes: bytes.length,
  write(target, at) {
    target.set(bytes, at);
    return at + bytes.length;
  },
});

/** Not compressed, they are written where they go at once, without a buffer of their own. */
function encodedBatch({ compression = 'none' }: ProduceRequest, from: ProducePartition): Encoded | Promise<Encoded> {
  const { partition, records, sequence } = from;
  const plan = planBatch(records);
  const plain: Encoded = {
    partition,
    bytes: plan.bytes,
    write: (target, at) => writeBatch(target, records, plan, sequence, at),
  };
  if (compression === 'none') return plain;
  return compressedBatch(records, plan, sequence, compression).then((batch) =>
    batch ? readyMade(partition, batch) : plain,
  );
}

async function encodedSet({ compression = 'none' }: ProduceRequest, from: ProducePartition, version: number) {
  const magic = version >= TIMES_FROM ? 1 : 0;
  return readyMade(from.partition, await encodeMessageSet(from.records, magic, compression));
}

/**
 * The whole request in one buffer.
 * Produce Request v0 to v7 => transactional_id (v3) acks timeout [topic [partition record_set]]
 */
async function encodeRequest(request: ProduceRequest, version: number): Promise<Buffer> {
  const topics = byTopic(request.partitions, (from) => ({ from }));
  const encoded: { topic: string; partitions: Encoded[] }[] = [];
  let bytes = (version >= RECORD_BATCHES_FROM ? 2 : 0) + 2 + 4 + 4;
  for (const { topic, partitions } of topics) {
    bytes += 2 + Buffer.byteLength(topic) + 4;
    const all: Encoded[] = [];
    for (const { from } of partitions) {
      const made = version >= RECORD_BATCHES_FROM ? encodedBatch(request, from) : encodedSet(request, from, version);
      const one = made instanceof Promise ? await made : made;
      bytes += 4 + 4 + one.bytes;
      all.push(one);
    }
    encoded.push({ topic, partitions: all });
  }
  const target = Buffer.allocUnsafe(bytes);
  let at = version >= RECORD_BATCHES_FROM ? target.writeInt16BE(-1, 0) : 0;
  at = target.writeInt16BE(request.requiredAcks, at);
  at = target.writeInt32BE(request.timeoutMs, at);
  at = target.writeInt32BE(encoded.length, at);
  for (const { topic, partitions } of encoded) {
    at = target.writeInt16BE(Buffer.byteLength(topic), at);
    at += target.write(topic, at, 'utf8');
    at = target.writeInt32BE(partitions.length, at);
    for (const one of partitions) {
      at = target.writeInt32BE(one.partition, at);
      at = target.writeInt32BE(one.bytes, at);
      at = one.write(target, at);
    }
  }
  return target;
}

/**
 * Produce Response v0 to v7 =>
 *   [topic [partition error_code base_offset log_append_time (v2) log_start_offset (v5)]] throttle_time (v1)
 */
function decodeResults(payload: Buffer, version: number): { results: ProduceResult[]; throttleMs: number } {
  const reader = new AnswerReader(payload);
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array((): ProduceResult => {
      const partition = reader.int32();
      const error = brokerErrorName(reader.int16());
      const baseOffset = reader.offset();
      reader.skip((version >= TIMES_FROM ? 8 : 0) + (version >= LOG_START_OFFSET_FROM ? 8 : 0));
      return { topic, partition, error, baseOffset: error ? -1 : baseOffset };
    });
  });
  const throttleMs = version >= THROTTLE_FROM ? reader.int32() : 0;
  return { results: topics.flat(), throttleMs: version >= CLIENT_SIDE_THROTTLE_FROM ? throttleMs : 0 };
}

/** What this version of the request cannot carry: it is refused rather than written otherwise; the rest is written. */
function refusal(
  partition: ProducePartition,
  { compression }: ProduceRequest,
  version: number,
): BrokerErrorName | undefined {
  if (compression === 'zstd' && version < ZSTD_FROM) return 'UNSUPPORTED_COMPRESSION_TYPE';
  const hasHeaders = version < RECORD_BATCHES_FROM && partition.records.some((record) => record.headers.length > 0);
  return hasHeaders ? 'UNSUPPORTED_FOR_MESSAGE_FORMAT' : undefined;
}

const failed = ({ topic, partition }: ProducePartition, error: BrokerErrorName): ProduceResult => {
  return { topic, partition, error, baseOffset: -1 };
};

/** Thrown where a request is formed of which nothing can be sent; the socket has nothing to do with it. */
export class NothingToSend extends Error {
  readonly results: readonly ProduceResult[];
  constructor(results: readonly ProduceResult[]) {
    super('no partition of the request can be written in the versions that this broker speaks');
    this.name = 'NothingToSend';
    this.results = results;
  }
}

/** One produce request: how it is formed for what the broker speaks, and what came of it. */
export class ProduceExchange {
  readonly #request: ProduceRequest;
  #refused: readonly ProduceResult[] = [];

  constructor(request: ProduceRequest) {
    this.#request = request;
  }

  /** With acks 0 no broker answers: what was handed to the connection counts as written. */
  get unconfirmed(): readonly ProduceResult[] {
    return this.#inOrder([], ({ topic, partition }) => ({ topic, partition, error: null, baseOffset: 0 }));
  }

  /** Throws `NothingToSend`. */
  readonly callFor: CallFor<readonly ProduceResult[]> = (versions): Call<readonly ProduceResult[]> => {
    const { partitions, requiredAcks } = this.#request;
    const apiVersion = commonVersion(versions, 'Produce');
    const refused = new Map(partitions.map((p) => [p, refusal(p, this.#request, apiVersion)]));
    const writable = partitions.filter((p) => !refused.get(p));
    this.#refused = partitions.flatMap((p) => {
      const error = refused.get(p);
      return error ? [failed(p, error)] : [];
    });
    if (writable.length === 0 && partitions.length > 0) throw new NothingToSend(this.#refused);
    return {
      request: {
        apiKey: apiKey('Produce'),
        apiVersion,
        apiName: 'Produce',
        expectResponse: () => requiredAcks !== 0,
        encode: async () => {
          const buffer = await encodeRequest({ ...this.#request, partitions: writable }, apiVersion);
          return { buf: buffer, buffer };
        },
      },
      decode: async (payload) => {
        const { results, throttleMs } = decodeResults(payload, apiVersion);
        return { result: this.#inOrder(results, (p) => failed(p, 'UNKNOWN_-1')), throttleMs };
      },
    };
  };

  #inOrder(
    answered: readonly ProduceResult[],
    missing: (partition: ProducePartition) => ProduceResult,
  ): readonly ProduceResult[] {
    return inAskedOrder(this.#request.partitions, [...answered, ...this.#refused], missing);
  }
}
