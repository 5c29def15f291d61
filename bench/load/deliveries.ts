/** What became of the messages of one topic in the hands of one group's clients. */
export interface DeliverySummary {
  /** Different messages. */
  readonly delivered: number;
  readonly duplicates: number;
  /** Never delivered, though a later one of the same partition was. */
  readonly missing: number;
}

/** Keeps which messages were delivered. Offsets of a partition begin at 0. */
export class Deliveries {
  readonly #seen = new Map<number, Set<number>>();
  #duplicates = 0;

  add(partition: number, offset: number): void {
    let offsets = this.#seen.get(partition);
    if (!offsets) this.#seen.set(partition, (offsets = new Set()));
    if (offsets.has(offset)) this.#duplicates++;
    else offsets.add(offset);
  }

  /** From the answer of a consume request, whose last lines name the message. @throws Error for another text */
  addAnswer(body: Buffer): void {
    const tail = body.toString('latin1', Math.max(0, body.length - 120));
    const named = /"partition": (\d+),\n {2}"offset": (\d+),/.exec(tail);
    if (!named) throw new Error(`an answer names no message: …${tail}`);
    this.add(Number(named[1]), Number(named[2]));
  }

  summary(): DeliverySummary {
    let delivered = 0;
    let missing = 0;
    for (const offsets of this.#seen.values()) {
      let highest = -1;
      for (const offset of offsets) highest = Math.max(highest, offset);
      delivered += offsets.size;
      missing += highest + 1 - offsets.size;
    }
    return { delivered, duplicates: this.#duplicates, missing };
  }
}
