import { parseDurationMs } from './duration.js';
import { readConfigFile, readLoggers, readSettings } from './file.js';
import type { FlagName, FlagValues } from './flags.js';
import { parseSwitch } from './keys.js';
import { isKafkaVersion, type Config } from './schema.js';
import { Settings } from './settings.js';

export interface LoadedConfig {
  readonly config: Config;
  /** What was found that means nothing, a sentence each. */
  readonly warnings: readonly string[];
  /** What the person who set it calls a path of the configuration, like `clusters`, `east`, `kafka`, `tls`, `clientKeyFile`. */
  readonly optionAt: (path: readonly string[]) => string | undefined;
}

/** Only this machine: what the page shows is for those who run the daemon. */
export const standardInspectAddress = '127.0.0.1:19093';

/** Of one file: beyond it a count stands for the rest. */
const warningsMax = 100;

/**
 * The configuration of a daemon: the file that `--config` names, if any, what the flags put in its place, and
 * `KAFKA_VERSION` of the environment for clusters that name no version. An empty flag means "not given", as in the
 * original. @throws PixyError `bad-option`, `bad-config-file`.
 */
export function loadConfig(flags: FlagValues, env: Readonly<Record<string, string | undefined>>): LoadedConfig {
  const warnings: string[] = [];
  let untold = 0;
  const warn = (warning: string): void => {
    if (warnings.length < warningsMax) warnings.push(warning);
    else untold++;
  };
  const settings = flags.config ? readSettings(flags.config, readConfigFile(flags.config), warn) : oneCluster();
  applyFlags(flags, settings, warn);
  applyEnvironment(env, settings, warn);
  if (untold > 0) warnings.push(`${untold} more warnings about the configuration are left out`);
  return { config: settings.validate(), warnings, optionAt: (path) => settings.writtenAt(path)?.option };
}

/** What holds without a file. */
function oneCluster(): Settings {
  const settings = new Settings();
  settings.add(['clusters', 'default'], Object.create(null));
  settings.add(['defaultCluster'], 'default');
  return settings;
}

const clusterNames = (settings: Settings): string[] => Object.keys(settings.get(['clusters']) ?? {});

/** What `--inspect` holds for an address: an on or off, a port of this machine, or an address as it is. */
function readInspectAddress(text: string): string {
  if (/^\d+$/.test(text)) return `127.0.0.1:${text}`;
  const isOn = parseSwitch(text);
  if (isOn === undefined) return text;
  return isOn ? standardInspectAddress : '';
}

/** Flags about Kafka and ZooKeeper are about the default cluster. */
function applyFlags(flags: FlagValues, settings: Settings, warn: (warning: string) => void): void {
  const set = (name: FlagName, path: readonly string[], read: (text: string) => unknown = (text) => text): void => {
    const text = flags[name];
    // What cannot be read goes on as it is, so that the one check of all options refuses it in its words.
    if (text) settings.add(path, read(text) ?? text, { option: `--${name}`, value: text });
  };
  set('grpcAddr', ['grpcAddr']);
  set('tcpAddr', ['tcpAddr']);
  set('unixAddr', ['unixAddr']);
  set('pidFile', ['pidFile']);
  set('inspect', ['inspectAddr'], readInspectAddress);
  set('dumpDir', ['dumpDir']);
  set('allowFaults', ['allowFaults']);
  set('drainTimeout', ['drainTimeoutMs'], parseDurationMs);
  if (flags.logging) readLoggers('--logging', flags.logging, settings, warn);

  const cluster = String(settings.get(['defaultCluster']));
  // One that there is not is refused later, and must not come about here.
  if (!clusterNames(settings).includes(cluster)) return;
  const kafka = ['clusters', cluster, 'kafka'];
  set('tls', [...kafka, 'tls', 'enabled'], parseSwitch);
  set('insecureTLS', [...kafka, 'tls', 'insecure'], parseSwitch);
  set('caCertFile', [...kafka, 'tls', 'caCertificateFile']);
  set('clientCertFile', [...kafka, 'tls', 'clientCertificateFile']);
  set('clientCertKeyFile', [...kafka, 'tls', 'clientKeyFile']);

  const setPeers = (name: FlagName, path: readonly string[], list: string): void => {
    const peers = list.split(',').map((text) => text.trim());
    settings.add(path, peers, { option: `--${name}`, value: list });
    for (const [at, value] of peers.entries()) settings.describe([...path, `${at}`], { option: `--${name}`, value });
  };
  const { kafkaPeers, zookeeperPeers } = flags;
  if (kafkaPeers) setPeers('kafkaPeers', [...kafka, 'seedPeers'], kafkaPeers);
  if (!zookeeperPeers) return;
  const slash = zookeeperPeers.indexOf('/');
  const zookeeper = ['clusters', cluster, 'zookeeper'];
  setPeers('zookeeperPeers', [...zookeeper, 'seedPeers'], slash < 0 ? zookeeperPeers : zookeeperPeers.slice(0, slash));
  if (slash < 0) return;
  const chroot = zookeeperPeers.slice(slash);
  settings.add([...zookeeper, 'chroot'], chroot, { option: '--zookeeperPeers', value: chroot });
}

function applyEnvironment(
  { KAFKA_VERSION: version }: Readonly<Record<string, string | undefined>>,
  settings: Settings,
  warn: (warning: string) => void,
): void {
  if (!version) return;
  if (!isKafkaVersion(version)) return warn(`KAFKA_VERSION ${JSON.stringify(version)} is no version, and is ignored`);
  for (const cluster of clusterNames(settings)) {
    const path = ['clusters', cluster, 'kafka', 'version'];
    if (!settings.get(path)) settings.add(path, version, { option: 'KAFKA_VERSION', value: version });
  }
}
