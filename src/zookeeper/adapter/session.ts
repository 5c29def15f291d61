import type { Logger } from 'pino';
import type { Host, TimerHandle } from '../../host/host.js';
import type {
  NodeData,
  NodeStat,
  SessionEvent,
  Watch,
  WatchEventType,
  ZooKeeperFailure,
  ZooKeeperSession,
} from '../port.js';
import { Connection } from './connection.js';
import { Operations } from './operations.js';
import { withoutChroot } from './paths.js';
import type { ServerAddress } from './servers.js';
import { Tree } from './tree.js';
import { WatchTable } from './watch-table.js';

/** How long a close waits for the server. */
const CLOSE_MAX_MS = 1_000;
/** A heartbeat in each eighth of the timeout, so that an answer comes in each sixth even when a timer is late. */
const HEARTBEATS_PER_TIMEOUT = 8;

export interface ZooKeeperLimits {
  /** For each operation, the wait for a connection included. */
  readonly operationTimeoutMs: number;
  /** Operations of one session without an outcome; beyond it, further ones are refused. */
  readonly pendingOperationsMax: number;
}

export interface SessionOptions {
  readonly servers: readonly ServerAddress[];
  /** As `normalChroot` gives it. */
  readonly chroot: string;
  readonly timeoutMs: number;
  readonly onEvent: (event: SessionEvent) => void;
  readonly host: Host;
  readonly logger: Logger;
  readonly limits: ZooKeeperLimits;
}

