import type { BusRecord } from '../actors/bus/types.js';

/** Counts at each address the asks that came and have no outcome yet: an actor that ends for good leaves none. */
export class AskBook {
  readonly #open = new Map<string, number>();

  /** How many asks the end that this record tells of has left without an outcome. */
  note(record: BusRecord): number {
    // Most records are of other types.
    if (record.type !== 'ask' && record.type !== 'outcome' && record.type !== 'end') return 0;
    const { address } = record;
    const open = this.#open.get(address) ?? 0;
    if (record.type === 'ask') this.#open.set(address, open + 1);
    // One that waited there for an address below had its place in the mailbox only.
    else if (record.type === 'outcome') this.#open.set(address, Math.max(0, open - 1));
    else {
      // The next incarnation has them.
      if (record.end.how === 'crashed' && record.end.willRestart) return 0;
      this.#open.delete(address);
      // Who ends by itself hands on what came too late, and there it is counted anew.
      return record.end.how === 'done' ? 0 : open;
    }
    return 0;
  }
}
