import { isNodePath, ZooKeeperFailure } from '../zookeeper/port.js';
import type { NodeData, NodeStat, WatchEventType } from '../zookeeper/port.js';
import type { EmbeddedLimits } from './limits.js';

interface Node {
  data: string;
  version: number;
  readonly ephemeralOwner: string | null;
  readonly children: Set<string>;
}

/** As it is told to tests and to people. */
export interface ZooKeeperNode {
  readonly path: string;
  readonly data: string;
  /** The id of a session; `null`: it outlives sessions. */
  readonly ephemeralOwner: string | null;
}

/** `data`: set by `exists` and `getData`; `children`: set by `getChildren`. */
export type WatchKind = 'data' | 'children';

/** Told of each change that some watch may wait for. */
export type TreeChange = (kind: WatchKind, path: string, type: WatchEventType) => void;

/** The tree of nodes: paths here are with the chroot and were checked. Every change is told once it is made. */
export class ZooKeeperTree {
  readonly #nodes = new Map<string, Node>([['/', emptyNode(null)]]);
  readonly #ephemerals = new Map<string, Set<string>>();
  readonly #limits: EmbeddedLimits;
  readonly #changed: TreeChange;

  constructor(limits: EmbeddedLimits, changed: TreeChange) {
    this.#limits = limits;
    this.#changed = changed;
  }

  get size(): number {
    return this.#nodes.size;
  }

  create(path: string, data: string, ephemeralOwner: string | null): void {
    if (this.#nodes.has(path)) throw new ZooKeeperFailure('node-exists', `node ${path} exists already`);
    const parent = this.#existing(parentOf(path), path);
    if (parent.ephemeralOwner !== null) {
      throw new ZooKeeperFailure('other', `node ${path} was not created: an ephemeral node has no children`);
    }
    if (this.#nodes.size >= this.#limits.nodesMax) {
      throw new ZooKeeperFailure(
        'other',
        `node ${path} was not created: there are ${this.#nodes.size} already, nodesMax`,
      );
    }
    this.#checkSize(path, data);
    this.#nodes.set(path, { ...emptyNode(ephemeralOwner), data });
    parent.children.add(nameOf(path));
    if (ephemeralOwner !== null) {
      const owned = this.#ephemerals.get(ephemeralOwner) ?? new Set();
      this.#ephemerals.set(ephemeralOwner, owned.add(path));
    }
    this.#changed('data', path, 'created');
    this.#changed('children', parentOf(path), 'children-changed');
  }

  ensure(path: string): void {
    if (this.#nodes.has(path)) return;
    this.ensure(parentOf(path));
    this.create(path, '', null);
  }

  setData(path: string, data: string): void {
    const node = this.#existing(path);
    this.#checkSize(path, data);
    node.data = data;
    node.version++;
    this.#changed('data', path, 'data-changed');
  }

  stat(path: string): NodeStat | null {
    const node = this.#nodes.get(path);
    if (!node) return null;
    return { version: node.version, ephemeralOwner: node.ephemeralOwner, childrenCount: node.children.size };
  }

  data(path: string): NodeData {
    const { data } = this.#existing(path);
    return { data, stat: this.stat(path)! };
  }

  children(path: string): readonly string[] {
    return [...this.#existing(path).children].sort();
  }

  /** The node is there and has no children. */
  delete(path: string): void {
    const node = this.#existing(path);
    this.#nodes.delete(path);
    this.#nodes.get(parentOf(path))!.children.delete(nameOf(path));
    if (node.ephemeralOwner !== null) {
      const owned = this.#ephemerals.get(node.ephemeralOwner)!;
      owned.delete(path);
      if (owned.size === 0) this.#ephemerals.delete(node.ephemeralOwner);
    }
    this.#changed('data', path, 'deleted');
    this.#changed('children', path, 'deleted');
    this.#changed('children', parentOf(path), 'children-changed');
  }

  /** What a server does when a session is over. */
  deleteEphemeralsOf(owner: string): void {
    for (const path of [...(this.#ephemerals.get(owner) ?? [])]) this.delete(path);
  }

  describe(): readonly ZooKeeperNode[] {
    return [...this.#nodes.keys()].map((path) => this.describeNode(path)!).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  describeNode(path: string): ZooKeeperNode | undefined {
    const node = this.#nodes.get(path);
    return node && { path, data: node.data, ephemeralOwner: node.ephemeralOwner };
  }

  #existing(path: string, wanted = path): Node {
    const node = this.#nodes.get(path);
    if (!node) throw new ZooKeeperFailure('no-node', `${wanted}: there is no node ${path}`);
    return node;
  }

  #checkSize(path: string, data: string): void {
    const bytes = Buffer.byteLength(data);
    if (bytes <= this.#limits.nodeDataBytesMax) return;
    throw new ZooKeeperFailure('other', `node ${path} was not written: ${bytes} bytes of data, nodeDataBytesMax`);
  }
}

function emptyNode(ephemeralOwner: string | null): Node {
  return { data: '', version: 0, ephemeralOwner, children: new Set() };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Throws a failure of kind `bad-path` for what a real server would refuse. */
export function checkPath(path: string): void {
  if (!isNodePath(path))
    throw new ZooKeeperFailure('bad-path', `${JSON.stringify(path)} is no path of a node`, { path });
}
