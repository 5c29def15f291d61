import type { ClusterConfig } from '../config/config.js';
import type { Kafka } from '../kafka/port.js';
import type { ZooKeeper } from '../zookeeper/port.js';
import type { ByteBudget } from './byte-budget.js';

/** What the actors of one cluster share. Built once by the daemon, handed to every actor with its arguments. */
export interface ClusterServices {
  /** The cluster's name: the first name of every address in it. */
  readonly cluster: string;
  readonly kafka: Kafka;
  readonly zookeeper: ZooKeeper;
  readonly config: ClusterConfig;
  readonly budget: ByteBudget;
  /** Our member id in every group. */
  readonly memberId: string;
}
