/**
 * What the world outside gives to a daemon: time, chance, turns of the event loop, and who we are. Only this folder and
 * the two real adapters touch the process for it; everything else is handed a `Host`, so that a simulated world can be
 * put in its place.
 */

export type TimerHandle = unknown;

/** Time. It has the shape of XState's clock as well, so one clock drives machines and plain parts alike. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary start, with fractions. For leases, deadlines and latencies. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. For what is written down: record timestamps, member nodes, names. */
  wallMs(): number;
  setTimeout(fn: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

/** Chance. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

/** Turns of the event loop. */
export interface Turns {
  /** Runs `fn` after what runs now, before any I/O. */
  soon(fn: () => void): void;
  /** Runs `fn` after pending I/O had its turn. */
  afterIo(fn: () => void): void;
}

/** Who and where we are. */
export interface Identity {
  readonly hostname: string;
  readonly pid: number;
  /** When the process started, milliseconds since the Unix epoch. */
  readonly startedAtWallMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the user who runs it, as a number; `undefined` where users have none. */
  readonly userId: number | undefined;
  /** Where the system has files that need not last; as a rule everybody may write there. */
  readonly temporaryFolder: string;
}

export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly turns: Turns;
  readonly identity: Identity;
}
