import type { Cluster } from '../../src/cluster/cluster.js';
import type { GroupKind, Timing } from './history.js';

/** Topics, groups and times of a fault run: short, so that a fault beyond a session does not last. */

export const topics = { sync: 'faults-sync', async: 'faults-async' } as const;
export const groups = { auto: 'faults', later: 'faults-later' } as const satisfies Record<GroupKind, string>;
export const groupKinds = Object.keys(groups) as GroupKind[];
export const partitions = 8;
export const daemonsTotal = 3;

export const timing: Timing = {
  sessionTimeoutMs: 3000,
  commitIntervalMs: 500,
  ackTimeoutMs: 2000,
  drainTimeoutMs: 10_000,
  slackMs: 1500,
};

const releaseTimeoutMs = 1000;
export const longPollingMs = 1000;
export const syncTimeoutMs = 5000;
/** How long brokers may wait for each other, and beyond that daemons for their answers: then they write a batch again. */
const replicasTimeoutMs = 1000;
const answerTimeoutMs = 1500;
/** Longer than a daemon waits for an answer, and shorter than a broker's session, so that it comes back to what was written again. */
export const brokerFrozenMs = 4500;
/** Longer than a daemon is frozen, so that polls which it holds are answered after the thaw, or not. */
export const clientTimeoutMs = 20_000;
/** Past its own bound, a request that is late by so much hangs. */
export const lateMs = 5000;

/** The configuration file of one daemon; JSON is YAML. */
export function configFile(cluster: Cluster, tcpAddr: string): string {
  const ms = (duration: number): string => `${duration}ms`;
  return JSON.stringify({
    tcp_addr: tcpAddr,
    grpc_addr: '',
    drain_timeout: ms(timing.drainTimeoutMs),
    logging: [{ name: 'json', severity: 'info' }],
    proxies: {
      default: {
        kafka: { seed_peers: cluster.kafkaPeers.split(',') },
        zoo_keeper: { seed_peers: [cluster.zookeeperPeers], session_timeout: ms(timing.sessionTimeoutMs) },
        net: { read_timeout: ms(answerTimeoutMs) },
        producer: { timeout: ms(replicasTimeoutMs), sync_timeout: ms(syncTimeoutMs) },
        consumer: {
          long_polling_timeout: ms(longPollingMs),
          offsets_commit_interval: ms(timing.commitIntervalMs),
          ack_timeout: ms(timing.ackTimeoutMs),
          release_timeout: ms(releaseTimeoutMs),
        },
      },
    },
  });
}
