import type { Clock } from '../../host/host.js';
import type { ZooKeeperFailure } from '../port.js';
import { failure, failureOf } from './failures.js';

export type Callback<T> = (error: unknown, result: T) => void;

interface Operation {
  readonly path: string;
  /** Hands the request to the client. */
  readonly send: () => void;
  readonly fail: (reason: ZooKeeperFailure) => void;
}

/**
 * The operations of one session that have no outcome yet: each has a deadline, for the client's callbacks may never come.
 * While the gate is closed they wait here and not in the client, so that one that was given up is never sent.
 */
export class Operations {
  readonly #clock: Clock;
  readonly #pendingMax: number;
  readonly #problem: () => string | undefined;
  readonly #pending = new Set<Operation>();
  /** Those not handed to the client yet, in the order in which they were asked. */
  readonly #waiting = new Set<Operation>();
  #open = false;
  #ended = false;

  /** `problem` tells why there is no connection, for the text of a failure. */
  constructor(options: { clock: Clock; pendingMax: number; problem: () => string | undefined }) {
    this.#clock = options.clock;
    this.#pendingMax = options.pendingMax;
    this.#problem = options.problem;
  }

  openGate(): void {
    this.#open = true;
    for (const operation of this.#waiting) {
      this.#waiting.delete(operation);
      operation.send();
    }
  }

  closeGate(): void {
    this.#open = false;
  }

  /** Fails whatever has no outcome yet, and from now on everything that is asked, with `session-ended`. */
  end(): void {
    this.#ended = true;
    this.#waiting.clear();
    for (const operation of this.#pending) operation.fail(failure('session-ended', operation.path));
  }

  /** Rejects with `ZooKeeperFailure` only. `deadlineAtMs` is on the clock. */
  run<T>(path: string, deadlineAtMs: number, start: (callback: Callback<T>) => void): Promise<T> {
    if (this.#ended) return Promise.reject(failure('session-ended', path, { detail: 'it was not begun' }));
    if (this.#pending.size >= this.#pendingMax) {
      const detail = `${this.#pendingMax} operations wait for ZooKeeper already, so this one was not begun; try again later`;
      return Promise.reject(failure('other', path, { detail }));
    }
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#clock.clearTimeout(timer);
        this.#pending.delete(operation);
        this.#waiting.delete(operation);
      };
      const fail = (reason: ZooKeeperFailure): void => {
        settle();
        reject(reason);
      };
      const send = (): void => {
        try {
          start((error, result) => {
            if (error) return fail(failureOf(error, path));
            settle();
            resolve(result);
          });
        } catch (error) {
          // The client throws at once on arguments that it does not accept, such as data beyond its limit.
          fail(failureOf(error, path));
        }
      };
      const operation: Operation = { path, send, fail };
      const timer = this.#clock.setTimeout(() => fail(this.#timeout(operation)), deadlineAtMs - this.#clock.nowMs());
      this.#pending.add(operation);
      if (this.#open) send();
      else this.#waiting.add(operation);
    });
  }

  #timeout(operation: Operation): ZooKeeperFailure {
    if (!this.#waiting.has(operation)) return failure('operation-timeout', operation.path);
    const problem = this.#problem();
    const detail = `there is no connection, so it was not begun${problem === undefined ? '' : `: ${problem}`}`;
    return failure('operation-timeout', operation.path, { detail });
  }
}
