import type { Clock, TimerHandle } from '../../host/host.js';

/** The faults that one actor suffers for a while. */
export class Faults {
  readonly #clock: Clock;
  #slow: TimerHandle | undefined;
  #full: TimerHandle | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Its mailbox and its valve are not looked at. */
  get slow(): boolean {
    return this.#slow !== undefined;
  }

  /** Requests are refused as if its mailbox were full. */
  get full(): boolean {
    return this.#full !== undefined;
  }

  /** A fault replaces an earlier one of its kind. `over` is called when it has passed. */
  slowFor(forMs: number, over: () => void): void {
    this.#clock.clearTimeout(this.#slow);
    this.#slow = this.#clock.setTimeout(() => {
      this.#slow = undefined;
      over();
    }, forMs);
  }

  fullFor(forMs: number): void {
    this.#clock.clearTimeout(this.#full);
    this.#full = this.#clock.setTimeout(() => {
      this.#full = undefined;
    }, forMs);
  }

  end(): void {
    this.#clock.clearTimeout(this.#slow);
    this.#clock.clearTimeout(this.#full);
    this.#slow = undefined;
    this.#full = undefined;
  }
}
