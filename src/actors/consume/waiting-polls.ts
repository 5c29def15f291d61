import type { Ask } from '../bus/types.js';
import type { Delivery } from '../requests.js';

/** Consume requests that wait for a message, first come, first served. One that ended otherwise leaves at once. */
export class WaitingPolls {
  readonly #asks = new Set<Ask<Delivery>>();
  readonly #max: number;

  constructor(pollsWaitingMax: number) {
    this.#max = pollsWaitingMax;
  }

  get size(): number {
    return this.#asks.size;
  }

  /** False: as many wait as may. */
  add(ask: Ask<Delivery>): boolean {
    if (this.#asks.size >= this.#max) return false;
    this.#asks.add(ask);
    ask.onWithdrawn(() => this.#asks.delete(ask));
    return true;
  }

  /** The one that has waited longest; it waits no more. */
  shift(): Ask<Delivery> | undefined {
    for (const ask of this.#asks) {
      this.#asks.delete(ask);
      if (ask.open) return ask;
    }
    return undefined;
  }

  takeAll(): Ask<Delivery>[] {
    const all = [...this.#asks];
    this.#asks.clear();
    return all;
  }
}
