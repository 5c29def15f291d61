import { Composer, isMap, isScalar, isSeq, LineCounter, Parser, type Document, type YAMLError } from 'yaml';
import { tooDeepAt } from '../../config/document.js';
import { shortened, type Mistakes, type Place } from './mistakes.js';

/** A part of a script, and where it is written. Scalars stay the text that was written: who knows the key knows what it is. */
export type SourceNode = { readonly at: Place } & (
  | { readonly kind: 'nothing' }
  /** `isPlain`: without quotes. */
  | { readonly kind: 'text'; readonly text: string; readonly isPlain: boolean }
  | { readonly kind: 'list'; readonly items: readonly SourceNode[] }
  | SourceMap
);

export interface SourceMap {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, SourceNode>;
  /** Where each key is written. */
  readonly keys: ReadonlyMap<string, Place>;
}

/** One with every key and its comments is about 4 KiB. */
export const scriptBytesMax = 64 * 1024;

const deeper =
  'the next line is indented deeper, and so belongs to this text; begin lines that belong together in one column';

/** What the parser says in words of its own, in those of who writes a script. */
const meanings: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'a text that begins with * or & needs quotes',
  MULTILINE_IMPLICIT_KEY: 'a key is without its ": "; write each in a line of its own, with a space after the colon',
  UNEXPECTED_TOKEN:
    'this does not belong to what stands before it; put a text with braces or quotes in it in quotes, in single ones if it has double ones',
};

const hints: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'put a text with ": " in it in quotes',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'begin lines that belong together in one column',
  MISSING_CHAR: 'close what was opened, begin lines that belong together in one column, or put the text in quotes',
};

/** One for each place; the parser goes on from where it was led astray, and says less of it each time. */
function noteErrors(errors: readonly YAMLError[], placeOf: (offset: number) => Place, mistakes: Mistakes): void {
  let atOffset = -1;
  for (const { code, message, pos } of errors) {
    if (pos[0] === atOffset) continue;
    atOffset = pos[0];
    const isDeeper =
      code === 'BLOCK_AS_IMPLICIT_KEY' &&
      errors.some((other) => other.code === 'MULTILINE_IMPLICIT_KEY' && other.pos[0] === atOffset);
    const hint = hints[code];
    const text = meanings[code] ?? `${shortened(message)}${hint === undefined ? '' : `; ${hint}`}`;
    mistakes.note(placeOf(atOffset), isDeeper ? deeper : text);
    // What follows in its line is what remains of a text that was cut in pieces.
    if (code === 'UNEXPECTED_TOKEN') return;
  }
}

/** Reads the YAML of a script; what is wrong with it goes to `mistakes`. `undefined`: it is no YAML that can be read further. */
export function readSource(text: string, mistakes: Mistakes): SourceNode | undefined {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const nothing: SourceNode = { kind: 'nothing', at: { line: 1, column: 1 } };
  const deepAt = tooDeepAt(tokens);
  if (deepAt !== undefined) {
    mistakes.note(placeOf(deepAt), 'nested too deep for a script');
    return undefined;
  }
  const composer = new Composer({ schema: 'failsafe', prettyErrors: false, uniqueKeys: false });
  const [document, second] = [...composer.compose(tokens)];
  if (!document) return nothing;
  noteErrors(document.errors, placeOf, mistakes);
  if (second) mistakes.note(placeOf(second.range[0]), 'a second YAML document; a script is one');
  return document.errors.length > 0 ? undefined : new Reading(mistakes, placeOf).read(document);
}

/** One pass over a composed document. */
class Reading {
  readonly #mistakes: Mistakes;
  readonly #placeOf: (offset: number) => Place;

  constructor(mistakes: Mistakes, placeOf: (offset: number) => Place) {
    this.#mistakes = mistakes;
    this.#placeOf = placeOf;
  }

  read(document: Document.Parsed): SourceNode {
    return this.#node(document.contents, { line: 1, column: 1 });
  }

  #node(node: unknown, above: Place): SourceNode {
    const at = this.#startOf(node) ?? above;
    if (isMap(node)) return this.#map(node.items, at);
    if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => this.#node(item, at)) };
    if (isScalar(node)) {
      const text = String(node.value);
      const isPlain = node.type === 'PLAIN';
      return isPlain && /^(?:|~|null)$/i.test(text) ? { kind: 'nothing', at } : { kind: 'text', at, text, isPlain };
    }
    if (node !== null)
      this.#mistakes.note(at, 'a text that begins with * needs quotes; aliases, which YAML writes so, are not read');
    return { kind: 'nothing', at };
  }

  #startOf(node: unknown): Place | undefined {
    const offset = (node as { range?: readonly number[] } | null)?.range?.[0];
    return offset === undefined ? undefined : this.#placeOf(offset);
  }

  #map(items: readonly { key: unknown; value: unknown }[], at: Place): SourceMap {
    const entries = new Map<string, SourceNode>();
    const keys = new Map<string, Place>();
    for (const { key, value } of items) {
      const keyAt = this.#startOf(key) ?? at;
      if (!isScalar(key)) {
        this.#mistakes.note(keyAt, 'a key must be a text; a text that begins with a brace needs quotes');
        continue;
      }
      const name = String(key.value);
      const first = keys.get(name);
      if (first) {
        this.#mistakes.note(keyAt, `${JSON.stringify(shortened(name))} is given twice, first in line ${first.line}`);
        continue;
      }
      keys.set(name, keyAt);
      entries.set(name, this.#node(value, keyAt));
    }
    return { kind: 'map', at, entries, keys };
  }
}

/** What an error shows of a value. What a list or map holds is left out: it may be long. */
export function shown(node: SourceNode): string {
  if (node.kind === 'text') return node.text;
  return { nothing: '', list: '[…]', map: '{…}' }[node.kind];
}

/** As if nothing were written at a place. */
export function emptyMap(at: Place): SourceMap {
  return { kind: 'map', at, entries: new Map(), keys: new Map() };
}
