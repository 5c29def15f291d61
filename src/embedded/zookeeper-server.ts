import type { Clock, TimerHandle } from '../host/host.js';
import { ZooKeeperFailure } from '../zookeeper/port.js';
import type { Watch, WatchEventType } from '../zookeeper/port.js';
import { Barrier } from './barrier.js';
import type { EmbeddedLimits } from './limits.js';
import type { Connection } from './zookeeper-connection.js';
import { ZooKeeperTree } from './zookeeper-tree.js';
import type { WatchKind } from './zookeeper-tree.js';

export interface ServerSession {
  readonly id: string;
  readonly timeoutMs: number;
  readonly client: string;
  connection: Connection | null;
  heardAtMs: number;
  expiry: TimerHandle | null;
  watchCount: number;
  /** Watches that fired while the client was away. */
  readonly missed: (() => void)[];
}

/** The server's side of ZooKeeper: the tree, sessions and their timeouts, watches. */
export class ZooKeeperServer {
  readonly tree: ZooKeeperTree;
  readonly #clock: Clock;
  readonly #limits: EmbeddedLimits;
  readonly #sessions = new Map<string, ServerSession>();
  readonly #connections = new Set<Connection>();
  readonly #watches: Record<WatchKind, Map<string, { session: ServerSession; watch: Watch }[]>> = {
    data: new Map(),
    children: new Map(),
  };
  readonly #cutClients = new Set<string>();
  /** Everything that it does passes here; closed while it is frozen. */
  readonly work = new Barrier();
  #sessionCount = 0;
  #up = true;
  /** Fault: how late watch events are. */
  watchDelayMs = 0;

  constructor(clock: Clock, limits: EmbeddedLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.tree = new ZooKeeperTree(limits, (kind, path, type) => this.#fire(kind, path, type));
  }

  get up(): boolean {
    return this.#up;
  }

  isCut(client: string): boolean {
    return this.#cutClients.has(client);
  }

  /** A connection was made; a session comes with it or is asked for again by `attach`. */
  accept(connection: Connection): void {
    this.#connections.add(connection);
  }

  /** The client's end of the connection was closed. */
  disconnected(connection: Connection): void {
    this.work.pass(() => {
      this.#connections.delete(connection);
      for (const session of this.#sessions.values()) if (session.connection === connection) session.connection = null;
    });
  }

  openSession(connection: Connection, wantedTimeoutMs: number): ServerSession {
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#limits;
    const session: ServerSession = {
      id: (0x1_0000_0000 + ++this.#sessionCount).toString(16).padStart(16, '0'),
      timeoutMs: Math.min(Math.max(wantedTimeoutMs, sessionTimeoutMsMin), sessionTimeoutMsMax),
      client: connection.client,
      connection,
      heardAtMs: this.#clock.nowMs(),
      expiry: null,
      watchCount: 0,
      missed: [],
    };
    this.#sessions.set(session.id, session);
    this.#armExpiry(session);
    return session;
  }

  /** A client is back with its session. Undefined: it has expired. */
  attach(connection: Connection, sessionId: string): ServerSession | undefined {
    const session = this.#sessions.get(sessionId);
    if (!session) return undefined;
    session.connection = connection;
    this.#heard(session);
    return session;
  }

  /** Watches that fired while the client was away; to be sent after the word that it is connected. */
  sendMissed(session: ServerSession): void {
    for (const fire of session.missed.splice(0)) this.#send(session, fire);
  }

  /** A request came in: its session. Undefined: the connection is one that the server has given up. */
  heardFrom(connection: Connection, sessionId: string): ServerSession | undefined {
    const session = this.#sessions.get(sessionId);
    if (!this.#up || session?.connection !== connection) return undefined;
    this.#heard(session);
    return session;
  }

  #heard(session: ServerSession): void {
    session.heardAtMs = this.#clock.nowMs();
  }

  watch(kind: WatchKind, path: string, session: ServerSession, watch: Watch): void {
    if (session.watchCount >= this.#limits.watchesPerSessionMax) {
      throw new ZooKeeperFailure('other', `${session.watchCount} watches are set already: watchesPerSessionMax`);
    }
    session.watchCount++;
    const watches = this.#watches[kind].get(path) ?? [];
    watches.push({ session, watch });
    this.#watches[kind].set(path, watches);
  }

  #fire(kind: WatchKind, path: string, type: WatchEventType): void {
    const watches = this.#watches[kind].get(path);
    if (!watches) return;
    this.#watches[kind].delete(path);
    for (const { session, watch } of watches) {
      const fire = (): void => {
        session.watchCount--;
        watch({ type, path });
      };
      if (this.watchDelayMs > 0)
        this.#clock.setTimeout(() => this.work.pass(() => this.#send(session, fire)), this.watchDelayMs);
      else this.#send(session, fire);
    }
  }

  #send(session: ServerSession, fire: () => void): void {
    if (!this.#sessions.has(session.id)) return;
    const missed = (): void => void session.missed.push(fire);
    if (session.connection) session.connection.toClient(fire, missed);
    else missed();
  }

  /** The session is over: its ephemeral nodes and watches are gone, and so is its connection. */
  endSession(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    this.#sessions.delete(sessionId);
    this.#disarmExpiry(session);
    for (const watches of Object.values(this.#watches)) {
      for (const [path, set] of watches) {
        const remaining = set.filter((entry) => entry.session !== session);
        if (remaining.length > 0) watches.set(path, remaining);
        else watches.delete(path);
      }
    }
    this.tree.deleteEphemeralsOf(sessionId);
  }

  /** As a server does on its own: it ends the session and drops the client, which learns why when it comes back. */
  expire(sessionId: string): void {
    this.work.pass(() => this.#expireNow(sessionId));
  }

  #expireNow(sessionId: string): void {
    const connection = this.#sessions.get(sessionId)?.connection;
    this.endSession(sessionId);
    // A cut client does not see that the server has hung up.
    if (connection && !this.isCut(connection.client)) connection.break();
  }

  #armExpiry(session: ServerSession): void {
    const leftMs = session.heardAtMs + session.timeoutMs - this.#clock.nowMs();
    session.expiry = this.#clock.setTimeout(() => {
      if (session.heardAtMs + session.timeoutMs > this.#clock.nowMs()) this.#armExpiry(session);
      else this.#expireNow(session.id);
    }, leftMs);
  }

  #disarmExpiry(session: ServerSession): void {
    if (session.expiry !== null) this.#clock.clearTimeout(session.expiry);
    session.expiry = null;
  }

  down(): void {
    if (!this.#up) return;
    this.#up = false;
    // What it was asked while it was frozen dies with it, and who is started again is not frozen.
    this.work.drop();
    this.work.open();
    for (const session of this.#sessions.values()) this.#disarmExpiry(session);
    for (const session of this.#sessions.values()) session.connection = null;
    for (const connection of [...this.#connections]) {
      if (!connection.isOpen) this.#connections.delete(connection);
      // A cut client does not see that the server is gone.
      else if (!this.isCut(connection.client)) connection.break();
    }
  }

  /** As when a server starts again: every session has its whole timeout to come back. */
  comeUp(): void {
    if (this.#up) return;
    this.#up = true;
    this.#countAnew();
  }

  /** It does nothing from now on, and lets no session expire. */
  freeze(): void {
    if (!this.#up || this.work.isClosed) return;
    this.work.close();
    for (const session of this.#sessions.values()) this.#disarmExpiry(session);
  }

  /** As a leader does that has not led for a while: what waits is heard before any session can be over. */
  thaw(): void {
    if (!this.work.isClosed) return;
    this.#countAnew();
    this.work.open();
  }

  #countAnew(): void {
    for (const session of this.#sessions.values()) {
      this.#heard(session);
      this.#armExpiry(session);
    }
  }

  cut(client: string): void {
    this.#cutClients.add(client);
    for (const connection of this.#connections) if (connection.client === client) connection.cut = true;
  }

  heal(client: string): void {
    if (!this.#cutClients.delete(client)) return;
    for (const connection of [...this.#connections]) if (connection.client === client) connection.cut = false;
  }

  describe() {
    const sessions = [...this.#sessions.values()].map(({ id, timeoutMs, client, connection }) => ({
      id,
      timeoutMs,
      client,
      connected: connection !== null,
    }));
    let watches = 0;
    for (const byPath of Object.values(this.#watches)) for (const set of byPath.values()) watches += set.length;
    return { up: this.#up, sessions, watches, nodes: this.tree.describe() };
  }
}
