import type { Clock, TimerHandle } from '../host/host.js';

interface CountedTimer {
  handle: TimerHandle;
  isArmed: boolean;
}

/** The clock of one process, which knows how many timers are armed: a process that has ended has none left. */
export class CountedTimers implements Clock {
  armed = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimeout(fn: () => void, delayMs: number): TimerHandle {
    const timer: CountedTimer = { handle: undefined, isArmed: true };
    this.armed++;
    timer.handle = this.#clock.setTimeout(() => {
      this.#disarm(timer);
      fn();
    }, delayMs);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    const timer = handle as CountedTimer | undefined | null;
    if (!timer?.isArmed) return;
    this.#disarm(timer);
    this.#clock.clearTimeout(timer.handle);
  }

  #disarm(timer: CountedTimer): void {
    timer.isArmed = false;
    this.armed--;
  }
}
