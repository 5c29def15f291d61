import { clusterKeys } from '../../config/keys.js';
import { Section } from '../../config/section.js';
import { Settings } from '../../config/settings.js';
import { PixyError } from '../../errors/pixy-error.js';
import { meantName, shortened, type Mistakes, type Place } from './mistakes.js';
import type { ConfigTree, ConfigValue, DaemonTiming } from './script.js';
import type { ValueType } from './section.js';
import type { SourceMap, SourceNode } from './source.js';

/** What the run itself gives every daemon. */
const setByTheRun = ['client_id', 'kafka.seed_peers', 'zoo_keeper.seed_peers', 'zoo_keeper.chroot'];

interface ReadConfig {
  readonly tree: ConfigTree;
  readonly timing: DaemonTiming;
}

/** Keys of one proxy, as a configuration file has them. They are checked as a daemon of this product would. */
export const daemonConfig: ValueType<ReadConfig> = {
  allowed: 'keys of one proxy in a configuration file, as in consumer: { ack_timeout: 3s }',
  read(node, name, mistakes) {
    if (node.kind !== 'map') {
      mistakes.note(node.at, `${name}: a map of keys of one proxy is expected, as in ${name}.consumer.ack_timeout`);
      return undefined;
    }
    const before = mistakes.count;
    checkKeys(node, '', name, mistakes);
    if (mistakes.count > before) return undefined;
    const settings = new Settings();
    new Section(settings, clusterKeys, ['clusters', 'default'], '', () => undefined).read(node);
    const { zookeeper, consumer, producer } = settings.validate().clusters['default']!;
    const timing = {
      sessionTimeoutMs: zookeeper.sessionTimeoutMs,
      commitIntervalMs: consumer.offsetsCommitIntervalMs,
      ackTimeoutMs: consumer.ackTimeoutMs,
      longPollingTimeoutMs: consumer.longPollingTimeoutMs,
      syncTimeoutMs: producer.syncTimeoutMs,
    };
    return { tree: treeOf(node), timing };
  },
};

/** Each key by itself, so that every mistake is found. */
function checkKeys(map: SourceMap, above: string, name: string, mistakes: Mistakes): void {
  for (const [key, at] of map.keys) {
    const path = `${above}${key}`;
    const value = map.entries.get(key)!;
    if (key.includes('.'))
      mistakes.note(
        at,
        `${name}: ${JSON.stringify(shortened(key))} is no key; write ${key.split('.').join(': { ')}: …${' }'.repeat(key.split('.').length - 1)}`,
      );
    else if (setByTheRun.includes(path)) mistakes.note(at, `${name}.${path} is set by the run`);
    else if (clusterKeys.some((known) => known.key === path)) checkValue(path, value, name, mistakes);
    else if (!clusterKeys.some((known) => known.key.startsWith(`${path}.`))) unknown(path, at, name, mistakes);
    else if (value.kind === 'map') checkKeys(value, `${path}.`, name, mistakes);
    else mistakes.note(value.at, `${name}.${path}: a map of keys is expected`);
  }
}

function checkValue(path: string, value: SourceNode, name: string, mistakes: Mistakes): void {
  const settings = new Settings();
  try {
    new Section(settings, clusterKeys, ['clusters', 'default'], '', (warning) =>
      mistakes.note(value.at, `${name}.${warning}`),
    ).value(
      clusterKeys.find((known) => known.key === path)!,
      value,
      path,
    );
    settings.validate();
  } catch (error) {
    if (!(error instanceof PixyError)) throw error;
    mistakes.note(value.at, `${name}.${error.message}`);
  }
}

function unknown(path: string, at: Place, name: string, mistakes: Mistakes): void {
  const paths = clusterKeys.map(({ key }) => key);
  const meant = meantName(path, paths) ?? paths.find((known) => known.endsWith(`.${path}`));
  const way =
    meant === undefined ? `; the keys are those of a proxy: ${sections.join(', ')}` : `, did you mean ${meant}?`;
  mistakes.note(at, `unknown key ${JSON.stringify(shortened(path))} in ${name}${way}`);
}

const sections = [...new Set(clusterKeys.map(({ key }) => key.split('.')[0]!))];

/** As a YAML reader that knows types would have it. */
function treeOf(map: SourceMap): ConfigTree {
  return Object.fromEntries(
    [...map.entries]
      .filter(([, node]) => node.kind !== 'nothing')
      .map(([key, node]) => [key, node.kind === 'map' ? treeOf(node) : valueOf(node)]),
  );
}

function valueOf(node: SourceNode): ConfigValue {
  if (node.kind === 'list') return node.items.map((item) => String(valueOf(item)));
  if (node.kind !== 'text') return '';
  if (!node.isPlain) return node.text;
  if (/^(?:true|false)$/.test(node.text)) return node.text === 'true';
  return /^-?\d{1,15}(?:\.\d+)?$/.test(node.text) ? Number(node.text) : node.text;
}
