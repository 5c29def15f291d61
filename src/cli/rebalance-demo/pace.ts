import type { Clock } from '../../host/host.js';
import type { DemoTerminal } from './terminal.js';

/** Ctrl-C and Ctrl-D come as keys where keys come one by one. */
const quitKeys: readonly string[] = ['q', 'Q', '\u0003', '\u0004'];

export interface PaceOptions {
  readonly clock: Clock;
  readonly terminal: DemoTerminal;
  /** It goes on by itself after so long; not given: it waits to be told. */
  readonly autoMs?: number;
}

/** When the demo goes on, and when it ends. */
export class Pace {
  readonly autoMs: number | undefined;
  readonly #clock: Clock;
  readonly #quit = new AbortController();
  #goOn: () => void = () => {};

  constructor({ clock, terminal, autoMs }: PaceOptions) {
    this.#clock = clock;
    this.autoMs = autoMs;
    terminal.onKey?.((key) => (quitKeys.includes(key) ? this.quit() : this.press()));
  }

  /** Aborted when it is to end. */
  get quitSignal(): AbortSignal {
    return this.#quit.signal;
  }

  /** As a key does: goes on, if it waits to. */
  press(): void {
    this.#goOn();
  }

  quit(): void {
    this.#quit.abort();
    this.#goOn();
  }

  /** Resolves when it goes on, or is to end. */
  async next(): Promise<void> {
    if (this.#quit.signal.aborted) return;
    const pressed = new Promise<void>((resolve) => (this.#goOn = resolve));
    const timer = this.autoMs === undefined ? undefined : this.#clock.setTimeout(() => this.#goOn(), this.autoMs);
    await pressed;
    this.#goOn = () => {};
    this.#clock.clearTimeout(timer);
  }

  /** Resolves when it is to end. */
  async end(): Promise<void> {
    const { signal } = this.#quit;
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }

  /** A moment between two looks at something; shorter when it is to end. */
  async moment(durationMs: number): Promise<void> {
    const { signal } = this.#quit;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        this.#clock.clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = this.#clock.setTimeout(over, durationMs);
      signal.addEventListener('abort', over);
    });
  }
}
