import type { Clock, TimerHandle } from '../host/host.js';
import type { FaultRecord } from '../verdict/history.js';
import { groupedBy } from '../verdict/places.js';
import type { TimelineFault } from './script/script.js';
import { describeFault } from './script/timeline.js';
import { TellingTogether } from './together.js';
import type { ChaosWorld, Struck } from './world/world.js';

export interface InjectorOptions {
  readonly world: Pick<ChaosWorld, 'strike'>;
  readonly clock: Clock;
  /** Milliseconds from the beginning of the load. */
  readonly nowMs: () => number;
  /** Hears of what begins and what is over. */
  readonly tell: (text: string) => void;
}

/** A fault that could not be done, or not be taken back. */
export interface Undone {
  readonly atMs: number;
  readonly text: string;
}

type OpenFault = Omit<FaultRecord, 'toMs'> & { toMs: number | undefined };

/** Does what a timeline says, when it says so, and writes down when it was really done and over. */
export class Injector {
  readonly undone: Undone[] = [];
  readonly #options: InjectorOptions;
  readonly #begun: OpenFault[] = [];
  readonly #timers = new Set<TimerHandle>();
  readonly #running = new Set<Promise<void>>();
  readonly #waits = new Map<TimerHandle, () => void>();
  #isFinishing = false;
  #isStopped = false;

  constructor(options: InjectorOptions) {
    this.#options = options;
  }

  /** What is broken just now, in words. */
  get broken(): readonly string[] {
    return this.#begun.filter(({ toMs }) => toMs === undefined).map(({ text }) => text);
  }

  /** Those that are over, in the order in which they began. */
  get faults(): readonly FaultRecord[] {
    return this.#begun
      .flatMap((fault) => (fault.toMs === undefined ? [] : [{ ...fault, toMs: fault.toMs }]))
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  /** Whether a daemon, or the link between it and its clients, was struck at any time between these two. */
  wasStruck(daemon: string, fromMs: number, toMs: number): boolean {
    return this.#begun.some(
      (fault) => fault.daemon === daemon && fault.fromMs <= toMs && (fault.toMs ?? Infinity) >= fromMs,
    );
  }

  /** From now on each happens when it is due. */
  start(timeline: readonly TimelineFault[]): void {
    const together = groupedBy(timeline, ({ atMs, forMs, fault }) => `${fault.kind} ${atMs} ${forMs}`);
    for (const faults of together.values()) {
      const telling = new TellingTogether(faults.length, this.#options.tell);
      for (const fault of faults) this.#later(fault.atMs, () => this.#happen(fault, telling));
    }
  }

  /** Nothing more begins, and what has begun is taken back now. Resolves when everything is over. */
  async finish(): Promise<void> {
    this.#cancel();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Nothing more begins, and what is broken stays so: its world is about to end. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #cancel(): void {
    const { clock } = this.#options;
    this.#isFinishing = true;
    for (const timer of [...this.#timers, ...this.#waits.keys()]) clock.clearTimeout(timer);
    for (const resolve of this.#waits.values()) resolve();
    this.#timers.clear();
    this.#waits.clear();
  }

  #later(atMs: number, act: () => Promise<void>): void {
    const { clock, nowMs } = this.#options;
    const timer = clock.setTimeout(
      () => {
        this.#timers.delete(timer);
        const running = act().finally(() => this.#running.delete(running));
        this.#running.add(running);
      },
      Math.max(0, atMs - nowMs()),
    );
    this.#timers.add(timer);
  }

  async #happen(fault: TimelineFault, telling: TellingTogether): Promise<void> {
    const { world, nowMs } = this.#options;
    const fromMs = nowMs();
    const planned = describeFault(fault);
    telling.begins(planned);
    let struck: Struck;
    try {
      struck = await world.strike(fault.fault, fault.target, fault.forMs);
    } catch (error) {
      this.#note(fromMs, planned, error);
      telling.ends();
      return;
    }
    const { text, daemon, costs } = struck;
    const open: OpenFault = { kind: fault.fault.kind, text, daemon, costs, fromMs, toMs: undefined };
    this.#begun.push(open);
    await this.#until(fault.atMs + fault.forMs);
    if (this.#isStopped) return;
    try {
      await struck.takeBack();
      telling.ends(fault.forMs > 0 ? text : undefined);
    } catch (error) {
      this.#note(nowMs(), `the end of ${planned}`, error);
      telling.ends();
    }
    open.toMs = nowMs();
  }

  async #until(atMs: number): Promise<void> {
    const { clock, nowMs } = this.#options;
    const leftMs = atMs - nowMs();
    if (leftMs <= 0 || this.#isFinishing) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => {
        this.#waits.delete(timer);
        resolve();
      }, leftMs);
      this.#waits.set(timer, resolve);
    });
  }

  #note(atMs: number, what: string, error: unknown): void {
    const text = `${what} could not be done: ${(error as Error).message}`;
    this.undone.push({ atMs, text });
    this.#options.tell(text);
  }
}
