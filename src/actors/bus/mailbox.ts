import type { OpenAsk } from './ask.js';
import type { BusEvent } from './types.js';

/** What waits in a mailbox: one of an event, a request, and a call (a timer of the actor's own, the end of a child). */
export interface MailboxItem {
  /** Address of the sender; `undefined`: from outside. */
  readonly from: string | undefined;
  /** Set: it is not for the holder, but waits until the holder can adopt this address below it. */
  readonly target: string | undefined;
  event: BusEvent | undefined;
  readonly ask: OpenAsk | undefined;
  readonly call: (() => void) | undefined;
  /** How many events were told to make this one. */
  joined: number;
  previous: MailboxItem | undefined;
  next: MailboxItem | undefined;
}

const item = (
  from: string | undefined,
  target: string | undefined,
  event: BusEvent | undefined,
  ask: OpenAsk | undefined,
  call: (() => void) | undefined,
): MailboxItem => ({ from, target, event, ask, call, joined: 1, previous: undefined, next: undefined });

export const eventItem = (from: string | undefined, event: BusEvent, target?: string) =>
  item(from, target, event, undefined, undefined);
export const askItem = (from: string | undefined, ask: OpenAsk, target?: string) =>
  item(from, target, undefined, ask, undefined);
export const callItem = (call: () => void) => item(undefined, undefined, undefined, undefined, call);

/** First in, first out. A linked list, since a request that is withdrawn leaves from the middle. */
export class Mailbox {
  #first: MailboxItem | undefined;
  #last: MailboxItem | undefined;
  /** Items of all kinds. */
  length = 0;
  /** Requests to the holder itself. */
  requests = 0;
  /** Messages for addresses below. */
  forwards = 0;

  /** Events and calls for the holder itself. */
  get events(): number {
    return this.length - this.requests - this.forwards;
  }

  get last(): MailboxItem | undefined {
    return this.#last;
  }

  push(entry: MailboxItem): void {
    entry.previous = this.#last;
    if (this.#last) this.#last.next = entry;
    else this.#first = entry;
    this.#last = entry;
    this.#count(entry, 1);
  }

  shift(): MailboxItem | undefined {
    const first = this.#first;
    if (first) this.remove(first);
    return first;
  }

  /** `entry` must lie in this mailbox. */
  remove(entry: MailboxItem): void {
    if (entry.previous) entry.previous.next = entry.next;
    else this.#first = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#last = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
    this.#count(entry, -1);
  }

  /** Takes out, in order, what waits for addresses that `wanted` accepts. */
  takeForwards(wanted: (target: string) => boolean): MailboxItem[] {
    return this.forwards === 0 ? [] : this.#take(({ target }) => target !== undefined && wanted(target));
  }

  /** Takes out, in order, all but calls. */
  takeMessages(): MailboxItem[] {
    return this.#take(({ call }) => call === undefined);
  }

  /** Takes out everything, in order. */
  takeAll(): MailboxItem[] {
    return this.#take(() => true);
  }

  #take(wanted: (entry: MailboxItem) => boolean): MailboxItem[] {
    const taken: MailboxItem[] = [];
    for (let at = this.#first; at;) {
      const next: MailboxItem | undefined = at.next;
      if (wanted(at)) {
        this.remove(at);
        taken.push(at);
      }
      at = next;
    }
    return taken;
  }

  #count(entry: MailboxItem, by: 1 | -1): void {
    this.length += by;
    if (entry.target !== undefined) this.forwards += by;
    else if (entry.ask) this.requests += by;
  }
}
