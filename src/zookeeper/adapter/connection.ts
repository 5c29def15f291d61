import type { Socket } from 'node:net';
import { createClient, Exception, type Client } from 'node-zookeeper-client';
import type { Logger } from 'pino';
import type { Clock, TimerHandle } from '../../host/host.js';
import type { ServerAddress } from './servers.js';
import type { WatchTable } from './watch-table.js';

/** States of the client's connection manager (`ConnectionManager.STATES`, version 1.1.3). */
const CONNECTING = 1;
const CONNECTED = 2;
const CLOSED = -2;
/** `OP_CODES.SET_WATCHES` of the client. */
const SET_WATCHES = 101;

const RECONNECT_DELAY_MIN_MS = 25;
const RECONNECT_DELAY_MAX_MS = 1_000;

interface Packet {
  readonly request: { readonly header: { readonly type: number } | null };
  callback: ((error: unknown, response?: unknown) => void) | undefined;
  sentAtMs?: number;
}

/** What this file uses of the client's private parts. The package is pinned to 1.1.3 because of it. */
interface ConnectionManager {
  state: number;
  servers: readonly ServerAddress[];
  socket: Socket | undefined;
  connectTimeoutHandler: NodeJS.Timeout | null;
  pendingBuffer: Buffer | null;
  readonly packetQueue: { queue: Packet[]; push(packet: Packet): void };
  readonly pendingQueue: Packet[];
  watcherManager: WatchTable;
  connect(): void;
  findNextServer(use: (server: ServerAddress) => void): void;
  onSocketData(bytes: Buffer): void;
  onSocketClosed(hadError: boolean): void;
  onSocketError(error: Error): void;
}

export interface ConnectionListener {
  /** The server has the session, for the first time or again. */
  connected(): void;
  disconnected(): void;
  expired(): void;
  /** A request was answered, with success or not. `sentAtMs`: just before it was written to the socket. */
  answered(sentAtMs: number): void;
}

/**
 * node-zookeeper-client with what it lacks. This is the only place that touches its private parts; each change says why.
 * Whose turn it is to speak, and what an answer means, is the session's affair.
 */
export class Connection {
  readonly client: Client;
  readonly #manager: ConnectionManager;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: ConnectionListener;
  #attempts = 0;
  #retryTimer: TimerHandle | undefined;
  #attemptAtMs: number;
  #heardAtMs: number;
  #disposed = false;
  #problem: string | undefined;
  #onClosed: () => void = () => {};

  constructor(options: {
    readonly servers: readonly ServerAddress[];
    readonly timeoutMs: number;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly watches: WatchTable;
    readonly listener: ConnectionListener;
  }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#listener = options.listener;
    this.#attemptAtMs = this.#heardAtMs = this.#clock.nowMs();
    const names = options.servers.map(({ host, port }) => `${host}:${port}`).join(',');
    this.client = createClient(names, { sessionTimeout: options.timeoutMs, retries: 0 });
    this.#manager = (this.client as unknown as { connectionManager: ConnectionManager }).connectionManager;
    this.#manager.servers = options.servers;
    this.#manager.watcherManager = options.watches;
    this.#takeOverReconnecting();
    this.#keepOneSetWatches();
    this.#timeRequests();
    this.#guardSocket();
    this.client.on('connected', () => !this.#disposed && this.#listener.connected());
    this.client.on('disconnected', () => !this.#disposed && this.#listener.disconnected());
    this.client.on('expired', () => !this.#disposed && this.#listener.expired());
  }

  get isConnected(): boolean {
    return this.#manager.state === CONNECTED;
  }

  /** 16 lower-case hex digits; zeros while no server has given one. */
  get sessionId(): string {
    return this.client.getSessionId().toString('hex');
  }

  /** What was negotiated; before that, what was asked. */
  get timeoutMs(): number {
    return this.client.getSessionTimeout();
  }

  /** Why the last attempt failed, as the operating system says it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** For how long the present socket has been silent: since the server was heard, or since it was tried. 0 between attempts. */
  get silentMs(): number {
    if (this.#manager.state !== CONNECTED && this.#manager.state !== CONNECTING) return 0;
    if (this.#retryTimer !== undefined) return 0;
    return this.#clock.nowMs() - Math.max(this.#heardAtMs, this.#attemptAtMs);
  }

  connect(): void {
    this.client.connect();
  }

  /** The connection has proved useful: the next loss is answered by a quick attempt again. */
  resetBackoff(): void {
    this.#attempts = 0;
    this.#problem = undefined;
  }

  /** Drops the socket, so that another server is tried within the session. */
  dropSocket(reason: string): void {
    this.#problem = reason;
    this.#manager.socket?.destroy();
  }

  /** Ends the session at the server; resolves when the server has hung up. Only while connected. */
  closeSession(): Promise<void> {
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      this.client.close();
    });
  }

  /** Drops everything, and never connects again; tells the listener nothing more. The client's own `close` throws or connects on in most states. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#retryTimer !== undefined) this.#clock.clearTimeout(this.#retryTimer);
    if (this.#manager.connectTimeoutHandler !== null) clearTimeout(this.#manager.connectTimeoutHandler);
    this.#manager.connect = () => {};
    this.#manager.state = CLOSED;
    this.#manager.packetQueue.queue = [];
    this.#manager.socket?.destroy();
  }

  /**
   * The client waits a random time that starts at zero, and not at all after each second failure. Here the delay doubles
   * with each round of all servers, and can be cancelled.
   */
  #takeOverReconnecting(): void {
    const manager = this.#manager;
    manager.findNextServer = (use) => {
      const attempt = this.#attempts++;
      const server = manager.servers[attempt % manager.servers.length]!;
      const rounds = Math.min(Math.floor(attempt / manager.servers.length), 10);
      const delayMaxMs = Math.min(RECONNECT_DELAY_MAX_MS, this.timeoutMs / 8);
      const delayMs = manager.socket === undefined ? 0 : Math.min(delayMaxMs, RECONNECT_DELAY_MIN_MS * 2 ** rounds);
      this.#retryTimer = this.#clock.setTimeout(() => {
        this.#retryTimer = undefined;
        this.#attemptAtMs = this.#clock.nowMs();
        use(server);
      }, delayMs);
    };
  }

