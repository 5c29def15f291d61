import { PixyError } from '../../errors/pixy-error.js';
import { isBelow } from './address.js';
import type { TimerHandle } from '../../host/host.js';
import { Faults } from './faults.js';
import type { AskHolder, OpenAsk } from './ask.js';
import { Inbox } from './inbox.js';
import { Incarnation, type IncarnationOwner } from './incarnation.js';
import type { Lender } from './loan.js';
import { askItem, callItem, type MailboxItem } from './mailbox.js';
import type { FlightRing } from './flight-ring.js';
import { ShellRecords } from './shell-records.js';
import { RestartWindow } from './restart-window.js';
import type { Runnable } from './run-queue.js';
import type { AnyKind, Runtime } from './runtime.js';
import type { ActorEnd, ActorInfo, Ask, BusEvent, InnerFault, Outcome } from './types.js';

/** Events that wait for an actor between a crash and its restart; nobody drains them, so they need a limit of their own. */
const eventsWhileAwayMax = 1024;

/** Messages for addresses below that wait until the actor runs and can adopt. */
const forwardsMax = 1024;

/** A start costs about as much as this many deliveries. */
const stepsPerStart = 8;

/** Why an actor that is being stopped answers no more. */
export type StopCode = 'shutting-down' | 'actor-ended';

/** How the machine ended by itself; the supervisor has not looked at it yet. */
export type PendingEnd = { readonly how: 'done' } | { readonly how: 'crashed'; readonly error: unknown };

/** What holds an address: the mailbox, the open asks and the valve, over all incarnations. */
export class ActorShell implements Runnable, AskHolder, IncarnationOwner, Lender {
  readonly address: string;
  /** As displayed: records name it by the thousand. */
  readonly #displayed: string;
  readonly kind: AnyKind;
  readonly restarts: RestartWindow;
  readonly flight: FlightRing;
  queued = false;
  phase: 'starting' | 'running' | 'restarting' | 'over' = 'starting';
  pendingEnd: PendingEnd | undefined;
  /** It is being stopped: nothing is delivered any more, whatever comes is refused. */
  condemned: StopCode | undefined;
  /** It left its address. */
  gone = false;
  /** What had come and was not delivered when its machine was done. */
  leftMail: readonly MailboxItem[] = [];
  readonly #args: unknown;
  readonly #runtime: Runtime;
  readonly #supervise: (shell: ActorShell) => void;
  readonly #inbox = new Inbox();
  readonly #records: ShellRecords;
  /** Of the incarnation; 0 before the first. */
  number = 0;
  #incarnation: Incarnation | undefined;
  #kept: unknown;
  #keptAsks: Set<Ask> = new Set();
  #restartTimer: TimerHandle | undefined;
  #faults: Faults | undefined;
  /** Children whose end the body has not heard of yet. */
  readonly #endedChildren = new Set<string>();
  /** What the machine is being told just now; `undefined`: nothing that came through the mailbox. */
  #delivering: string | undefined;

  constructor(runtime: Runtime, supervise: (shell: ActorShell) => void, kind: AnyKind, address: string, args: unknown) {
    this.#runtime = runtime;
    this.#supervise = supervise;
    this.kind = kind;
    this.address = address;
    this.#displayed = runtime.display(address);
    this.#args = args;
    this.flight = runtime.recorder.ring();
    this.#records = new ShellRecords(runtime, this.flight, this.#displayed);
    this.restarts = new RestartWindow(kind.restart);
  }

  // --- what comes in

