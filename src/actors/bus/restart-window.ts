import type { RestartLimits } from './types.js';

/** Counts the restarts of one actor, and says how long to wait before the next, or that there is none. */
export class RestartWindow {
  readonly #limits: RestartLimits;
  /** When, in monotonic milliseconds; never longer than `restartsMax`. */
  #restarts: number[] = [];

  constructor(limits: RestartLimits) {
    this.#limits = limits;
  }

  /** The back-off before the next restart, in milliseconds, doubling with each one in the window; `undefined`: too many. */
  next(nowMs: number): number | undefined {
    const { backoffMs, backoffMaxMs, restartsMax, windowMs } = this.#limits;
    this.#restarts = this.#restarts.filter((atMs) => nowMs - atMs < windowMs);
    if (this.#restarts.length >= restartsMax) return undefined;
    const wait = Math.min(backoffMaxMs, backoffMs * 2 ** this.#restarts.length);
    this.#restarts.push(nowMs);
    return wait;
  }
}
