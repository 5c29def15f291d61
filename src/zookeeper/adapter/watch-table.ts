import { Event } from 'node-zookeeper-client';
import type { Watch, WatchEventType } from '../port.js';

/** More watches of one session than any group needs; beyond it, reading with a watch is refused. */
export const WATCHES_MAX = 65_536;

/** Which changes a watch is for; the server keeps the same three tables. */
type Table = 'data' | 'existence' | 'child';

/** What an operation with a watch hands to the client: asked when the answer has come, `undefined` if nobody waits for it any more. */
export type WatchClaim = () => Watch | undefined;

const kinds = new Map<number, { readonly type: WatchEventType; readonly tables: readonly Table[] }>([
  [Event.NODE_CREATED, { type: 'created', tables: ['data', 'existence'] }],
  [Event.NODE_DELETED, { type: 'deleted', tables: ['data', 'child'] }],
  [Event.NODE_DATA_CHANGED, { type: 'data-changed', tables: ['data', 'existence'] }],
  [Event.NODE_CHILDREN_CHANGED, { type: 'children-changed', tables: ['child'] }],
]);

/**
 * The watches of one session, in place of the client's own `WatcherManager`, whose methods it has. That one adds an event
 * listener for every call, so that reading a quiet node again and again piles up listeners; here one function watches a node
 * once, and an operation that was given up leaves no watch. That one also throws on an unknown event, out of a socket handler.
 *
 * Paths are the server's.
 */
export class WatchTable {
  readonly #tables: Record<Table, Map<string, Set<Watch>>> = {
    data: new Map(),
    existence: new Map(),
    child: new Map(),
  };
  readonly #deliver: (watches: ReadonlySet<Watch>, type: WatchEventType, path: string) => void;
  #size = 0;

  constructor(deliver: (watches: ReadonlySet<Watch>, type: WatchEventType, path: string) => void) {
    this.#deliver = deliver;
  }

  get size(): number {
    return this.#size;
  }

  registerDataWatcher(path: string, claim: WatchClaim): void {
    this.#register('data', path, claim);
  }

  registerExistenceWatcher(path: string, claim: WatchClaim): void {
    this.#register('existence', path, claim);
  }

  registerChildWatcher(path: string, claim: WatchClaim): void {
    this.#register('child', path, claim);
  }

  getDataWatcherPaths(): string[] {
    return [...this.#tables.data.keys()];
  }

  getExistenceWatcherPaths(): string[] {
    return [...this.#tables.existence.keys()];
  }

  getChildWatcherPaths(): string[] {
    return [...this.#tables.child.keys()];
  }

  isEmpty(): boolean {
    return this.#size === 0;
  }

  emit(event: { readonly type: number; readonly path: string }): void {
    const kind = kinds.get(event.type);
    if (kind === undefined) return;
    const watches = new Set<Watch>();
    for (const table of kind.tables) {
      const found = this.#tables[table].get(event.path);
      if (found === undefined) continue;
      this.#tables[table].delete(event.path);
      this.#size -= found.size;
      for (const watch of found) watches.add(watch);
    }
    if (watches.size > 0) this.#deliver(watches, kind.type, event.path);
  }

  #register(table: Table, path: string, claim: WatchClaim): void {
    const watch = claim();
    if (watch === undefined) return;
    const watches = this.#tables[table].get(path) ?? new Set();
    this.#tables[table].set(path, watches);
    if (watches.has(watch)) return;
    watches.add(watch);
    this.#size += 1;
  }
}
