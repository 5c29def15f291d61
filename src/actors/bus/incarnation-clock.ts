import type { Clock, TimerHandle } from '../../host/host.js';

interface Timer {
  live: boolean;
  handle: TimerHandle;
  readonly fn: () => void;
}

/**
 * The clock of one incarnation. A due timer is put into the mailbox and runs in its turn, unless it was cleared meanwhile;
 * all of them die with the incarnation. XState's `after` goes through it as well.
 */
export class IncarnationClock implements Clock {
  readonly #clock: Clock;
  readonly #put: (call: () => void) => void;
  readonly #timers = new Set<Timer>();
  #over = false;

  constructor(clock: Clock, put: (call: () => void) => void) {
    this.#clock = clock;
    this.#put = put;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimeout(fn: () => void, delayMs: number): TimerHandle {
    const timer: Timer = { live: true, handle: undefined, fn };
    if (this.#over) return timer;
    this.#timers.add(timer);
    timer.handle = this.#clock.setTimeout(() => this.#put(() => this.#run(timer)), delayMs);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    const timer = handle as Timer | undefined;
    if (!timer?.live) return;
    timer.live = false;
    this.#timers.delete(timer);
    this.#clock.clearTimeout(timer.handle);
  }

  end(): void {
    this.#over = true;
    for (const timer of this.#timers) this.clearTimeout(timer);
  }

  #run(timer: Timer): void {
    if (!timer.live) return;
    timer.live = false;
    this.#timers.delete(timer);
    timer.fn();
  }
}
