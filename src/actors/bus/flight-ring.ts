import type { Clock } from '../../host/host.js';
import type { ActorEnd, FlightEntry, FlightLog, InnerFault, Outcome } from './types.js';

/** Of the states that an actor went through, with its starts, its ends and the faults it suffered. */
const statesMax = 64;
/** Of the types in the log line of a crash. */
const namesMax = 16;
/** Of what came to it. A run of the same is one entry. */
const trafficMax = 64;

interface Traffic {
  readonly type: 'event' | 'ask' | 'outcome';
  readonly atMs: number;
  readonly order: number;
  readonly name: string;
  /** Who sent it; of an outcome, which. */
  readonly other: string | undefined;
  readonly byValve: boolean;
  joined: number;
  times: number;
  untilMs: number;
}
type StateEntry = Extract<FlightEntry, { type: 'state' }>;
/** Tags are worked out when somebody reads. */
type Turn = Extract<FlightEntry, { type: 'start' | 'end' | 'fault' }> | Omit<StateEntry, 'tags'>;

/** The last so many of a kind, oldest overwritten first. */
class Ring<T> {
  readonly #entries: T[] = [];
  readonly #max: number;
  #next = 0;
  last: T | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** The one that `add` will overwrite, if it is full. */
  get oldest(): T | undefined {
    return this.#entries.length < this.#max ? undefined : this.#entries[this.#next];
  }

  add(entry: T): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#max;
    this.last = entry;
  }

  /** Oldest first. */
  list(): T[] {
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }
}

/**
 * The flight recorder of one actor: what came to it last and what it went through, without any payload. It is always on, so
 * an entry costs an object at most; states have a ring of their own, for traffic would push them out.
 */
export class FlightRing {
  readonly #clock: Clock;
  /** Counts up with each entry of any ring of the bus. */
  readonly #nextOrder: () => number;
  readonly #turns = new Ring<Turn>(statesMax);
  readonly #traffic = new Ring<Traffic>(trafficMax);
  /** Before the oldest entry of the ring. */
  #stateBefore: unknown;
  #value: unknown;
  #incarnation = 0;
  #valueText: string | undefined;

  constructor(clock: Clock, nextOrder: () => number) {
    this.#clock = clock;
    this.#nextOrder = nextOrder;
  }

  event(from: string | undefined, name: string, joined: number): void {
    this.#note('event', name, from, joined, false);
  }

  ask(from: string | undefined, name: string, byValve: boolean): void {
    this.#note('ask', name, from, 1, byValve);
  }

  /** Replies go without saying. */
  outcome(name: string, outcome: Outcome<unknown>['kind']): void {
    if (outcome !== 'reply') this.#note('outcome', name, outcome, 1, false);
  }

  start(incarnation: number): void {
    this.#incarnation = incarnation;
    this.#turn({ type: 'start', atMs: this.#clock.nowMs(), order: this.#nextOrder(), incarnation });
    this.#valueText = undefined;
  }

  /** `by`: what made it so, if it is known. Noted only where the value differs from the last one. */
  state(value: unknown, by: string | undefined): void {
    if (value === this.#value && this.#valueText !== undefined) return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    this.#value = value;
    if (text === this.#valueText) return;
    this.#valueText = text;
    this.#turn({ type: 'state', atMs: this.#clock.nowMs(), order: this.#nextOrder(), value, by: by ?? '' });
  }

  end(end: ActorEnd): void {
    this.#turn({ type: 'end', atMs: this.#clock.nowMs(), order: this.#nextOrder(), end });
  }

  fault(fault: InnerFault): void {
    this.#turn({ type: 'fault', atMs: this.#clock.nowMs(), order: this.#nextOrder(), fault });
  }

  /** The types of the last events and requests, oldest first, for the log line of a crash. */
  lastNames(): string[] {
    const traffic = this.#traffic.list().filter(({ type }) => type !== 'outcome');
    return traffic.slice(-namesMax).map(({ name, times }) => (times === 1 ? name : `${name} ×${times}`));
  }

  log(
    display: (address: string) => string,
    tagsOf: (value: unknown) => readonly string[],
    entriesMax: number,
  ): Pick<FlightLog, 'incarnation' | 'stateBefore' | 'tagsBefore' | 'entries'> {
    const turns = this.#turns.list();
    const traffic = this.#traffic.list().slice(-Math.floor(entriesMax / 2));
    const leftOut = turns.splice(0, Math.max(0, turns.length - Math.ceil(entriesMax / 2)));
    const lastOut = leftOut.findLast((turn) => turn.type === 'state');
    const stateBefore = lastOut ? lastOut.value : this.#stateBefore;
    const entries = [
      ...turns.map((turn): FlightEntry => (turn.type === 'state' ? { ...turn, tags: tagsOf(turn.value) } : turn)),
      ...traffic.map((entry) => read(entry, display)),
    ];
    return {
      incarnation: this.#incarnation,
      stateBefore,
      tagsBefore: stateBefore === undefined ? [] : tagsOf(stateBefore),
      entries: entries.sort((a, b) => a.order - b.order),
    };
  }

  #turn(entry: Turn): void {
    const lost = this.#turns.oldest;
    if (lost?.type === 'state') this.#stateBefore = lost.value;
    this.#turns.add(entry);
  }

  #note(type: Traffic['type'], name: string, other: string | undefined, joined: number, byValve: boolean): void {
    const { last } = this.#traffic;
    const atMs = this.#clock.nowMs();
    if (last && last.name === name && last.other === other && last.type === type && last.byValve === byValve) {
      last.times++;
      last.joined += joined;
      last.untilMs = atMs;
    } else {
      const order = this.#nextOrder();
      this.#traffic.add({ type, atMs, order, name, other, byValve, joined, times: 1, untilMs: atMs });
    }
  }
}

function read({ other, byValve, ...entry }: Traffic, display: (address: string) => string): FlightEntry {
  const { atMs, order, name, times, untilMs } = entry;
  const common = { atMs, order, name, times, untilMs };
  if (entry.type === 'outcome') return { type: 'outcome', ...common, outcome: other as Outcome<unknown>['kind'] };
  const from = other === undefined ? undefined : display(other);
  if (entry.type === 'ask') return { type: 'ask', ...common, from, served: byValve ? 'valve' : 'mailbox' };
  return { type: 'event', ...common, from, joined: entry.joined };
}
