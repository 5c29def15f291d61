/**
 * The ZooKeeper port: what this product needs of ZooKeeper, in its own terms. Two fillings exist: `zookeeper/adapter`
 * (node-zookeeper-client) and `embedded` (in memory). Both pass `test/contracts/zookeeper-port.ts`.
 *
 * A session object is one ZooKeeper session and lives once: after `ended` a new one is opened. Paths are absolute and
 * without the chroot, which the port adds (and creates where it is missing).
 */

/**
 * Why an operation failed.
 * - `connection-loss`: it may or may not have been done.
 * - `session-ended`: the session is over (expired, or closed by us); it may or may not have been done.
 * - `operation-timeout`: no answer in time; it may still be done.
 */
export type ZooKeeperFailureKind =
  | 'no-node'
  | 'node-exists'
  | 'not-empty'
  | 'bad-path'
  | 'no-auth'
  | 'connection-loss'
  | 'session-ended'
  | 'operation-timeout'
  | 'other';

export class ZooKeeperFailure extends Error {
  readonly kind: ZooKeeperFailureKind;
  readonly path: string | undefined;
  constructor(kind: ZooKeeperFailureKind, message: string, options: { path?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ZooKeeperFailure';
    this.kind = kind;
    this.path = options.path;
  }
}

/**
 * Characters that ZooKeeper takes in no path (`PathUtils.validatePath` of ZooKeeper): controls, and what UTF-16 has from
 * the surrogates on, save the CJK compatibility forms. So no name may hold a character beyond the basic plane.
 */
// eslint-disable-next-line no-control-regex -- naming control characters is its purpose
const forbiddenInPath = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Whether a server takes this path; every filling refuses what it would not with `bad-path`. */
export function isNodePath(path: string): boolean {
  if (path === '/') return true;
  return (
    path.startsWith('/') &&
    path
      .split('/')
      .slice(1)
      .every((name) => name !== '' && name !== '.' && name !== '..') &&
    !forbiddenInPath.test(path)
  );
}

export interface NodeStat {
  /** How often the data was written, from 0. */
  readonly version: number;
  /** The session that an ephemeral node belongs to, 16 lower-case hex digits; `null` for a persistent node. */
  readonly ephemeralOwner: string | null;
  readonly childrenCount: number;
}

export interface NodeData {
  /** UTF-8 text; a node without data reads as the empty string. */
  readonly data: string;
  readonly stat: NodeStat;
}

export type WatchEventType = 'created' | 'deleted' | 'data-changed' | 'children-changed';

/**
 * Called at most once, when what was watched has changed; never after the session ended. A connection that was lost and
 * came back within the session keeps its watches. One function that was set several times on a node may be called as often.
 */
export type Watch = (event: { readonly type: WatchEventType; readonly path: string }) => void;

export type SessionEvent =
  /** The session exists on a server, for the first time or again. `timeoutMs` is what was negotiated. */
  | { readonly type: 'connected'; readonly sessionId: string; readonly timeoutMs: number }
  /** The connection is lost; the session may go on. */
  | { readonly type: 'disconnected' }
  /**
   * A request was answered. `sentAtMs` is when it was *sent*, on the host's monotonic clock: whatever was true of the
   * session then is what the answer proves. Comes at least once in a sixth of the timeout while all is well.
   */
  | { readonly type: 'answered'; readonly sentAtMs: number }
  /** The last event. `expired`: the server said so; silence alone ends nothing. `closed`: we closed or abandoned it. */
  | { readonly type: 'ended'; readonly why: 'expired' | 'closed' };

export interface ZooKeeperSession {
  /** 16 lower-case hex digits; empty before the first `connected`. */
  readonly sessionId: string;

  create(path: string, data: string, mode: 'persistent' | 'ephemeral'): Promise<void>;
  /** Creates a persistent node with no data and every missing parent; what exists already is left as it is. */
  ensurePath(path: string): Promise<void>;
  /** Any version. */
  setData(path: string, data: string): Promise<void>;
  /** `null` when there is no such node. With a watch, both cases are watched. */
  exists(path: string, watch?: Watch): Promise<NodeStat | null>;
  getData(path: string, watch?: Watch): Promise<NodeData>;
  /** Names of the children, sorted. */
  getChildren(path: string, watch?: Watch): Promise<readonly string[]>;
  /**
   * Deletes an ephemeral node only if it belongs to this very session; the only deletion that is safe, because owner
   * nodes are never written, so their version says nothing.
   */
  deleteOwn(path: string): Promise<'deleted' | 'missing' | 'foreign'>;
  /** Deletes a persistent node without children. */
  deleteEmpty(path: string): Promise<'deleted' | 'missing' | 'not-empty'>;

  /** Ends the session at the server where possible (so its ephemerals go at once), and in any case here. Bounded. */
  close(): Promise<void>;
  /** Drops the connection without telling the server: the session lives on there until it times out. For what is past saving. */
  abandon(): void;
}

/** One ZooKeeper ensemble and chroot. */
export interface ZooKeeper {
  /**
   * Opens a session and keeps connecting until it is connected or closed; never throws for an absent server. Every
   * operation is queued until then, bounded by its own deadline.
   */
  openSession(options: { timeoutMs: number; onEvent: (event: SessionEvent) => void }): ZooKeeperSession;
}
