import type { RequestOf } from './bus/types.js';

/** What the handlers ask of the actors, and what they are told. */

export interface MessageHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** To a topic producer. Async requests are replied to as soon as the message is accepted. */
export type ProduceRequest = RequestOf<
  ProduceReply,
  {
    readonly type: 'produce';
    /** `null`: no key, any partition. An empty key is a key. */
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: readonly MessageHeader[];
    readonly sync: boolean;
  }
>;

export type ProduceReply =
  | { readonly accepted: true }
  /** Written, as the configured acks promise. */
  | { readonly partition: number; readonly offset: number };

/** To a subscription: the next message of its group and topic. */
export type ConsumeRequest = RequestOf<Delivery, { readonly type: 'consume' }>;

/** A message offered to one client. */
export interface Delivery {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly offset: number;
  readonly headers: readonly MessageHeader[];
  readonly receipt: Receipt;
}

/** What became of the answer that carried a message; exactly one of the two is called, once. */
export interface Receipt {
  /** The answer was handed to the operating system: the automatic ack. */
  written(): void;
  /** It was not: the message goes back to the head. */
  returned(): void;
}

/** Why a consume request got no message in time; the header X-Pixy-Reason of a 408. */
export type PollReason =
  | 'no-message'
  | 'joining'
  | 'rebalancing'
  | 'no-partition'
  | 'no-leader'
  | 'unknown-topic'
  | 'kafka-away'
  | 'zookeeper-away'
  | 'full';

/** To the cluster's offsets actor. */
export type GetOffsetsRequest = RequestOf<
  readonly PartitionOffsets[],
  { readonly type: 'offsets.get'; readonly group: string; readonly topic: string }
>;

export interface PartitionOffsets {
  readonly partition: number;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly offset: number;
  readonly lag: number;
  /** Empty: left out of the answer. */
  readonly metadata: string;
  readonly sparseAcks: string;
}

export type SetOffsetsRequest = RequestOf<
  null,
  {
    readonly type: 'offsets.set';
    readonly group: string;
    readonly topic: string;
    readonly offsets: readonly { readonly partition: number; readonly offset: number; readonly metadata: string }[];
  }
>;

/** To the cluster's group directory. `group` undefined: all groups. */
export type ListConsumersRequest = RequestOf<
  ConsumersByGroup,
  { readonly type: 'consumers.list'; readonly topic: string; readonly group: string | undefined }
>;

/** group -> member -> partitions. */
export type ConsumersByGroup = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
