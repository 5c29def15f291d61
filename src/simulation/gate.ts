/** The door through which requests come to a process. While it is closed they wait before it, in order. */
export class Gate {
  #opened: Promise<void> | undefined;
  #open: (() => void) | undefined;

  close(): void {
    this.#opened ??= new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open?.();
    this.#opened = undefined;
    this.#open = undefined;
  }

  /** Resolves when it is open. */
  async pass(): Promise<void> {
    while (this.#opened) await this.#opened;
  }
}
