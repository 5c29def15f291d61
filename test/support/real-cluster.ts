import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from '../../src/cluster/cluster.js';
import { endpointsOf } from '../../src/cluster/probes.js';
import { createTopicOn, type NewTopic } from '../../src/cluster/topics.js';
import { releaseOf } from '../../src/cluster/versions.js';
import { realHost } from '../../src/host/real-host.js';
import { type BrokerFeature, brokerSupports } from './broker-features.js';
// The types of what is injected are declared there.
import type {} from './global-setup.js';

export interface RealCluster {
  /** Of the brokers, such as 3.9.1. */
  readonly version: string;
  /** `host:port`, comma-separated. */
  readonly kafkaPeers: string;
  readonly zookeeperPeers: string;
  /** For tests whose expectation differs: each states both. */
  supports(feature: BrokerFeature): boolean;
  /** Waits until every broker knows all leaders. */
  createTopic(name: string, topic?: NewTopic): Promise<void>;
}

/** The cluster that the whole run shares. Tests do it no harm: those that need faults start one of their own. */
export function realCluster(): RealCluster {
  const version = inject('kafkaVersion');
  const kafkaPeers = inject('kafkaPeers');
  const zookeeperPeers = inject('zookeeperPeers');
  const release = releaseOf(version);
  return {
    version,
    kafkaPeers,
    zookeeperPeers,
    supports: (feature) => brokerSupports(version, feature),
    async createTopic(name, topic = { partitions: 1 }) {
      const target = {
        clock: realHost().clock,
        release,
        zookeeper: endpointsOf(zookeeperPeers)[0]!,
        brokers: endpointsOf(kafkaPeers),
      };
      await createTopicOn(target, name, topic);
    },
  };
}

/** A cluster of the test's own, of the version under test. The test stops it. */
export function startOwnCluster(options: Omit<ClusterOptions, 'host' | 'kafka'> = {}): Promise<Cluster> {
  return startCluster({ ...options, host: realHost(), kafka: inject('kafkaVersion') });
}

/** A name for a topic, a group or a chroot that no other test has, in this run or any other. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}