/** One session at a real ZooKeeper: when it may speak, whether it still lives, and what is told of it. */
export class Session implements ZooKeeperSession {
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #operations: Operations;
  readonly #tree: Tree;
  /** Makes the chroot, before the gate of the others is opened. */
  readonly #chrootOperations: Operations;
  readonly #chrootTree: Tree;
  #state: 'live' | 'closing' | 'ended' = 'live';
  /** Whether `connected` was told, and no `disconnected` since. */
  #isUp = false;
  #hasChroot: boolean;
  /** Counts connections, so that the end of one is seen by what was begun on it. */
  #connectionNumber = 0;
  #sessionId = '';
  #isHeartbeatOut = false;
  #tickTimer: TimerHandle | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { host, limits, chroot } = options;
    this.#hasChroot = chroot === '';
    const watches = new WatchTable((called, type, path) => this.#deliver(called, type, path));
    this.#connection = new Connection({
      servers: options.servers,
      timeoutMs: options.timeoutMs,
      clock: host.clock,
      logger: options.logger,
      watches,
      listener: {
        connected: () => void this.#onConnected(),
        disconnected: () => this.#onDisconnected(),
        expired: () => this.#end('expired'),
        answered: (sentAtMs) => this.#isUp && this.#tell({ type: 'answered', sentAtMs }),
      },
    });
    const { client } = this.#connection;
    const newOperations = (): Operations =>
      new Operations({
        clock: host.clock,
        pendingMax: limits.pendingOperationsMax,
        problem: () => this.#connection.problem,
      });
    const deadlineAtMs = (): number => host.clock.nowMs() + limits.operationTimeoutMs;
    this.#operations = newOperations();
    this.#tree = new Tree({ client, operations: this.#operations, watches, chroot, deadlineAtMs });
    this.#chrootOperations = newOperations();
    this.#chrootTree = new Tree({ client, operations: this.#chrootOperations, watches, chroot, deadlineAtMs });
    this.#chrootOperations.openGate();
    this.#connection.connect();
    this.#scheduleTick();
  }

  get sessionId(): string {
    return this.#sessionId;
  }

  create(path: string, data: string, mode: 'persistent' | 'ephemeral'): Promise<void> {
    return this.#tree.create(path, data, mode);
  }

  ensurePath(path: string): Promise<void> {
    return this.#tree.ensurePath(path);
  }

  setData(path: string, data: string): Promise<void> {
    return this.#tree.setData(path, data);
  }

  exists(path: string, watch?: Watch): Promise<NodeStat | null> {
    return this.#tree.exists(path, watch);
  }

  getData(path: string, watch?: Watch): Promise<NodeData> {
    return this.#tree.getData(path, watch);
  }

  getChildren(path: string, watch?: Watch): Promise<readonly string[]> {
    return this.#tree.getChildren(path, watch);
  }

  deleteOwn(path: string): Promise<'deleted' | 'missing' | 'foreign'> {
    // Asked before the first connection, the id is known only once the operation has begun.
    return this.#tree.deleteOwn(path, () => this.#sessionId);
  }

  deleteEmpty(path: string): Promise<'deleted' | 'missing' | 'not-empty'> {
    return this.#tree.deleteEmpty(path);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  abandon(): void {
    this.#end('closed');
  }

  async #close(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'closing';
    this.#silence();
    if (this.#connection.isConnected) {
      await new Promise<void>((resolve) => {
        const { clock } = this.#options.host;
        const timer = clock.setTimeout(resolve, CLOSE_MAX_MS);
        void this.#connection.closeSession().then(() => {
          clock.clearTimeout(timer);
          resolve();
        });
      });
    }
    this.#end('closed');
  }

  #end(why: 'expired' | 'closed'): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#silence();
    this.#connection.dispose();
    this.#call({ type: 'ended', why });
  }

  /** Nothing more is asked of the server, and whatever was asked has its outcome. */
  #silence(): void {
    if (this.#tickTimer !== undefined) this.#options.host.clock.clearTimeout(this.#tickTimer);
    this.#chrootOperations.end();
    this.#operations.end();
  }

  async #onConnected(): Promise<void> {
    if (this.#state !== 'live') return;
    const connectionNumber = ++this.#connectionNumber;
    this.#heartbeat();
    if (!this.#hasChroot) {
      const reason = await this.#chrootTree.ensurePath('/').catch((error: ZooKeeperFailure) => error);
      if (this.#state !== 'live' || this.#connectionNumber !== connectionNumber) return;
      if (reason) {
        this.#options.logger.error({ err: reason, chroot: this.#options.chroot }, 'the chroot could not be created');
        this.#connection.dropSocket(reason.message);
        return;
      }
      this.#hasChroot = true;
    }
    this.#connection.resetBackoff();
    this.#sessionId = this.#connection.sessionId;
    this.#isUp = true;
    this.#tell({ type: 'connected', sessionId: this.#sessionId, timeoutMs: this.#connection.timeoutMs });
    this.#operations.openGate();
  }

  #onDisconnected(): void {
    this.#connectionNumber += 1;
    this.#isHeartbeatOut = false;
    this.#operations.closeGate();
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#tell({ type: 'disconnected' });
  }

  /**
   * A heartbeat is a read, for the client tells nothing of the answers to its own pings, and sends none while others speak. One
   * at a time: its answer comes before the next, or the connection is given up.
   */
  #heartbeat(): void {
    if (this.#isHeartbeatOut || !this.#connection.isConnected) return;
    this.#isHeartbeatOut = true;
    const connectionNumber = this.#connectionNumber;
    this.#connection.client.exists('/', () => {
      if (this.#connectionNumber === connectionNumber) this.#isHeartbeatOut = false;
    });
  }

  #scheduleTick(): void {
    const delayMs = this.#connection.timeoutMs / HEARTBEATS_PER_TIMEOUT;
    this.#tickTimer = this.#options.host.clock.setTimeout(() => this.#tick(), delayMs);
  }

  /**
   * The read timeout that the client lacks. Java's client gives a silent server up after the same two thirds. The session
   * itself is given up only when a server says so: one that was down takes it up again where it was, however long that
   * lasted, and our nodes with it.
   */
  #tick(): void {
    const { timeoutMs, silentMs } = this.#connection;
    if (silentMs >= (timeoutMs * 2) / 3) {
      const problem = `no answer for ${Math.round(silentMs)} ms`;
      this.#options.logger.debug({ silentMs, timeoutMs }, 'the connection to ZooKeeper is silent: trying again');
      this.#connection.dropSocket(problem);
    } else {
      this.#heartbeat();
    }
    this.#scheduleTick();
  }

  /**
   * In a later turn, so that who set the watch has seen the answer that armed it: the two may come in one piece of the stream,
   * and promises are slower.
   */
  #deliver(watches: ReadonlySet<Watch>, type: WatchEventType, full: string): void {
    const event = { type, path: withoutChroot(this.#options.chroot, full) };
    this.#options.host.turns.afterIo(() => {
      for (const watch of watches) {
        if (this.#state !== 'live') return;
        try {
          watch(event);
        } catch (error) {
          this.#options.logger.error({ err: error, ...event }, 'a watch threw');
        }
      }
    });
  }

  #tell(event: SessionEvent): void {
    if (this.#state === 'live') this.#call(event);
  }

  #call(event: SessionEvent): void {
    try {
      this.#options.onEvent(event);
    } catch (error) {
      this.#options.logger.error({ err: error, event: event.type }, 'who hears of the ZooKeeper session threw');
    }
  }
}
