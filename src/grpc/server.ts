import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { formatAddress, parseAddress } from '../config/config.js';
import type { Clock } from '../host/host.js';
import { startListening, tcpListeningAddress, type ListeningOptions } from '../net/listening.js';
import type { GrpcService, GrpcServiceOptions } from './grpc-service.js';

export interface GrpcListenerOptions extends GrpcServiceOptions, ListeningOptions {}

export interface GrpcListener {
  /** `host:port`, with the port that the system chose. */
  readonly address: string;
  /**
   * Stops accepting at once, lets open calls finish for at most `timeoutMs`, then cuts what is left. Never rejects; a second
   * call waits for the same end.
   */
  close(timeoutMs: number): Promise<void>;
}

/** Serves gRPC on the configured address. @throws PixyError `address-taken`, `cannot-listen`. */
export async function listenForGrpc(options: GrpcListenerOptions): Promise<GrpcListener> {
  const { config, clock } = options;
  const connections = new Connections(options);
  // A listener of our own: it can bound connections, and tells why it cannot listen.
  const tcp = createServer({ noDelay: true, keepAlive: true }, (socket) => void connections.serve(socket));
  tcp.maxConnections = config.http.connectionsMax;
  const configured = parseAddress(config.grpcAddr)!;
  await startListening(tcp, tcpListeningAddress(configured, 'grpcAddr'), options);
  const bound = formatAddress({ host: configured.host, port: (tcp.address() as AddressInfo).port });
  return listener(bound, tcp, connections, clock);
}

/** Takes the library of 19 MB with the first connection: most daemons are never spoken to by gRPC. */
class Connections {
  readonly #options: GrpcListenerOptions;
  readonly #sockets = new Set<Socket>();
  #loading: Promise<void> | undefined;
  #service: GrpcService | undefined;
  #closing = false;

  constructor(options: GrpcListenerOptions) {
    this.#options = options;
  }

  async serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    // The library sees to the connection; without a listener a reset before that would end the process.
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
    if (!this.#service) await (this.#loading ??= this.#load());
    if (this.#closing || !this.#service) socket.destroy();
    else if (!socket.destroyed) this.#service.serve(socket);
  }

  async #load(): Promise<void> {
    try {
      const { createGrpcService } = await import('./grpc-service.js');
      this.#service = createGrpcService(this.#options);
    } catch (error) {
      this.#loading = undefined;
      this.#options.log.error({ err: error }, 'gRPC cannot be served: a part of it cannot be loaded');
    }
  }

  tryShutdown(): void {
    this.#closing = true;
    if (this.#service) this.#service.tryShutdown();
    else this.forceShutdown();
  }

  forceShutdown(): void {
    this.#service?.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function listener(address: string, tcp: TcpServer, connections: Connections, clock: Clock): GrpcListener {
  const closeWithin = (timeoutMs: number) =>
    new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => connections.forceShutdown(), timeoutMs);
      tcp.close(() => {
        clock.clearTimeout(timer);
        resolve();
      });
      connections.tryShutdown();
    });
  let closed: Promise<void> | undefined;
  return { address, close: (timeoutMs) => (closed ??= closeWithin(timeoutMs)) };
}
