import { meantName, notAllowed, shortened, type Mistakes, type Place } from './mistakes.js';
import { emptyMap, shown, type SourceMap, type SourceNode } from './source.js';

/** What a value may be, and how it is read. */
export interface ValueType<T> {
  /** In words, for an error and for the table of keys. */
  readonly allowed: string;
  /** Keys that lie in such a value. */
  readonly keys?: Keys;
  /** `undefined`: it is not allowed, and `mistakes` has the reason. */
  read(node: SourceNode, name: string, mistakes: Mistakes): T | undefined;
}

export interface Key<T> {
  readonly type: ValueType<T>;
  /** What holds where the key is not given, for the table of keys. */
  readonly otherwise: string;
  /** One sentence, for the table of keys. */
  readonly says: string;
  readonly isRequired?: true;
  absent(at: Place, name: string, mistakes: Mistakes): T | undefined;
}

export type Keys = Readonly<Record<string, Key<unknown>>>;
export type ValuesOf<K extends Keys> = { readonly [P in keyof K]: K[P] extends Key<infer T> ? T : never };

export function required<T>(type: ValueType<T>, says: string): Key<T> {
  const absent = (at: Place, name: string, mistakes: Mistakes) => {
    mistakes.note(at, `${name} is missing; allowed: ${type.allowed}`);
    return undefined;
  };
  return { type, otherwise: 'required', says, isRequired: true, absent };
}

/** `otherwise`: what it means that there is none. */
export function optional<T>(type: ValueType<T>, otherwise: string, says: string): Key<T | undefined> {
  return { type, otherwise, says, absent: () => undefined };
}

/** `otherwise`: as it would be written. */
export function standard<T>(type: ValueType<T>, otherwise: string, says: string): Key<T> {
  const absent = (at: Place, name: string, mistakes: Mistakes) =>
    type.read({ kind: 'text', at, text: otherwise, isPlain: true }, name, mistakes);
  return { type, otherwise, says, absent };
}

/** Not given, it is a section in which nothing is given, or one such. */
export function implied<T>(type: ValueType<T>, otherwise: string, says: string): Key<T> {
  const absent = (at: Place, name: string, mistakes: Mistakes) => type.read(emptyMap(at), name, mistakes);
  return { type, otherwise, says, absent };
}

/** A text that `parse` understands. `meant`: what was probably meant by one that it does not. */
export function scalar<T>(
  allowed: string,
  parse: (text: string) => T | undefined,
  meant: (text: string) => string | undefined = () => undefined,
): ValueType<T> {
  const read = (node: SourceNode, name: string, mistakes: Mistakes): T | undefined => {
    const value = node.kind === 'text' ? parse(node.text) : undefined;
    if (value === undefined)
      mistakes.note(
        node.at,
        notAllowed(name, shown(node), allowed, node.kind === 'text' ? meant(node.text) : undefined),
      );
    return value;
  };
  return { allowed, read };
}

/** A value with its place, for errors that show only beside others. */
export interface Located<T> {
  readonly at: Place;
  readonly value: T;
}

export function located<T>(type: ValueType<T>): ValueType<Located<T>> {
  const read = (node: SourceNode, name: string, mistakes: Mistakes) => {
    const value = type.read(node, name, mistakes);
    return value === undefined ? undefined : { at: node.at, value };
  };
  return { ...type, read };
}

/**
 * One or several: what is no list is the only item of one. With `keepsGood`, items that are not allowed are left out, and the
 * others can be looked at further.
 */
export function listOf<T>(type: ValueType<T>, itemsMax: number, keepsGood = false): ValueType<readonly T[]> {
  const allowed = `${type.allowed}; or a list of up to ${itemsMax} of them`;
  const read = (node: SourceNode, name: string, mistakes: Mistakes) => {
    const before = mistakes.count;
    const items = node.kind === 'list' ? node.items : [node];
    if (items.length > itemsMax)
      mistakes.note(items[itemsMax]!.at, `${name} has ${items.length} items; at most ${itemsMax} are allowed`);
    const good = items.slice(0, itemsMax).flatMap((item) => type.read(item, name, mistakes) ?? []);
    return keepsGood || mistakes.count === before ? good : undefined;
  };
  return { allowed, read, ...(type.keys && { keys: type.keys }) };
}

/** A map of known keys. `check` sees it whole; it is not called when a key in it is wrong. */
export function section<K extends Keys, T = ValuesOf<K>>(
  keys: K,
  check?: (values: ValuesOf<K>, node: SourceMap, name: string, mistakes: Mistakes) => T | undefined,
): ValueType<T> {
  const read = (node: SourceNode, name: string, mistakes: Mistakes): T | undefined => {
    const before = mistakes.count;
    const values = readKeys(keys, node, name, mistakes);
    if (values === undefined || mistakes.count > before) return undefined;
    const whole = values as ValuesOf<K>;
    return check ? check(whole, node as SourceMap, name, mistakes) : (whole as unknown as T);
  };
  return { allowed: 'a map of its keys', keys, read };
}

/** What could be read of a map of known keys; `undefined` when it is none. */
export function readKeys<K extends Keys>(
  keys: K,
  node: SourceNode,
  name: string,
  mistakes: Mistakes,
): Partial<ValuesOf<K>> | undefined {
  const names = Object.keys(keys);
  if (node.kind === 'text' || node.kind === 'list') {
    mistakes.note(node.at, notAllowed(name || 'a script', shown(node), `a map of these keys: ${names.join(', ')}`));
    return undefined;
  }
  const map = node.kind === 'map' ? node : emptyMap(node.at);
  const misspelt = new Set<string | undefined>();
  for (const [given, at] of map.keys) {
    if (Object.hasOwn(keys, given)) continue;
    const meant = meantName(given, names);
    misspelt.add(meant);
    mistakes.note(at, unknownKey(given, meant, keys, name));
  }
  const values = names.map((key) => {
    const path = pathOf(name, key);
    const { type, isRequired, absent } = keys[key]!;
    const value = map.entries.get(key);
    if (value !== undefined && (value.kind !== 'nothing' || isRequired)) return [key, type.read(value, path, mistakes)];
    return [key, misspelt.has(key) ? undefined : absent(map.at, path, mistakes)];
  });
  return Object.fromEntries(values) as Partial<ValuesOf<K>>;
}

const pathOf = (section: string, key: string): string => (section === '' ? key : `${section}.${key}`);

function unknownKey(given: string, meant: string | undefined, keys: Keys, section: string): string {
  const what = `unknown key ${JSON.stringify(shortened(given))}`;
  const known = `keys ${section === '' ? 'of a script' : `of ${section}`} are ${Object.keys(keys).join(', ')}`;
  const deeper = deeperPath(given, keys, section);
  if (deeper !== undefined) return `${what} here; it is ${deeper}`;
  return meant === undefined ? `${what}; the ${known}` : `${what}, did you mean ${meant}? The ${known}`;
}

/** Where a key lies below, if it is one there. */
function deeperPath(given: string, keys: Keys, section: string): string | undefined {
  for (const [key, { type }] of Object.entries(keys)) {
    if (!type.keys) continue;
    const path = pathOf(section, key);
    const deeper = Object.hasOwn(type.keys, given) ? pathOf(path, given) : deeperPath(given, type.keys, path);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
