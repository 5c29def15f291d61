import { PixyError } from '../../errors/pixy-error.js';
import type { TimerHandle } from '../../host/host.js';
import { Faults } from './faults.js';
import type { AskHolder, OpenAsk } from './ask.js';
import { Incarnation, type IncarnationOwner } from './incarnation.js';
import type { Lender } from './loan.js';
import { askItem, callItem, eventItem, Mailbox, type MailboxItem } from './mailbox.js';
import { RecentEvents } from './recent-events.js';
import { RestartWindow } from './restart-window.js';
import type { Runnable } from './run-queue.js';
import type { AnyKind, Runtime } from './runtime.js';
import type { ActorEnd, ActorInfo, Ask, BusEvent, BusRecord, InnerFault, Outcome } from './types.js';

/** Events that wait for an actor between a crash and its restart; nobody drains them, so they need a limit of their own. */
const eventsWhileAwayMax = 1024;

/** Why an actor that is being stopped answers no more. */
export type StopCode = 'shutting-down' | 'actor-ended';

/** How the machine ended by itself; the supervisor has not looked at it yet. */
export type PendingEnd = { readonly how: 'done' } | { readonly how: 'crashed'; readonly error: unknown };

type WithoutPlace<R> = R extends BusRecord ? Omit<R, 'atMs' | 'address' | 'incarnation'> : never;

/** What holds an address: the mailbox, the open asks and the valve, over all incarnations. */
export class ActorShell implements Runnable, AskHolder, IncarnationOwner, Lender {
  readonly address: string;
  readonly kind: AnyKind;
  readonly restarts: RestartWindow;
  readonly recentEvents = new RecentEvents();
  queued = false;
  phase: 'starting' | 'running' | 'restarting' | 'over' = 'starting';
  pendingEnd: PendingEnd | undefined;
  /** It is being stopped: nothing is delivered any more, whatever comes is refused. */
  condemned: StopCode | undefined;
  /** It left its address. */
  gone = false;
  readonly #args: unknown;
  readonly #runtime: Runtime;
  readonly #supervise: (shell: ActorShell) => void;
  readonly #mailbox = new Mailbox();
  /** All open asks put to this address, with their place in the mailbox, or `undefined` once the body has them. */
  readonly #asks = new Map<OpenAsk, MailboxItem | undefined>();
  #incarnation: Incarnation | undefined;
  /** Of the incarnation. */
  number = 0;
  #kept: unknown;
  #keptAsks: Set<Ask> = new Set();
  #restartTimer: TimerHandle | undefined;
  #faults: Faults | undefined;
  /** While the valve serves this ask, its outcome waits to be recorded until the ask itself is. */
  #serving: { readonly ask: OpenAsk; outcome: Outcome<unknown>['kind'] | undefined } | undefined;

  constructor(runtime: Runtime, supervise: (shell: ActorShell) => void, kind: AnyKind, address: string, args: unknown) {
    this.#runtime = runtime;
    this.#supervise = supervise;
    this.kind = kind;
    this.address = address;
    this.#args = args;
    this.restarts = new RestartWindow(kind.restart);
  }

  // --- what comes in

  takeEvent(from: string | undefined, event: BusEvent): PixyError | undefined {
    if (this.condemned) return this.#refusal(this.condemned);
    if (this.phase === 'restarting' && this.#mailbox.length - this.#mailbox.requests >= eventsWhileAwayMax) {
      return this.#refusal('mailbox-full');
    }
    const { last } = this.#mailbox;
    if (this.kind.join && last?.event?.type === event.type && last.target === undefined) {
      const joined = this.#join(last.event, event);
      if (joined) {
        last.event = joined;
        last.joined++;
        return undefined;
      }
    }
    this.#put(eventItem(from, event));
    return undefined;
  }

