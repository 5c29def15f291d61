const tenths = (durationMs: number): number => Math.round(durationMs * 10) / 10;

/** How long answers took, for whoever looks; one question at a time, and two readings of the clock for each. */
export class RoundTrips {
  #sentAtMs: number | undefined;
  #count = 0;
  #lastMs = 0;
  #maxMs = 0;
  #sumMs = 0;

  /** Asked, unless it was asked before and there is no answer yet: then it is the same question once more. */
  sent(nowMs: number): void {
    this.#sentAtMs ??= nowMs;
  }

  answered(nowMs: number): void {
    if (this.#sentAtMs === undefined) return;
    this.#lastMs = nowMs - this.#sentAtMs;
    this.#sentAtMs = undefined;
    this.#count++;
    this.#sumMs += this.#lastMs;
    this.#maxMs = Math.max(this.#maxMs, this.#lastMs);
  }

  /** It was in vain, and counts for nothing. */
  failed(): void {
    this.#sentAtMs = undefined;
  }

  /** Questions that were answered. */
  get count(): number {
    return this.#count;
  }

  get lastMs(): number {
    return tenths(this.#lastMs);
  }

  get maxMs(): number {
    return tenths(this.#maxMs);
  }

  get meanMs(): number {
    return this.#count === 0 ? 0 : tenths(this.#sumMs / this.#count);
  }
}