  takeEvent(from: string | undefined, event: BusEvent): PixyError | undefined {
    if (this.condemned) return this.#refusal(this.condemned);
    if (this.phase === 'restarting' && this.#inbox.events >= eventsWhileAwayMax) {
      return this.#refusal('mailbox-full');
    }
    try {
      if (!this.#inbox.putEvent(from, event, this.kind.join)) this.#wake();
    } catch (error) {
      this.fail(error);
    }
    return undefined;
  }

  takeAsk(from: string | undefined, ask: OpenAsk): void {
    ask.holder = this;
    const full = this.#faults?.full === true;
    // Those who wait in the mailbox came first: no request overtakes them through the valve.
    if (!full && this.#inbox.requests === 0 && this.#valveOpen && this.#incarnation!.body!.serve) {
      if (this.#records.serve(from, ask, () => this.#serve(ask))) return;
    } else {
      this.#records.ask(from, ask.request);
    }
    if (this.condemned) ask.refuse(this.#refusal(this.condemned));
    else if (full || this.#inbox.requests >= this.kind.mailboxRequestsMax) ask.refuse(this.#refusal('mailbox-full'));
    else this.#put(askItem(from, ask));
  }

  /** A message for an address below, which waits until this actor runs and can adopt it. */
  takeForward(entry: MailboxItem): PixyError | undefined {
    if (this.condemned) return this.#refusal(this.condemned);
    if (this.#inbox.forwards >= forwardsMax) return this.#refusal('mailbox-full');
    if (entry.ask) entry.ask.holder = this;
    this.#put(entry);
    return undefined;
  }

  /** Gives away what waits here for addresses that `wanted` accepts. */
  giveForwards(wanted: (target: string) => boolean): MailboxItem[] {
    return this.#inbox.takeForwards(wanted);
  }

  putEvent(event: BusEvent): void {
    if (!this.condemned) this.takeEvent(this.address, event);
  }

  putCall(call: () => void): void {
    if (!this.condemned) this.#put(callItem(call));
  }

  /** A direct child ended for good. */
  childEnded(address: string, end: ActorEnd): void {
    if (this.phase !== 'running' && this.phase !== 'starting') return;
    this.#endedChildren.add(address);
    this.putCall(() => {
      this.#endedChildren.delete(address);
      const event = this.#incarnation?.body?.childEnded?.(address, end);
      if (event) this.#send(event);
    });
  }

  /**
   * Whether the end of this child, or of one that it lay below, waits in the mailbox. Until that is delivered the address
   * is not adopted anew: the body would take the news for the end of the new one.
   */
  isYetToHearOf(address: string): boolean {
    for (const child of this.#endedChildren) if (child === address || isBelow(address, child)) return true;
    return false;
  }

  // --- the valve

  lent(): unknown {
    return this.#valveOpen ? this.#incarnation!.body!.lends : undefined;
  }

  get #valveOpen(): boolean {
    return (
      this.phase === 'running' &&
      this.pendingEnd === undefined &&
      this.condemned === undefined &&
      !this.#faults?.slow &&
      this.#incarnation!.hasTag('serves')
    );
  }

  #serve(ask: OpenAsk): boolean {
    // In the books before the body sees it: should the body throw, the ask is refused with all others.
    this.#inbox.hand(ask);
    try {
      if (this.#incarnation!.body!.serve!(ask)) return true;
    } catch (error) {
      this.fail(error);
      return true;
    }
    this.#inbox.drop(ask);
    return false;
  }

  // --- adoption

  /** Lets the body spawn an address below; `undefined`: it tried, or will be asked when it runs. */
  adopt(address: string, message: BusEvent): PixyError | undefined {
    const body = this.#incarnation?.body;
    if (!body?.adopt) return new PixyError('no-such-actor', { address: this.#runtime.display(address) });
    if (this.condemned || this.pendingEnd || !this.#incarnation!.hasTag('adopts')) {
      return this.#refusal(this.condemned ?? (this.pendingEnd ? 'actor-ended' : 'shutting-down'));
    }
    try {
      return body.adopt(address, message);
    } catch (error) {
      this.fail(error);
      return this.#refusal('actor-ended');
    }
  }

  // --- asks

  release(ask: OpenAsk, outcome: Outcome<unknown>): void {
    this.#inbox.drop(ask);
    this.#records.outcome(ask, outcome.kind);
  }

  whyWaiting(ask: OpenAsk): string | PixyError | undefined {
    if (this.#inbox.isForward(ask)) return undefined;
    try {
      return this.#incarnation?.body?.whyWaiting?.(ask);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  // --- turns

  get hasWork(): boolean {
    if (this.condemned || this.phase === 'over') return false;
    if (this.pendingEnd || this.phase === 'starting') return true;
    return this.phase === 'running' && !this.#faults?.slow && this.#inbox.length > 0;
  }

  run(max: number): number {
    let steps = 0;
    for (; steps < max && this.hasWork; steps++) {
      if (this.pendingEnd) {
        this.#supervise(this);
      } else if (this.phase === 'starting') {
        this.#start();
        steps += stepsPerStart;
      } else {
        this.#deliver(this.#inbox.next()!);
      }
    }
    // Nothing else of this turn may run between an end and what follows from it.
    if (this.pendingEnd && !this.condemned) this.#supervise(this);
    return steps;
  }

  /** This incarnation does already, or is over. */
  get #ends(): boolean {
    return this.pendingEnd !== undefined || this.phase === 'restarting' || this.phase === 'over';
  }

  fail(error: unknown): void {
    if (this.#ends) return;
    this.pendingEnd = { how: 'crashed', error };
    this.#runtime.schedule(this);
  }

  done(): void {
    if (this.pendingEnd) return;
    this.pendingEnd = { how: 'done' };
    this.#runtime.schedule(this);
  }

  #start(): void {
    const incarnation = new Incarnation(this.#runtime, this, this.address, ++this.number);
    this.#incarnation = incarnation;
    this.#records.start(this.kind.name, this.number, () => this.#runtime.parentOf(this.address));
    incarnation.start(this.kind, this.#args, this.#kept);
    this.phase = 'running';
    if (!incarnation.body) return;
    this.#kept = undefined;
    this.#keptAsks = new Set();
  }

  #deliver(entry: MailboxItem): void {
    if (entry.target !== undefined) {
      this.#runtime.forward(entry);
      return;
    }
    try {
      if (entry.event) {
        this.#records.event(entry.from, entry.event, entry.joined);
        this.#send(entry.event);
      } else if (entry.ask) {
        this.#receive(entry.ask);
      } else {
        this.#delivering = 'timer';
        entry.call!();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#delivering = undefined;
    }
  }

  #receive(ask: OpenAsk): void {
    const { body } = this.#incarnation!;
    if (!body!.receive) {
      ask.refuse(new PixyError('no-such-actor', { address: this.#displayed }));
      return;
    }
    const event = body!.receive(ask);
    if (event) this.#send(event);
  }

  #send(event: BusEvent): void {
    this.#delivering = event.type;
    this.#incarnation!.send(event);
  }

  #put(entry: MailboxItem): void {
    this.#inbox.put(entry);
    this.#wake();
  }

  #wake(): void {
    if (!this.queued && this.hasWork) this.#runtime.schedule(this);
  }

  // --- ends, decided by the supervisor

  condemn(code: StopCode): void {
    this.condemned ??= code;
  }

  /** Ends the incarnation, in the order of the contract, and returns how many told events were lost with its mailbox. */
  conclude(end: ActorEnd): number {
    const restarts = end.how === 'crashed' && end.willRestart;
    this.phase = restarts ? 'restarting' : 'over';
    this.pendingEnd = undefined;
    const incarnation = this.#incarnation;
    incarnation?.end();
    const kept = this.#lastWords(incarnation, end);
    this.#endedChildren.clear();
    // Who is done by its own will did not know of these: they go to whoever takes the address next.
    if (end.how === 'done' && !this.condemned) this.leftMail = this.#inbox.takeMessages();
    // What others told is for whoever lives here; what it told itself was about an incarnation that is over.
    const survives = ({ from, target }: MailboxItem) => restarts && (target !== undefined || from !== this.address);
    const refusal = () => this.#refusal(this.condemned ?? 'actor-ended');
    const lost = this.#inbox.clear(restarts ? kept : new Set(), refusal, survives);
    incarnation?.shut();
    this.#incarnation = undefined;
    if (!restarts) {
      this.#runtime.host.clock.clearTimeout(this.#restartTimer);
      this.#faults?.end();
    }
    this.#records.end(end);
    return lost;
  }

  /** Starts the next incarnation after `delayMs`. */
  restartAfter(delayMs: number): void {
    this.#restartTimer = this.#runtime.host.clock.setTimeout(() => {
      this.#restartTimer = undefined;
      this.phase = 'starting';
      this.#runtime.schedule(this);
    }, delayMs);
  }

  /** Lets the body say what outlives it, and returns the asks among that. */
  #lastWords(incarnation: Incarnation | undefined, end: ActorEnd): Set<Ask> {
    // A body that could not even be built has kept nothing: what its predecessor kept goes on waiting.
    if (!incarnation?.body) return this.#keptAsks;
    try {
      const words = incarnation.body.ended?.(end);
      this.#kept = words?.kept;
      this.#keptAsks = new Set(words?.asks);
    } catch (err) {
      this.#keptAsks = new Set();
      this.#runtime.log.error({ err, ...this.#where() }, 'an actor threw while it ended; nothing of it was kept');
    }
    return this.#keptAsks;
  }

  // --- for those who watch

  stateChanged(value: unknown): void {
    this.flight.state(value, this.#delivering);
  }

  get context(): unknown {
    return this.phase === 'running' ? this.#incarnation!.snapshot?.context : undefined;
  }

  watch(): void {
    this.#incarnation?.watch();
  }

  unwatch(): void {
    this.#incarnation?.unwatch();
  }

  suffer(fault: InnerFault): boolean {
    if (this.condemned || (fault.kind === 'crash' && this.#ends)) return false;
    this.#faults ??= new Faults(this.#runtime.host.clock);
    if (fault.kind === 'crash') this.fail(new Error('this crash was injected'));
    else if (fault.kind === 'slow') this.#faults.slowFor(fault.forMs, () => this.#wake());
    else this.#faults.fullFor(fault.forMs);
    this.#records.fault(fault);
    return true;
  }

  get stateValue(): unknown {
    return this.phase === 'running' ? this.#incarnation!.snapshot?.value : this.phase;
  }

  info(): ActorInfo {
    const incarnation = this.#incarnation;
    return {
      address: this.address,
      kind: this.kind.name,
      incarnation: this.number,
      startedAtMs: incarnation?.startedAtMs ?? this.#runtime.host.clock.nowMs(),
      value: this.stateValue,
      tags: this.phase === 'running' ? [...(incarnation!.snapshot?.tags ?? [])] : [],
      mailboxLength: this.#inbox.length,
      openAsks: this.#inbox.openAsks,
      restarts: Math.max(0, this.number - 1),
      load: this.#load(),
    };
  }

  #load(): ActorInfo['load'] {
    try {
      return (this.phase === 'running' && this.#incarnation!.body?.describe?.()) || {};
    } catch (error) {
      this.fail(error);
      return {};
    }
  }

  #where(): { address: string; incarnation: number } {
    return { address: this.#displayed, incarnation: this.number };
  }

  #refusal(code: StopCode | 'mailbox-full'): PixyError {
    return new PixyError(code, { address: this.#displayed });
  }
}
