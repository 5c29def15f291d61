import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../../cluster/cluster.js';
import type { ClientListeners } from '../../cluster/listeners.js';
import { askBroker, askZooKeeper, endpointsOf, type Endpoint } from '../../cluster/probes.js';
import { until } from '../../cluster/until.js';
import type { Host } from '../../host/host.js';
import type { FaultKind, StartedCluster } from '../script/script.js';
import { ChaosError } from './chaos-error.js';

const answersMaxMs = 60_000;

/** Whom a fault of a server strikes. */
export type ServerTarget = { readonly type: 'broker'; readonly broker: number } | { readonly type: 'zookeeper' };

/** Starts what the script asks for. @throws ClusterError */
export function startServers(
  { kafkaVersion, brokers, minInSync }: StartedCluster,
  host: Host,
  clients: ClientListeners | undefined,
  tell: (line: string) => void,
): Promise<Cluster> {
  return startCluster({
    host,
    kafka: kafkaVersion,
    brokers,
    minInSyncReplicas: minInSync,
    tell,
    ...(clients && { clients }),
  });
}

/** Strikes a server; how it is taken back. */
export async function strikeServer(
  cluster: Cluster,
  kind: FaultKind,
  target: ServerTarget,
  clock: Host['clock'],
): Promise<() => Promise<void>> {
  const { down, up } = target.type === 'zookeeper' ? ofZooKeeper(cluster) : ofBroker(cluster, target.broker);
  if (kind === 'kill' || kind === 'restart') {
    await down[kind]();
    return up.start;
  }
  if (kind !== 'freeze') throw new ChaosError(`${kind} is nothing that can happen to a server`);
  down.freeze();
  return async () => {
    up.thaw();
    await until(clock, `${up.name} answers`, answersMaxMs, up.answers);
  };
}

function ofBroker(cluster: Cluster, id: number) {
  const endpoint = cluster.brokers.find((broker) => broker.id === id)!;
  return {
    down: {
      kill: () => cluster.killBroker(id),
      restart: () => cluster.stopBroker(id),
      freeze: () => cluster.pauseBroker(id),
    },
    up: {
      name: `broker ${id}`,
      start: () => cluster.startBroker(id),
      thaw: () => cluster.resumeBroker(id),
      answers: async () => (await askBroker(endpoint)).brokerIds.length > 0,
    },
  };
}

function ofZooKeeper(cluster: Cluster) {
  return {
    down: {
      kill: () => cluster.killZooKeeper(),
      restart: () => cluster.stopZooKeeper(),
      freeze: () => cluster.pauseZooKeeper(),
    },
    up: {
      name: 'ZooKeeper',
      start: () => cluster.startZooKeeper(),
      thaw: () => cluster.resumeZooKeeper(),
      answers: () => isServing(cluster.zookeeper),
    },
  };
}

const isServing = async (zookeeper: Endpoint): Promise<boolean> =>
  (await askZooKeeper(zookeeper, 'srvr')).includes('Mode:');

/** Keeps the servers' logs beyond their own folder, which goes with them. */
export async function keepLogs(cluster: Cluster, folder: string): Promise<void> {
  const names = (await readdir(cluster.folder)).filter((name) => name.endsWith('.log'));
  await Promise.all(names.map((name) => copyFile(join(cluster.folder, name), join(folder, name))));
}

export const endpointOf = (peer: string): Endpoint => endpointsOf(peer)[0]!;
