/**
 * What Go says of a text that is no JSON. Clients of the original match on these texts, and they say better than Node's
 * where the text goes wrong. Source: `scanner.go` of Go's encoding/json, whose states these are.
 */

/** What may come next. `close`: also the bracket that ends an empty array or object. */
type Place = 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'colon' | 'after-value';

interface Scan {
  /** One character for each byte. */
  readonly text: string;
  at: number;
}

/** @param text one character for each byte; `undefined`: Go finds nothing wrong */
export function goSyntaxError(text: string): string | undefined {
  const scan: Scan = { text, at: 0 };
  /** The brackets that are open. */
  const open: string[] = [];
  let place: Place = 'value';
  for (;;) {
    while (scan.at < text.length && ' \t\r\n'.includes(text[scan.at]!)) scan.at++;
    const character = text[scan.at];
    if (character === undefined) return place === 'after-value' && open.length === 0 ? undefined : unexpectedEnd;
    const inner = open.at(-1);
    if (place === 'after-value') {
      const step = afterValue(character, inner);
      if ('error' in step) return step.error;
      if (step.closes) open.pop();
      else place = inner === '{' ? 'key' : 'value';
      scan.at++;
    } else if (place === 'colon') {
      if (character !== ':') return invalid(character, 'after object key');
      place = 'value';
      scan.at++;
    } else if ((place === 'value-or-close' && character === ']') || (place === 'key-or-close' && character === '}')) {
      open.pop();
      place = 'after-value';
      scan.at++;
    } else if (place === 'key' || place === 'key-or-close') {
      if (character !== '"') return invalid(character, 'looking for beginning of object key string');
      const error = scanString(scan);
      if (error !== undefined) return error;
      place = 'colon';
    } else if (character === '[' || character === '{') {
      open.push(character);
      place = character === '[' ? 'value-or-close' : 'key-or-close';
      scan.at++;
    } else {
      const error = scanScalar(scan, character);
      if (error !== undefined) return error;
      place = 'after-value';
    }
  }
}

const unexpectedEnd = 'unexpected end of JSON input';

/** At the end of the text Go looks at a space in its stead. */
function invalid(character = ' ', context: string): string {
  return `invalid character ${quoted(character)} ${context}`;
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
};

/** As Go quotes a byte that it takes for a character. */
function quoted(character: string): string {
  const code = character.charCodeAt(0);
  const plain = (code >= 0x20 && code < 0x7f) || (code > 0xa0 && code !== 0xad);
  const hex = code.toString(16).padStart(2, '0');
  return `'${escapes[character] ?? (plain ? character : code < 0x80 ? `\\x${hex}` : `\\u00${hex}`)}'`;
}

function afterValue(character: string, inner: string | undefined): { closes: boolean } | { error: string } {
  if (inner === undefined) return { error: invalid(character, 'after top-level value') };
  if (character === ',') return { closes: false };
  if (character === (inner === '[' ? ']' : '}')) return { closes: true };
  return { error: invalid(character, inner === '[' ? 'after array element' : 'after object key:value pair') };
}

const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

function scanScalar(scan: Scan, character: string): string | undefined {
  if (character === '"') return scanString(scan);
  if (/[-0-9]/.test(character)) return scanNumber(scan);
  const literal = literals[character];
  return literal === undefined ? invalid(character, 'looking for beginning of value') : scanLiteral(scan, literal);
}

function scanLiteral(scan: Scan, literal: string): string | undefined {
  for (const expected of literal) {
    const character = scan.text[scan.at];
    if (character !== expected) return invalid(character, `in literal ${literal} (expecting '${expected}')`);
    scan.at++;
  }
  return undefined;
}

function scanString(scan: Scan): string | undefined {
  for (scan.at++; ; scan.at++) {
    let character = scan.text[scan.at];
    if (character === '"') {
      scan.at++;
      return undefined;
    }
    if (character === undefined) return unexpectedEnd;
    if (character < ' ') return invalid(character, 'in string literal');
    if (character !== '\\') continue;
    character = scan.text[++scan.at];
    if (character === undefined || !'bfnrt\\/"u'.includes(character))
      return invalid(character, 'in string escape code');
    if (character !== 'u') continue;
    for (let digit = 0; digit < 4; digit++) {
      character = scan.text[++scan.at];
      if (character === undefined || !/[0-9A-Fa-f]/.test(character)) {
        return invalid(character, 'in \\u hexadecimal character escape');
      }
    }
  }
}

function scanNumber(scan: Scan): string | undefined {
  const next = () => scan.text[scan.at];
  const digits = () => {
    while (/[0-9]/.test(next() ?? '')) scan.at++;
  };
  if (next() === '-') scan.at++;
  if (!/[0-9]/.test(next() ?? '')) return invalid(next(), 'in numeric literal');
  if (next() === '0') scan.at++;
  else digits();
  if (next() === '.') {
    scan.at++;
    if (!/[0-9]/.test(next() ?? '')) return invalid(next(), 'after decimal point in numeric literal');
    digits();
  }
  if (/[eE]/.test(next() ?? '')) {
    scan.at++;
    if (/[-+]/.test(next() ?? '')) scan.at++;
    if (!/[0-9]/.test(next() ?? '')) return invalid(next(), 'in exponent of numeric literal');
    digits();
  }
  return undefined;
}
