import type { AnyStateMachine, EventFrom } from 'xstate';
import type { Logger } from 'pino';
import { PixyError } from '../../errors/pixy-error.js';
import type { Host } from '../../host/host.js';
import { AddressTree } from './address-tree.js';
import { displayAddress, isBelow } from './address.js';
import { OpenAsk } from './ask.js';
import { DeadlineWheel } from './deadline-wheel.js';
import { FlightRecorder } from './flight-recorder.js';
import type { Lender } from './loan.js';
import { askItem, eventItem, type MailboxItem } from './mailbox.js';
import { RunQueue, type Runnable } from './run-queue.js';
import type { AnyKind, Runtime, Sender } from './runtime.js';
import { ActorShell } from './shell.js';
import { Supervisor } from './supervision.js';
import { Taps } from './taps.js';
import type {
  ActorInfo,
  ActorKind,
  ActorLook,
  Address,
  AskOptions,
  Bus,
  BusEvent,
  BusOptions,
  BusRecord,
  FlightLog,
  InnerFault,
  Outcome,
  RequestOf,
} from './types.js';

export function createBus(options: BusOptions): Bus {
  return new ActorBus(options);
}

/** Finds who is meant, has someone adopt who is not there, and keeps the books on who is. */
class ActorBus implements Bus, Runtime {
  readonly host: Host;
  readonly log: Logger;
  readonly taps: Taps;
  readonly name: string;
  readonly recorder: FlightRecorder;
  readonly #actorsMax: number;
  readonly #faultsAllowed: boolean;
  readonly #tree = new AddressTree<ActorShell>();
  /** By the name of the kind: as many as there are kinds. */
  readonly #machines = new Map<string, AnyStateMachine>();
  readonly #queue: RunQueue;
  readonly #wheel: DeadlineWheel;
  readonly #supervisor: Supervisor;
  #closed: Promise<void> | undefined;

