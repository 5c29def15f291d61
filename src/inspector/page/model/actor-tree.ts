import { ActorNodes, type TreeNode } from './actor-nodes.js';
import type { ActorView } from './picture.js';
import { stateText } from './states.js';
import type { World } from './world.js';

export interface TreeRow {
  readonly node: TreeNode;
  /** From 1. */
  readonly level: number;
  readonly isOpen: boolean;
  /** Place among those that have the same one above, from 1, and how many these are. */
  readonly place: number;
  readonly places: number;
}

export interface TreeRows {
  readonly rows: readonly TreeRow[];
  /** Actors that fit the search; all of them where there is none. */
  readonly found: number;
}

/**
 * All actors by address, as rows. The tree is made anew only when actors came or went, rows only when the tree, the search or
 * what is closed has changed; a row reads its actor when it is drawn.
 */
export class ActorTree {
  #search = '';
  readonly #closed = new Set<string>();
  #world: World | undefined;
  readonly #nodes = new ActorNodes();
  #treeVersion = -1;
  #searchedVersion = -1;
  #rows: TreeRows | undefined;
  readonly #texts = new WeakMap<ActorView, { value: unknown; kind: string; text: string }>();

  get search(): string {
    return this.#search;
  }

  set search(search: string) {
    this.#search = search;
    this.#rows = undefined;
  }

  toggle(key: string, isOpen: boolean): void {
    if (isOpen) this.#closed.delete(key);
    else this.#closed.add(key);
    this.#rows = undefined;
  }

  /** Opens what is above this address. */
  reveal(address: string): void {
    for (const key of [...this.#closed]) if (key !== address && address.startsWith(key)) this.toggle(key, true);
  }

  rows(world: World): TreeRows {
    if (this.#world !== world) {
      this.#world = world;
      this.#treeVersion = -1;
    }
    if (this.#treeVersion !== world.treeVersion || world.nowMs >= this.#nodes.staleAtMs) {
      this.#nodes.update(world);
      this.#treeVersion = world.treeVersion;
      this.#rows = undefined;
    }
    // A search may ask for states, which change without the tree.
    const isStale = this.#search !== '' && this.#searchedVersion !== world.version;
    if (!this.#rows || isStale) {
      this.#searchedVersion = world.version;
      this.#rows = this.#flatten();
    }
    return this.#rows;
  }

  #flatten(): TreeRows {
    const words = this.#search.toLowerCase().split(/\s+/).filter(Boolean);
    const rows: TreeRow[] = [];
    let found = 0;
    /** Whether anything was added. */
    const add = (nodes: readonly TreeNode[], level: number): boolean => {
      let added = 0;
      const from = rows.length;
      for (const node of nodes) {
        const isFound = node.actor !== undefined && this.#fits(node.actor, words);
        if (isFound) found++;
        const isOpen = words.length > 0 || !this.#closed.has(node.key);
        const at = rows.length;
        rows.push({ node, level, isOpen, place: added + 1, places: nodes.length });
        const isAnyBelow = isOpen
          ? add(node.children, level + 1)
          : this.#count(node.children, words, (n) => (found += n));
        if (words.length > 0 && !isFound && !isAnyBelow) rows.length = at;
        else added++;
      }
      return rows.length > from;
    };
    add(this.#nodes.roots, 1);
    return { rows, found };
  }

  /** What is closed is found as well, when there is no search. */
  #count(nodes: readonly TreeNode[], words: readonly string[], counted: (count: number) => void): boolean {
    for (const { actor, below } of nodes) if (words.length === 0) counted(below + (actor ? 1 : 0));
    return nodes.length > 0;
  }

  #fits(actor: ActorView, words: readonly string[]): boolean {
    if (words.length === 0) return true;
    let known = this.#texts.get(actor);
    if (known?.value !== actor.value || known?.kind !== actor.kind) {
      const text = `${actor.address} ${actor.kind} ${stateText(actor.value)}`.toLowerCase();
      known = { value: actor.value, kind: actor.kind, text };
      this.#texts.set(actor, known);
    }
    return words.every((word) => known.text.includes(word));
  }
}
