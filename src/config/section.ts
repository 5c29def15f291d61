import { PixyError } from '../errors/pixy-error.js';
import { entriesOf, show, type DocumentNode } from './document.js';
import { isBareNumber, readScalar, topKeys, type Key } from './keys.js';
import { nearest } from './nearest.js';
import type { Settings } from './settings.js';

/** What stands in for a value that is no scalar where one should be: the schema refuses it. */
const textOf = (node: DocumentNode): string | null => (node.kind === 'text' ? node.text : null);

const lastOf = (key: string) => key.slice(key.lastIndexOf('.') + 1);
const plain = (key: string) => lastOf(key).replaceAll('_', '');

/**
 * What may have been meant by an unknown key, sections included. By their last parts first: a key in the wrong section is
 * meant more often than another one in the right section.
 */
function nearestKey(path: string, keys: readonly Key[]): string {
  const known = new Set(
    keys.flatMap(({ key }) => key.split('.').map((_, at, parts) => parts.slice(0, at + 1).join('.'))),
  );
  if (keys === topKeys) known.add('proxies');
  const names = [...known];
  const distanceTo = (key: string) => nearest(plain(path), [plain(key)])!.distance;
  const least = Math.min(...names.map(distanceTo));
  return nearest(
    path,
    names.filter((key) => distanceTo(key) === least),
  )!.name;
}

/** Keys that lie together in the file: those of the top, or those of one proxy. */
export class Section {
  readonly #settings: Settings;
  readonly #keys: readonly Key[];
  readonly #at: readonly string[];
  readonly #prefix: string;
  readonly #warn: (warning: string) => void;

  constructor(
    settings: Settings,
    keys: readonly Key[],
    at: readonly string[],
    prefix: string,
    warn: (warning: string) => void,
  ) {
    this.#settings = settings;
    this.#keys = keys;
    this.#at = at;
    this.#prefix = prefix;
    this.#warn = warn;
  }

  read(node: DocumentNode, above = ''): void {
    for (const [name, value] of entriesOf(node)) {
      // A dot in a name is not one between names: it is shown in quotes, and known to nobody.
      const path = `${above}${name.includes('.') ? JSON.stringify(name) : name}`;
      const key = this.#keys.find((known) => known.key === path);
      if (key) this.value(key, value, `${this.#prefix}${path}`);
      else if (!this.#keys.some((known) => known.key.startsWith(`${path}.`))) this.#unknown(path);
      else if (value.kind === 'map' || value.kind === 'nothing') this.read(value, `${path}.`);
      else throw badOption(`${this.#prefix}${path}`, value, 'a map of keys');
    }
  }

  #unknown(path: string): void {
    const name = nearestKey(path, this.#keys);
    this.#warn(`unknown key ${this.#prefix}${path} is ignored; the nearest known key is ${this.#prefix}${name}`);
  }

  value({ path, kind }: Key, node: DocumentNode, option: string): void {
    if (kind === 'texts' || kind === 'loggers') return this.#list(kind, path!, node, option);
    // Nothing is no address and no name, but no number, switch or choice.
    const text = node.kind === 'nothing' && kind === 'text' ? '' : undefined;
    if (node.kind === 'nothing' && text === undefined) return;
    const value = text ?? (node.kind === 'text' ? readScalar(kind, node.text) : null);
    if (kind === 'duration' && node.kind === 'text' && isBareNumber(node.text) && value === 1)
      this.#warn(
        `${option}: ${node.text} is less than a millisecond, as a bare number counts nanoseconds; write ${node.text}s for seconds`,
      );
    if (path === null) return checkIgnored(kind, value, node, option);
    if (value !== undefined)
      this.#settings.add([...this.#at, ...path.split('.')], value, { option, value: show(node) });
  }

  #list(kind: 'texts' | 'loggers', path: string, node: DocumentNode, option: string): void {
    if (node.kind === 'nothing') return;
    const at = [...this.#at, ...path.split('.')];
    const items = node.kind === 'list' ? node.items : [];
    const kept = kind === 'loggers' ? items.filter((item) => this.#isLogger(item)) : items;
    this.#settings.add(at, node.kind === 'list' ? kept.map(kind === 'loggers' ? loggerOf : textOf) : null, {
      option,
      value: show(node),
    });
    for (const [index, item] of kept.entries()) {
      const written = { option: `${option}[${items.indexOf(item)}]`, value: show(item) };
      this.#settings.describe([...at, `${index}`], written);
      for (const [name, field] of entriesOf(item)) {
        const fieldOption = `${written.option}.${name}`;
        if (loggerKeys.includes(name))
          this.#settings.describe([...at, `${index}`, name], { option: fieldOption, value: show(field) });
        else
          this.#warn(
            `unknown key ${fieldOption} is ignored; the nearest known key is ${written.option}.${nearest(name, loggerKeys)!.name}`,
          );
      }
    }
  }

  /** Loggers that the original has and does nothing with are none of ours either. */
  #isLogger(node: DocumentNode): boolean {
    const name = entriesOf(node).get('name');
    if (name?.kind !== 'text' || knownLoggers.includes(name.text)) return true;
    this.#warn(`unknown logger ${name.text} is ignored; there are ${knownLoggers.join(', ')}`);
    return false;
  }
}

/** What stands in `params` means nothing here. */
const loggerKeys = ['name', 'severity', 'params'];
const knownLoggers = ['console', 'json', 'syslog'];
const severities: Readonly<Record<string, string>> = {
  trace: 'debug',
  warn: 'warning',
  fatal: 'error',
  panic: 'error',
};

function loggerOf(node: DocumentNode): unknown {
  if (node.kind !== 'map') return null;
  const [name, severity] = ['name', 'severity'].map((key) => node.entries.get(key));
  const level = severity?.kind === 'text' ? severity.text.toLowerCase() : undefined;
  return {
    ...(name && name.kind !== 'nothing' && { name: textOf(name) }),
    ...(severity &&
      severity.kind !== 'nothing' && { severity: level === undefined ? null : (severities[level] ?? level) }),
  };
}

/** Keys that mean nothing here are checked all the same, so that a file that is taken here is taken there. */
function checkIgnored(kind: Key['kind'], value: unknown, node: DocumentNode, option: string): void {
  const right = kind === 'switch' ? typeof value === 'boolean' : typeof value === 'number';
  if (!right) throw badOption(option, node, kind === 'switch' ? 'true or false' : 'a duration, as in 500ms, 15s or 1m');
}

function badOption(option: string, node: DocumentNode, allowed: string): PixyError<'bad-option'> {
  return new PixyError('bad-option', { option, value: show(node), allowed });
}
