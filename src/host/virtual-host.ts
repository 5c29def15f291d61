import type { Clock, Host, Identity, TimerHandle, Turns } from './host.js';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
}

const resolved = Promise.resolve();

/** Turns of the event loop that are asked for at a time: a round of the loop costs as much as several of them. */
const turnsPerRound = 16;

/**
 * Turns of the real event loop, counted, so that it is known when none is left. Before each of them every microtask of the one
 * before has run: so Node has it, within a round of its loop too.
 */
class CountedTurns implements Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #forRest: (() => void)[] = [];
  #asked = 0;

  get pending(): number {
    return this.#waiting.length;
  }

  soon(fn: () => void): void {
    // In the same queue as by `queueMicrotask`, without the asynchronous resource that Node makes for each of those.
    void resolved.then(fn);
  }

  afterIo(fn: () => void): void {
    this.#waiting.push(fn);
    this.#ask();
  }

  /** Runs `fn` when everything has come to rest that needs no time: no microtask is left, and no turn. */
  atRest(fn: () => void): void {
    this.#forRest.push(fn);
    this.#ask();
  }

  #ask(): void {
    if (this.#asked > 0) return;
    this.#asked = turnsPerRound;
    for (let asked = 0; asked < turnsPerRound; asked++) setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#asked--;
    const next = this.#waiting.shift() ?? this.#forRest.shift();
    if (this.#waiting.length > 0 || this.#forRest.length > 0) this.#ask();
    next?.();
  };
}

/**
 * A clock that moves only when told. `runFor` runs one due timer, lets every promise and turn come to rest, then runs the
 * next; ties go by the order of arming. So the same seed gives the same run.
 */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #startWallMs: number;
  readonly #turns: CountedTurns;
  /** Kept sorted by (atMs, order): virtual worlds arm few timers at a time, and mostly at the end. */
  readonly #entries: Entry[] = [];

  /** `turns`: of the same host; nothing rests while one is pending. */
  constructor(startWallMs = Date.UTC(2026, 0, 1), turns = new CountedTurns()) {
    this.#startWallMs = startWallMs;
    this.#turns = turns;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  get pendingTimers(): number {
    return this.#entries.length;
  }

  setTimeout = (fn: () => void, delayMs: number): TimerHandle => {
    const entry: Entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, fn };
    let at = this.#entries.length;
    while (at > 0 && this.#entries[at - 1]!.atMs > entry.atMs) at--;
    this.#entries.splice(at, 0, entry);
    return entry;
  };

  clearTimeout = (handle: TimerHandle): void => {
    const at = this.#entries.indexOf(handle as Entry);
    if (at >= 0) this.#entries.splice(at, 1);
  };

  /** Lets everything that needs no time come to rest: microtasks and turns. */
  async settle(): Promise<void> {
    // Every microtask has run before an immediate does, so with no turn left after one, nothing is.
    do await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#turns.pending > 0);
  }

  /** Moves time forward by `durationMs`, timer by timer. */
  async runFor(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await this.settle();
    await new Promise<void>((resolve, reject) => this.#fireUntil(endMs, resolve, reject));
    this.#nowMs = endMs;
  }

  /** Runs what is due up to `endMs`, each when everything rests, then calls `done`; `failed` with what one of them throws. */
  #fireUntil(endMs: number, done: () => void, failed: (error: unknown) => void): void {
    const next = (): void => {
      const due = this.#entries[0];
      if (!due || due.atMs > endMs) return done();
      this.#entries.shift();
      this.#nowMs = due.atMs;
      // A microtask: so what it does in promises comes before what it leaves to Node's next tick.
      this.#turns.soon(() => {
        try {
          due.fn();
          this.#turns.atRest(next);
        } catch (error) {
          failed(error);
        }
      });
    };
    next();
  }

  /** Moves time until `condition` holds; fails after `limitMs` of virtual time. */
  async runUntil(condition: () => boolean, limitMs = 60_000): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    await this.settle();
    while (!condition()) {
      const due = this.#entries[0];
      if (!due || due.atMs > endMs) throw new Error(`the condition did not come true within ${limitMs} virtual ms`);
      await this.runFor(due.atMs - this.#nowMs);
    }
  }
}

/** Mulberry32: a small seeded generator, good enough for choosing faults and partitions. */
export function seededRandom(seed: number): { next(): number } {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

export interface VirtualHost extends Host {
  readonly clock: VirtualClock;
}

/** A host on virtual time and a seed. */
export function virtualHost(seed = 1, identity: Partial<Identity> = {}): VirtualHost {
  const turns = new CountedTurns();
  const clock = new VirtualClock(undefined, turns);
  return {
    clock,
    random: seededRandom(seed),
    turns,
    identity: {
      hostname: 'virtual',
      pid: 1,
      startedAtWallMs: clock.wallMs(),
      env: {},
      userId: 1000,
      temporaryFolder: '/nowhere',
      ...identity,
    },
  };
}
