import type { FlightRing } from './flight-ring.js';
import type { Runtime } from './runtime.js';
import type { ActorEnd, Ask, BusEvent, BusRecord, InnerFault, Outcome } from './types.js';

interface Serving {
  readonly ask: Ask;
  outcome: Outcome<unknown>['kind'] | undefined;
}

/**
 * Where a shell says what passes at its address: to its flight recorder always, to the taps while somebody listens.
 * Each record is written out: one that is made of another, by spreading it, costs a hundred times as much.
 */
export class ShellRecords {
  readonly #runtime: Runtime;
  readonly #ring: FlightRing;
  /** As displayed. */
  readonly #address: string;
  #incarnation = 0;
  /**
   * The outcome of an ask that the valve is just serving; it comes after the record of the ask itself. Another one may be settled
   * along with it, and may have the very same request.
   */
  #serving: Serving | undefined;

  constructor(runtime: Runtime, ring: FlightRing, address: string) {
    this.#runtime = runtime;
    this.#ring = ring;
    this.#address = address;
  }

  start(kind: string, incarnation: number, parent: () => string | undefined): void {
    this.#incarnation = incarnation;
    this.#ring.start(incarnation);
    if (this.#listening)
      this.#add({
        atMs: this.#nowMs,
        address: this.#address,
        incarnation: this.#incarnation,
        type: 'spawn',
        kind,
        parent: parent(),
      });
  }

  event(from: string | undefined, event: BusEvent, joined: number): void {
    this.#ring.event(from, event.type, joined);
    if (this.#listening)
      this.#add({
        atMs: this.#nowMs,
        address: this.#address,
        incarnation: this.#incarnation,
        type: 'event',
        from: this.#display(from),
        event,
        joined,
      });
  }

  /** To the mailbox. */
  ask(from: string | undefined, request: BusEvent): void {
    this.#ring.ask(from, request.type, false);
    if (this.#listening)
      this.#add({
        atMs: this.#nowMs,
        address: this.#address,
        incarnation: this.#incarnation,
        type: 'ask',
        from: this.#display(from),
        request,
        served: 'mailbox',
      });
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
    this.#add({
      atMs: this.#nowMs,
      address: this.#address,
      incarnation: this.#incarnation,
      type: 'ask',
      from: this.#display(from),
      request,
      served: served ? 'valve' : 'mailbox',
    });
    if (serving.outcome)
      this.#add({
        atMs: this.#nowMs,
        address: this.#address,
        incarnation: this.#incarnation,
        type: 'outcome',
        request,
        outcome: serving.outcome,
      });
    return served;
  }

  outcome(ask: Ask, outcome: Outcome<unknown>['kind']): void {
    const { request } = ask;
    this.#ring.outcome(request.type, outcome);
    if (!this.#listening) return;
    if (this.#serving?.ask === ask) this.#serving.outcome = outcome;
    else
      this.#add({
        atMs: this.#nowMs,
        address: this.#address,
        incarnation: this.#incarnation,
        type: 'outcome',
        request,
        outcome,
      });
  }

  end(end: ActorEnd): void {
    this.#ring.end(end);
    if (this.#listening)
      this.#add({ atMs: this.#nowMs, address: this.#address, incarnation: this.#incarnation, type: 'end', end });
  }

  fault(fault: InnerFault): void {
    this.#ring.fault(fault);
    if (this.#listening)
      this.#add({ atMs: this.#nowMs, address: this.#address, incarnation: this.#incarnation, type: 'fault', fault });
  }

  get #listening(): boolean {
    return this.#runtime.taps.listening;
  }

  get #nowMs(): number {
    return this.#runtime.host.clock.nowMs();
  }

  #add(record: BusRecord): void {
    this.#runtime.taps.emit(record);
  }

  #display(address: string | undefined): string | undefined {
    return address === undefined ? undefined : this.#runtime.display(address);
  }
}
