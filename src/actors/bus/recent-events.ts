const remembered = 16;

/** The types of an actor's last events, for the log line of its crash. Never payloads. */
export class RecentEvents {
  readonly #types: string[] = [];
  #next = 0;

  add(type: string): void {
    this.#types[this.#next] = type;
    this.#next = (this.#next + 1) % remembered;
  }

  /** Oldest first. */
  list(): string[] {
    return [...this.#types.slice(this.#next), ...this.#types.slice(0, this.#next)];
  }
}
