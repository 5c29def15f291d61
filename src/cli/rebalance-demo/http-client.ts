import { Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpQuestion {
  readonly method?: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly signal: AbortSignal;
}

const socketsMax = 32;

/** What a client of one daemon needs, over connections that are kept. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
  readonly #host: string;
  readonly #port: string;

  /** `host:port`. */
  constructor(address: string) {
    const at = address.lastIndexOf(':');
    this.#host = address.slice(0, at);
    this.#port = address.slice(at + 1);
  }

  /** Waits for the answer as long as it takes. Rejects when there is none, or when `signal` is aborted. */
  ask({ method = 'GET', path, body, signal }: HttpQuestion): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'Content-Type': 'text/plain' };
      const where = { host: this.#host, port: this.#port, path, method, headers, agent: this.#agent, signal };
      const asking = request(where, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      asking.on('error', reject);
      asking.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
