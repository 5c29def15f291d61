import type { Runtime } from './runtime.js';
import type { BusEvent, BusRecord, Outcome } from './types.js';

type WithoutPlace<R> = R extends BusRecord ? Omit<R, 'atMs' | 'address' | 'incarnation'> : never;

interface Serving {
  readonly request: BusEvent;
  outcome: Outcome<unknown>['kind'] | undefined;
}

/** Gives the taps what passes at one address. Whoever calls it has asked `listening` first. */
export class ShellRecords {
  readonly #runtime: Runtime;
  readonly #place: () => { readonly address: string; readonly incarnation: number };
  /** The outcome of a request that the valve is just serving; it comes after the record of the request itself. */
  #serving: Serving | undefined;

  constructor(runtime: Runtime, place: () => { readonly address: string; readonly incarnation: number }) {
    this.#runtime = runtime;
    this.#place = place;
  }

  get listening(): boolean {
    return this.#runtime.taps.listening;
  }

  add(record: WithoutPlace<BusRecord>): void {
    this.#runtime.taps.emit({ ...record, atMs: this.#runtime.host.clock.nowMs(), ...this.#place() } as BusRecord);
  }

  outcome(request: BusEvent, outcome: Outcome<unknown>['kind']): void {
    if (this.#serving?.request === request) this.#serving.outcome = outcome;
    else this.add({ type: 'outcome', request, outcome });
  }

  /** Around a call of the valve: who serves is known only afterwards. */
  serve(from: string | undefined, request: BusEvent, serve: () => boolean): boolean {
    const serving: Serving = { request, outcome: undefined };
    this.#serving = serving;
    const served = serve();
    this.#serving = undefined;
    this.add({ type: 'ask', from, request, served: served ? 'valve' : 'mailbox' });
    if (serving.outcome) this.add({ type: 'outcome', request, outcome: serving.outcome });
    return served;
  }
}
