import { CreateMode, type Client, type Stat } from 'node-zookeeper-client';
import type { NodeData, NodeStat, Watch, ZooKeeperFailure } from '../port.js';
import { failure, isBadVersion } from './failures.js';
import type { Callback, Operations } from './operations.js';
import { checkPath, lineage, withChroot } from './paths.js';
import { WATCHES_MAX, type WatchClaim, type WatchTable } from './watch-table.js';

const DELETE_ATTEMPTS_MAX = 3;
/** How often a path may lose a parent again while it is being made. */
const ENSURE_SETBACKS_MAX = 10;

const noOwner = '0'.repeat(16);

export interface TreeOptions {
  readonly client: Client;
  readonly operations: Operations;
  readonly watches: WatchTable;
  /** As `normalChroot` gives it. */
  readonly chroot: string;
  /** When an operation that begins now is given up, on the clock. One of several requests has one deadline. */
  readonly deadlineAtMs: () => number;
}

/** The nodes under a chroot: the client's calls as promises, in the port's terms. Rejects with `ZooKeeperFailure` only. */
export class Tree {
  readonly #options: TreeOptions;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  async create(path: string, data: string, mode: 'persistent' | 'ephemeral'): Promise<void> {
    const flag = mode === 'ephemeral' ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
    await this.#run<string>(path, this.#options.deadlineAtMs(), (client, full, callback) =>
      client.create(full, Buffer.from(data), flag, callback),
    );
  }

  async setData(path: string, data: string): Promise<void> {
    await this.#run<Stat>(path, this.#options.deadlineAtMs(), (client, full, callback) =>
      client.setData(full, Buffer.from(data), callback),
    );
  }

  async exists(path: string, watch?: Watch): Promise<NodeStat | null> {
    return this.#exists(path, this.#options.deadlineAtMs(), watch);
  }

  async getData(path: string, watch?: Watch): Promise<NodeData> {
    return this.#read<{ data: Buffer | undefined; stat: Stat }, NodeData>(path, this.#options.deadlineAtMs(), watch, {
      send: (client, full, claim, callback) => {
        const answer = (error: unknown, data: Buffer | undefined, stat: Stat): void => callback(error, { data, stat });
        if (claim) client.getData(full, claim, answer);
        else client.getData(full, answer);
      },
      convert: ({ data, stat }) => ({ data: data?.toString('utf8') ?? '', stat: nodeStat(stat) }),
    });
  }

  async getChildren(path: string, watch?: Watch): Promise<readonly string[]> {
    return this.#read<string[], string[]>(path, this.#options.deadlineAtMs(), watch, {
      send: (client, full, claim, callback) =>
        claim ? client.getChildren(full, claim, callback) : client.getChildren(full, callback),
      convert: (names) => names.sort(),
    });
  }

  /** Makes the chroot too where it is missing: it is a parent like any other. */
  async ensurePath(path: string): Promise<void> {
    checkPath(path);
    const deadlineAtMs = this.#options.deadlineAtMs();
    const steps = lineage(withChroot(this.#options.chroot, path));
    // From the end: mostly all but the last name is there already.
    let at = steps.length - 1;
    let setbacks = 0;
    while (at >= 0 && at < steps.length) {
      const parentIsMissing = await this.#ensureOne(path, steps[at]!, deadlineAtMs);
      if (parentIsMissing === null) {
        at += 1;
        continue;
      }
      setbacks += 1;
      if (at === 0 || setbacks > steps.length + ENSURE_SETBACKS_MAX) throw parentIsMissing;
      at -= 1;
    }
    if (steps.length === 0) await this.#exists(path, deadlineAtMs);
  }

  /**
   * Looks at the owner, then deletes what was looked at. Between the two, our node can be replaced only if somebody deletes it
   * by hand and another session takes the name; while this session lives, the server itself does not delete it. ZooKeeper has
   * no condition on the owner. The one on the version catches the case unless neither node was ever written.
   */
  async deleteOwn(path: string, owner: () => string): Promise<'deleted' | 'missing' | 'foreign'> {
    const deadlineAtMs = this.#options.deadlineAtMs();
    for (let attempt = 1; ; attempt++) {
      const stat = await this.#exists(path, deadlineAtMs);
      if (stat === null) return 'missing';
      if (stat.ephemeralOwner !== owner()) return 'foreign';
      try {
        await this.#remove(path, stat.version, deadlineAtMs);
        return 'deleted';
      } catch (error) {
        const reason = error as ZooKeeperFailure;
        if (reason.kind === 'no-node') return 'missing';
        if (!isBadVersion(reason) || attempt === DELETE_ATTEMPTS_MAX) throw reason;
      }
    }
  }

  async deleteEmpty(path: string): Promise<'deleted' | 'missing' | 'not-empty'> {
    try {
      await this.#remove(path, -1, this.#options.deadlineAtMs());
      return 'deleted';
    } catch (error) {
      const reason = error as ZooKeeperFailure;
      if (reason.kind === 'no-node') return 'missing';
      if (reason.kind === 'not-empty') return 'not-empty';
      throw reason;
    }
  }

  #exists(path: string, deadlineAtMs: number, watch?: Watch): Promise<NodeStat | null> {
    return this.#read<Stat | null, NodeStat | null>(path, deadlineAtMs, watch, {
      send: (client, full, claim, callback) =>
        claim ? client.exists(full, claim, callback) : client.exists(full, callback),
      convert: (stat) => stat && nodeStat(stat),
    });
  }

  async #remove(path: string, version: number, deadlineAtMs: number): Promise<void> {
    await this.#run<undefined>(path, deadlineAtMs, (client, full, callback) =>
      client.remove(full, version, (error) => callback(error, undefined)),
    );
  }

  /** Null when `step`, a full path on the way to `path`, is there now; the failure when its parent is missing. */
  async #ensureOne(path: string, step: string, deadlineAtMs: number): Promise<ZooKeeperFailure | null> {
    try {
      await this.#options.operations.run<string>(path, deadlineAtMs, (callback) =>
        this.#options.client.create(step, CreateMode.PERSISTENT, callback),
      );
      return null;
    } catch (error) {
      const reason = error as ZooKeeperFailure;
      if (reason.kind === 'node-exists') return null;
      if (reason.kind === 'no-node') return reason;
      // Where we may not create, the server says so before it looks whether the node is there.
      if (reason.kind === 'no-auth' && (await this.#isThere(path, step, deadlineAtMs))) return null;
      throw reason;
    }
  }

  async #isThere(path: string, step: string, deadlineAtMs: number): Promise<boolean> {
    const stat = await this.#options.operations.run<Stat | null>(path, deadlineAtMs, (callback) =>
      this.#options.client.exists(step, callback),
    );
    return stat !== null;
  }

  async #read<Answer, Result>(
    path: string,
    deadlineAtMs: number,
    watch: Watch | undefined,
    how: {
      send: (client: Client, full: string, claim: (() => void) | undefined, callback: Callback<Answer>) => void;
      convert: (answer: Answer) => Result;
    },
  ): Promise<Result> {
    if (watch !== undefined && this.#options.watches.size >= WATCHES_MAX) {
      const detail = `the session has ${WATCHES_MAX} watches already, so this was not begun`;
      throw failure('other', path, { detail });
    }
    let isWanted = true;
    const claim: WatchClaim | undefined = watch && (() => (isWanted ? watch : undefined));
    try {
      return how.convert(
        await this.#run<Answer>(path, deadlineAtMs, (client, full, callback) =>
          how.send(client, full, claim, callback),
        ),
      );
    } catch (error) {
      isWanted = false;
      throw error;
    }
  }

  async #run<T>(
    path: string,
    deadlineAtMs: number,
    send: (client: Client, full: string, callback: Callback<T>) => void,
  ): Promise<T> {
    checkPath(path);
    const { client, operations, chroot } = this.#options;
    return operations.run<T>(path, deadlineAtMs, (callback) => send(client, withChroot(chroot, path), callback));
  }
}

function nodeStat(stat: Stat): NodeStat {
  const owner = stat.ephemeralOwner.toString('hex');
  return {
    version: stat.version,
    ephemeralOwner: owner === noOwner ? null : owner,
    childrenCount: stat.numChildren,
  };
}
