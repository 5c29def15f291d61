/** What was made of a text, for texts that come again and again. Past `entriesMax` it begins anew. */
export class Remembered<T> {
  readonly #entries = new Map<string, T>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(text: string): T | undefined {
    return this.#entries.get(text);
  }

  set(text: string, value: T): T {
    if (this.#entries.size >= this.#entriesMax) this.#entries.clear();
    this.#entries.set(text, value);
    return value;
  }
}
