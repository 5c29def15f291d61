import type { Ask } from '../bus/types.js';
import type { ConsumeRequest, Delivery } from '../requests.js';

export type PollAsk = Ask<Delivery, ConsumeRequest>;

/** Consume requests that wait for a message, first come, first served. One that ended otherwise leaves at once. */
export class WaitingPolls {
  readonly #asks = new Set<PollAsk>();
  readonly #max: number;

  constructor(pollsWaitingMax: number) {
    this.#max = pollsWaitingMax;
  }

  get size(): number {
    return this.#asks.size;
  }

  /** False: as many wait as may. */
  add(ask: PollAsk): boolean {
    if (this.#asks.size >= this.#max) return false;
    this.#asks.add(ask);
    ask.onWithdrawn(() => this.#asks.delete(ask));
    return true;
  }

  /** Those that wait, the longest first. They may be removed on the way. */
  [Symbol.iterator](): IterableIterator<PollAsk> {
    return this.#asks.values();
  }

  remove(ask: PollAsk): void {
    this.#asks.delete(ask);
  }

  takeAll(): PollAsk[] {
    const all = [...this.#asks];
    this.#asks.clear();
    return all;
  }
}
