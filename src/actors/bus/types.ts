import type { AnyStateMachine, EventFrom, InputFrom } from 'xstate';
import type { Logger } from 'pino';
import type { Clock, Host, Random } from '../../host/host.js';
import type { PixyError } from '../../errors/pixy-error.js';

/**
 * The contract of the bus: the only way one actor reaches another, and the only way a request reaches an actor.
 *
 * An actor is three parts: a machine (what may happen), a shell (address, mailbox, waiters, valve; one class for all) and a
 * body of plain parts (queues, buffers, effects), which the kind builds anew for each incarnation.
 */

export interface BusEvent {
  readonly type: string;
}

declare const accepts: unique symbol;
declare const answers: unique symbol;

/**
 * Where an actor lives: names separated by `/`, each percent-encoded, as in `default/group/g1/topic/orders/partition/3`;
 * with the daemon's name in front where several share a process (`d2:default/…`). `E` is what the actor understands.
 */
export type Address<E extends BusEvent = BusEvent> = string & { readonly [accepts]?: (event: E) => void };

/** A request whose reply is an `R`. */
export type RequestOf<R, Q extends BusEvent = BusEvent> = Q & { readonly [answers]?: R };

/** What became of an ask. Exactly one of these, always. */
export type Outcome<R> =
  | { readonly kind: 'reply'; readonly value: R }
  | { readonly kind: 'refused'; readonly error: PixyError }
  /** `reason`: why it still waited, in the words of the actor that held it. */
  | { readonly kind: 'deadline'; readonly reason: string | undefined }
  | { readonly kind: 'cancelled' };

/** An open question, as the one who answers sees it. */
export interface Ask<R = unknown, Q extends BusEvent = BusEvent> {
  readonly request: RequestOf<R, Q>;
  readonly askedAtMs: number;
  readonly deadlineAtMs: number;
  /** False once there was an outcome: replied, refused, past its deadline or cancelled. */
  readonly open: boolean;
  /** True if the answer was taken. If not, the answerer keeps what it offered. */
  reply(value: R): boolean;
  refuse(error: PixyError): boolean;
  /** Calls `fn` once when the ask ends without our answer (deadline or cancel), so that a waiting list can drop it. */
  onWithdrawn(fn: () => void): void;
}

export interface AskOptions {
  /** From now. */
  readonly deadlineMs: number;
  /** Aborted: the asker lost interest. Never takes back work that was accepted. */
  readonly signal?: AbortSignal;
}

/** How an incarnation ended. */
export type ActorEnd =
  /** The machine reached its final state. */
  | { readonly how: 'done' }
  | { readonly how: 'stopped' }
  /** Something in it threw; it is restarted (`willRestart`) unless that happened too often. */
  | { readonly how: 'crashed'; readonly error: unknown; readonly willRestart: boolean };

/** A lent object: reachable only while the lender's valve is open. */
export interface Loan<T> {
  /** `undefined` while the lender is absent, or not in a state that carries the tag `serves`. */
  get(): T | undefined;
}

/** What an actor's body has of the world. Everything in it dies with the incarnation. */
export interface Shell<E extends BusEvent> {
  readonly address: Address<E>;
  /** 1 for the first start. */
  readonly incarnation: number;
  /** Aborted when this incarnation ends, before anything else is told. */
  readonly signal: AbortSignal;
  /** Timers fire as items of the mailbox and die with the incarnation. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Puts an event into the own mailbox; dropped when the incarnation is over. Never nested. */
  self(event: E): void;
  tell<T extends BusEvent>(address: Address<T>, event: NoInfer<T>): PixyError | undefined;
  ask<R>(address: Address<never>, request: RequestOf<R>, options: AskOptions): Promise<Outcome<R>>;
  /**
   * Tells the own machine what came of a promise; dropped when the incarnation is over. For work that a state's action
   * started and whose result the machine waits for.
   */
  settle<T>(work: Promise<T>, done: (value: T) => E, failed: (error: unknown) => E): void;
  /** Starts a child; the address must lie below the own one. Does nothing if that address is held already. */
  spawn<M extends AnyStateMachine, A, K>(kind: ActorKind<M, A, K>, address: Address<EventFrom<M>>, args: A): void;
  /** Stops an actor and all below it. */
  stop(address: Address<never>): void;
  holds(address: Address<never>): boolean;
  borrow<T>(address: Address<never>): Loan<T>;
}

export interface RestartLimits {
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** More restarts than this within the window, and the failure goes to the parent, which crashes in turn. */
  readonly restartsMax: number;
  readonly windowMs: number;
}

