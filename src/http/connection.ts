import { setMaxListeners, type EventEmitter } from 'node:events';
import type { Receipt } from '../actors/requests.js';

type SocketLike = EventEmitter & { readonly destroyed: boolean };

const connections = new WeakMap<SocketLike, Connection>();

/**
 * What the handlers know of a client's connection, over all its requests: one signal and one listener for its whole life,
 * because making them anew costs more than all else that a consume request does here.
 *
 * The socket is watched and not the response: that of a pipelined request gets no `close` while an earlier one is unanswered.
 */
export class Connection {
  readonly #controller = new AbortController();
  readonly #unwritten = new Set<Receipt>();

  private constructor(socket: SocketLike) {
    // As many as requests are pipelined, which the bound of waiting polls limits.
    setMaxListeners(0, this.#controller.signal);
    if (socket.destroyed) this.#controller.abort();
    else socket.once('close', () => this.#onClose());
  }

  static of(socket: SocketLike): Connection {
    let connection = connections.get(socket);
    if (!connection) {
      connection = new Connection(socket);
      connections.set(socket, connection);
    }
    return connection;
  }

  /** Aborted when the client's connection has closed. */
  get closed(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on the receipt is `returned` if the connection closes. */
  expectWrite(receipt: Receipt): void {
    this.#unwritten.add(receipt);
  }

  wrote(receipt: Receipt): void {
    if (this.#unwritten.delete(receipt)) receipt.written();
  }

  #onClose(): void {
    this.#controller.abort();
    for (const receipt of this.#unwritten) receipt.returned();
    this.#unwritten.clear();
  }
}
