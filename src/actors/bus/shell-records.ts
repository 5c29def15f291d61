import type { FlightRing } from './flight-ring.js';
import type { Runtime } from './runtime.js';
import type { ActorEnd, Ask, BusEvent, BusRecord, InnerFault, Outcome } from './types.js';

type WithoutPlace<R> = R extends BusRecord ? Omit<R, 'atMs' | 'address' | 'incarnation'> : never;

interface Serving {
  readonly ask: Ask;
  outcome: Outcome<unknown>['kind'] | undefined;
}

/** Where a shell says what passes at its address: to its flight recorder always, to the taps while somebody listens. */
export class ShellRecords {
  readonly #runtime: Runtime;
  readonly #ring: FlightRing;
  readonly #place: () => { readonly address: string; readonly incarnation: number };
  /**
   * The outcome of an ask that the valve is just serving; it comes after the record of the ask itself. Another one may be settled
   * along with it, and may have the very same request.
   */
  #serving: Serving | undefined;

  constructor(
    runtime: Runtime,
    ring: FlightRing,
    place: () => { readonly address: string; readonly incarnation: number },
  ) {
    this.#runtime = runtime;
    this.#ring = ring;
    this.#place = place;
  }

  start(kind: string, incarnation: number, parent: () => string | undefined): void {
    this.#ring.start(incarnation);
    if (this.#listening) this.#add({ type: 'spawn', kind, parent: parent() });
  }

  event(from: string | undefined, event: BusEvent, joined: number): void {
    this.#ring.event(from, event.type, joined);
    if (this.#listening) this.#add({ type: 'event', from: this.#display(from), event, joined });
  }

  /** To the mailbox. */
  ask(from: string | undefined, request: BusEvent): void {
    this.#ring.ask(from, request.type, false);
    if (this.#listening) this.#add({ type: 'ask', from: this.#display(from), request, served: 'mailbox' });
  }

  /** Around a call of the valve: who serves is known only afterwards. */
  serve(from: string | undefined, ask: Ask, serve: () => boolean): boolean {
    const { request } = ask;
    if (!this.#listening) {
      const served = serve();
      this.#ring.ask(from, request.type, served);
      return served;
    }
    const serving: Serving = { ask, outcome: undefined };
    this.#serving = serving;
    const served = serve();
    this.#serving = undefined;
    this.#ring.ask(from, request.type, served);
    this.#add({ type: 'ask', from: this.#display(from), request, served: served ? 'valve' : 'mailbox' });
    if (serving.outcome) this.#add({ type: 'outcome', request, outcome: serving.outcome });
    return served;
  }

  outcome(ask: Ask, outcome: Outcome<unknown>['kind']): void {
    const { request } = ask;
    this.#ring.outcome(request.type, outcome);
    if (!this.#listening) return;
    if (this.#serving?.ask === ask) this.#serving.outcome = outcome;
    else this.#add({ type: 'outcome', request, outcome });
  }

  end(end: ActorEnd): void {
    this.#ring.end(end);
    if (this.#listening) this.#add({ type: 'end', end });
  }

  fault(fault: InnerFault): void {
    this.#ring.fault(fault);
    if (this.#listening) this.#add({ type: 'fault', fault });
  }

  get #listening(): boolean {
    return this.#runtime.taps.listening;
  }

  #add(record: WithoutPlace<BusRecord>): void {
    this.#runtime.taps.emit({ ...record, atMs: this.#runtime.host.clock.nowMs(), ...this.#place() } as BusRecord);
  }

  #display(address: string | undefined): string | undefined {
    return address === undefined ? undefined : this.#runtime.display(address);
  }
}
