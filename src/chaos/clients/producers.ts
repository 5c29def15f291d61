import type { TimerHandle } from '../../host/host.js';
import type { ProducerLoad } from '../script/script.js';
import { Poster, type PosterOptions } from './poster.js';

/** Posts are due more often than timers come. */
const tickMinMs = 2;
/** What could not be posted within this time is not made up for: the load would come in a heap. */
const lateMaxMs = 100;

export interface ProducerOptions extends PosterOptions {
  /** In front of the names of its clients; no other load has it. */
  readonly name: string;
}

/** The clients of one load: a post is due at even distances, of each client in turn. */
export class Producers {
  readonly #posters: readonly Poster[];
  readonly #options: ProducerOptions;
  #timer: TimerHandle | undefined;
  #startedMs = 0;
  /** Posts that were due since the start. */
  #due = 0;

  constructor(options: ProducerOptions) {
    const { load, name } = options;
    this.#options = options;
    this.#posters = Array.from({ length: load.clients }, (_, index) => {
      const client = { name: `${name}.${index + 1}`, keys: keysOf(index, load) };
      return new Poster(client, options);
    });
  }

  start(): void {
    this.#startedMs = this.#options.surroundings.clock.nowMs();
    this.#tick();
  }

  /** Resolves when each open post has its end. */
  async stopPosting(): Promise<void> {
    this.#disarm();
    await Promise.all(this.#posters.map((poster) => poster.settled()));
  }

  close(): void {
    this.#disarm();
    for (const poster of this.#posters) poster.close();
  }

  #tick(): void {
    const { load, surroundings } = this.#options;
    const { clock } = surroundings;
    const everyMs = 1000 / load.messagesPerSecond;
    const due = Math.floor((clock.nowMs() - this.#startedMs) / everyMs) + 1;
    const heapMax = Math.max(1, Math.floor(lateMaxMs / everyMs));
    for (let post = Math.max(this.#due, due - heapMax); post < due; post++)
      this.#posters[post % this.#posters.length]!.postNext();
    this.#due = due;
    const waitMs = this.#startedMs + due * everyMs - clock.nowMs();
    this.#timer = clock.setTimeout(() => this.#tick(), Math.max(tickMinMs, waitMs));
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#options.surroundings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Each key is of one client, as long as there are keys enough. */
function keysOf(client: number, { clients, keys }: ProducerLoad): string[] {
  if (keys < clients) return [`k${(client % keys) + 1}`];
  const own: string[] = [];
  for (let key = client; key < keys; key += clients) own.push(`k${key + 1}`);
  return own;
}
