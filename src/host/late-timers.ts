import type { Clock, Random, TimerHandle } from './host.js';

interface LateTimer {
  handle: TimerHandle;
}

/** A clock whose timers come late for a while, as those of a process do that gets too little of its processor. Their order stays. */
export class LateTimers implements Clock {
  readonly #clock: Clock;
  readonly #random: Random;
  #lateMsMax = 0;
  /** When the last one comes that is late: none that falls due later comes before it. */
  #lastMs = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Each timer that falls due from now on comes later by up to so much. 0: in time, as in the beginning. */
  set lateMsMax(lateMsMax: number) {
    this.#lateMsMax = lateMsMax;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimeout(fn: () => void, delayMs: number): TimerHandle {
    const timer: LateTimer = { handle: undefined };
    timer.handle = this.#clock.setTimeout(() => this.#due(timer, fn), delayMs);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    if (handle !== undefined && handle !== null) this.#clock.clearTimeout((handle as LateTimer).handle);
  }

  #due(timer: LateTimer, fn: () => void): void {
    const nowMs = this.#clock.nowMs();
    const lateMs = this.#lateMsMax > 0 ? this.#random.next() * this.#lateMsMax : 0;
    if (lateMs === 0 && this.#lastMs < nowMs) return fn();
    this.#lastMs = Math.max(nowMs + lateMs, this.#lastMs);
    timer.handle = this.#clock.setTimeout(fn, this.#lastMs - nowMs);
  }
}
