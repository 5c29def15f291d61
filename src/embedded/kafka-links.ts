import { Barrier } from './barrier.js';

interface Link {
  delayMs: number;
  /** Closed: half-open. */
  readonly way: Barrier;
}

/** The network between each process and the brokers; only links that something is wrong with are kept. */
export class KafkaLinks {
  readonly #links = new Map<string, Link>();

  /** How much longer each request of this client takes. */
  delayMs(client: string): number {
    return this.#links.get(client)?.delayMs ?? 0;
  }

  isHalfOpen(client: string): boolean {
    return this.#links.get(client)?.way.isClosed ?? false;
  }

  /** Something goes this way, whichever direction. */
  pass(client: string, run: () => void): void {
    const link = this.#links.get(client);
    if (link) link.way.pass(run);
    else run();
  }

  slow(client: string, delayMs: number): void {
    this.#link(client).delayMs = delayMs;
    this.#forgetSound(client);
  }

  halfOpen(client: string): void {
    this.#link(client).way.close();
  }

  heal(client: string): void {
    this.#link(client).way.open();
    this.#forgetSound(client);
  }

  #link(client: string): Link {
    let link = this.#links.get(client);
    if (!link) this.#links.set(client, (link = { delayMs: 0, way: new Barrier() }));
    return link;
  }

  #forgetSound(client: string): void {
    const { delayMs, way } = this.#link(client);
    if (delayMs === 0 && !way.isClosed) this.#links.delete(client);
  }
}