  /** The client queues the watches again at every attempt to connect; only the newest list is worth sending. */
  #keepOneSetWatches(): void {
    const { packetQueue } = this.#manager;
    const push = packetQueue.push.bind(packetQueue);
    const setsWatches = (packet: Packet): boolean => packet.request.header?.type === SET_WATCHES;
    packetQueue.push = (packet) => {
      if (setsWatches(packet)) packetQueue.queue = packetQueue.queue.filter((queued) => !setsWatches(queued));
      this.#reportAnswer(packet);
      push(packet);
    };
  }

  /** The client calls back with a response only if the server sent one; for a lost connection it gives an error alone. */
  #reportAnswer(packet: Packet): void {
    const { callback } = packet;
    packet.callback = (error, response) => {
      if (response !== undefined && packet.sentAtMs !== undefined && !this.#disposed) {
        this.#listener.answered(packet.sentAtMs);
      }
      callback?.(error, response);
    };
  }

  /** The client keeps no time of its requests. It puts each into the queue of those awaiting an answer just before writing it. */
  #timeRequests(): void {
    const { pendingQueue } = this.#manager;
    pendingQueue.push = (...packets) => {
      for (const packet of packets) packet.sentAtMs = this.#clock.nowMs();
      return Array.prototype.push.apply(pendingQueue, packets);
    };
  }

  #guardSocket(): void {
    const manager = this.#manager;
    const onData = manager.onSocketData.bind(manager);
    const onClosed = manager.onSocketClosed.bind(manager);
    const onError = manager.onSocketError.bind(manager);

    // The client parses until nothing is left by calling itself through this very property, so each frame passes here.
    manager.onSocketData = (bytes) => {
      if (this.#disposed) return;
      this.#heardAtMs = this.#clock.nowMs();
      const awaited = manager.pendingQueue[0];
      try {
        onData(bytes);
      } catch (error) {
        this.#survive(error, awaited);
      }
    };

    manager.onSocketClosed = (hadError) => {
      // Half a frame of the old connection would be put before the first one of the new; and the timer that was set for the
      // old attempt would destroy the new socket.
      manager.pendingBuffer = null;
      if (manager.connectTimeoutHandler !== null) clearTimeout(manager.connectTimeoutHandler);
      onClosed(hadError);
      this.#onClosed();
    };

    manager.onSocketError = (error) => {
      this.#problem = error.message;
      onError(error);
    };
  }

  /**
   * The client throws on what it cannot read, error codes newer than itself included, out of a socket handler: that would end
   * the process. If an answer was taken, the frame was whole and only its operation fails; else the stream cannot be trusted.
   */
  #survive(error: unknown, awaited: Packet | undefined): void {
    this.#logger.warn({ err: error }, "ZooKeeper's answer could not be read");
    if (awaited === undefined || this.#manager.pendingQueue[0] === awaited) {
      this.dropSocket('an answer could not be read');
      return;
    }
    try {
      awaited.callback?.(unreadable(error));
    } catch (again) {
      this.#logger.warn({ err: again }, "an operation could not take ZooKeeper's answer");
      this.dropSocket('an answer could not be taken');
      return;
    }
    if (this.#manager.pendingBuffer !== null) this.#manager.onSocketData(Buffer.alloc(0));
  }
}

/** The client asks its errors for a code by a method. */
function unreadable(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return Object.assign(new Error(message, { cause }), { getCode: () => Exception.SYSTEM_ERROR });
}
