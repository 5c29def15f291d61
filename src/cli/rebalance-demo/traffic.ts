import type { Clock, TimerHandle } from '../../host/host.js';
import type { Member } from './member.js';

/** Slow enough to be looked at, and quick enough that a partition without a reader soon lags behind. */
const postEveryMs = 120;
/** Posts without an answer; further ones are left out. */
const postsOpenMax = 20;
const consumersPerMember = 2;
/** What a consumer does with a message. Together the consumers of one member are a little quicker than the producer. */
const workMs = 150;
const afterRefusalMs = 250;

export interface TrafficOptions {
  readonly clock: Clock;
  readonly topic: string;
  readonly group: string;
  /** Those that run. */
  readonly members: () => readonly Member[];
}

/** The clients of the demo: one that posts to whoever runs, and some for each member that ask it for messages. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #end = new AbortController();
  readonly #asking = new Map<Member, AbortController>();
  readonly #consumers = new Set<Promise<void>>();
  #timer: TimerHandle | undefined;
  #postsOpen = 0;
  #posted = 0;
  #consumed = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#armPost();
  }

  /** Messages that were accepted, and messages that were handed out. */
  get counts(): { readonly posted: number; readonly consumed: number } {
    return { posted: this.#posted, consumed: this.#consumed };
  }

  ask(member: Member): void {
    if (this.#asking.has(member)) return;
    const asking = new AbortController();
    this.#asking.set(member, asking);
    for (let consumer = 0; consumer < consumersPerMember; consumer++) {
      const loop = this.#consume(member, asking.signal);
      this.#consumers.add(loop);
      void loop.then(() => this.#consumers.delete(loop));
    }
  }

  stopAsking(member: Member): void {
    this.#asking.get(member)?.abort();
    this.#asking.delete(member);
  }

  async stop(): Promise<void> {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#end.abort();
    for (const member of [...this.#asking.keys()]) this.stopAsking(member);
    await Promise.all(this.#consumers);
  }

  #armPost(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#armPost();
      void this.#post();
    }, postEveryMs);
  }

  async #post(): Promise<void> {
    // As a load balancer does: who does not answer is not asked.
    const members = this.#options.members().filter(({ isFrozen }) => !isFrozen);
    const member = members[this.#posted % members.length];
    if (member === undefined || this.#postsOpen >= postsOpenMax) return;
    this.#postsOpen++;
    const path = `/topics/${this.#options.topic}/messages?key=order-${this.#posted}`;
    try {
      await member.client.ask({ method: 'POST', path, body: `order ${this.#posted}`, signal: this.#end.signal });
      this.#posted++;
    } catch {
      // The daemon ends, or the demo does.
    } finally {
      this.#postsOpen--;
    }
  }

  async #consume(member: Member, signal: AbortSignal): Promise<void> {
    const { topic, group } = this.#options;
    while (!signal.aborted) {
      try {
        const { status } = await member.client.ask({ path: `/topics/${topic}/messages?group=${group}`, signal });
        if (status === 200) this.#consumed++;
        if (status !== 408) await this.#pause(status === 200 ? workMs : afterRefusalMs, signal);
      } catch {
        if (!signal.aborted) await this.#pause(afterRefusalMs, signal);
      }
    }
  }

  #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const over = (): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = clock.setTimeout(over, durationMs);
      signal.addEventListener('abort', over);
    });
  }
}
