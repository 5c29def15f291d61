import type { ProducerLoad } from '../script/script.js';
import type { ChaosDaemon } from '../world/world.js';
import { DaemonClient, plainDeadlineMs, type ClientSurroundings } from './daemon-client.js';
import { messageText } from './message.js';
import { outcomeOfPost } from './outcomes.js';

/** Before a message is posted again of which it is not certain that it was written. */
const againAfterMs = 300;

export interface PosterOptions {
  readonly load: ProducerLoad;
  /** Those that it posts to. */
  readonly daemons: readonly ChaosDaemon[];
  readonly surroundings: ClientSurroundings;
}

/** A message of a key that is not certain to be written: the next one of its key waits for it. */
interface Message {
  readonly key: string;
  readonly sequence: number;
}

/**
 * One client: posts one message at a time to each daemon, so that one which is frozen does not keep it from the others, and one
 * at a time of each key, so that there is an order to be kept.
 */
export class Poster {
  readonly #name: string;
  readonly #options: PosterOptions;
  readonly #sequences = new Map<string, number>();
  readonly #freeKeys: string[];
  /** In the order of their times. */
  readonly #again: { readonly message: Message; readonly dueMs: number }[] = [];
  readonly #clients = new Map<ChaosDaemon, DaemonClient>();
  readonly #open = new Map<ChaosDaemon, Promise<void>>();

  constructor({ name, keys }: { readonly name: string; readonly keys: readonly string[] }, options: PosterOptions) {
    this.#name = name;
    this.#freeKeys = [...keys];
    this.#options = options;
  }

  /** Posts to any daemon that lives and has no post of this client yet; nothing where there is none, or no key is free. */
  postNext(): void {
    const { daemons, surroundings } = this.#options;
    const free = daemons.filter((daemon) => daemon.isUp && !this.#open.has(daemon));
    if (free.length === 0) return;
    const message = this.#nextMessage();
    if (!message) return;
    const daemon = free[Math.floor(surroundings.random.next() * free.length)]!;
    const open = this.#post(message, daemon).finally(() => this.#open.delete(daemon));
    this.#open.set(daemon, open);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#open.values());
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #nextMessage(): Message | undefined {
    const { clock, random } = this.#options.surroundings;
    if (this.#again[0] && this.#again[0].dueMs <= clock.nowMs()) return this.#again.shift()!.message;
    if (this.#freeKeys.length === 0) return undefined;
    const at = Math.floor(random.next() * this.#freeKeys.length);
    const key = this.#freeKeys[at]!;
    this.#freeKeys[at] = this.#freeKeys.at(-1)!;
    this.#freeKeys.pop();
    const sequence = (this.#sequences.get(key) ?? 0) + 1;
    this.#sequences.set(key, sequence);
    return { key, sequence };
  }

  async #post(message: Message, daemon: ChaosDaemon): Promise<void> {
    const { load, surroundings } = this.#options;
    const { clock, random, nowMs, records, runId } = surroundings;
    const { key, sequence } = message;
    const { topic, messageBytes } = load;
    const id = records.nextPost();
    const sync = random.next() < load.syncShare;
    const { answer, sentMs, answeredMs } = await this.#clientOf(daemon).ask({
      method: 'POST',
      path: `/topics/${topic}/messages?key=${key}${sync ? '&sync' : ''}`,
      body: messageText({ runId, post: id, sentMs: Math.floor(nowMs()) }, messageBytes),
      what: `${sync ? 'a sync' : 'an async'} post to ${topic}`,
      deadlineMs: sync ? daemon.kind.timing.syncTimeoutMs : plainDeadlineMs,
    });
    const said = outcomeOfPost(answer, sync);
    records.note('posts', {
      ...{ id, client: this.#name, daemon: daemon.name, topic, key, sequence, sync },
      ...{ sentMs, answeredMs: answer.kind === 'answer' ? answeredMs : undefined },
      ...said,
    });
    if (said.outcome === 'written' || said.outcome === 'accepted') this.#freeKeys.push(key);
    else this.#again.push({ message, dueMs: clock.nowMs() + againAfterMs });
  }

  #clientOf(daemon: ChaosDaemon): DaemonClient {
    let client = this.#clients.get(daemon);
    if (!client) {
      client = new DaemonClient(daemon, this.#name, this.#options.surroundings);
      this.#clients.set(daemon, client);
    }
    return client;
  }
}
