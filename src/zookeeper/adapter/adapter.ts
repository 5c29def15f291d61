import type { Logger } from 'pino';
import type { Host } from '../../host/host.js';
import type { ZooKeeper } from '../port.js';
import { normalChroot } from './paths.js';
import { parseServers, type ServerAddress } from './servers.js';
import { Session, type ZooKeeperLimits } from './session.js';

export type { ZooKeeperLimits } from './session.js';

export interface ZooKeeperAdapterOptions {
  /** `host:port,host:port`, without a chroot. The port may be missing: 2181. */
  readonly servers: string;
  /** Empty, or an absolute path. Created on first use where it is missing. */
  readonly chroot: string;
  readonly host: Host;
  readonly logger: Logger;
  readonly limits: ZooKeeperLimits;
}

/** The ZooKeeper port on a real ensemble. Throws on servers or a chroot that cannot be. */
export function createZooKeeperAdapter(options: ZooKeeperAdapterOptions): ZooKeeper {
  const { host, logger, limits } = options;
  const servers = parseServers(options.servers);
  const chroot = normalChroot(options.chroot);
  return {
    openSession: ({ timeoutMs, onEvent }) =>
      new Session({ servers: shuffled(servers, host), chroot, timeoutMs, onEvent, host, logger, limits }),
  };
}

/** So that daemons with the same list spread over the ensemble. */
function shuffled(servers: readonly ServerAddress[], host: Host): ServerAddress[] {
  return servers
    .map((server) => ({ server, rank: host.random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ server }) => server);
}
