import { Alias, Composer, isMap, isScalar, isSeq, LineCounter, Parser, type CST, type Document } from 'yaml';
import { PixyError } from '../errors/pixy-error.js';

/** A part of a configuration file. Scalars stay the text that was written: who knows the key knows what it has to be. */
export type DocumentNode =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly DocumentNode[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, DocumentNode> };

/** A proxy with every key and its comments is about 8 KiB. Hostile text of this size is refused within three seconds. */
export const fileBytesMax = 256 * 1024;
/** Our keys lie five deep. Beyond some hundred levels the YAML library, which descends by calls, runs out of stack. */
const depthMax = 40;
/** With what aliases repeat. */
const nodesMax = 50_000;
/** Each is looked for from the beginning of the document. */
const aliasesMax = 1000;

const nothing: DocumentNode = { kind: 'nothing' };

/**
 * Reads the first YAML document of `text`, with aliases and merge keys (`<<`) in place. `warn` gets a sentence for what
 * is odd, but has one meaning: a key given twice, a second document. @throws PixyError `bad-config-file`, with line and column.
 */
export function parseDocument(path: string, text: string, warn: (warning: string) => void): DocumentNode {
  const lines = new LineCounter();
  const refuse = (reason: string, at: number): never => {
    const { line, col } = lines.linePos(at);
    throw new PixyError('bad-config-file', { path, reason: `line ${line}, column ${col}: ${reason}` });
  };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deepAt = tooDeepAt(tokens);
  if (deepAt !== undefined) refuse(`nested deeper than ${depthMax} levels`, deepAt);
  const composer = new Composer({ schema: 'failsafe', prettyErrors: false, uniqueKeys: false });
  const [document, second] = [...composer.compose(tokens)];
  if (!document) return nothing;
  const [error] = document.errors;
  // Behind the colon the library quotes the file, which may be a password.
  if (error) refuse(error.message.replace(/: .*/s, ''), error.pos[0]);
  if (second) warn(`${path} holds several YAML documents; only the first one counts`);
  return new Reading(document, refuse, warn).read();
}

/** Where a token lies too deep, if one does; found without descending by calls. */
export function tooDeepAt(tokens: readonly CST.Token[]): number | undefined {
  const waiting = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > depthMax) return token.offset;
    if (token.type === 'document') {
      if (token.value) waiting.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key) waiting.push({ token: key, depth: depth + 1 });
        if (value) waiting.push({ token: value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

/** One pass over a composed document. */
class Reading {
  readonly #document: Document.Parsed;
  readonly #refuse: (reason: string, at: number) => never;
  readonly #warn: (warning: string) => void;
  #nodes = 0;
  #aliases = 0;

  constructor(
    document: Document.Parsed,
    refuse: (reason: string, at: number) => never,
    warn: (warning: string) => void,
  ) {
    this.#document = document;
    this.#refuse = refuse;
    this.#warn = warn;
  }

  read(): DocumentNode {
    return this.#node(this.#document.contents, [], 0);
  }

  #node(node: unknown, path: readonly string[], at: number): DocumentNode {
    if (node instanceof Alias) return this.#node(this.#resolve(node), path, node.range![0]);
    const here = (node as { range?: [number, number, number] } | null)?.range?.[0] ?? at;
    if (path.length > depthMax) return this.#refuse(`an alias nests deeper than ${depthMax} levels`, at);
    if (++this.#nodes > nodesMax) return this.#refuse(`more than ${nodesMax} values, those of aliases included`, at);
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node.items, path, here) };
    if (isSeq(node)) {
      return { kind: 'list', items: node.items.map((item, index) => this.#node(item, [...path, `${index}`], here)) };
    }
    if (!isScalar(node)) return nothing;
    const text = String(node.value);
    return node.type === 'PLAIN' && /^(?:|~|null|Null|NULL)$/.test(text) ? nothing : { kind: 'text', text };
  }

  #resolve(alias: Alias): unknown {
    const at = alias.range![0];
    if (++this.#aliases > aliasesMax) this.#refuse(`more than ${aliasesMax} aliases`, at);
    return alias.resolve(this.#document) ?? this.#refuse('no anchor before it has this name', at);
  }

  #entries(items: readonly unknown[], path: readonly string[], at: number): Map<string, DocumentNode> {
    const own = new Map<string, DocumentNode>();
    const merged = new Map<string, DocumentNode>();
    for (const { key, value } of items as { key: unknown; value: unknown }[]) {
      const name = this.#node(key, path, at);
      if (name.kind === 'map' || name.kind === 'list')
        return this.#refuse('a key must be a text', (key as { range?: number[] }).range?.[0] ?? at);
      const text = name.kind === 'text' ? name.text : '';
      const found = this.#node(value, [...path, text], at);
      if (text === '<<') this.#merge(merged, found, at);
      else {
        if (own.has(text)) this.#warn(`${[...path, text].join('.')} is given twice; the last one counts`);
        own.set(text, found);
      }
    }
    return new Map([...merged, ...own]);
  }

  /** Of several maps to merge, the first that has a key gives it. */
  #merge(into: Map<string, DocumentNode>, from: DocumentNode, at: number): void {
    const maps = from.kind === 'list' ? from.items : [from];
    for (const map of maps) {
      if (map.kind !== 'map') return this.#refuse('only maps can be merged', at);
      for (const [key, value] of map.entries) if (!into.has(key)) into.set(key, value);
    }
  }
}

/** None of what is no map. */
export function entriesOf(node: DocumentNode): ReadonlyMap<string, DocumentNode> {
  return node.kind === 'map' ? node.entries : new Map<string, DocumentNode>();
}

/** A value in an error. What a list or map holds is left out: it may be long. */
export function show(node: DocumentNode): string {
  if (node.kind === 'text') return node.text;
  return { nothing: '', list: '[…]', map: '{…}' }[node.kind];
}
