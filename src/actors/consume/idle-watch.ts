import type { Clock, TimerHandle } from '../../host/host.js';

/**
 * Tells when nobody has asked for a while. A request pushes the moment out without touching a timer: the timer that runs
 * already looks, when it fires, how much is left.
 */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #isBusy: () => boolean;
  readonly #onIdle: () => void;
  #lastAtMs: number;
  #timer: TimerHandle | undefined;

  /** `isBusy`: something waits, so idleness has not even begun. */
  constructor(clock: Clock, idleMs: number, isBusy: () => boolean, onIdle: () => void) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#isBusy = isBusy;
    this.#onIdle = onIdle;
    this.#lastAtMs = clock.nowMs();
    this.#arm(idleMs);
  }

  /** Somebody asked. */
  touch(): void {
    this.#lastAtMs = this.#clock.nowMs();
    if (this.#timer === undefined) this.#arm(this.#idleMs);
  }

  /** How long nobody has asked. */
  get quietMs(): number {
    return this.#clock.nowMs() - this.#lastAtMs;
  }

  /** Nobody asked, but that is not the end of it: looks again after `delayMs`, or when told. */
  lookAgainIn(delayMs: number): void {
    if (this.#timer === undefined) this.#arm(delayMs);
  }

  /** What it was put off for is over. */
  lookNow(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#look();
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#isBusy()) this.#lastAtMs = this.#clock.nowMs();
    const leftMs = this.#lastAtMs + this.#idleMs - this.#clock.nowMs();
    if (leftMs > 0) this.#arm(leftMs);
    else this.#onIdle();
  }
}
