import type { ProducePartition, ProduceRequest, ProduceResult } from '../port.js';
import { planBatch, writeBatch } from '../records/batch-encoder.js';
import type { BatchPlan } from '../records/batch-encoder.js';
import { AnswerReader } from './answer-reader.js';
import { brokerErrorName } from './broker-errors.js';
import { byTopic, inAskedOrder, kafkajsCall } from './calls.js';
import type { Call, CallFor } from './calls.js';
import { apiKey, commonVersion } from './versions.js';

/** The first version that carries record batches; before it there are message sets, without headers. */
const RECORD_BATCHES_FROM = 3;
const LOG_START_OFFSET_FROM = 5;
const CLIENT_SIDE_THROTTLE_FROM = 6;

interface PlannedPartition {
  readonly from: ProducePartition;
  readonly plan: BatchPlan;
}

type PlannedTopic = { topic: string; partitions: PlannedPartition[] };

/**
 * The whole request in one buffer, each batch written where it goes.
 * Produce Request v3 to v7 => transactional_id acks timeout [topic [partition record_set]]
 */
function encodeRequest(request: ProduceRequest, topics: readonly PlannedTopic[]): Buffer {
  let bytes = 2 + 2 + 4 + 4;
  for (const { topic, partitions } of topics) {
    bytes += 2 + Buffer.byteLength(topic) + 4;
    for (const { plan } of partitions) bytes += 4 + 4 + plan.bytes;
  }
  const target = Buffer.allocUnsafe(bytes);
  let at = target.writeInt16BE(-1, 0);
  at = target.writeInt16BE(request.requiredAcks, at);
  at = target.writeInt32BE(request.timeoutMs, at);
  at = target.writeInt32BE(topics.length, at);
  for (const { topic, partitions } of topics) {
    at = target.writeInt16BE(Buffer.byteLength(topic), at);
    at += target.write(topic, at, 'utf8');
    at = target.writeInt32BE(partitions.length, at);
    for (const { from, plan } of partitions) {
      at = target.writeInt32BE(from.partition, at);
      at = target.writeInt32BE(plan.bytes, at);
      at = writeBatch(target, from.records, plan, at);
    }
  }
  return target;
}

/** Produce Response v3 to v7 => [topic [partition error_code base_offset log_append_time log_start_offset]] throttle_time */
function decodeResults(payload: Buffer, version: number): { results: ProduceResult[]; throttleMs: number } {
  const reader = new AnswerReader(payload);
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array((): ProduceResult => {
      const partition = reader.int32();
      const error = brokerErrorName(reader.int16());
      const baseOffset = reader.offset();
      reader.skip(version >= LOG_START_OFFSET_FROM ? 16 : 8);
      return { topic, partition, error, baseOffset: error ? -1 : baseOffset };
    });
  });
  const throttleMs = reader.int32();
  return { results: topics.flat(), throttleMs: version >= CLIENT_SIDE_THROTTLE_FROM ? throttleMs : 0 };
}

function batchesCall(request: ProduceRequest, apiVersion: number): Call<readonly ProduceResult[]> {
  return {
    request: {
      apiKey: apiKey('Produce'),
      apiVersion,
      apiName: 'Produce',
      expectResponse: () => request.requiredAcks !== 0,
      encode: async () => {
        const topics = byTopic(request.partitions, (from) => ({ from, plan: planBatch(from.records) }));
        const buffer = encodeRequest(request, topics);
        return { buf: buffer, buffer };
      },
    },
    decode: async (payload) => {
      const { results, throttleMs } = decodeResults(payload, apiVersion);
      return { result: results, throttleMs };
    },
  };
}

type DecodedOld = {
  topics: { topicName: string; partitions: { partition: number; errorCode: number; offset: string }[] }[];
};

function messageSetsCall(request: ProduceRequest, version: number): Call<readonly ProduceResult[]> {
  const args = {
    acks: request.requiredAcks,
    timeout: request.timeoutMs,
    topicData: byTopic(request.partitions, ({ partition, records }) => ({
      partition,
      messages: records.map(({ key, value, timestampMs }) => ({ key, value, timestamp: timestampMs })),
    })),
  };
  return kafkajsCall<DecodedOld, readonly ProduceResult[]>('Produce', version, args, ({ topics }) =>
    topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partition, errorCode, offset }): ProduceResult => {
        const error = brokerErrorName(errorCode);
        return { topic: topicName, partition, error, baseOffset: error ? -1 : Number(offset) };
      }),
    ),
  );
}

const unanswered = ({ topic, partition }: ProducePartition): ProduceResult => {
  return { topic, partition, error: 'UNKNOWN_-1', baseOffset: -1 };
};

/** With acks 0 no broker answers: what was handed to the connection counts as written. */
export const unconfirmed = (request: ProduceRequest): readonly ProduceResult[] =>
  request.partitions.map(({ topic, partition }) => ({ topic, partition, error: null, baseOffset: 0 }));

/**
 * Brokers before 0.11 keep no headers. A partition with one is refused rather than written without it; the others are
 * written.
 */
function refuseHeaders(request: ProduceRequest): { writable: ProduceRequest; refused: readonly ProduceResult[] } {
  const hasHeaders = (p: ProducePartition) => p.records.some((record) => record.headers.length > 0);
  return {
    writable: { ...request, partitions: request.partitions.filter((p) => !hasHeaders(p)) },
    refused: request.partitions
      .filter(hasHeaders)
      .map(({ topic, partition }) => ({ topic, partition, error: 'UNSUPPORTED_FOR_MESSAGE_FORMAT', baseOffset: -1 })),
  };
}

export const produceCall =
  (request: ProduceRequest): CallFor<readonly ProduceResult[]> =>
  (versions) => {
    const version = commonVersion(versions, 'Produce');
    const { writable, refused } =
      version < RECORD_BATCHES_FROM ? refuseHeaders(request) : { writable: request, refused: [] };
    const call = version < RECORD_BATCHES_FROM ? messageSetsCall(writable, version) : batchesCall(request, version);
    return {
      request: call.request,
      async decode(payload) {
        const { result, throttleMs } = await call.decode(payload);
        return { result: inAskedOrder(request.partitions, [...result, ...refused], unanswered), throttleMs };
      },
    };
  };
