import { connect, type Socket } from 'node:net';
import { ResponseReader, type HttpResponse } from './response-reader.js';

/** A keep-alive connection with one request open at a time. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  #onResponse: ((response: HttpResponse) => void) | undefined;
  #onError: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => this.#onError?.(error));
    socket.on('close', () => this.#onError?.(new Error('the server closed a connection')));
  }

  static open(port: number): Promise<ClientConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new ClientConnection(socket));
      });
    });
  }

  /** The same listeners serve every request: nothing is made for each. */
  listen(onResponse: (response: HttpResponse) => void, onError: (error: Error) => void): void {
    this.#onResponse = onResponse;
    this.#onError = onError;
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  close(): void {
    this.#onError = undefined;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    try {
      const response = this.#reader.push(chunk);
      if (response) this.#onResponse!(response);
    } catch (error) {
      this.#onError?.(error as Error);
    }
  }
}
