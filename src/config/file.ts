import { PixyError } from '../errors/pixy-error.js';
import { entriesOf, fileBytesMax, parseDocument, show } from './document.js';
import { clusterKeys, topKeys } from './keys.js';
import { Section } from './section.js';
import { Settings } from './settings.js';
import { readTextFile } from './text-file.js';

/** The text of a file. @throws PixyError `bad-config-file` when it cannot be read or is too large to be a configuration. */
export function readConfigFile(path: string): string {
  try {
    return readTextFile(path, fileBytesMax);
  } catch (error) {
    throw new PixyError('bad-config-file', { path, reason: (error as Error).message }, { cause: error });
  }
}

/**
 * Reads the text of a configuration file into settings. `warn` gets a sentence for each key that means nothing.
 * @throws PixyError `bad-config-file` for what is no map of keys, `bad-option` for what has no proxies.
 */
export function readSettings(path: string, text: string, warn: (warning: string) => void): Settings {
  const settings = new Settings();
  const document = parseDocument(path, text, warn);
  if (document.kind === 'text' || document.kind === 'list')
    throw new PixyError('bad-config-file', { path, reason: 'line 1, column 1: a map of keys is expected' });
  const top = entriesOf(document);
  const proxies = top.get('proxies') ?? { kind: 'nothing' };
  const rest = new Map([...top].filter(([key]) => key !== 'proxies'));
  new Section(settings, topKeys, [], '', warn).read({ kind: 'map', entries: rest });
  // What is no map of proxies stays as it is, for the schema to refuse.
  settings.add(['clusters'], proxies.kind === 'map' ? Object.create(null) : '', {
    option: 'proxies',
    value: show(proxies),
  });
  for (const [cluster, node] of entriesOf(proxies)) {
    const option = `proxies.${cluster}`;
    if (node.kind === 'text' || node.kind === 'list')
      throw new PixyError('bad-option', { option, value: show(node), allowed: 'a map of keys' });
    // JavaScript would take it for something else.
    if (cluster === '__proto__') throw new PixyError('bad-option', { option, value: cluster, allowed: 'another name' });
    settings.add(['clusters', cluster], Object.create(null), { option });
    new Section(settings, clusterKeys, ['clusters', cluster], `${option}.`, warn).read(node);
  }
  // Said here, because a JavaScript object would put a cluster called 1 before the others.
  const [first] = entriesOf(proxies).keys();
  if (first !== undefined && !settings.get(['defaultCluster'])) settings.add(['defaultCluster'], first);
  return settings;
}

/** Reads a value of `logging`, as it stands behind a flag, into settings. */
export function readLoggers(flag: string, text: string, settings: Settings, warn: (warning: string) => void): void {
  const node = parseDocument(flag, text, warn);
  new Section(settings, topKeys, [], '', warn).value({ key: flag, path: 'logging', kind: 'loggers' }, node, flag);
}
