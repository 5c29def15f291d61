import type { Clock } from '../../host/host.js';

/**
 * Says when an actor was quiet for long. One timer for the actor's life that looks back, instead of one armed anew for each
 * message: on the hot path a touch is all it costs.
 */
export class QuietWatch {
  readonly #clock: Clock;
  readonly #quietMs: () => number;
  readonly #onQuiet: () => void;
  #touchedAtMs: number;

  /** Looks every `lookMs`; `quietMs` says what is long at present. Ends with the clock that it was given. */
  constructor(clock: Clock, lookMs: number, quietMs: () => number, onQuiet: () => void) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#onQuiet = onQuiet;
    this.#touchedAtMs = clock.nowMs();
    const look = () => {
      clock.setTimeout(look, lookMs);
      if (clock.nowMs() - this.#touchedAtMs >= this.#quietMs()) this.#onQuiet();
    };
    clock.setTimeout(look, lookMs);
  }

  touch(): void {
    this.#touchedAtMs = this.#clock.nowMs();
  }
}
