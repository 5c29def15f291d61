import type { DaemonEvent } from '../machines/daemon.js';
import type { GroupMemberEvent } from '../machines/group-member.js';
import type { HandoverDeskEvent } from '../machines/handover-desk.js';
import type { PartitionOwnerEvent } from '../machines/partition-owner.js';
import type { QueryDeskEvent } from '../machines/query-desk.js';
import type { SubscriptionEvent } from '../machines/subscription.js';
import type { TopicMetadataEvent } from '../machines/topic-metadata.js';
import type { TopicProducerEvent } from '../machines/topic-producer.js';
import type { ZooKeeperSessionEvent } from '../machines/zookeeper-session.js';
import { joinAddress } from './bus/address.js';
import type { Address, BusEvent } from './bus/types.js';

const at = <E extends BusEvent>(...names: string[]) => joinAddress(...names) as Address<E>;

/** Where each lasting actor of a cluster lives. The order of the names is that of the tree: a child lies below its parent. */
export const addressOf = {
  daemon: () => '' as Address<DaemonEvent>,
  zookeeper: (cluster: string) => at<ZooKeeperSessionEvent>(cluster, 'zookeeper'),
  metadata: (cluster: string) => at<TopicMetadataEvent>(cluster, 'metadata'),
  offsets: (cluster: string) => at<QueryDeskEvent>(cluster, 'offsets'),
  /** Takes over positions that other daemons were asked to set. */
  handover: (cluster: string) => at<HandoverDeskEvent>(cluster, 'handover'),
  topics: (cluster: string) => at<QueryDeskEvent>(cluster, 'topics'),
  consumers: (cluster: string) => at<QueryDeskEvent>(cluster, 'consumers'),
  producer: (cluster: string, topic: string) => at<TopicProducerEvent>(cluster, 'producer', topic),
  group: (cluster: string, group: string) => at<GroupMemberEvent>(cluster, 'group', group),
  subscription: (cluster: string, group: string, topic: string) =>
    at<SubscriptionEvent>(cluster, 'group', group, 'topic', topic),
  partitionOwner: (cluster: string, group: string, topic: string, partition: number) =>
    at<PartitionOwnerEvent>(cluster, 'group', group, 'topic', topic, 'partition', String(partition)),
};
