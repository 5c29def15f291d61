import Encoder from 'kafkajs/src/protocol/encoder.js';
import type {
  BrokerId,
  ClusterMetadata,
  CommitResult,
  CommittedOffset,
  ListOffsetsResult,
  OffsetToCommit,
  TopicMetadata,
  TopicPartition,
} from '../port.js';
import { KafkaFailure } from '../port.js';
import { brokerErrorName } from './broker-errors.js';
import { byTopic, inAskedOrder, kafkajsCall, safeInteger } from './calls.js';
import type { CallFor } from './calls.js';
import { apiKey, commonVersion } from './versions.js';

/** What kafkajs' decoders give; int64s are decimal strings. */
interface DecodedMetadata {
  brokers: { nodeId: number; host: string; port: number }[];
  topicMetadata: {
    topicErrorCode: number;
    topic: string;
    partitionMetadata: {
      partitionErrorCode: number;
      partitionId: number;
      leader: number;
      replicas: number[];
      isr: number[];
    }[];
  }[];
}

type PerPartition<P> = { responses: { topic: string; partitions: (P & { partition: number; errorCode: number })[] }[] };

/** An answer lacks a partition that it was asked for: no code of the protocol says that. */
const NO_RESULT = 'UNKNOWN_-1';

function toClusterMetadata(wanted: readonly string[] | 'all', decoded: DecodedMetadata): ClusterMetadata {
  const known = new Map(decoded.topicMetadata.map((t) => [t.topic, t]));
  const asked = wanted === 'all' ? [...known.keys()].sort() : wanted;
  return {
    brokers: decoded.brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })),
    topics: asked.map((topic): TopicMetadata => {
      const found = known.get(topic);
      if (!found) return { topic, error: 'UNKNOWN_TOPIC_OR_PARTITION', partitions: [] };
      const partitions = found.partitionMetadata.map((p) => ({
        partition: p.partitionId,
        leader: p.leader,
        replicas: p.replicas,
        inSyncReplicas: p.isr,
        error: brokerErrorName(p.partitionErrorCode),
      }));
      return {
        topic,
        error: brokerErrorName(found.topicErrorCode),
        partitions: partitions.sort((a, b) => a.partition - b.partition),
      };
    }),
  };
}

/** The first version in which a client can say that asking must not create a topic. */
const METADATA_WITHOUT_CREATION = 4;

/**
 * Before version 4, asking for a topic by name creates it where the broker's settings allow that. So old brokers are asked
 * for all topics, and what was wanted is picked out here.
 */
export const metadataCall =
  (topics: readonly string[] | 'all'): CallFor<ClusterMetadata> =>
  (versions) => {
    const apiVersion = commonVersion(versions, 'Metadata');
    const call = kafkajsCall<DecodedMetadata, ClusterMetadata>('Metadata', apiVersion, { topics: [] }, (decoded) =>
      toClusterMetadata(topics, decoded),
    );
    if (topics === 'all' || apiVersion < METADATA_WITHOUT_CREATION) return call;
    // kafkajs cannot say "no topics": it writes an empty list as "all topics".
    const encode = () => Promise.resolve(new Encoder().writeArray(topics).writeBoolean(false));
    return { ...call, request: { apiKey: apiKey('Metadata'), apiVersion, apiName: 'Metadata', encode } };
  };

const READ_UNCOMMITTED = 0;

export const listOffsetsCall =
  (asked: readonly TopicPartition[], which: 'earliest' | 'latest'): CallFor<readonly ListOffsetsResult[]> =>
  (versions) => {
    const timestamp = which === 'earliest' ? -2 : -1;
    const args = {
      isolationLevel: READ_UNCOMMITTED,
      topics: byTopic(asked, ({ partition }) => ({ partition, timestamp })),
    };
    return kafkajsCall<PerPartition<{ offset?: string; offsets?: string[] }>, readonly ListOffsetsResult[]>(
      'ListOffsets',
      commonVersion(versions, 'ListOffsets'),
      args,
      ({ responses }) => {
        const results = responses.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, errorCode, offset, offsets }): ListOffsetsResult => {
            const error = brokerErrorName(errorCode);
            return { topic, partition, error, offset: error ? -1 : safeInteger(offset ?? offsets?.[0] ?? '-1') };
          }),
        );
        return inAskedOrder(asked, results, ({ topic, partition }) => ({
          topic,
          partition,
          error: NO_RESULT,
          offset: -1,
        }));
      },
    );
  };

