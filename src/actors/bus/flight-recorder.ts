import type { Logger } from 'pino';
import type { AnyStateMachine } from 'xstate';
import type { Clock } from '../../host/host.js';
import { parentOf } from './address.js';
import type { AddressTree } from './address-tree.js';
import { FlightRing } from './flight-ring.js';
import { stateTags } from './state-tags.js';
import type { CrashReport, FlightEntry, FlightLog } from './types.js';

/** Actors that ended for good and whose last entries are kept. */
const endedMax = 256;
/** Actors below a crashed one, and those that it heard from, in a report; each. */
const neighboursMax = 16;

/** What the recorder has to know of an actor. */
export interface Flown {
  readonly address: string;
  readonly kind: { readonly name: string; readonly machine: AnyStateMachine };
  readonly flight: FlightRing;
}

/** What is kept of one that ended. */
interface Ended extends Flown {
  readonly parent: string | undefined;
}

export interface FlightRecorderOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly display: (address: string) => string;
  readonly tree: AddressTree<Flown>;
  readonly onCrash: ((report: CrashReport) => string | undefined) | undefined;
}

/** The flight recorders of a bus: of those that live, and of those that ended last. */
export class FlightRecorder {
  readonly #options: FlightRecorderOptions;
  #ended: Ended[] = [];
  #order = 0;

  constructor(options: FlightRecorderOptions) {
    this.#options = options;
  }

  ring(): FlightRing {
    return new FlightRing(this.#options.clock, () => this.#order++);
  }

  /** It left its address for good. */
  ended(flown: Flown): void {
    const { address, kind, flight } = flown;
    this.#ended.push({ address, kind, flight, parent: this.#parentOf(address) });
    // In steps, so that a tree that ends is not moved along once for each of its actors.
    if (this.#ended.length >= 2 * endedMax) this.#ended = this.#ended.slice(-endedMax);
  }

  /** `entriesMax`: of each, the last so many. */
  logs(entriesMax: number): FlightLog[] {
    const ended = this.#ended.slice(-endedMax).map((flown) => this.#endedLog(flown, entriesMax));
    return [...ended, ...[...this.#options.tree.tenants()].map((flown) => this.#log(flown, entriesMax))];
  }

  /** Reports a crash to whoever keeps such reports; what that returns tells where it is. */
  crashed(flown: Flown, error: unknown): string | undefined {
    const { onCrash, clock, display, log } = this.#options;
    if (!onCrash) return undefined;
    try {
      const own = this.#log(flown);
      const flights = [own, ...this.#neighbours(flown.address, own.entries)];
      return onCrash({ address: display(flown.address), error, atMs: clock.nowMs(), flights });
    } catch (err) {
      log.error({ err, address: display(flown.address) }, 'the report of a crash could not be kept');
      return undefined;
    }
  }

  #neighbours(address: string, entries: readonly FlightEntry[]): FlightLog[] {
    const { tree } = this.#options;
    const heardFrom = new Set(
      entries.map((entry) => (entry.type === 'event' || entry.type === 'ask' ? entry.from : '')),
    );
    const senders = [...tree.tenants()].filter((flown) => heardFrom.has(this.#options.display(flown.address)));
    const above = tree.nearestAbove(address);
    const around = new Set([
      ...(above ? [above] : []),
      ...tree.below(address).slice(-neighboursMax),
      ...senders.slice(-neighboursMax),
    ]);
    const living = [...around].filter((flown) => flown.address !== address).map((flown) => this.#log(flown));
    const ended = this.#ended.filter((other) => parentOf(other.address) === address).slice(-neighboursMax);
    return [...living, ...ended.map((other) => this.#endedLog(other))];
  }

  #log({ address, kind, flight }: Flown, entriesMax = Infinity): FlightLog {
    const { display } = this.#options;
    return {
      address: display(address),
      kind: kind.name,
      parent: this.#parentOf(address),
      lives: true,
      ...flight.log(display, (value) => stateTags(kind.machine, value), entriesMax),
    };
  }

  #endedLog(ended: Ended, entriesMax = Infinity): FlightLog {
    return { ...this.#log(ended, entriesMax), parent: ended.parent, lives: false };
  }

  #parentOf(address: string): string | undefined {
    const { display, tree } = this.#options;
    const above = tree.nearestAbove(address);
    return above && display(above.address);
  }
}
