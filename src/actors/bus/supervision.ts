import type { AddressTree } from './address-tree.js';
import type { RunQueue, Runnable } from './run-queue.js';
import type { Runtime } from './runtime.js';
import type { ActorShell, PendingEnd, StopCode } from './shell.js';
import type { ActorEnd } from './types.js';

/** A stop costs about as much as this many deliveries. */
const stepsPerStop = 4;

/** Ends actors one by one, in bounded steps, so that a large tree does not hold up everything else. */
class StopJob implements Runnable {
  queued = false;
  readonly #shells: readonly ActorShell[];
  readonly #end: (shell: ActorShell) => void;
  readonly #then: () => void;
  #next = 0;

  constructor(shells: readonly ActorShell[], end: (shell: ActorShell) => void, then: () => void) {
    this.#shells = shells;
    this.#end = end;
    this.#then = then;
  }

  get hasWork(): boolean {
    return this.#next < this.#shells.length;
  }

  run(max: number): number {
    let steps = 0;
    for (; this.hasWork && steps < max; steps += stepsPerStop) this.#end(this.#shells[this.#next++]!);
    if (!this.hasWork) this.#then();
    return steps;
  }
}

/** Decides what follows from the end of an actor: for those below it, for itself, for the one above. */
export class Supervisor {
  readonly #runtime: Runtime;
  readonly #tree: AddressTree<ActorShell>;
  readonly #queue: RunQueue;
  readonly #onFatal: (error: unknown) => void;
  /** What is left to do for an actor that ended, once all below it have. */
  readonly #farewells = new Map<ActorShell, () => void>();

  constructor(runtime: Runtime, tree: AddressTree<ActorShell>, queue: RunQueue, onFatal: (error: unknown) => void) {
    this.#runtime = runtime;
    this.#tree = tree;
    this.#queue = queue;
    this.#onFatal = onFatal;
  }

  /**
   * Stops these, in this order: whoever lies below comes before those above. From now on they refuse what comes; `then` is
   * called when the last has left its address.
   */
  stop(shells: readonly ActorShell[], code: StopCode, then: () => void): void {
    for (const shell of shells) shell.condemn(code);
    this.#queue.add(new StopJob(shells, (shell) => this.#stopOne(shell), then));
  }

  /** Its machine ended by itself. */
  readonly ended = (shell: ActorShell): void => {
    const pending = shell.pendingEnd!;
    if (pending.how === 'done') {
      this.#conclude(shell, pending);
      return;
    }
    const { host } = this.#runtime;
    const backoffMs = shell.restarts.next(host.clock.nowMs());
    this.#conclude(shell, { ...pending, willRestart: backoffMs !== undefined }, backoffMs);
  };

  #stopOne(shell: ActorShell): void {
    if (shell.phase === 'over') {
      this.#farewell(shell);
      return;
    }
    const pending: PendingEnd | undefined = shell.pendingEnd;
    if (!pending) this.#conclude(shell, { how: 'stopped' });
    else if (pending.how === 'done') this.#conclude(shell, pending);
    else this.#conclude(shell, { ...pending, willRestart: false });
  }

  #conclude(shell: ActorShell, end: ActorEnd, backoffMs?: number): void {
    const stopped = shell.condemned !== undefined;
    const state = shell.stateValue;
    const lost = shell.conclude(end);
    if (end.how === 'crashed') this.#logCrash(shell, end, state, lost, backoffMs);
    if (backoffMs === undefined) shell.condemn('actor-ended');
    this.#farewells.set(shell, () => {
      if (backoffMs !== undefined) shell.restartAfter(backoffMs);
      else this.#leave(shell, end, stopped);
    });
    const below = this.#tree.below(shell.address);
    if (below.length === 0) this.#farewell(shell);
    else this.stop(below, 'actor-ended', () => this.#farewell(shell));
  }

  #farewell(shell: ActorShell): void {
    const farewell = this.#farewells.get(shell);
    this.#farewells.delete(shell);
    farewell?.();
  }

  #leave(shell: ActorShell, end: ActorEnd, stopped: boolean): void {
    shell.gone = true;
    this.#tree.release(shell.address);
    this.#runtime.recorder.ended(shell);
    const parent = this.#tree.nearestAbove(shell.address);
    if (end.how !== 'crashed' || stopped) {
      parent?.childEnded(shell.address, end);
      for (const entry of shell.leftMail) this.#runtime.sendOn(entry, shell.address);
      return;
    }
    const { error: cause } = end;
    if (!parent) this.#onFatal(cause);
    else parent.fail(new Error(`${this.#runtime.display(shell.address)} failed too often`, { cause }));
  }

  #logCrash(
    shell: ActorShell,
    end: ActorEnd & { how: 'crashed' },
    state: unknown,
    lostEvents: number,
    restartInMs: number | undefined,
  ): void {
    const dump = this.#runtime.recorder.crashed(shell, end.error);
    this.#runtime.log.error(
      {
        err: end.error,
        address: this.#runtime.display(shell.address),
        kind: shell.kind.name,
        incarnation: shell.number,
        state,
        lastEvents: shell.flight.lastNames(),
        lostEvents,
        restartInMs,
        dump,
      },
      end.willRestart ? 'an actor crashed and is restarted' : 'an actor crashed and is not restarted',
    );
  }
}
