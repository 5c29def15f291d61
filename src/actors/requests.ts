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

/**
 * To a subscription: the next message of its group and topic. `auto`: it is acknowledged when the answer is handed to the
 * operating system. `none`: the client acknowledges it later, or gets it again when `ackTimeoutMs` has passed.
 */
export type ConsumeRequest = RequestOf<Delivery, { readonly type: 'consume'; readonly ack: 'auto' | 'none' }>;

/**
 * To a partition owner: this message was dealt with. Refused with `ack-channel-missing` where no owner is; the answer says
 * nothing of whether the offset was ever offered: an ack of one that was not is ignored.
 */
export type AckRequest = RequestOf<null, { readonly type: 'ack'; readonly offset: number }>;

/**
 * To a partition owner: it stops offering, drops what it has, and goes on from here; -1 is the newest message, -2 the oldest,
 * and metadata of sparse acks are heeded, as at a claim. Acks of what was offered before are ignored from then on.
 * Replied to when the new position is committed. Refused, with nothing said about what is stored: with `no-such-actor` where
 * nobody here owns the partition, `shutting-down` while it is being released, `mailbox-full` while another is being set,
 * `offsets-failed` when it could not be committed; the owner then goes on from what is stored.
 */
export type SetPositionRequest = RequestOf<
  null,
  { readonly type: 'position.set'; readonly offset: number; readonly metadata: string }
>;

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
  /** The answer was handed to the operating system: the automatic ack, or the beginning of the wait for the client's. */
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

/** To the cluster's offsets actor. Owners of these partitions that are daemons of ours go on from there. */
export type SetOffsetsRequest = RequestOf<
  SetOffsetsReply,
  {
    readonly type: 'offsets.set';
    readonly group: string;
    readonly topic: string;
    readonly offsets: readonly { readonly partition: number; readonly offset: number; readonly metadata: string }[];
  }
>;

export interface SetOffsetsReply {
  /**
   * member -> partitions that it owns by the same nodes but is none of ours, or did not confirm in time: what was committed
   * may be overwritten by it.
   */
  readonly foreignOwners: Readonly<Record<string, readonly number[]>>;
}

/** To the cluster's topics actor. */
export type ListTopicsRequest = RequestOf<
  readonly TopicDescription[],
  { readonly type: 'topics.list'; readonly withPartitions: boolean; readonly withConfig: boolean }
>;

/** To the cluster's topics actor; refused with `unknown-topic`. The config is always there. */
export type GetTopicRequest = RequestOf<
  TopicDescription,
  { readonly type: 'topics.get'; readonly topic: string; readonly withPartitions: boolean }
>;

/** In lists: ascending by topic. */
export interface TopicDescription {
  readonly topic: string;
  /** `undefined`: not asked for. */
  readonly config: TopicConfiguration | undefined;
  /** `undefined`: not asked for. Ascending by partition. */
  readonly partitions: readonly TopicPartitionDescription[] | undefined;
}

export interface TopicConfiguration {
  readonly version: number;
  /** What is set for the topic itself. Keys sorted. */
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicPartitionDescription {
  readonly partition: number;
  /** -1: none at present. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** To the cluster's group directory. `group` undefined: all groups. */
export type ListConsumersRequest = RequestOf<
  ConsumersByGroup,
  { readonly type: 'consumers.list'; readonly topic: string; readonly group: string | undefined }
>;

/** group -> member -> partitions. */
export type ConsumersByGroup = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/**
 * To the cluster's group directory: what ZooKeeper holds of a group right now, whoever wrote it. A group that nobody has heard
 * of reads like one without members. Refused with `consumers-failed` where ZooKeeper does not answer.
 */
export type GroupReadRequest = RequestOf<GroupReading, { readonly type: 'group.read'; readonly group: string }>;

export interface GroupReading {
  /** Sorted by id; at most 1,000. */
  readonly members: readonly { readonly id: string; readonly topics: readonly string[] }[];
  /** Sorted by topic, then by partition; partitions that nobody owns are not in here; at most 10,000. */
  readonly owners: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly member: string;
    /** 16 hex digits; empty: the node belongs to no session, and stays until somebody deletes it. */
    readonly sessionId: string;
  }[];
  /** There is more than may be read at a time. */
  readonly truncated: boolean;
}

/** To the cluster's group directory: every group that has nodes in ZooKeeper; sorted, the first 1,000. */
export type GroupsListRequest = RequestOf<readonly string[], { readonly type: 'groups.list' }>;
