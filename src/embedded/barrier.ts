/** What comes while it is closed waits, and goes on in its order as soon as it opens. Closed by whoever freezes or cuts. */
export class Barrier {
  #waiting: (() => void)[] | undefined;

  get isClosed(): boolean {
    return this.#waiting !== undefined;
  }

  close(): void {
    this.#waiting ??= [];
  }

  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const run of waiting) run();
  }

  /** What waits never goes on; what comes from now on passes, or waits, as before. */
  drop(): void {
    if (this.#waiting) this.#waiting = [];
  }

  pass(run: () => void): void {
    if (this.#waiting) this.#waiting.push(run);
    else run();
  }
}
