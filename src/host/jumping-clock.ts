import type { Clock, TimerHandle } from './host.js';

/** A clock whose wall time can be set, as an administrator or NTP sets that of a machine; its monotonic time cannot. */
export class JumpingClock implements Clock {
  readonly #clock: Clock;
  #jumpedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on the wall clock shows so much more, or less. */
  jump(byMs: number): void {
    this.#jumpedMs += byMs;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.#jumpedMs;
  }

  setTimeout(fn: () => void, delayMs: number): TimerHandle {
    return this.#clock.setTimeout(fn, delayMs);
  }

  clearTimeout(handle: TimerHandle): void {
    this.#clock.clearTimeout(handle);
  }
}
