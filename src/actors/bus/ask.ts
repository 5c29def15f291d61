import { PixyError } from '../../errors/pixy-error.js';
import type { Bucket, DeadlineWheel } from './deadline-wheel.js';
import type { Ask, BusEvent, Outcome } from './types.js';

/** Who has an ask in its books. */
export interface AskHolder {
  /** The ask has an outcome: it leaves the books. */
  release(ask: OpenAsk, outcome: Outcome<unknown>): void;
  whyWaiting(ask: OpenAsk): string | PixyError | undefined;
  /** A callback of the holder's body threw. */
  fail(error: unknown): void;
}

/** An ask, from the question to its one outcome. Every way it can end goes through `#end`, which frees all that knew of it. */
export class OpenAsk implements Ask {
  readonly request: BusEvent;
  readonly askedAtMs: number;
  readonly deadlineAtMs: number;
  holder: AskHolder | undefined;
  #outcome: Outcome<unknown> | undefined;
  #resolve: ((outcome: Outcome<unknown>) => void) | undefined;
  #withdrawn: (() => void)[] | undefined;
  #wheel: DeadlineWheel | undefined;
  #bucket: Bucket | undefined;
  #signal: AbortSignal | undefined;
  #asker: Set<OpenAsk> | undefined;
  #endedWithoutAnswer = false;

  constructor(request: BusEvent, askedAtMs: number, deadlineMs: number) {
    this.request = request;
    this.askedAtMs = askedAtMs;
    this.deadlineAtMs = askedAtMs + deadlineMs;
  }

  get open(): boolean {
    return this.#outcome === undefined;
  }

  reply(value: unknown): boolean {
    return this.#end({ kind: 'reply', value });
  }

  refuse(error: PixyError): boolean {
    return this.#end({ kind: 'refused', error });
  }

  onWithdrawn(fn: () => void): void {
    if (this.#outcome === undefined) (this.#withdrawn ??= []).push(fn);
    else if (this.#endedWithoutAnswer) fn();
  }

  /** The body that registered for it is gone; it must not be called any more. */
  forgetWithdrawn(): void {
    this.#withdrawn = undefined;
  }

  expire(): void {
    const why = this.holder?.whyWaiting(this);
    this.#withdraw(why instanceof PixyError ? { kind: 'refused', error: why } : { kind: 'deadline', reason: why });
  }

  readonly cancel = (): void => {
    this.#withdraw({ kind: 'cancelled' });
  };

  /** Only an ask that was not answered at once has a deadline to watch, a signal to listen to, and an asker who may end. */
  watch(wheel: DeadlineWheel, signal: AbortSignal | undefined, asker: Set<OpenAsk> | undefined): void {
    this.#wheel = wheel;
    this.#bucket = wheel.add(this);
    this.#signal = signal;
    signal?.addEventListener('abort', this.cancel);
    this.#asker = asker;
    asker?.add(this);
  }

  outcome(): Promise<Outcome<unknown>> {
    if (this.#outcome) return Promise.resolve(this.#outcome);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  #withdraw(outcome: Outcome<unknown>): void {
    const { holder } = this;
    if (!this.#end(outcome)) return;
    this.#endedWithoutAnswer = true;
    const callbacks = this.#withdrawn;
    this.#withdrawn = undefined;
    try {
      callbacks?.forEach((fn) => fn());
    } catch (error) {
      holder?.fail(error);
    }
  }

  #end(outcome: Outcome<unknown>): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    if (this.#bucket) this.#wheel!.remove(this, this.#bucket);
    this.#signal?.removeEventListener('abort', this.cancel);
    this.#asker?.delete(this);
    this.holder?.release(this, outcome);
    this.holder = undefined;
    this.#resolve?.(outcome);
    return true;
  }
}
