import { TcpProxy } from '../../chaos/tcp-proxy.js';
import { parseAddress, type ClusterConfig } from '../../config/config.js';
import type { EmbeddedWorld } from '../../embedded/world.js';
import type { Clock } from '../../host/host.js';

/** How one daemon reaches ZooKeeper. */
export interface ZooKeeperLink {
  /** From now on nothing gets through, and nobody hangs up. */
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

export function embeddedLink({ faults }: EmbeddedWorld, memberId: string): ZooKeeperLink {
  return {
    cut: () => faults.zookeeper.clientCut(memberId),
    heal: () => faults.zookeeper.clientHealed(memberId),
    close: async () => {},
  };
}

export interface ProxiedZooKeeper {
  readonly link: ZooKeeperLink;
  /** The same servers, each by way of the link. */
  readonly config: ClusterConfig;
}

/** Puts a proxy before each server of the ensemble. */
export async function proxiedZooKeeper(config: ClusterConfig, clock: Clock): Promise<ProxiedZooKeeper> {
  const { seedPeers } = config.zookeeper;
  const proxies = await Promise.all(
    seedPeers.map((peer) => TcpProxy.start({ target: parseAddress(peer)!, clock, connectionsMax: 16 })),
  );
  const setAll = (mode: TcpProxy['mode']): void => {
    for (const proxy of proxies) proxy.mode = mode;
  };
  return {
    link: {
      cut: () => setAll({ type: 'half-open' }),
      heal: () => setAll({ type: 'pass' }),
      close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
    },
    config: { ...config, zookeeper: { ...config.zookeeper, seedPeers: proxies.map(({ address }) => address) } },
  };
}
