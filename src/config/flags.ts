import { parseDurationMs } from './duration.js';
import { validateConfig, type Config, type ConfigInput } from './schema.js';

/** The flags that set configuration, with what help says of them. Names as in the original. */
export const flagTable = {
  kafkaPeers: 'Kafka brokers to begin with: host:port, several separated by commas (localhost:9092)',
  zookeeperPeers:
    'ZooKeeper servers: host:port, several separated by commas, and a chroot from the first slash (localhost:2181)',
  tcpAddr: 'address of the HTTP API: host:port (0.0.0.0:19092)',
  unixAddr: 'path of a Unix domain socket that serves the HTTP API as well',
  pidFile: 'file that the process id is written to',
  drainTimeout: 'longest time from a signal to the exit, as in 500ms, 15s or 1m (15s)',
} as const;

export type FlagName = keyof typeof flagTable;
export type FlagValues = { readonly [name in FlagName]?: string | undefined };

/** Which flag sets what lies at a path of the configuration. */
const flagOfPath: readonly (readonly [path: string, flag: FlagName])[] = [
  ['clusters.default.kafka', 'kafkaPeers'],
  ['clusters.default.zookeeper', 'zookeeperPeers'],
  ['tcpAddr', 'tcpAddr'],
  ['unixAddr', 'unixAddr'],
  ['pidFile', 'pidFile'],
  ['drainTimeoutMs', 'drainTimeout'],
];

/** The configuration that the flags give; an empty value means "not given", as in the original. Throws `bad-option`. */
export function configFromFlags(flags: FlagValues): Config {
  const { kafkaPeers, zookeeperPeers, tcpAddr, unixAddr, pidFile, drainTimeout } = flags;
  const input: ConfigInput = {
    ...(tcpAddr && { tcpAddr }),
    ...(unixAddr && { unixAddr }),
    ...(pidFile && { pidFile }),
    // What is no duration goes on as it is, so that the one check of all options refuses it in its words.
    ...(drainTimeout && { drainTimeoutMs: parseDurationMs(drainTimeout) ?? (drainTimeout as never) }),
    clusters: {
      default: {
        ...(kafkaPeers && { kafka: { seedPeers: splitPeers(kafkaPeers) } }),
        ...(zookeeperPeers && { zookeeper: splitChroot(zookeeperPeers) }),
      },
    },
  };
  return validateConfig(input, (path) => {
    const flag = flagOfPath.find(([prefix]) => path.startsWith(prefix))?.[1];
    return flag ? `--${flag}` : path;
  });
}

function splitPeers(list: string): string[] {
  return list.split(',').map((text) => text.trim());
}

function splitChroot(value: string): { seedPeers: string[]; chroot: string } {
  const slash = value.indexOf('/');
  if (slash < 0) return { seedPeers: splitPeers(value), chroot: '' };
  // A slash at the end names the same node as none.
  return { seedPeers: splitPeers(value.slice(0, slash)), chroot: value.slice(slash).replace(/\/$/, '') };
}
