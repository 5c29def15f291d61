import { joinAddress } from './bus/address.js';
import type { Address } from './bus/types.js';

/** Where each actor of a cluster lives. The order of the names is that of the tree: a child lies below its parent. */
export const addressOf = {
  daemon: () => '' as Address<never>,
  zookeeper: (cluster: string) => joinAddress(cluster, 'zookeeper') as Address<never>,
  metadata: (cluster: string) => joinAddress(cluster, 'metadata') as Address<never>,
  offsets: (cluster: string) => joinAddress(cluster, 'offsets') as Address<never>,
  consumers: (cluster: string) => joinAddress(cluster, 'consumers') as Address<never>,
  producer: (cluster: string, topic: string) => joinAddress(cluster, 'producer', topic) as Address<never>,
  group: (cluster: string, group: string) => joinAddress(cluster, 'group', group) as Address<never>,
  subscription: (cluster: string, group: string, topic: string) =>
    joinAddress(cluster, 'group', group, 'topic', topic) as Address<never>,
};
