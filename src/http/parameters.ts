import { PixyError } from '../errors/pixy-error.js';

/** Of one source. Far beyond what anybody sends: a form that is nothing but names would cost a hundred times its bytes. */
const pairsMax = 1000;

/**
 * The parameters of a query string or a form, read as Go's `url.ParseQuery` does: a pair with a broken `%` escape or a
 * semicolon is dropped silently, `+` is a space, and values are bytes (a key need not be UTF-8).
 */
export class Parameters {
  /** Unescaped, one character for each byte. Most are short and plain, so nothing is decoded before it is asked for. */
  readonly #pairs: readonly Pair[];

  /**
   * @param sources one character for each byte, as Node gives a query (without the question mark); those of earlier sources
   *   come first
   * @throws PixyError `bad-request`
   */
  constructor(...sources: readonly string[]) {
    const pairs: Pair[] = [];
    for (const source of sources) if (source !== '') parsePairs(source, pairs);
    this.#pairs = pairs;
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

type Pair = readonly [name: string, value: string];

function parsePairs(source: string, pairs: Pair[]): void {
  const texts = source.split('&', pairsMax + 1);
  if (texts.length > pairsMax) throw new PixyError('bad-request', { reason: `more than ${pairsMax} parameters` });
  for (const text of texts) {
    if (text === '' || text.includes(';')) continue;
    const equals = text.indexOf('=');
    const name = unescape(equals < 0 ? text : text.slice(0, equals));
    const value = unescape(equals < 0 ? '' : text.slice(equals + 1));
    if (name !== undefined && value !== undefined) pairs.push([name, value]);
  }
}

const [percent, plus, space] = [0x25, 0x2b, 0x20];

/** `undefined`: an escape is broken. In place and byte by byte, since a form may carry a whole message of escapes. */
function unescape(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text;
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at]!;
    if (byte === plus) byte = space;
    else if (byte === percent) {
      const [high, low] = [hexDigit(bytes[at + 1]), hexDigit(bytes[at + 2])];
      if (high === undefined || low === undefined) return undefined;
      byte = high * 16 + low;
      at += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.toString('latin1', 0, length);
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function utf8Text(latin1: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- the range of ASCII begins with them
  if (/^[\u0000-\u007f]*$/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
