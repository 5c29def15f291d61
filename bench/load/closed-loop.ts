import { ClientConnection } from './connection.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { HttpResponse } from './response-reader.js';

export interface LoadOptions {
  readonly port: number;
  readonly request: Buffer;
  readonly connections: number;
  readonly durationMs: number;
  /** Sees the body of every 200. */
  readonly onBody?: (body: Buffer) => void;
  /** Ends the phase for all connections. */
  readonly endsAt?: (status: number) => boolean;
}

export interface LoadResult {
  /** Answers by status, one for each request. */
  readonly statuses: Readonly<Record<number, number>>;
  /** From the first request to the last 200. */
  readonly elapsedMs: number;
  /** Of those answered 200. */
  readonly latency: LatencyHistogram;
  /** A status of `endsAt` was seen. */
  readonly ended: boolean;
}

/**
 * Each connection asks again as soon as it was answered. At the end each waits for its last answer, so that every request is
 * accounted for. Rejects when a connection fails.
 */
export async function closedLoop(options: LoadOptions): Promise<LoadResult> {
  const opening = Array.from({ length: options.connections }, () => ClientConnection.open(options.port));
  const connections = await Promise.all(opening);
  try {
    return await new Loop(options, connections).run();
  } finally {
    for (const connection of connections) connection.close();
  }
}

class Loop {
  readonly #options: LoadOptions;
  readonly #connections: readonly ClientConnection[];
  readonly #statuses: Record<number, number> = {};
  readonly #latency = new LatencyHistogram();
  #ended = false;
  #startMs = 0;
  #stopMs = 0;
  #lastMs = 0;
  #running: number;

  constructor(options: LoadOptions, connections: readonly ClientConnection[]) {
    this.#options = options;
    this.#connections = connections;
    this.#running = connections.length;
  }

  run(): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      this.#startMs = performance.now();
      this.#lastMs = this.#startMs;
      this.#stopMs = this.#startMs + this.#options.durationMs;
      for (const connection of this.#connections) this.#start(connection, () => resolve(this.#result()), reject);
    });
  }

  #start(connection: ClientConnection, onDone: () => void, onError: (error: Error) => void): void {
    let sentMs = performance.now();
    connection.listen((response) => {
      const now = performance.now();
      this.#count(response, sentMs, now);
      if (now < this.#stopMs) {
        sentMs = now;
        connection.send(this.#options.request);
      } else if (--this.#running === 0) onDone();
    }, onError);
    connection.send(this.#options.request);
  }

  #count({ status, body }: HttpResponse, sentMs: number, now: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (status === 200) {
      this.#lastMs = now;
      this.#latency.add(now - sentMs);
      this.#options.onBody?.(body);
    } else if (this.#options.endsAt?.(status)) {
      this.#ended = true;
      this.#stopMs = 0;
    }
  }

  #result(): LoadResult {
    const elapsedMs = this.#lastMs - this.#startMs;
    return { statuses: this.#statuses, elapsedMs, latency: this.#latency, ended: this.#ended };
  }
}
