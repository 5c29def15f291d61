/**
 * The parameters of a query string, read as Go's `url.ParseQuery` does: a pair with a broken `%` escape or a semicolon is
 * dropped silently, `+` is a space, and values are bytes (a key need not be UTF-8).
 */
export class Parameters {
  /** Unescaped, one character for each byte. Most are short and plain, so nothing is decoded before it is asked for. */
  readonly #pairs: readonly (readonly [name: string, value: string])[];

  /** @param query without the question mark, as Node gives it: one character for each byte */
  constructor(query: string) {
    this.#pairs = query === '' ? [] : parsePairs(query);
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** The bytes of the first value. */
  first(name: string): Buffer | undefined {
    const value = this.#find(name);
    return value === undefined ? undefined : Buffer.from(value, 'latin1');
  }

  /** The texts of all values; `undefined` for one that is no UTF-8, so that no two such values are taken for one. */
  texts(name: string): (string | undefined)[] {
    return this.#pairs.filter((pair) => pair[0] === name).map((pair) => utf8Text(pair[1]));
  }

  #find(name: string): string | undefined {
    return this.#pairs.find((pair) => pair[0] === name)?.[1];
  }
}

function parsePairs(query: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const text of query.split('&')) {
    if (text === '' || text.includes(';')) continue;
    const equals = text.indexOf('=');
    const name = unescape(equals < 0 ? text : text.slice(0, equals));
    const value = unescape(equals < 0 ? '' : text.slice(equals + 1));
    if (name !== undefined && value !== undefined) pairs.push([name, value]);
  }
  return pairs;
}

/** `undefined`: an escape is broken. */
function unescape(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  if (/%(?![0-9A-Fa-f]{2})/.test(spaced)) return undefined;
  return spaced.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function utf8Text(latin1: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- the range of ASCII begins with them
  if (/^[\u0000-\u007f]*$/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
