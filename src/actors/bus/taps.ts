import type { Logger } from 'pino';
import type { BusRecord } from './types.js';

/** Those who watch. Whoever has a record to give asks `listening` first, so that none is made for nobody. */
export class Taps {
  listening = false;
  readonly #log: Logger;
  readonly #changed: () => void;
  #listeners: readonly ((record: BusRecord) => void)[] = [];

  /** `changed` is called when `listening` has changed. */
  constructor(log: Logger, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
  }

  /** Returns the function that takes the listener away again. */
  add(listener: (record: BusRecord) => void): () => void {
    // A wrapper of its own for each call: the same function may tap twice.
    const entry = (record: BusRecord) => listener(record);
    this.#set([...this.#listeners, entry]);
    return () => this.#remove(entry);
  }

  emit(record: BusRecord): void {
    for (const listener of this.#listeners) {
      try {
        listener(record);
      } catch (err) {
        this.#remove(listener);
        this.#log.error({ err, record: record.type }, 'a listener to the bus threw and is not called any more');
      }
    }
  }

  #remove(listener: (record: BusRecord) => void): void {
    this.#set(this.#listeners.filter((other) => other !== listener));
  }

  #set(listeners: readonly ((record: BusRecord) => void)[]): void {
    this.#listeners = listeners;
    const listening = listeners.length > 0;
    if (listening === this.listening) return;
    this.listening = listening;
    this.#changed();
  }
}
