import type { Host, TimerHandle } from '../host/host.js';
import { ZooKeeperFailure } from '../zookeeper/port.js';
import type { NodeData, NodeStat, SessionEvent, Watch, ZooKeeperSession } from '../zookeeper/port.js';
import type { EmbeddedLimits } from './limits.js';
import { Connection } from './zookeeper-connection.js';
import type { ServerSession, ZooKeeperServer } from './zookeeper-server.js';
import { checkPath } from './zookeeper-tree.js';
import type { WatchKind } from './zookeeper-tree.js';

export interface EmbeddedSessionOptions {
  readonly client: string;
  /** Empty, or a path. */
  readonly chroot: string;
  readonly timeoutMs: number;
  readonly host: Host;
  readonly server: ZooKeeperServer;
  readonly limits: EmbeddedLimits;
  readonly onEvent: (event: SessionEvent) => void;
  /** A watch or `onEvent` has thrown. */
  readonly onCallbackError: (error: unknown) => void;
  readonly onEnded: (session: EmbeddedSession) => void;
}

interface Operation {
  readonly path: string;
  readonly run: (session: ServerSession) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (failure: ZooKeeperFailure) => void;
  readonly deadline: TimerHandle;
  sent: boolean;
}

/**
 * A client's side of one session. It behaves as the real adapter does: it asks for a sign of life each sixth of the timeout,
 * hangs up after two thirds of silence, and gives the session up only when the server says so.
 */
export class EmbeddedSession implements ZooKeeperSession {
  readonly client: string;
  readonly #options: EmbeddedSessionOptions;
  #state: 'away' | 'connected' | 'closing' | 'ended' = 'away';
  #sessionId = '';
  #timeoutMs = 0;
  #connection: Connection | null = null;
  #heardAtMs = 0;
  #retry: TimerHandle | undefined;
  #tick: TimerHandle | undefined;
  /** Without an outcome yet, in the order in which they were asked. */
  readonly #operations = new Set<Operation>();
  #closed: Promise<void> | undefined;
  #onClosed: (() => void) | undefined;

  constructor(options: EmbeddedSessionOptions) {
    this.client = options.client;
    this.#options = options;
    this.#connect();
  }

  get sessionId(): string {
    return this.#sessionId;
  }

  create(path: string, data: string, mode: 'persistent' | 'ephemeral'): Promise<void> {
    const { tree } = this.#options.server;
    return this.#perform(path, (session) =>
      tree.create(this.#full(path), data, mode === 'ephemeral' ? session.id : null),
    );
  }

  ensurePath(path: string): Promise<void> {
    return this.#perform(path, () => this.#options.server.tree.ensure(this.#full(path)));
  }

  setData(path: string, data: string): Promise<void> {
    return this.#perform(path, () => this.#options.server.tree.setData(this.#full(path), data));
  }

  exists(path: string, watch?: Watch): Promise<NodeStat | null> {
    return this.#read('data', path, watch, (full) => this.#options.server.tree.stat(full));
  }

  getData(path: string, watch?: Watch): Promise<NodeData> {
    return this.#read('data', path, watch, (full) => this.#options.server.tree.data(full));
  }

  getChildren(path: string, watch?: Watch): Promise<readonly string[]> {
    return this.#read('children', path, watch, (full) => this.#options.server.tree.children(full));
  }

  deleteOwn(path: string): Promise<'deleted' | 'missing' | 'foreign'> {
    const { tree } = this.#options.server;
    return this.#perform(path, (session) => {
      const stat = tree.stat(this.#full(path));
      if (!stat) return 'missing';
      if (stat.ephemeralOwner !== session.id) return 'foreign';
      tree.delete(this.#full(path));
      return 'deleted';
    });
  }

