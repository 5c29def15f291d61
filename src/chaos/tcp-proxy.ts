import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import type { Clock } from '../host/host.js';
import { TcpWay, type LinkMode } from './tcp-way.js';

export interface TcpProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  /** At a time; more are reset as they come. */
  readonly connectionsMax?: number;
  /** Called for each connection that is taken; what it returns sees all that its client is sent. Default: nobody looks. */
  readonly watchAnswers?: () => (bytes: Buffer) => void;
}

export interface TcpProxyStatistics {
  /** Ever, those that were ended as they came not among them. */
  readonly accepted: number;
  /** Ended as they came, or because the target could not be reached. */
  readonly refused: number;
  readonly open: number;
  readonly bytesToTarget: number;
  readonly bytesToClients: number;
}

/** A connection of a client, and the one to the target that belongs to it. */
interface Pair {
  readonly client: Socket;
  readonly target: Socket;
  readonly ways: readonly TcpWay[];
  /** Not so while nothing passes: a connection that was not made before is not made then either. */
  isDialled: boolean;
  /** One side is gone while nothing passes: the other one learns it when something does again. */
  isBroken: boolean;
}

const standardConnectionsMax = 1000;

/**
 * A link to a server over which one can have a network's bad days: a listener on this machine's loopback that passes
 * everything on to a target, until told otherwise. What it holds is bounded; a sender that is ahead has to wait.
 */
export class TcpProxy {
  readonly #options: TcpProxyOptions;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #mode: LinkMode = { type: 'pass' };
  readonly #counts = { accepted: 0, refused: 0, bytesToTarget: 0, bytesToClients: 0 };

  private constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port. Whether there is a target shows with the first connection. */
  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', () => {
        proxy.#server.off('error', reject);
        resolve();
      });
    });
    return proxy;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get statistics(): TcpProxyStatistics {
    return { ...this.#counts, open: this.#pairs.size };
  }

  /** Holds for connections that stand as well as for those to come. */
  set mode(mode: LinkMode) {
    this.#mode = mode;
    for (const pair of [...this.#pairs]) this.#apply(mode, pair);
  }

  /** Ends every connection and listens no more. Nothing is left when it resolves. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const pair of [...this.#pairs]) this.#end(pair, 'close');
    await closed;
  }

  #apply(mode: LinkMode, pair: Pair): void {
    if (mode.type === 'cut') return this.#end(pair, mode.how);
    if (mode.type !== 'half-open') {
      if (pair.isBroken) return this.#end(pair, 'reset');
      this.#dial(pair);
    }
    for (const way of pair.ways) way.mode = mode;
  }

  #accept(client: Socket): void {
    const { clock, connectionsMax = standardConnectionsMax, watchAnswers } = this.#options;
    const mode = this.#mode;
    // What goes wrong with a socket is followed by its close.
    client.on('error', () => {});
    if (mode.type === 'cut' || this.#pairs.size >= connectionsMax) {
      this.#counts.refused++;
      endSocket(client, mode.type === 'cut' ? mode.how : 'reset');
      return;
    }
    this.#counts.accepted++;
    const target = new Socket({ allowHalfOpen: true });
    const watch = watchAnswers?.();
    const toTarget = ({ length }: Buffer) => (this.#counts.bytesToTarget += length);
    const toClient = (bytes: Buffer) => {
      this.#counts.bytesToClients += bytes.length;
      watch?.(bytes);
    };
    const ways = [
      new TcpWay({ from: client, to: target, clock, mode, onForwarded: toTarget }),
      new TcpWay({ from: target, to: client, clock, mode, onForwarded: toClient }),
    ];
    const pair: Pair = { client, target, ways, isDialled: false, isBroken: false };
    this.#pairs.add(pair);
    client.on('close', () => this.#closed(pair, target));
    target.on('close', () => this.#closed(pair, client));
    target.on('error', () => {
      if (target.bytesRead === 0 && target.bytesWritten === 0) this.#counts.refused++;
    });
    // Who hangs up before anything could pass is forgotten: nothing of it would ever have arrived.
    client.on('end', () => !pair.isDialled && this.#end(pair, 'close'));
    if (mode.type !== 'half-open') this.#dial(pair);
  }

  #dial(pair: Pair): void {
    if (pair.isDialled) return;
    pair.isDialled = true;
    pair.target.connect(this.#options.target);
  }

  /** One side is gone altogether. */
  #closed(pair: Pair, other: Socket): void {
    if (!this.#pairs.has(pair)) return;
    if (other.destroyed || !pair.isDialled) return this.#end(pair, 'close');
    // Both ends were passed on: the other socket closes by itself once it has sent what it has.
    if (other.writableEnded && other.readableEnded) return;
    if (this.#mode.type === 'half-open') pair.isBroken = true;
    else this.#end(pair, 'reset');
  }

  #end(pair: Pair, how: 'reset' | 'close'): void {
    this.#pairs.delete(pair);
    for (const way of pair.ways) way.close();
    for (const socket of [pair.client, pair.target]) endSocket(socket, how);
  }
}

function endSocket(socket: Socket, how: 'reset' | 'close'): void {
  if (how === 'reset') socket.resetAndDestroy();
  else socket.destroy();
}