/** What an incarnation is made of, besides its machine. All of it is called by the shell alone, and may not throw on purpose. */
export interface ActorBody<M extends AnyStateMachine, K = undefined> {
  readonly input: InputFrom<M>;
  /**
   * The valve: serves a request from plain parts, without a transition. True: the request was answered, or is kept by the
   * body and will be. False: it goes to the mailbox. Called only while the machine's state carries the tag `serves`.
   */
  serve?(ask: Ask): boolean;
  /** Takes a request from the mailbox into the plain parts, and says what the machine is to be told of it. */
  receive?(ask: Ask): EventFrom<M> | undefined;
  /** Lent to those who `borrow` this address, while the state carries the tag `serves`. */
  readonly lends?: unknown;
  /**
   * A message came for an address below us that nobody holds. Spawn it (through the shell) and return undefined, or
   * refuse. `message` tells what for: news that come late for somebody who has gone are no reason to begin anew. Called only while the state carries the tag `adopts`; otherwise the refusal is `shutting-down`.
   */
  adopt?(address: string, message: BusEvent): PixyError | undefined;
  /** Why this ask still waits; becomes the reason of its deadline outcome. An error refuses it with that instead. */
  whyWaiting?(ask: Ask): string | PixyError | undefined;
  /** A direct child ended for good (not: restarts). What the machine is to be told of it. */
  childEnded?(address: string, end: ActorEnd): EventFrom<M> | undefined;
  /**
   * The incarnation ended: valve closed, signal aborted. Returns what outlives it, should it be restarted. Asks named in
   * `asks` stay open across the restart; every other open ask is refused right after.
   */
  ended?(end: ActorEnd): { readonly kept: K; readonly asks: Iterable<Ask> } | undefined;
  /** Numbers worth showing (load, queue lengths), for whoever watches. Never payloads. */
  describe?(): Readonly<Record<string, string | number | boolean>>;
}

/** A kind of actor: its machine and how its body is built. One constant object for each kind. */
export interface ActorKind<M extends AnyStateMachine, A, K = undefined> {
  /** Equal to the machine's id. */
  readonly name: string;
  readonly machine: M;
  readonly restart: RestartLimits;
  /** Requests beyond this are refused; events of the house never are. */
  readonly mailboxRequestsMax: number;
  /** Joins two neighbours of one type into one event; undefined: they stay apart. */
  join?(first: EventFrom<M>, second: EventFrom<M>): EventFrom<M> | undefined;
  build(shell: Shell<EventFrom<M>>, args: A, kept: K | undefined): ActorBody<M, K>;
}

/** Everything that passes, as one closed union, for inspector, flight recorder, metrics and the simulator's trace. */
export type BusRecord = { readonly atMs: number; readonly address: string; readonly incarnation: number } & (
  | { readonly type: 'spawn'; readonly kind: string; readonly parent: string | undefined }
  | { readonly type: 'event'; readonly from: string | undefined; readonly event: BusEvent; readonly joined: number }
  | {
      readonly type: 'ask';
      readonly from: string | undefined;
      readonly request: BusEvent;
      readonly served: 'valve' | 'mailbox';
    }
  | { readonly type: 'outcome'; readonly request: BusEvent; readonly outcome: Outcome<unknown>['kind'] }
  | {
      readonly type: 'snapshot';
      readonly value: unknown;
      readonly tags: readonly string[];
      readonly event: string;
      /** Ids of the transitions that were taken since the last snapshot, as `machines/transitions.ts` has them, in order. */
      readonly taken: readonly string[];
    }
  | { readonly type: 'end'; readonly end: ActorEnd }
  | { readonly type: 'fault'; readonly fault: InnerFault }
);

/** What can really happen inside. Only on a bus that was made with `faultsAllowed`. */
export type InnerFault =
  | { readonly kind: 'crash' }
  /** Its mailbox is not looked at for that long. */
  | { readonly kind: 'slow'; readonly forMs: number }
  /** Requests are refused as if it were full. */
  | { readonly kind: 'mailbox-full'; readonly forMs: number };

export interface ActorInfo {
  readonly address: string;
  readonly kind: string;
  readonly incarnation: number;
  readonly startedAtMs: number;
  readonly value: unknown;
  readonly tags: readonly string[];
  readonly mailboxLength: number;
  readonly openAsks: number;
  readonly restarts: number;
  readonly load: Readonly<Record<string, string | number | boolean>>;
}

