import type { Clock, TimerHandle } from '../../host/host.js';
import type { Logger } from 'pino';

/** How long losses of one reason are gathered into one line. */
const burstMs = 1000;

/** Says how many accepted messages were lost and why: one line for a burst, not one for each. */
export class LossLog {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counts = new Map<string, number>();
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `reason` completes the sentence "… were dropped: ". */
  count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.#timer ??= this.#clock.setTimeout(() => this.flush(), burstMs);
  }

  flush(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [reason, messages] of this.#counts) {
      this.#log.error({ messages }, `accepted messages were dropped: ${reason}`);
    }
    this.#counts.clear();
  }
}
