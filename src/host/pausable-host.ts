import type { Clock, Host, TimerHandle, Turns } from './host.js';

/** A host that can be stopped and continued, as a process is by SIGSTOP and SIGCONT. */
export interface PausableHost extends Host {
  /** From now on no timer fires and no turn runs. Its clocks go on. A second call does nothing. */
  pause(): void;
  /**
   * What would have run comes now, in the order in which it would have: turns first, then the timers that fell due, before
   * any that falls due later. Nothing of it runs within this call. Without a pause it does nothing.
   */
  resume(): void;
}

/** What has come while it could not run, and its order. */
class Backlog {
  readonly #waiting = new Set<() => void>();
  #paused = false;

  get size(): number {
    return this.#waiting.size;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
  }

  /** It is `run`'s time; who came earlier goes first, and so each that comes lets one run. */
  come(run: () => void): void {
    if (!this.#paused && this.#waiting.size === 0) return run();
    this.#waiting.add(run);
    this.next();
  }

  readonly next = (): void => {
    if (this.#paused) return;
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first();
  };

  drop(run: () => void): void {
    this.#waiting.delete(run);
  }
}

interface PausableTimer {
  handle: TimerHandle;
  readonly run: () => void;
}

/**
 * One host for each process that is to be stopped apart from others, over a host that they share. Whatever reaches a daemon
 * otherwise, such as answers over sockets, has to be held up elsewhere. Deterministic where `host` is.
 */
export function pausableHost(host: Host): PausableHost {
  const timers = new Backlog();
  const soon = new Backlog();
  const afterIo = new Backlog();
  const backlogs = [timers, soon, afterIo];
  let paused = false;

  const clock: Clock = {
    nowMs: () => host.clock.nowMs(),
    wallMs: () => host.clock.wallMs(),
    setTimeout: (fn, delayMs) => {
      // A function of its own for each timer, so that one can be armed twice.
      const timer: PausableTimer = { handle: undefined, run: () => fn() };
      timer.handle = host.clock.setTimeout(() => timers.come(timer.run), delayMs);
      return timer;
    },
    clearTimeout: (handle) => {
      if (handle === undefined || handle === null) return;
      const timer = handle as PausableTimer;
      host.clock.clearTimeout(timer.handle);
      timers.drop(timer.run);
    },
  };
  const turns: Turns = {
    soon: (fn) => host.turns.soon(() => soon.come(() => fn())),
    afterIo: (fn) => host.turns.afterIo(() => afterIo.come(() => fn())),
  };

  const setPaused = (now: boolean): void => {
    paused = now;
    for (const backlog of backlogs) backlog.paused = now;
  };

  return {
    clock,
    turns,
    random: host.random,
    identity: host.identity,
    pause: () => setPaused(true),
    resume: () => {
      if (!paused) return;
      setPaused(false);
      for (let left = soon.size; left > 0; left--) host.turns.soon(soon.next);
      for (let left = afterIo.size; left > 0; left--) host.turns.afterIo(afterIo.next);
      for (let left = timers.size; left > 0; left--) host.clock.setTimeout(timers.next, 0);
    },
  };
}
