import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { endpointsOf } from '../../scripts/cluster/probes.js';
import { createTopic, type NewTopic } from '../../scripts/cluster/topics.js';
// The types of what is injected are declared there.
import type {} from './global-setup.js';

export interface RealCluster {
  /** `host:port`, comma-separated. */
  readonly kafkaPeers: string;
  readonly zookeeperPeers: string;
  /** Waits until every broker knows all leaders. */
  createTopic(name: string, topic?: NewTopic): Promise<void>;
}

/** The cluster that the whole run shares. Tests do it no harm: those that need faults start one of their own. */
export function realCluster(): RealCluster {
  const kafkaPeers = inject('kafkaPeers');
  const brokers = endpointsOf(kafkaPeers);
  return {
    kafkaPeers,
    zookeeperPeers: inject('zookeeperPeers'),
    createTopic: (name, topic = { partitions: 1 }) => createTopic(brokers, name, topic),
  };
}

/** A name for a topic, a group or a chroot that no other test has, in this run or any other. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}
