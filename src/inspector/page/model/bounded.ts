/** The last so many of a kind, in order. Dropping the oldest is done in steps, so that adding stays cheap. */
export class Bounded<T> {
  readonly #max: number;
  #items: T[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#max) this.#items = this.#items.slice(-this.#max);
  }

  /** Oldest first; at most as many as may be kept. */
  get items(): readonly T[] {
    return this.#items.length > this.#max ? this.#items.slice(-this.#max) : this.#items;
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  clear(): void {
    this.#items = [];
  }
}
