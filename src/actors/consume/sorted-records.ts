import type { FetchedRecord } from '../../kafka/port.js';

/** Records by offset, the lowest first. They come mostly in order, and leave mostly from the front. */
export class SortedRecords {
  #records: FetchedRecord[] = [];
  /** Those before it have left. */
  #head = 0;

  get size(): number {
    return this.#records.length - this.#head;
  }

  get first(): FetchedRecord | undefined {
    return this.#records[this.#head];
  }

  shift(): void {
    if (this.#head === this.#records.length) return;
    this.#head++;
    if (this.#head * 2 < this.#records.length) return;
    this.#records.splice(0, this.#head);
    this.#head = 0;
  }

  add(record: FetchedRecord): void {
    this.#records.splice(this.#indexOf(record.offset), 0, record);
  }

  has(offset: number): boolean {
    return this.#records[this.#indexOf(offset)]?.offset === offset;
  }

  /** True if it was here. */
  delete(offset: number): boolean {
    if (!this.has(offset)) return false;
    this.#records.splice(this.#indexOf(offset), 1);
    return true;
  }

  keep(wanted: (record: FetchedRecord) => boolean): void {
    this.#records = this.#records.slice(this.#head).filter(wanted);
    this.#head = 0;
  }

  /** Index of the first record at this offset or above. */
  #indexOf(offset: number): number {
    let low = this.#head;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#records[middle]!.offset >= offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
