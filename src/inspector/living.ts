import { displayAddress, parentOf } from '../actors/bus/address.js';
import type { ActorInfo, Address, Bus, BusRecord } from '../actors/bus/types.js';
import type { ActorSample, InspectRecord } from './protocol.js';
import { actorPicture } from './translate.js';

/** How often each actor is sampled. */
const roundMs = 1000;
/** Of one step: with more actors than that a round takes longer. */
export const samplesPerStepMax = 1000;

interface Living {
  readonly bus: Bus;
  readonly address: Address;
  sample: ActorSample | undefined;
}

/** Who lives, on every bus that is looked at, and what each was sampled with last. */
export class LivingActors {
  /** By address as displayed. */
  readonly #actors = new Map<string, Living>();
  #round: Iterator<[string, Living]> | undefined;
  #roundFromMs = -Infinity;
  #perStep = 0;

  addAll(bus: Bus): void {
    for (const { address } of bus.actors()) this.#add(displayAddress(bus.name, address), bus, address);
  }

  removeAll(bus: Bus): void {
    for (const [displayed, { bus: of }] of this.#actors) if (of === bus) this.#actors.delete(displayed);
  }

  /** Heeds a record of the bus. */
  note(bus: Bus, record: BusRecord): void {
    const { address } = record;
    if (record.type === 'spawn') {
      if (!this.#actors.has(address)) this.#add(address, bus, address.slice(displayAddress(bus.name, '').length));
    } else if (record.type === 'end' && (record.end.how !== 'crashed' || !record.end.willRestart)) {
      this.#actors.delete(address);
    }
  }

  get addresses(): readonly string[] {
    return [...this.#actors.keys()];
  }

  /** How it stands with one of them; `undefined`: it is gone. */
  pictureOf(displayed: string, atMs: number): InspectRecord | undefined {
    const living = this.#actors.get(displayed);
    const info = living?.bus.look(living.address)?.info;
    if (!living || !info) return undefined;
    const { bus } = living;
    const display = (address: string) => displayAddress(bus.name, address);
    const actor = actorPicture(info, display, nearestAbove(bus, info.address));
    return { type: 'actor', atMs, address: displayed, actor };
  }

  /**
   * A part of a round: samples some, and gives a record for each that has changed. Called every `stepMs`; over a second
   * everyone has had a turn, or somewhat later where there are very many.
   */
  sampleSome(atMs: number, stepMs: number): InspectRecord[] {
    if (!this.#round) {
      if (atMs < this.#roundFromMs + roundMs) return [];
      this.#round = this.#actors.entries();
      this.#roundFromMs = atMs;
      this.#perStep = Math.min(samplesPerStepMax, Math.ceil((this.#actors.size * stepMs) / roundMs) + 1);
    }
    const records: InspectRecord[] = [];
    for (let count = 0; count < this.#perStep; count++) {
      const { done, value } = this.#round.next();
      if (done) {
        this.#round = undefined;
        break;
      }
      const record = this.#sample(...(value as [string, Living]), atMs);
      if (record) records.push(record);
    }
    return records;
  }

  #sample(address: string, living: Living, atMs: number): InspectRecord | undefined {
    const info = living.bus.look(living.address)?.info;
    if (!info) {
      // Stopped before it began, or while it was to be restarted.
      this.#actors.delete(address);
      return { type: 'end', atMs, address, how: 'stopped', gone: true };
    }
    if (living.sample && isSame(living.sample, info)) return undefined;
    const { mailboxLength, openAsks, load } = info;
    living.sample = { mailboxLength, openAsks, load };
    return { type: 'sample', atMs, address, sample: living.sample };
  }

  #add(displayed: string, bus: Bus, address: string): void {
    this.#actors.set(displayed, { bus, address: address as Address, sample: undefined });
  }
}

/** Displayed address of the nearest one that lives above an address. */
export function nearestAbove(bus: Bus, address: string): string | undefined {
  for (let above = parentOf(address); above !== undefined; above = parentOf(above))
    if (bus.holds(above as Address<never>)) return displayAddress(bus.name, above);
  return undefined;
}

function isSame(a: ActorSample, b: ActorInfo): boolean {
  if (a.mailboxLength !== b.mailboxLength || a.openAsks !== b.openAsks) return false;
  const names = Object.keys(a.load);
  return names.length === Object.keys(b.load).length && names.every((name) => a.load[name] === b.load[name]);
}
