const perPage = 4096;

/** Numbers by numbers that count up, as posts and offsets do: pages of them take less time and room than a map. */
export class Numbered {
  readonly #pages = new Map<number, Float64Array>();

  set(key: number, value: number): void {
    const number = Math.floor(key / perPage);
    let page = this.#pages.get(number);
    if (!page) this.#pages.set(number, (page = new Float64Array(perPage).fill(NaN)));
    page[key - number * perPage] = value;
  }

  /** `undefined`: there is none. */
  get(key: number): number | undefined {
    const number = Math.floor(key / perPage);
    const found = this.#pages.get(number)?.[key - number * perPage];
    return found === undefined || Number.isNaN(found) ? undefined : found;
  }

  *entries(): Iterable<readonly [key: number, value: number]> {
    for (const [number, page] of this.#pages)
      for (let at = 0; at < perPage; at++) if (!Number.isNaN(page[at]!)) yield [number * perPage + at, page[at]!];
  }
}

/** Of each number the earliest of its moments, milliseconds. */
export class EarliestMoments {
  readonly #moments = new Numbered();

  note(key: number, atMs: number): void {
    if (atMs < this.of(key)) this.#moments.set(key, atMs);
  }

  /** Infinite: there is none. */
  of(key: number): number {
    return this.#moments.get(key) ?? Infinity;
  }

  entries(): Iterable<readonly [key: number, atMs: number]> {
    return this.#moments.entries();
  }
}