  takeAsk(from: string | undefined, ask: OpenAsk): void {
    ask.holder = this;
    const full = this.#faults?.full === true;
    if (!full && this.#valveOpen && this.#mailbox.requests === 0) {
      if (this.#serve(from, ask)) return;
    } else if (this.#runtime.taps.listening) {
      this.#record({ type: 'ask', from, request: ask.request, served: 'mailbox' });
    }
    if (this.condemned) ask.refuse(this.#refusal(this.condemned));
    else if (full || this.#mailbox.requests >= this.kind.mailboxRequestsMax) {
      ask.refuse(this.#refusal('mailbox-full'));
    } else {
      const entry = askItem(from, ask);
      this.#asks.set(ask, entry);
      this.#put(entry);
    }
  }

  /** A message for an address below, which waits until this actor runs and can adopt it. */
  takeForward(entry: MailboxItem): PixyError | undefined {
    if (this.condemned) return this.#refusal(this.condemned);
    const { length, requests } = this.#mailbox;
    if (entry.ask ? requests >= this.kind.mailboxRequestsMax : length - requests >= eventsWhileAwayMax) {
      return this.#refusal('mailbox-full');
    }
    if (entry.ask) {
      entry.ask.holder = this;
      this.#asks.set(entry.ask, entry);
    }
    this.#put(entry);
    return undefined;
  }

  /** Gives away what waits here for addresses that `wanted` accepts. */
  giveForwards(wanted: (target: string) => boolean): MailboxItem[] {
    const entries = this.#mailbox.takeForwards(wanted);
    for (const { ask } of entries) if (ask) this.#asks.delete(ask);
    return entries;
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
    this.putCall(() => {
      const event = this.#incarnation?.body?.childEnded?.(address, end);
      if (event) this.#send(event);
    });
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

  #serve(from: string | undefined, ask: OpenAsk): boolean {
    const { body } = this.#incarnation!;
    const watched = this.#runtime.taps.listening;
    if (watched) this.#serving = { ask, outcome: undefined };
    // In the books before the body sees it: should the body throw, the ask is refused with all others.
    this.#asks.set(ask, undefined);
    let served = true;
    try {
      served = body!.serve?.(ask) === true;
    } catch (error) {
      this.fail(error);
    }
    if (watched) this.#recordServed(from, ask, served);
    if (!served) this.#asks.delete(ask);
    return served;
  }

  #recordServed(from: string | undefined, ask: OpenAsk, served: boolean): void {
    const outcome = this.#serving?.outcome;
    this.#serving = undefined;
    this.#record({ type: 'ask', from, request: ask.request, served: served ? 'valve' : 'mailbox' });
    if (outcome) this.#record({ type: 'outcome', request: ask.request, outcome });
  }

  // --- adoption

  /** Lets the body spawn an address below; `undefined`: it tried, or will be asked when it runs. */
  adopt(address: string): PixyError | undefined {
    const adopt = this.#incarnation?.body?.adopt;
    if (!adopt) return new PixyError('no-such-actor', { address: this.#runtime.display(address) });
    if (this.condemned || this.pendingEnd || !this.#incarnation!.hasTag('adopts')) {
      return this.#refusal(this.condemned ?? (this.pendingEnd ? 'actor-ended' : 'shutting-down'));
    }
    try {
      return adopt.call(this.#incarnation!.body, address);
    } catch (error) {
      this.fail(error);
      return this.#refusal('actor-ended');
    }
  }

  // --- asks

  release(ask: OpenAsk, outcome: Outcome<unknown>): void {
    const entry = this.#asks.get(ask);
    if (entry) this.#mailbox.remove(entry);
    this.#asks.delete(ask);
    if (!this.#runtime.taps.listening) return;
    if (this.#serving?.ask === ask) this.#serving.outcome = outcome.kind;
    else this.#record({ type: 'outcome', request: ask.request, outcome: outcome.kind });
  }

  whyWaiting(ask: OpenAsk): string | undefined {
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
    return this.phase === 'running' && !this.#faults?.slow && this.#mailbox.length > 0;
  }

  run(max: number): number {
    let steps = 0;
    for (; steps < max && this.hasWork; steps++) {
      if (this.pendingEnd) this.#supervise(this);
      else if (this.phase === 'starting') this.#start();
      else this.#deliver(this.#mailbox.shift()!);
    }
    // Nothing else of this turn may run between an end and what follows from it.
    if (this.pendingEnd && !this.condemned) this.#supervise(this);
    return steps;
  }

  fail(error: unknown): void {
    if (this.pendingEnd || this.phase === 'restarting' || this.phase === 'over') return;
    this.pendingEnd = { how: 'crashed', error };
    this.#runtime.schedule(this);
  }

  done(): void {
    if (this.pendingEnd) return;
    this.pendingEnd = { how: 'done' };
    this.#runtime.schedule(this);
  }

  #start(): void {
    this.phase = 'running';
    const incarnation = new Incarnation(this.#runtime, this, this.address, ++this.number);
    this.#incarnation = incarnation;
    if (this.#runtime.taps.listening) {
      this.#record({ type: 'spawn', kind: this.kind.name, parent: this.#runtime.parentOf(this.address) });
    }
    incarnation.start(this.kind, this.#args, this.#kept);
    if (!incarnation.body) return;
    this.#kept = undefined;
    this.#keptAsks = new Set();
  }

  #deliver(entry: MailboxItem): void {
    if (entry.target !== undefined) {
      if (entry.ask) this.#asks.delete(entry.ask);
      this.#runtime.forward(entry);
      return;
    }
    try {
      if (entry.event) {
        if (this.#runtime.taps.listening) {
          this.#record({ type: 'event', from: entry.from, event: entry.event, joined: entry.joined });
        }
        this.#send(entry.event);
      } else if (entry.ask) {
        this.#receive(entry.ask);
      } else {
        entry.call!();
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #receive(ask: OpenAsk): void {
    this.#asks.set(ask, undefined);
    const { body } = this.#incarnation!;
    if (!body!.receive) {
      ask.refuse(new PixyError('no-such-actor', { address: this.#runtime.display(this.address) }));
      return;
    }
    this.recentEvents.add(ask.request.type);
    const event = body!.receive(ask);
    if (event) this.#send(event);
  }

  #send(event: BusEvent): void {
    this.recentEvents.add(event.type);
    this.#incarnation!.send(event);
  }

  #put(entry: MailboxItem): void {
    this.#mailbox.push(entry);
    if (!this.queued && this.hasWork) this.#runtime.schedule(this);
  }

  #join(first: BusEvent, second: BusEvent): BusEvent | undefined {
    try {
      return this.kind.join!(first, second);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
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
    this.#refuseAsks(this.#lastWords(incarnation, end), restarts);
    incarnation?.shut();
    let lost = 0;
    for (let entry = this.#mailbox.shift(); entry; entry = this.#mailbox.shift()) if (entry.event) lost += entry.joined;
    if (!restarts) {
      this.#runtime.host.clock.clearTimeout(this.#restartTimer);
      this.#faults?.end();
    }
    if (this.#runtime.taps.listening) this.#record({ type: 'end', end });
    return lost;
  }

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

  #refuseAsks(kept: Set<Ask>, restarts: boolean): void {
    if (this.#asks.size === 0) return;
    // One error for all: there may be thousands of them, and each error costs a stack trace.
    const error = this.#refusal(this.condemned ?? 'actor-ended');
    for (const ask of this.#asks.keys()) {
      if (restarts && kept.has(ask)) ask.forgetWithdrawn();
      else ask.refuse(error);
    }
  }

  // --- for those who watch

  watch(): void {
    this.#incarnation?.watch();
  }

  unwatch(): void {
    this.#incarnation?.unwatch();
  }

  suffer(fault: InnerFault): void {
    const faults = (this.#faults ??= new Faults(this.#runtime.host.clock));
    switch (fault.kind) {
      case 'crash':
        this.fail(new Error('this crash was injected'));
        break;
      case 'slow':
        faults.slowFor(fault.forMs, () => this.#runtime.schedule(this));
        break;
      case 'mailbox-full':
        faults.fullFor(fault.forMs);
        break;
    }
    if (this.#runtime.taps.listening) this.#record({ type: 'fault', fault });
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
      mailboxLength: this.#mailbox.length,
      openAsks: this.#asks.size,
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

  #record(record: WithoutPlace<BusRecord>): void {
    this.#runtime.taps.emit({
      ...record,
      atMs: this.#runtime.host.clock.nowMs(),
      ...this.#where(),
    } as BusRecord);
  }

  #where(): { address: string; incarnation: number } {
    return { address: this.#runtime.display(this.address), incarnation: this.number };
  }

  #refusal(code: StopCode | 'mailbox-full'): PixyError {
    return new PixyError(code, { address: this.#runtime.display(this.address) });
  }
}