  deleteEmpty(path: string): Promise<'deleted' | 'missing' | 'not-empty'> {
    const { tree } = this.#options.server;
    return this.#perform(path, () => {
      const full = this.#full(path);
      if (full === '/') throw new ZooKeeperFailure('bad-path', 'the root is never deleted');
      const stat = tree.stat(full);
      if (!stat) return 'missing';
      if (stat.childrenCount > 0) return 'not-empty';
      if (stat.ephemeralOwner !== null) {
        throw new ZooKeeperFailure('other', `${path} is ephemeral: it was not deleted, its session may live`);
      }
      tree.delete(full);
      return 'deleted';
    });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#close(resolve));
    return this.#closed;
  }

  abandon(): void {
    this.#end('closed');
  }

  /** The client dies: nothing is told to anyone; what is open is rejected, so that no promise is left hanging. */
  vanish(): void {
    this.#end(null);
  }

  #close(resolve: () => void): void {
    if (this.#state === 'ended') return resolve();
    this.#onClosed = resolve;
    if (this.#state !== 'connected') return this.#end('closed');
    this.#state = 'closing';
    const { server, host, limits } = this.#options;
    if (this.#tick !== undefined) host.clock.clearTimeout(this.#tick);
    const connection = this.#connection!;
    const done = (): void => this.#end('closed');
    connection.toServer(() => {
      if (!server.heardFrom(connection, this.#sessionId)) return connection.break();
      server.endSession(this.#sessionId);
      connection.toClient(done);
    });
    this.#retry = host.clock.setTimeout(done, limits.closeTimeoutMs);
  }

  #connect(): void {
    const { client, host, server, limits } = this.#options;
    if (!server.up || server.isCut(client)) {
      this.#retry = host.clock.setTimeout(() => this.#connect(), limits.reconnectDelayMs);
      return;
    }
    const connection: Connection = new Connection({
      client,
      turns: host.turns,
      server: server.work,
      onBroken: () => this.#lost(connection),
    });
    this.#connection = connection;
    server.accept(connection);
    const sentAtMs = host.clock.nowMs();
    connection.toServer(() => {
      const session = this.#handshake(connection);
      if (session === 'refused') return connection.break();
      if (session === 'expired') return connection.toClient(() => this.#end('expired'));
      connection.toClient(() => this.#connected(session, sentAtMs));
      server.sendMissed(session);
    });
  }

  /** At the server. */
  #handshake(connection: Connection): ServerSession | 'refused' | 'expired' {
    const { server, chroot, timeoutMs } = this.#options;
    if (!server.up) return 'refused';
    try {
      if (chroot) server.tree.ensure(chroot);
    } catch (error) {
      if (error instanceof ZooKeeperFailure) return 'refused';
      throw error;
    }
    if (!this.#sessionId) return server.openSession(connection, timeoutMs);
    return server.attach(connection, this.#sessionId) ?? 'expired';
  }

  #connected(session: ServerSession, sentAtMs: number): void {
    const first = this.#sessionId === '';
    this.#state = 'connected';
    this.#sessionId = session.id;
    this.#timeoutMs = session.timeoutMs;
    this.#emit({ type: 'connected', sessionId: session.id, timeoutMs: session.timeoutMs });
    this.#heard(sentAtMs);
    if (first) this.#armTick();
    for (const operation of this.#operations) this.#send(operation);
  }

  #armTick(): void {
    if (this.#state === 'ended') return;
    const { clock } = this.#options.host;
    this.#tick = clock.setTimeout(() => this.#watchdog(), Math.floor(this.#timeoutMs / 6));
  }

  #watchdog(): void {
    const silentMs = this.#options.host.clock.nowMs() - this.#heardAtMs;
    if (this.#state === 'connected') {
      if (silentMs >= (this.#timeoutMs * 2) / 3) this.#lost(this.#connection!);
      else this.#transmit(() => {});
    }
    this.#armTick();
  }

  /** The connection is gone, whoever hung up. */
  #lost(connection: Connection): void {
    if (this.#connection !== connection || this.#state === 'ended') return;
    const { server, host, limits } = this.#options;
    this.#hangUp(server, connection);
    if (this.#state === 'closing') return this.#end('closed');
    const wasConnected = this.#state === 'connected';
    this.#state = 'away';
    this.#retry = host.clock.setTimeout(() => this.#connect(), limits.reconnectDelayMs);
    for (const operation of [...this.#operations]) {
      if (operation.sent) this.#fail(operation, 'connection-loss', 'the connection was lost: it may have been done');
    }
    if (wasConnected) this.#emit({ type: 'disconnected' });
  }

  #hangUp(server: ZooKeeperServer, connection: Connection): void {
    this.#connection = null;
    server.disconnected(connection);
    connection.forget();
  }

  #end(why: 'expired' | 'closed' | null): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    const { server, host } = this.#options;
    if (this.#retry !== undefined) host.clock.clearTimeout(this.#retry);
    if (this.#tick !== undefined) host.clock.clearTimeout(this.#tick);
    if (this.#connection) this.#hangUp(server, this.#connection);
    for (const operation of [...this.#operations]) {
      this.#fail(operation, 'session-ended', operation.sent ? 'it may have been done' : 'it was not done');
    }
    this.#options.onEnded(this);
    if (why) this.#emit({ type: 'ended', why });
    this.#onClosed?.();
  }

  #heard(sentAtMs: number): void {
    this.#heardAtMs = this.#options.host.clock.nowMs();
    this.#emit({ type: 'answered', sentAtMs });
  }

  #read<T>(kind: WatchKind, path: string, watch: Watch | undefined, read: (full: string) => T): Promise<T> {
    return this.#perform(path, (session) => {
      const value = read(this.#full(path));
      if (watch) this.#options.server.watch(kind, this.#full(path), session, this.#guarded(watch, path));
      return value;
    });
  }

  #guarded(watch: Watch, path: string): Watch {
    return ({ type }) => {
      if (this.#state !== 'ended') this.#call(() => watch({ type, path }));
    };
  }

  #emit(event: SessionEvent): void {
    this.#call(() => this.#options.onEvent(event));
  }

  /** What the daemon throws is no business of the connection: the next message is delivered all the same. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#options.onCallbackError(error);
    }
  }

  #full(path: string): string {
    return path === '/' ? this.#options.chroot || '/' : this.#options.chroot + path;
  }

  #perform<T>(path: string, run: (session: ServerSession) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#refuseAtOnce(path);
      const { clock } = this.#options.host;
      const { operationTimeoutMs } = this.#options.limits;
      const deadline = clock.setTimeout(() => {
        this.#fail(operation, 'operation-timeout', `no answer in ${operationTimeoutMs} ms: it may still be done`);
      }, operationTimeoutMs);
      const operation: Operation = { path, run, resolve, reject, deadline, sent: false };
      this.#operations.add(operation);
      if (this.#state === 'connected') this.#send(operation);
    });
  }

  #refuseAtOnce(path: string): void {
    if (this.#state === 'ended' || this.#state === 'closing') {
      throw new ZooKeeperFailure('session-ended', `${path}: the session is over, nothing was done`, { path });
    }
    checkPath(path);
    const { pendingOperationsMax } = this.#options.limits;
    if (this.#operations.size < pendingOperationsMax) return;
    const text = `${path}: nothing was done, ${pendingOperationsMax} operations are open already: pendingOperationsMax`;
    throw new ZooKeeperFailure('other', text, { path });
  }

  #send(operation: Operation): void {
    operation.sent = true;
    this.#transmit((session) => {
      try {
        const value = operation.run(session);
        return () => this.#settle(operation, () => operation.resolve(value as never));
      } catch (error) {
        const { kind, message } =
          error instanceof ZooKeeperFailure ? error : { kind: 'other' as const, message: String(error) };
        return () => this.#fail(operation, kind, message, error);
      }
    });
  }

  /** Sends a request over the connection; what it gives back is done when the answer is here. */
  #transmit(atServer: (session: ServerSession) => void | (() => void)): void {
    const { server, host } = this.#options;
    const connection = this.#connection!;
    const sentAtMs = host.clock.nowMs();
    connection.toServer(() => {
      const session = server.heardFrom(connection, this.#sessionId);
      if (!session) return connection.break();
      const answered = atServer(session);
      connection.toClient(() => {
        this.#heard(sentAtMs);
        answered?.();
      });
    });
  }

  #settle(operation: Operation, outcome: () => void): void {
    if (!this.#operations.delete(operation)) return;
    this.#options.host.clock.clearTimeout(operation.deadline);
    outcome();
  }

  #fail(operation: Operation, kind: ZooKeeperFailure['kind'], message: string, cause?: unknown): void {
    const { path } = operation;
    this.#settle(operation, () => operation.reject(new ZooKeeperFailure(kind, `${path}: ${message}`, { path, cause })));
  }
}