export interface Coordinator {
  readonly id: BrokerId;
  readonly host: string;
  readonly port: number;
}

/** Throws kind `broker` from its decoder when there is no coordinator at present. */
export const findCoordinatorCall =
  (group: string): CallFor<Coordinator> =>
  (versions) =>
    kafkajsCall<{ errorCode: number; coordinator: { nodeId: number; host: string; port: number } }, Coordinator>(
      'GroupCoordinator',
      commonVersion(versions, 'GroupCoordinator'),
      { groupId: group },
      ({ errorCode, coordinator }) => {
        const brokerError = brokerErrorName(errorCode);
        if (brokerError) {
          throw new KafkaFailure(
            'broker',
            `no coordinator for group ${group}: ${brokerError}. Nothing was lost; ask again.`,
            { brokerError },
          );
        }
        return { id: coordinator.nodeId, host: coordinator.host, port: coordinator.port };
      },
    );

/** As a simple consumer: one that is no member of a group that Kafka manages. */
const SIMPLE_CONSUMER = { groupGenerationId: -1, memberId: '' };

export const commitOffsetsCall =
  (group: string, offsets: readonly OffsetToCommit[], retentionMs: number): CallFor<readonly CommitResult[]> =>
  (versions) => {
    const args = {
      groupId: group,
      ...SIMPLE_CONSUMER,
      retentionTime: retentionMs,
      topics: byTopic(offsets, ({ partition, offset, metadata }) => ({ partition, offset, metadata })),
    };
    return kafkajsCall<PerPartition<object>, readonly CommitResult[]>(
      'OffsetCommit',
      commonVersion(versions, 'OffsetCommit'),
      args,
      ({ responses }) => {
        const results = responses.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, errorCode }) => ({ topic, partition, error: brokerErrorName(errorCode) })),
        );
        return inAskedOrder(offsets, results, ({ topic, partition }) => ({ topic, partition, error: NO_RESULT }));
      },
    );
  };

/** 0.8 answers so when nothing is stored; later versions say it by offset -1 alone. */
const NOTHING_STORED_CODE = 3;

export const fetchOffsetsCall =
  (group: string, asked: readonly TopicPartition[]): CallFor<readonly CommittedOffset[]> =>
  (versions) => {
    const args = { groupId: group, topics: byTopic(asked, ({ partition }) => ({ partition })) };
    type Decoded = PerPartition<{ offset: string; metadata: string | null }> & { errorCode?: number };
    return kafkajsCall<Decoded, readonly CommittedOffset[]>(
      'OffsetFetch',
      commonVersion(versions, 'OffsetFetch'),
      args,
      ({ responses, errorCode: ofAll = 0 }) => {
        const none = (p: TopicPartition, code: number): CommittedOffset => {
          return { topic: p.topic, partition: p.partition, error: brokerErrorName(code), offset: -1, metadata: '' };
        };
        // From version 2 on an error of the whole group stands once; callers get it for each partition, as before.
        if (ofAll !== 0) return asked.map((p) => none(p, ofAll));
        const results = responses.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, errorCode, offset, metadata }): CommittedOffset => {
            if (errorCode === NOTHING_STORED_CODE) return none({ topic, partition }, 0);
            if (errorCode !== 0) return none({ topic, partition }, errorCode);
            return { topic, partition, error: null, offset: safeInteger(offset), metadata: metadata ?? '' };
          }),
        );
        return inAskedOrder(asked, results, (p) => none(p, -1));
      },
    );
  };