/** What the flight recorder of an actor holds: `atMs` is the clock's, `order` counts over all actors of the bus. Never payloads. */
export type FlightEntry = { readonly atMs: number; readonly order: number } & (
  | { readonly type: 'start'; readonly incarnation: number }
  /** `by`: the event, request or timer that was being delivered; empty: an answer that the machine itself waited for. */
  | { readonly type: 'state'; readonly value: unknown; readonly tags: readonly string[]; readonly by: string }
  | { readonly type: 'end'; readonly end: ActorEnd }
  | { readonly type: 'fault'; readonly fault: InnerFault }
  | ({ readonly type: 'event'; readonly from: string | undefined; readonly joined: number } & FlightTraffic)
  | ({ readonly type: 'ask'; readonly from: string | undefined; readonly served: 'valve' | 'mailbox' } & FlightTraffic)
  /** Every outcome but a reply. */
  | ({ readonly type: 'outcome'; readonly outcome: Outcome<unknown>['kind'] } & FlightTraffic)
);

/** A run of the same, one after the other: the first came at `atMs`, the last at `untilMs`. */
export interface FlightTraffic {
  /** Type of the event or of the request. */
  readonly name: string;
  readonly times: number;
  readonly untilMs: number;
}

/** The flight recorder of one actor, over all its incarnations. */
export interface FlightLog {
  /** As displayed, with the daemon's name. */
  readonly address: string;
  readonly kind: string;
  /** Displayed; the nearest that lived above it when this was read, or when it ended. */
  readonly parent: string | undefined;
  readonly lives: boolean;
  /** The last one; 0: it never ran. */
  readonly incarnation: number;
  /** Its state before the first entry; `undefined`: not known, or it begins with its start. */
  readonly stateBefore: unknown;
  /** Of `stateBefore`. */
  readonly tagsBefore: readonly string[];
  /** In order. */
  readonly entries: readonly FlightEntry[];
}

/** An actor that crashed, with the last of its life and of those around it. */
export interface CrashReport {
  readonly address: string;
  readonly error: unknown;
  readonly atMs: number;
  /** Its own first; then the one above it, some of those below it, and those that it heard from. */
  readonly flights: readonly FlightLog[];
}

/** One actor, looked at closely. */
export interface ActorLook {
  readonly info: ActorInfo;
  /** Of its machine, as it stands: plain data, and references to its parts. Not to be changed, not to be kept. */
  readonly context: unknown;
}

export interface BusOptions {
  readonly host: Host;
  readonly log: Logger;
  /** In front of every address in logs and records, where several daemons share a process; empty otherwise. */
  readonly name?: string;
  readonly actorsMax?: number;
  readonly faultsAllowed?: boolean;
  /** Called before a crash is logged; what it returns goes into that line as `dump`. It may not throw on purpose. */
  readonly onCrash?: (report: CrashReport) => string | undefined;
  /** The root of the tree failed too often. The daemon is past saving. */
  readonly onFatal: (error: unknown) => void;
}

export interface Bus {
  readonly host: Host;
  /** In front of every displayed address; empty: nothing is. */
  readonly name: string;
  /** Starts an actor; its parent is the nearest living one in the address tree. Throws if the address is held. */
  spawn<M extends AnyStateMachine, A, K>(kind: ActorKind<M, A, K>, address: Address<EventFrom<M>>, args: A): void;
  /** `undefined`: accepted. */
  tell<T extends BusEvent>(address: Address<T>, event: NoInfer<T>): PixyError | undefined;
  ask<R>(address: Address<never>, request: RequestOf<R>, options: AskOptions): Promise<Outcome<R>>;
  /** Stops an actor and all below it, deepest first. Resolves when the last has ended. */
  stop(address: Address<never>): Promise<void>;
  holds(address: Address<never>): boolean;
  actors(): readonly ActorInfo[];
  look(address: Address<never>): ActorLook | undefined;
  /** The machine of a kind, by its name, once an actor of that kind was started. */
  machineOf(kind: string): AnyStateMachine | undefined;
  /**
   * The flight recorders of those that ended last, then of the living. `entriesMax`: of each, the last so many, at least 2; half of them
   * is kept for the states that it went through.
   */
  flights(entriesMax?: number): readonly FlightLog[];
  tap(listener: (record: BusRecord) => void): () => void;
  /**
   * False: nothing came of it, for the actor is being stopped, or was to crash while it is restarted already. Throws where
   * faults are not allowed, and PixyError `no-such-actor`.
   */
  injectFault(address: Address<never>, fault: InnerFault): boolean;
  /** Stops everything; afterwards each ask is refused and no timer is armed. */
  close(): Promise<void>;
}
