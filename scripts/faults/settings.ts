import type { ConfigInput } from '../../src/config/config.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Timing } from './history.js';

/** Topics, group and times of a fault run: short, so that a fault beyond a session does not last. */

export const topics = { sync: 'faults-sync', async: 'faults-async' } as const;
export const group = 'faults';
export const partitions = 8;
export const daemonsTotal = 3;

export const timing: Timing = {
  sessionTimeoutMs: 3000,
  commitIntervalMs: 500,
  drainTimeoutMs: 10_000,
  slackMs: 1500,
};

export const longPollingMs = 1000;
export const syncTimeoutMs = 5000;
/** Longer than a daemon is frozen, so that polls which it holds are answered after the thaw, or not. */
export const clientTimeoutMs = 20_000;
/** Past its own bound, a request that is late by so much hangs. */
export const lateMs = 5000;

export function daemonConfig(cluster: Cluster): Omit<ConfigInput, 'tcpAddr'> {
  return {
    drainTimeoutMs: timing.drainTimeoutMs,
    grpcAddr: '',
    clusters: {
      default: {
        kafka: { seedPeers: cluster.kafkaPeers.split(',') },
        zookeeper: { seedPeers: [cluster.zookeeperPeers], sessionTimeoutMs: timing.sessionTimeoutMs },
        producer: { syncTimeoutMs },
        consumer: { longPollingTimeoutMs: longPollingMs, offsetsCommitIntervalMs: timing.commitIntervalMs },
      },
    },
  };
}
