import type { Server, Socket } from 'node:net';

/**
 * Connections that have sent no request yet, which Node does not count as idle: a listener that closes must not wait for
 * them. By TLS a connection has two sockets, of which requests know the upper one, and Node's HTTP neither before the
 * handshake is done.
 */
export class FreshConnections {
  readonly #sockets = new Set<Socket>();
  /** By the address of the other end: all that the two sockets of a connection have in common. */
  readonly #handshaking = new Map<string, Socket>();

  constructor(server: Server, { byTls }: { byTls: boolean }) {
    server.on('connection', (socket: Socket) => {
      this.#add(socket);
      if (byTls) this.#expectHandshake(socket);
    });
    server.on('secureConnection', (socket: Socket) => {
      const lower = this.#handshaking.get(otherEnd(socket));
      if (lower) this.#sockets.delete(lower);
      this.#add(socket);
    });
  }

  /** A request came on it. */
  delete(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #expectHandshake(socket: Socket): void {
    const end = otherEnd(socket);
    this.#handshaking.set(end, socket);
    socket.once('close', () => {
      if (this.#handshaking.get(end) === socket) this.#handshaking.delete(end);
    });
  }
}

const otherEnd = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
