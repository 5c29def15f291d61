import type { FetchPartition, FetchRequest, FetchResult } from '../port.js';
import { KafkaFailure } from '../port.js';
import { cutOffEntryBytes, decodeRecordSet } from '../records/record-set.js';
import { AnswerReader } from './answer-reader.js';
import { brokerErrorName } from './broker-errors.js';
import { byTopic, inAskedOrder, kafkajsCall } from './calls.js';
import type { CallFor } from './calls.js';
import type { KafkaAdapterLimits } from './limits.js';
import { commonVersion } from './versions.js';

const READ_UNCOMMITTED = 0;

/** Before it the broker cuts its answer at the limit, even within the first message; from it on that one comes whole. */
const FIRST_WITH_WHOLE_MESSAGE = 3;

export interface Fetched {
  readonly results: readonly FetchResult[];
  /**
   * From brokers before 0.10.1: what to ask for to get a first message that is larger than the limit. Only of the first
   * partition that has something, as later brokers exceed the limit for no other.
   */
  readonly cutOff: FetchPartition | null;
}

type FetchLimits = Pick<KafkaAdapterLimits, 'decompressedBatchBytesMax' | 'cutOffMessageBytesMax'>;

interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly recordSet: Buffer;
}

interface FetchAnswer {
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly partitions: readonly PartitionAnswer[];
}

/**
 * Fetch Response => throttle_time (v1) error_code session_id (v7) [topic [partition error_code high_watermark
 *   last_stable_offset (v4) log_start_offset (v5) [aborted: producer_id first_offset] (v4) record_set]]
 */
function readAnswer(payload: Buffer, version: number): FetchAnswer {
  const reader = new AnswerReader(payload);
  const throttleMs = version >= 1 ? reader.int32() : 0;
  const errorCode = version >= 7 ? reader.int16() : 0;
  if (version >= 7) reader.skip(4);
  const topics = reader.array(() => {
    const topic = reader.string();
    return reader.array((): PartitionAnswer => {
      const partition = reader.int32();
      const code = reader.int16();
      const highWatermark = reader.offset();
      if (version >= 5) reader.skip(16);
      else if (version >= 4) reader.skip(8);
      if (version >= 4) reader.array(() => reader.skip(16));
      return { topic, partition, errorCode: code, highWatermark, recordSet: reader.bytes() };
    });
  });
  return { throttleMs: version >= 8 ? throttleMs : 0, errorCode, partitions: topics.flat() };
}

const empty = ({ topic, partition, offset }: FetchPartition, code: number): FetchResult => {
  return {
    topic,
    partition,
    error: brokerErrorName(code),
    highWatermark: -1,
    records: [],
    nextOffset: offset,
    retainedBytes: 0,
  };
};

async function toResult(
  asked: FetchPartition,
  answer: PartitionAnswer,
  recordSet: Buffer,
  decompressedBatchBytesMax: number,
): Promise<FetchResult> {
  if (answer.errorCode !== 0) return empty(asked, answer.errorCode);
  const { topic, partition, highWatermark } = answer;
  const { records, nextOffset, retainedBytes, unreadable } = await decodeRecordSet(recordSet, {
    fromOffset: asked.offset,
    decompressedBatchBytesMax,
  });
  const error = unreadable ? 'UNREADABLE_RECORDS' : null;
  return { topic, partition, error, highWatermark, records, nextOffset, retainedBytes };
}

function cutOffOf(asked: readonly FetchPartition[], answer: FetchAnswer): FetchPartition | null {
  for (const partition of asked) {
    const found = answer.partitions.find((p) => p.topic === partition.topic && p.partition === partition.partition);
    if (!found || found.recordSet.length === 0) continue;
    const maxBytes = cutOffEntryBytes(found.recordSet);
    return maxBytes === null ? null : { ...partition, maxBytes };
  }
  return null;
}

/** No message is so large: what its length should be is broken. */
function broken(results: readonly FetchResult[], { topic, partition }: FetchPartition): Fetched {
  const isIt = (result: FetchResult) => result.topic === topic && result.partition === partition;
  return {
    results: results.map((result) => (isIt(result) ? { ...result, error: 'UNREADABLE_RECORDS' } : result)),
    cutOff: null,
  };
}

/** Out of the pool, so that its buffer is no larger than it is. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/**
 * Keys and values are slices, never copies of their own. Where one partition alone has records, they are slices of the
 * answer itself; where several have, each gets a copy of its part, so that what one still holds does not keep alive what
 * the others have long since given away, and `retainedBytes` adds up.
 */
async function toResults(
  asked: readonly FetchPartition[],
  answer: FetchAnswer,
  decompressedBatchBytesMax: number,
): Promise<readonly FetchResult[]> {
  const shared = answer.partitions.filter((p) => p.recordSet.length > 0).length > 1;
  const askedOf = new Map(asked.map((p) => [`${p.partition} ${p.topic}`, p]));
  const results: FetchResult[] = [];
  for (const partition of answer.partitions) {
    const wanted = askedOf.get(`${partition.partition} ${partition.topic}`);
    if (!wanted) continue;
    const recordSet = shared && partition.recordSet.length > 0 ? copyOf(partition.recordSet) : partition.recordSet;
    results.push(await toResult(wanted, partition, recordSet, decompressedBatchBytesMax));
  }
  return inAskedOrder(asked, results, (p) => empty(p, -1));
}

/**
 * A fetch without a session of the broker (id 0, epoch -1: the defaults of kafkajs): every answer is about every partition.
 * The broker fills it in the order of `partitions`, which may differ from that of the results.
 */
export const fetchCall =
  (
    request: FetchRequest,
    partitions: readonly FetchPartition[],
    { decompressedBatchBytesMax, cutOffMessageBytesMax }: FetchLimits,
  ): CallFor<Fetched> =>
  (versions) => {
    const version = commonVersion(versions, 'Fetch');
    const args = {
      isolationLevel: READ_UNCOMMITTED,
      maxWaitTime: request.maxWaitMs,
      minBytes: request.minBytes,
      maxBytes: request.maxBytes,
      topics: byTopic(partitions, ({ partition, offset, maxBytes }) => ({ partition, fetchOffset: offset, maxBytes })),
    };
    return {
      request: kafkajsCall('Fetch', version, args, (answer) => answer).request,
      async decode(payload) {
        const answer = readAnswer(payload, version);
        const brokerError = brokerErrorName(answer.errorCode);
        if (brokerError) {
          throw new KafkaFailure(
            'broker',
            `the broker refused the fetch: ${brokerError}. Nothing was lost; fetch again.`,
            { brokerError },
          );
        }
        const results = await toResults(request.partitions, answer, decompressedBatchBytesMax);
        const cutOff = version < FIRST_WITH_WHOLE_MESSAGE ? cutOffOf(partitions, answer) : null;
        const result =
          cutOff && cutOff.maxBytes > cutOffMessageBytesMax ? broken(results, cutOff) : { results, cutOff };
        return { result, throttleMs: answer.throttleMs };
      },
    };
  };
