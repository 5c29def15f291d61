import type { ConfigTree, ConfigValue } from '../script/script.js';

/** What a daemon has to know of its world. */
export interface DaemonPlace {
  /** Where it serves its API: `host:port`. */
  readonly address: string;
  readonly memberId: string;
  /** Each `host:port`. */
  readonly kafkaPeers: readonly string[];
  readonly zookeeperPeers: readonly string[];
}

/** What daemons of this product are told beside. */
export interface OwnPlace {
  /** Path of the socket by which faults are had inside. */
  readonly faultsPath: string;
  /** Gets the reports of crashes. */
  readonly dumpFolder: string;
  readonly drainTimeoutMs: number;
}

type Tree = { readonly [key: string]: Tree | ConfigValue | readonly Tree[] };

/** The text of a configuration file; JSON is YAML. `own`: `undefined` for other implementations. */
export function configFile(place: DaemonPlace, config: ConfigTree, own: OwnPlace | undefined): string {
  const ofTheRun: ConfigTree = {
    client_id: place.memberId,
    kafka: { seed_peers: place.kafkaPeers },
    zoo_keeper: { seed_peers: place.zookeeperPeers },
  };
  const ownKeys: Tree = own
    ? {
        logging: [{ name: 'json', severity: 'info' }],
        allow_faults: own.faultsPath,
        dump_dir: own.dumpFolder,
        drain_timeout: `${own.drainTimeoutMs}ms`,
      }
    : {};
  const file: Tree = {
    tcp_addr: place.address,
    grpc_addr: '',
    ...ownKeys,
    proxies: { default: merged(config, ofTheRun) },
  };
  return JSON.stringify(file, null, 2);
}

/** All keys of both; of those in both, the second one's, unless these are trees. */
export function merged(under: ConfigTree, over: ConfigTree): ConfigTree {
  const all: Record<string, ConfigTree | ConfigValue> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = all[key];
    all[key] = isTree(below) && isTree(value) ? merged(below, value) : value;
  }
  return all;
}

const isTree = (value: ConfigTree | ConfigValue | undefined): value is ConfigTree =>
  typeof value === 'object' && !Array.isArray(value);

/** The arguments of a command of somebody else's, its placeholders filled in. */
export function filledIn(command: readonly string[], place: DaemonPlace, configPath: string): string[] {
  const values: Readonly<Record<string, string>> = {
    address: place.address,
    config: configPath,
    kafkaPeers: place.kafkaPeers.join(','),
    zookeeperPeers: place.zookeeperPeers.join(','),
    name: place.memberId,
  };
  // One pass: what is filled in is not looked at again.
  return command.map((word) => word.replaceAll(/\{(\w+)\}/g, (braced, key: string) => values[key] ?? braced));
}
