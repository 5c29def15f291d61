import type { BusRecord } from '../actors/bus/types.js';
import type { InspectRecord } from './protocol.js';
import { inspectRecord } from './translate.js';

/** Events, requests and outcomes; what comes beyond is counted. At 50 ms a flush these are 6,000 a second. */
export const trafficPerFlushMax = 300;
/** Beyond it only the last state of each actor is kept. */
export const statesPerFlushMax = 1000;
/** Of actors that came, ended, or were given a fault. Beyond it everyone has to be told anew of all actors. */
export const livesPerFlushMax = 20_000;

export interface Gathered {
  /** In the order of their happening. */
  readonly records: readonly InspectRecord[];
  /** What is not among them and need not be: traffic, and states that others followed. */
  readonly dropped: number;
  /** What is missing cannot be missed: everyone has to be told anew of all actors. */
  readonly incomplete: boolean;
}

/** What happened since the last flush, within limits. What it does not keep costs no more than being counted. */
export class Gathering {
  #records: InspectRecord[] = [];
  #traffic = 0;
  #states = 0;
  #lives = 0;
  #dropped = 0;
  /** By address, the last state of those beyond the limit. */
  readonly #lastStates = new Map<string, BusRecord>();

  add(record: BusRecord): void {
    switch (record.type) {
      case 'event':
      case 'ask':
      case 'outcome':
        if (++this.#traffic > trafficPerFlushMax) this.#dropped++;
        else this.#records.push(inspectRecord(record));
        return;
      case 'snapshot':
        if (++this.#states <= statesPerFlushMax) {
          this.#records.push(inspectRecord(record));
          return;
        }
        if (this.#lastStates.has(record.address)) this.#dropped++;
        this.#lastStates.set(record.address, record);
        return;
      case 'spawn':
      case 'end':
      case 'fault':
        // A state that came before it must not be told after it.
        if (this.#lastStates.delete(record.address)) this.#dropped++;
        if (++this.#lives > livesPerFlushMax) this.#dropped++;
        else this.#records.push(inspectRecord(record));
    }
  }

  /** Records that are none of a bus; whoever adds them keeps them few. */
  addOwn(record: InspectRecord): void {
    this.#records.push(record);
  }

  /** Begins anew. */
  take(): Gathered {
    const records = this.#records;
    if (this.#lastStates.size > 0) {
      for (const record of this.#lastStates.values()) records.push(inspectRecord(record));
      records.sort((a, b) => a.atMs - b.atMs);
    }
    const gathered = { records, dropped: this.#dropped, incomplete: this.#lives > livesPerFlushMax };
    this.#records = [];
    this.#lastStates.clear();
    this.#traffic = this.#states = this.#lives = this.#dropped = 0;
    return gathered;
  }
}
