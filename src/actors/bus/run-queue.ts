import type { Turns } from '../../host/host.js';

export interface Runnable {
  /** Whether it stands in the queue; kept by the queue alone. */
  queued: boolean;
  /** Does at most `max` steps of its work and returns how many it did. */
  run(max: number): number;
  /** Whether it wants to be run again. */
  readonly hasWork: boolean;
}

/** After so many steps, pending I/O has its turn. A step is a few microseconds, so I/O waits a millisecond or two. */
const stepsPerTurnMax = 512;
/** Of these, so many by one actor before the next has its go. */
const stepsPerVisitMax = 32;

/**
 * Who has something to do, first come, first served. Whatever an actor does to another while it runs only adds to this
 * queue, so nothing is ever delivered within a delivery, however long the chain.
 */
export class RunQueue {
  readonly #turns: Turns;
  #waiting: Runnable[] = [];
  #head = 0;
  #armed = false;
  /**
   * Steps since I/O last had its turn. Deliberately not reset when the queue runs empty: promises could refill it for ever
   * before any I/O is looked at.
   */
  #steps = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  add(runnable: Runnable): void {
    if (runnable.queued) return;
    runnable.queued = true;
    this.#waiting.push(runnable);
    if (!this.#armed) this.#arm();
  }

  #arm(): void {
    this.#armed = true;
    if (this.#steps < stepsPerTurnMax) {
      this.#turns.soon(this.#turn);
    } else {
      this.#steps = 0;
      this.#turns.afterIo(this.#turn);
    }
  }

  readonly #turn = (): void => {
    try {
      while (this.#head < this.#waiting.length && this.#steps < stepsPerTurnMax) {
        const next = this.#waiting[this.#head++]!;
        next.queued = false;
        this.#steps += Math.max(1, next.run(Math.min(stepsPerVisitMax, stepsPerTurnMax - this.#steps)));
        if (next.hasWork) this.add(next);
      }
    } finally {
      if (this.#head > 1024 || this.#head === this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      this.#armed = false;
      if (this.#waiting.length > this.#head) this.#arm();
    }
  };
}
