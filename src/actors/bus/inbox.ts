import type { PixyError } from '../../errors/pixy-error.js';
import type { OpenAsk } from './ask.js';
import { eventItem, Mailbox, type MailboxItem } from './mailbox.js';
import type { Ask, BusEvent } from './types.js';

export type Join = (first: BusEvent, second: BusEvent) => BusEvent | undefined;

/** What has come to one address and is not settled: its mailbox, and the open asks, whether they wait there or the body has them. */
export class Inbox {
  readonly #mailbox = new Mailbox();
  /** With the place in the mailbox, or `undefined` once the body has it. */
  readonly #asks = new Map<OpenAsk, MailboxItem | undefined>();

  get openAsks(): number {
    return this.#asks.size;
  }

  get length(): number {
    return this.#mailbox.length;
  }

  /** Requests in the mailbox. */
  get requests(): number {
    return this.#mailbox.requests;
  }

  /** Events and calls in the mailbox. */
  get events(): number {
    return this.#mailbox.events;
  }

  /** Messages in the mailbox that wait to be adopted. */
  get forwards(): number {
    return this.#mailbox.forwards;
  }

  /** The next to be delivered. A request among these is the body's from now on; a forward is nobody's. */
  next(): MailboxItem | undefined {
    const entry = this.#mailbox.shift();
    if (entry?.ask) {
      if (entry.target === undefined) this.#asks.set(entry.ask, undefined);
      else this.#asks.delete(entry.ask);
    }
    return entry;
  }

  /** True: it became one with the last event, so there is nothing new to deliver. */
  putEvent(from: string | undefined, event: BusEvent, join: Join | undefined): boolean {
    const { last } = this.#mailbox;
    if (join && last?.event?.type === event.type && last.target === undefined) {
      const joined = join(last.event, event);
      if (joined) {
        last.event = joined;
        last.joined++;
        return true;
      }
    }
    this.#mailbox.push(eventItem(from, event));
    return false;
  }

  /** For all that is not an event for the holder itself. */
  put(entry: MailboxItem): void {
    if (entry.ask) this.#asks.set(entry.ask, entry);
    this.#mailbox.push(entry);
  }

  /** The body has it, and it never lay in the mailbox. */
  hand(ask: OpenAsk): void {
    this.#asks.set(ask, undefined);
  }

  /** It has an outcome, or is somebody else's from now on. */
  drop(ask: OpenAsk): void {
    const entry = this.#asks.get(ask);
    if (entry) this.#mailbox.remove(entry);
    this.#asks.delete(ask);
  }

  /** Whether it is for an address below, and waits to be adopted. */
  isForward(ask: OpenAsk): boolean {
    return this.#asks.get(ask)?.target !== undefined;
  }

  /** Takes out, in order, what waits for addresses that `wanted` accepts. */
  takeForwards(wanted: (target: string) => boolean): MailboxItem[] {
    const entries = this.#mailbox.takeForwards(wanted);
    for (const { ask } of entries) if (ask) this.#asks.delete(ask);
    return entries;
  }

  /** Takes out, in order, all messages that are not delivered; calls stay. */
  takeMessages(): MailboxItem[] {
    const entries = this.#mailbox.takeMessages();
    for (const { ask } of entries) if (ask) this.#asks.delete(ask);
    return entries;
  }

  /**
   * Refuses all asks but the kept ones, drops everything else, and returns how many told events were lost by that. Events
   * that `survives` accepts stay, in order.
   */
  clear(kept: ReadonlySet<Ask>, refusal: () => PixyError, survives: (event: MailboxItem) => boolean): number {
    // One error for all: there may be thousands of them, and each error costs a stack trace.
    let error: PixyError | undefined;
    for (const ask of this.#asks.keys()) {
      if (kept.has(ask)) {
        ask.forgetWithdrawn();
        this.#asks.set(ask, undefined);
      } else {
        ask.refuse((error ??= refusal()));
      }
    }
    let lost = 0;
    for (const entry of this.#mailbox.takeAll()) {
      if (!entry.event) continue;
      if (survives(entry)) this.#mailbox.push(entry);
      else lost += entry.joined;
    }
    return lost;
  }
}
