import { setMaxListeners } from 'node:events';
import { createActor, type AnyActorRef, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import type { Logger } from 'pino';
import { PixyError } from '../../errors/pixy-error.js';
import type { Clock, Random } from '../../host/host.js';
import { transitionIndex } from '../../machines/transitions.js';
import type { OpenAsk } from './ask.js';
import { isBelow } from './address.js';
import { IncarnationClock } from './incarnation-clock.js';
import { observeSystem } from './inspection.js';
import { AddressLoan } from './loan.js';
import type { AnyBody, AnyKind, Runtime, Sender } from './runtime.js';
import type { Address, AskOptions, BusEvent, Loan, Outcome, RequestOf, Shell } from './types.js';

/** Of each machine; made when one of its actors is watched for the first time. */
const transitionIndexes = new WeakMap<AnyStateMachine, ReturnType<typeof transitionIndex>>();

function indexOf(machine: AnyStateMachine): ReturnType<typeof transitionIndex> {
  const known = transitionIndexes.get(machine);
  if (known) return known;
  const index = transitionIndex(machine);
  transitionIndexes.set(machine, index);
  return index;
}

/** What an incarnation tells the shell it belongs to. */
export interface IncarnationOwner {
  putEvent(event: BusEvent): void;
  putCall(call: () => void): void;
  fail(error: unknown): void;
  /** The machine reached its final state. */
  done(): void;
  /** Called after each step of the machine, whether it changed anything or not. */
  stateChanged(value: unknown): void;
}

/** One life of an actor: its XState root, its body, and what the body has of the world. */
export class Incarnation implements Shell<BusEvent>, Sender {
  readonly address: Address<BusEvent>;
  readonly incarnation: number;
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly asked = new Set<OpenAsk>();
  body: AnyBody | undefined;
  /** Nothing of it reaches its machine any more. */
  over = false;
  /** Not even what its body told the others in its last words. */
  #shut = false;
  readonly #runtime: Runtime;
  readonly #owner: IncarnationOwner;
  #actor: AnyActorRef | undefined;
  #machine: AnyStateMachine | undefined;
  #abort: AbortController | undefined;
  #log: Logger | undefined;
  #unwatch: (() => void) | undefined;

  constructor(runtime: Runtime, owner: IncarnationOwner, address: string, incarnation: number) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.address = address as Address<BusEvent>;
    this.incarnation = incarnation;
    this.startedAtMs = runtime.host.clock.nowMs();
    this.clock = new IncarnationClock(runtime.host.clock, (call) => owner.putCall(call));
  }

  // --- what the body has

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      // Everything that an actor has under way listens to it; ten, as Node has it, is no sign of a leak.
      setMaxListeners(0, this.#abort.signal);
      if (this.over) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  get random(): Random {
    return this.#runtime.host.random;
  }

  get log(): Logger {
    return (this.#log ??= this.#runtime.log.child({
      address: this.#runtime.display(this.address),
      incarnation: this.incarnation,
    }));
  }

  self(event: BusEvent): void {
    if (!this.over) this.#owner.putEvent(event);
  }

  tell<T extends BusEvent>(address: Address<T>, event: NoInfer<T>): PixyError | undefined {
    return this.#shut ? this.#ended() : this.#runtime.send(this.address, address, event);
  }

  ask<R>(address: Address<never>, request: RequestOf<R>, options: AskOptions): Promise<Outcome<R>> {
    if (this.over) return Promise.resolve({ kind: 'refused', error: this.#ended() });
    return this.#runtime.request(this, address, request, options) as Promise<Outcome<R>>;
  }

  settle<T>(work: Promise<T>, done: (value: T) => BusEvent, failed: (error: unknown) => BusEvent): void {
    const tell = <V>(event: (value: V) => BusEvent, value: V) => {
      if (this.over) return;
      try {
        this.self(event(value));
      } catch (error) {
        this.#owner.fail(error);
      }
    };
    work.then(
      (value) => tell(done, value),
      (error: unknown) => tell(failed, error),
    );
  }

  spawn(kind: unknown, address: string, args: unknown): void {
    if (!isBelow(address, this.address)) {
      throw new RangeError(`${this.address} cannot spawn ${address}, which does not lie below it`);
    }
    if (!this.over) this.#runtime.spawnBelow(this.address, kind as AnyKind, address, args);
  }

  stop(address: Address<never>): void {
    if (!this.over) void this.#runtime.stop(address);
  }

  holds(address: Address<never>): boolean {
    return this.#runtime.holds(address);
  }

  borrow<T>(address: Address<never>): Loan<T> {
    return new AddressLoan<T>(() => this.#runtime.lender(address), this);
  }

  // --- what the shell does with it

  /** Builds the body and starts the machine. What either throws goes to the owner. */
  start(kind: AnyKind, args: unknown, kept: unknown): void {
    try {
      this.body = kind.build(this, args, kept);
      const { clock } = this;
      const actor = createActor(kind.machine, { input: this.body.input, clock }) as AnyActorRef;
      this.#actor = actor;
      this.#machine = kind.machine;
      actor.subscribe({
        next: (snapshot: AnyMachineSnapshot) => this.#owner.stateChanged(snapshot.value),
        error: (error) => !this.over && this.#owner.fail(error),
        complete: () => !this.over && this.#owner.done(),
      });
      if (this.#runtime.taps.listening) this.watch();
      actor.start();
    } catch (error) {
      this.#owner.fail(error);
    }
  }

  send(event: BusEvent): void {
    this.#actor!.send(event);
  }

  get snapshot(): AnyMachineSnapshot | undefined {
    return this.#actor?.getSnapshot() as AnyMachineSnapshot | undefined;
  }

  /** Whether the machine runs, and its state carries the tag. */
  hasTag(tag: 'serves' | 'adopts'): boolean {
    const { snapshot } = this;
    return !this.over && snapshot?.status === 'active' && snapshot.hasTag(tag);
  }

  /** Gives each snapshot to the taps, until `unwatch`. */
  watch(): void {
    const actor = this.#actor;
    if (!actor || this.#unwatch) return;
    const { taps, host } = this.#runtime;
    const index = indexOf(this.#machine!);
    const address = this.#runtime.display(this.address);
    let taken: string[] = [];
    this.#unwatch = observeSystem(actor, (inspected) => {
      if (inspected.actorRef !== actor || !taps.listening) return;
      if (inspected.type === '@xstate.microstep') {
        for (const transition of inspected._transitions) taken.push(index.get(transition)?.id ?? '');
      }
      if (inspected.type !== '@xstate.snapshot') return;
      const snapshot = inspected.snapshot as AnyMachineSnapshot;
      if (snapshot.status === 'stopped') return;
      taps.emit({
        type: 'snapshot',
        atMs: host.clock.nowMs(),
        address,
        incarnation: this.incarnation,
        value: snapshot.value,
        tags: [...snapshot.tags],
        event: inspected.event.type,
        taken,
      });
      taken = [];
    });
  }

  unwatch(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** Ends it for its machine: aborts the signal, then frees what it had armed and asked, then stops the machine. */
  end(): void {
    this.over = true;
    this.#abort?.abort();
    (this.clock as IncarnationClock).end();
    for (const ask of this.asked) ask.cancel();
    this.unwatch();
    const actor = this.#actor;
    if (!actor) return;
    const { status, children } = this.snapshot!;
    // An XState actor that threw leaves what it had invoked running, and a stop no longer reaches it.
    if (status === 'error') {
      for (const child of Object.values<AnyActorRef | undefined>(children ?? {})) child?.send({ type: 'xstate.stop' });
    }
    actor.stop();
  }

  /** From here on it does nothing to anyone: its body has said its last. */
  shut(): void {
    this.#shut = true;
  }

  #ended(): PixyError {
    return new PixyError('actor-ended', { address: this.#runtime.display(this.address) });
  }
}
