const windowMs = 1000;

/** How many a second, over the last whole second or so. */
export class Rate {
  #fromMs = 0;
  #count = 0;
  #last = 0;

  add(atMs: number, count: number): void {
    this.#turn(atMs);
    this.#count += count;
  }

  perSecond(nowMs: number): number {
    this.#turn(nowMs);
    return this.#last;
  }

  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#fromMs;
    if (passedMs < windowMs) return;
    this.#last = (this.#count * 1000) / passedMs;
    this.#fromMs = nowMs;
    this.#count = 0;
  }
}
