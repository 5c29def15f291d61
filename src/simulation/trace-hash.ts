const prime = 0x01000193;

/** FNV-1a of everything that is added, in two lanes of 32 bits with different beginnings: equal runs have equal hashes. */
export class TraceHash {
  #a = 0x811c9dc5;
  #b = 0x2f0b4471;

  add(what: string | number): void {
    const text = typeof what === 'string' ? what : String(what);
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
    // Between two of them, so that "ab", "c" is not "a", "bc".
    this.#mix(0xffff);
  }

  get hex(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #mix(code: number): void {
    this.#a = Math.imul(this.#a ^ code, prime);
    this.#b = Math.imul(this.#b ^ (code + 0x9e37), prime);
  }
}