  constructor(options: BusOptions) {
    this.host = options.host;
    this.log = options.log;
    this.name = options.name ?? '';
    this.#actorsMax = options.actorsMax ?? Infinity;
    this.#faultsAllowed = options.faultsAllowed ?? false;
    this.taps = new Taps(options.log, () => this.#tapsChanged());
    const { log, onCrash } = options;
    const display = (address: string) => this.display(address);
    this.recorder = new FlightRecorder({ clock: options.host.clock, log, display, tree: this.#tree, onCrash });
    this.#queue = new RunQueue(options.host.turns);
    this.#wheel = new DeadlineWheel(options.host.clock);
    this.#supervisor = new Supervisor(this, this.#tree, this.#queue, options.onFatal);
  }

  // --- from outside

  spawn<M extends AnyStateMachine, A, K>(kind: ActorKind<M, A, K>, address: Address<EventFrom<M>>, args: A): void {
    if (this.#tree.get(address)) throw new Error(`${this.display(address)} is held already`);
    const refusal = this.#start(kind as unknown as AnyKind, address, args);
    if (refusal) throw refusal;
  }

  tell<T extends BusEvent>(address: Address<T>, event: NoInfer<T>): PixyError | undefined {
    return this.send(undefined, address, event);
  }

  ask<R>(address: Address<never>, request: RequestOf<R>, options: AskOptions): Promise<Outcome<R>> {
    return this.request(undefined, address, request, options) as Promise<Outcome<R>>;
  }

  stop(address: Address<never>): Promise<void> {
    const top = this.#tree.get(address);
    const shells = this.#tree.below(address);
    if (top) shells.push(top);
    if (shells.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#supervisor.stop(shells, 'shutting-down', resolve));
  }

  holds(address: Address<never>): boolean {
    return this.#tree.get(address) !== undefined;
  }

  actors(): readonly ActorInfo[] {
    return Array.from(this.#tree.tenants(), (shell) => shell.info());
  }

  look(address: Address<never>): ActorLook | undefined {
    const shell = this.#tree.get(address);
    return shell && { info: shell.info(), context: shell.context };
  }

  machineOf(kind: string): AnyStateMachine | undefined {
    return this.#machines.get(kind);
  }

  flights(entriesMax = Infinity): readonly FlightLog[] {
    return this.recorder.logs(entriesMax);
  }

  tap(listener: (record: BusRecord) => void): () => void {
    return this.taps.add(listener);
  }

  injectFault(address: Address<never>, fault: InnerFault): boolean {
    if (!this.#faultsAllowed)
      throw new Error('faults inside are only allowed on a bus that was made with faultsAllowed');
    const shell = this.#tree.get(address);
    if (!shell) throw new PixyError('no-such-actor', { address: this.display(address) });
    return shell.suffer(fault);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.stop('' as Address<never>));
  }

  // --- for shells and incarnations

  display(address: string): string {
    return displayAddress(this.name, address);
  }

  send(from: string | undefined, address: string, event: BusEvent): PixyError | undefined {
    const shell = this.#tree.get(address) ?? this.#adopter(address, event);
    if (shell instanceof PixyError) return shell;
    if (shell.address === address) return shell.takeEvent(from, event);
    return shell.takeForward(eventItem(from, event, address));
  }

  request(
    sender: Sender | undefined,
    address: string,
    request: BusEvent,
    { deadlineMs, signal }: AskOptions,
  ): Promise<Outcome<unknown>> {
    if (signal?.aborted) return Promise.resolve({ kind: 'cancelled' });
    const ask = new OpenAsk(request, this.host.clock.nowMs(), deadlineMs);
    this.#route(sender?.address, address, ask);
    if (ask.open) ask.watch(this.#wheel, signal, sender?.asked);
    return ask.outcome();
  }

  forward({ from, target, event, ask }: MailboxItem): void {
    if (ask) {
      this.#route(from, target!, ask);
      return;
    }
    const refusal = this.send(from, target!, event!);
    if (refusal) {
      const address = this.display(target!);
      this.log.warn({ address, event: event!.type, err: refusal }, 'an event was lost: nobody took its address');
    }
  }

  sendOn({ from, target, event, ask }: MailboxItem, address: string): void {
    const to = target ?? address;
    if (ask) this.#route(from, to, ask);
    else this.send(from, to, event!);
  }

  spawnBelow(spawner: string, kind: AnyKind, address: string, args: unknown): void {
    if (this.#tree.get(address)) return;
    const refusal = this.#start(kind, address, args);
    if (!refusal) return;
    this.log.warn({ address: this.display(address), err: refusal }, 'an actor was not started');
    this.#tree.get(spawner)?.childEnded(address, { how: 'crashed', error: refusal, willRestart: false });
  }

  parentOf(address: string): string | undefined {
    const parent = this.#tree.nearestAbove(address);
    return parent && this.display(parent.address);
  }

  lender(address: string): Lender | undefined {
    return this.#tree.get(address);
  }

  schedule(runnable: Runnable): void {
    this.#queue.add(runnable);
  }

  // --- inside

  #route(from: string | undefined, address: string, ask: OpenAsk): void {
    const shell = this.#tree.get(address) ?? this.#adopter(address, ask.request);
    if (shell instanceof PixyError) {
      ask.refuse(shell);
    } else if (shell.address === address) {
      shell.takeAsk(from, ask);
    } else {
      const refusal = shell.takeForward(askItem(from, ask, address));
      if (refusal) ask.refuse(refusal);
    }
  }

  /**
   * Who takes a message for an address that nobody holds: the actor that was just spawned there, or the nearest above it,
   * which adopts once it runs. Every step leads further down, so this ends.
   */
  #adopter(address: string, message: BusEvent): ActorShell | PixyError {
    if (this.#closed) return new PixyError('shutting-down', {});
    const above = this.#tree.nearestAbove(address);
    if (!above) return new PixyError('no-such-actor', { address: this.display(address) });
    if (above.phase === 'starting' || above.phase === 'restarting' || above.isYetToHearOf(address)) return above;
    const refusal = above.adopt(address, message);
    if (refusal) return refusal;
    const found = this.#tree.get(address) ?? this.#tree.nearestAbove(address)!;
    if (found !== above) return found;
    return this.#full() ?? new PixyError('no-such-actor', { address: this.display(address) });
  }

  #start(kind: AnyKind, address: string, args: unknown): PixyError | undefined {
    const above = this.#tree.nearestAbove(address);
    if (this.#closed || above?.condemned) return new PixyError('shutting-down', {});
    const full = this.#full();
    if (full) return full;
    const shell = new ActorShell(this, this.#supervisor.ended, kind, address, args);
    this.#tree.hold(address, shell);
    this.#machines.set(kind.name, kind.machine);
    this.#queue.add(shell);
    // What waits above for this address or one below it came first, so it goes first.
    const waiting = above?.giveForwards((target) => target === address || isBelow(target, address)) ?? [];
    for (const entry of waiting) this.forward(entry);
    return undefined;
  }

  #full(): PixyError | undefined {
    if (this.#tree.size < this.#actorsMax) return undefined;
    return new PixyError('too-many-actors', { what: 'actors', limit: this.#actorsMax });
  }

  #tapsChanged(): void {
    for (const shell of this.#tree.tenants()) {
      if (this.taps.listening) shell.watch();
      else shell.unwatch();
    }
  }
}
