import type { ActorView } from './picture.js';
import { placeOf } from './place.js';
import type { World } from './world.js';

/** Those that are gone are shown so long. */
export const goneShownMs = 5000;

export interface TreeNode {
  /** Address; of a cluster, which is no actor, what its actors' addresses begin with. */
  readonly key: string;
  readonly sortKey: string;
  /** What stands between the one above and the name, like `group/`; often nothing. */
  lead: string;
  name: string;
  actor: ActorView | undefined;
  above: TreeNode | undefined;
  /** Sorted. */
  children: TreeNode[];
  /** How many actors are below. */
  below: number;
}

/**
 * The tree of actors by address. Those that came and went are put in and taken out of it, since among thousands making it anew
 * would cost more than everything else that is drawn.
 */
export class ActorNodes {
  readonly roots: TreeNode[] = [];
  /** When the next of those that are gone has to be taken out. */
  staleAtMs = Infinity;
  readonly #byKey = new Map<string, TreeNode>();

  update(world: World): void {
    this.staleAtMs = Infinity;
    const isShown = ({ goneAtMs }: ActorView): boolean =>
      goneAtMs === undefined || world.nowMs - goneAtMs < goneShownMs;
    for (const { key, actor } of [...this.#byKey.values()]) {
      const now = actor && world.actors.get(key);
      if (actor && (!now || !isShown(now))) this.#remove(key);
    }
    for (const actor of world.actors.values()) {
      if (!isShown(actor)) continue;
      if (actor.goneAtMs !== undefined) this.staleAtMs = Math.min(this.staleAtMs, actor.goneAtMs + goneShownMs);
      const known = this.#byKey.get(actor.address);
      if (known?.actor) known.actor = actor;
      else this.#add(actor, known);
    }
  }

  /** `cluster`: it stands there already, as a cluster. */
  #add(actor: ActorView, cluster: TreeNode | undefined): void {
    const { address } = actor;
    const node = cluster ?? this.#insert(address, this.#above(actor));
    node.actor = actor;
    this.#count(node.above, 1);
  }

  #insert(key: string, above: TreeNode | undefined): TreeNode {
    const node: TreeNode = {
      key,
      sortKey: sortKeyOf(key),
      lead: '',
      name: '',
      actor: undefined,
      above,
      children: [],
      below: 0,
    };
    const siblings = above?.children ?? this.roots;
    const at = placeIn(siblings, node.sortKey);
    // What belongs below it stands right behind its place until now.
    const prefix = key === '' || key.endsWith(':') ? key : `${key}/`;
    let end = at;
    while (end < siblings.length && siblings[end]!.key.startsWith(prefix)) end++;
    node.children = siblings.splice(at, end - at, node);
    for (const child of node.children) {
      child.above = node;
      label(child);
      node.below += child.below + (child.actor ? 1 : 0);
    }
    label(node);
    this.#byKey.set(key, node);
    return node;
  }

  #remove(key: string): void {
    const node = this.#byKey.get(key)!;
    node.actor = undefined;
    this.#count(node.above, -1);
    this.#takeOut(node);
  }

  #takeOut(node: TreeNode): void {
    const { above, children, key } = node;
    const siblings = above?.children ?? this.roots;
    siblings.splice(siblings.indexOf(node), 1, ...children);
    for (const child of children) {
      child.above = above;
      label(child);
    }
    this.#byKey.delete(key);
    // A cluster without actors is none.
    if (above && !above.actor && above.children.length === 0) this.#takeOut(above);
  }

  #above({ address, place }: ActorView): TreeNode | undefined {
    const daemonKey = place.daemon === '' ? '' : `${place.daemon}:`;
    if (address === daemonKey) return undefined;
    for (let end = address.lastIndexOf('/'); end > daemonKey.length; end = address.lastIndexOf('/', end - 1)) {
      const above = this.#byKey.get(address.slice(0, end));
      if (above) return above;
    }
    const daemon = this.#byKey.get(daemonKey);
    const slash = address.indexOf('/');
    return slash < 0 ? daemon : this.#insert(address.slice(0, slash), daemon);
  }

  #count(from: TreeNode | undefined, by: number): void {
    for (let node = from; node; node = node.above) node.below += by;
  }
}

/** Partition 10 comes after partition 9, and what is below an address right after it. */
const sortKeyOf = (key: string): string =>
  key.replace(/\d+/g, (digits) => digits.padStart(10, '0')).replaceAll('/', '\u0001');

function placeIn(nodes: readonly TreeNode[], sortKey: string): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nodes[middle]!.sortKey < sortKey) low = middle + 1;
    else high = middle;
  }
  return low;
}

function label(node: TreeNode): void {
  const { daemon, names } = placeOf(node.key);
  const above = node.above === undefined ? 0 : placeOf(node.above.key).names.length;
  const shown = names.slice(above);
  node.name = shown.at(-1) ?? (daemon || 'daemon');
  node.lead = shown.length > 1 ? `${shown.slice(0, -1).join('/')}/` : '';
}
