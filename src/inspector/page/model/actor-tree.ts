import type { ActorView } from './picture.js';
import { placeOf } from './place.js';
import { stateText } from './states.js';
import type { World } from './world.js';

/** Those that are gone are shown so long. */
export const goneShownMs = 5000;

export interface TreeNode {
  /** Address; of a cluster, which is no actor, what its actors' addresses begin with. */
  readonly key: string;
  /** What stands between the one above and the name, like `group/`; often nothing. */
  readonly lead: string;
  readonly name: string;
  readonly actor: ActorView | undefined;
  readonly children: TreeNode[];
  /** How many actors are below. */
  below: number;
}

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
  /** What the rows at hand were made of. */
  #made: { world: World; treeVersion: number; staleAtMs: number; drawn: number } | undefined;
  #roots: TreeNode[] = [];
  #rows: TreeRows | undefined;
  readonly #sortKeys = new Map<string, string>();
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

  rows(world: World): TreeRows {
    const made = this.#made;
    if (made?.world !== world || made.treeVersion !== world.treeVersion || world.nowMs >= made.staleAtMs)
      this.#build(world);
    // A search may ask for states, which change without the tree.
    const isStale = this.#search !== '' && this.#made!.drawn !== world.version;
    if (!this.#rows || isStale) {
      this.#made!.drawn = world.version;
      this.#rows = this.#flatten();
    }
    return this.#rows;
  }

  #build(world: World): void {
    const shown: ActorView[] = [];
    let staleAtMs = Infinity;
    for (const actor of world.actors.values()) {
      const { goneAtMs } = actor;
      if (goneAtMs !== undefined) {
        if (world.nowMs - goneAtMs >= goneShownMs) continue;
        staleAtMs = Math.min(staleAtMs, goneAtMs + goneShownMs);
      }
      shown.push(actor);
    }
    if (this.#sortKeys.size > 4 * shown.length + 1000) this.#sortKeys.clear();
    const keyed = shown.map((actor) => ({ actor, sortKey: this.#sortKey(actor.address) }));
    keyed.sort((one, other) => (one.sortKey < other.sortKey ? -1 : 1));
    this.#roots = treeOf(keyed.map(({ actor }) => actor));
    this.#made = { world, treeVersion: world.treeVersion, staleAtMs, drawn: -1 };
    this.#rows = undefined;
  }

  /** Partition 10 comes after partition 9, and what is below an address right after it. */
  #sortKey(address: string): string {
    const known = this.#sortKeys.get(address);
    if (known !== undefined) return known;
    const key = address.replace(/\d+/g, (digits) => digits.padStart(10, '0')).replaceAll('/', '\u0001');
    this.#sortKeys.set(address, key);
    return key;
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
    add(this.#roots, 1);
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

/** `actors`: sorted, each after those above it. */
function treeOf(actors: readonly ActorView[]): TreeNode[] {
  const roots: TreeNode[] = [];
  const byKey = new Map<string, TreeNode>();
  const node = (key: string, actor: ActorView | undefined, above: TreeNode | undefined, path: string): TreeNode => {
    const names = path.split('/');
    const made: TreeNode = {
      key,
      lead: names.length > 1 ? `${names.slice(0, -1).map(decoded).join('/')}/` : '',
      name: decoded(names.at(-1)!),
      actor,
      children: [],
      below: 0,
    };
    byKey.set(key, made);
    (above?.children ?? roots).push(made);
    return made;
  };
  for (const actor of actors) {
    const { address, place } = actor;
    const daemonKey = place.daemon === '' ? '' : `${place.daemon}:`;
    const path = address.slice(daemonKey.length);
    if (path === '') {
      node(address, actor, undefined, place.daemon || 'daemon');
      continue;
    }
    const [cluster = ''] = path.split('/');
    const clusterKey = `${daemonKey}${cluster}`;
    if (!byKey.has(clusterKey) && path !== cluster) node(clusterKey, undefined, byKey.get(daemonKey), cluster);
    const above = nearest(byKey, address) ?? byKey.get(daemonKey);
    node(address, actor, above, above && above.key !== daemonKey ? address.slice(above.key.length + 1) : path);
  }
  for (const root of roots) count(root);
  return roots;
}

function nearest(byKey: ReadonlyMap<string, TreeNode>, address: string): TreeNode | undefined {
  for (let end = address.lastIndexOf('/'); end > 0; end = address.lastIndexOf('/', end - 1)) {
    const above = byKey.get(address.slice(0, end));
    if (above) return above;
  }
  return undefined;
}

function count(node: TreeNode): number {
  node.below = node.children.reduce((sum, child) => sum + count(child) + (child.actor ? 1 : 0), 0);
  return node.below;
}

const decoded = (name: string): string => placeOf(name).names[0] ?? name;
