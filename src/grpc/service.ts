import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import type { ServiceDefinition } from '@grpc/grpc-js';

/**
 * The messages of `kafka-pixy.proto` as handlers see them. In requests every field is there, at its default if it was not
 * sent; a 64-bit number that JavaScript cannot hold exactly arrives as one that is no safe integer.
 */

export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer;
}

export interface ProdRq {
  readonly cluster: string;
  readonly topic: string;
  readonly key_value: Buffer;
  readonly key_undefined: boolean;
  readonly message: Buffer;
  readonly async_mode: boolean;
  readonly headers: readonly RecordHeader[];
}

export interface ProdRs {
  readonly partition: number;
  readonly offset: number;
}

export interface ConsNAckRq {
  readonly cluster: string;
  readonly topic: string;
  readonly group: string;
  readonly no_ack: boolean;
  readonly auto_ack: boolean;
  readonly ack_partition: number;
  readonly ack_offset: number;
}

export interface ConsRs {
  readonly partition: number;
  readonly offset: number;
  readonly key_value: Buffer;
  readonly key_undefined: boolean;
  readonly message: Buffer;
  readonly headers: readonly RecordHeader[];
}

export interface AckRq {
  readonly cluster: string;
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  readonly offset: number;
}

export interface PartitionOffset {
  readonly partition: number;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly offset: number;
  readonly lag: number;
  readonly metadata: string;
  readonly sparse_acks: string;
}

export interface GetOffsetsRq {
  readonly cluster: string;
  readonly topic: string;
  readonly group: string;
}

export interface GetOffsetsRs {
  readonly offsets: readonly PartitionOffset[];
}

export interface SetOffsetsRq extends GetOffsetsRq {
  readonly offsets: readonly PartitionOffset[];
}

export interface PartitionMetadata {
  readonly partition: number;
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export interface GetTopicMetadataRq {
  readonly cluster: string;
  readonly topic: string;
  readonly with_partitions: boolean;
}

export interface GetTopicMetadataRs {
  readonly version: number;
  readonly config: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionMetadata[];
}

export interface ListTopicRq {
  readonly cluster: string;
  readonly with_partitions: boolean;
}

export interface ListTopicRs {
  readonly topics: Readonly<Record<string, GetTopicMetadataRs>>;
}

export interface ListConsumersRq {
  readonly cluster: string;
  readonly topic: string;
  readonly group: string;
}

export interface ListConsumersRs {
  readonly groups: Readonly<
    Record<string, { readonly consumers: Readonly<Record<string, { readonly partitions: readonly number[] }>> }>
  >;
}

export type Empty = Readonly<Record<string, never>>;

/** In the package's own folder, above that of the sources and that of what is built from them. */
const protoFile = fileURLToPath(new URL('../../kafka-pixy.proto', import.meta.url));

/** The definition of the service `KafkaPixy`, read from its file. */
export function loadService(): ServiceDefinition {
  const loaded = loadSync(protoFile, { keepCase: true, longs: Number, defaults: true });
  return loaded['KafkaPixy'] as ServiceDefinition;
}
