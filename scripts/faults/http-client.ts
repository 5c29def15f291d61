import { Agent, request } from 'node:http';

/** How one request ended, as far as its client can know. */
export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly error: string; readonly body: string }
  /** No connection could be made: the request was never sent. */
  | { readonly kind: 'not-sent' }
  /** The connection ended, or nothing came in time. */
  | { readonly kind: 'cut'; readonly why: string };

/** One client with one connection, which is kept: one request at a time. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  readonly #timeoutMs: number;

  constructor(port: number, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  send(method: 'GET' | 'POST', path: string, body?: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const headers =
        body === undefined ? {} : { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) };
      const sent = request(
        { host: '127.0.0.1', port: this.#port, method, path, headers, agent: this.#agent, timeout: this.#timeoutMs },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', ({ message }) => resolve({ kind: 'cut', why: message }));
          response.once('end', () => {
            const error = String(response.headers['x-pixy-error'] ?? '');
            resolve({
              kind: 'answer',
              status: response.statusCode ?? 0,
              error,
              body: Buffer.concat(chunks).toString(),
            });
          });
        },
      );
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${this.#timeoutMs} ms`)));
      sent.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code === 'ECONNREFUSED' ? { kind: 'not-sent' } : { kind: 'cut', why: error.message });
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
