import type { TimerHandle } from '../../host/host.js';
import type { ConsumerLoad } from '../script/script.js';
import type { ChaosDaemon } from '../world/world.js';
import { DaemonClient, plainDeadlineMs, type ClientSurroundings } from './daemon-client.js';
import { outcomeOfAck } from './outcomes.js';

/** Messages that one client has and has not acknowledged yet; then it takes no more. */
const inHandMax = 300;
/** A client needs any time up to this for a message, so that it acknowledges them in another order. */
const workMaxMs = 1000;

/** Who consumes, and where. */
export interface ConsumerOptions {
  readonly name: string;
  readonly load: ConsumerLoad;
  readonly topic: string;
  readonly daemon: ChaosDaemon;
  readonly surroundings: ClientSurroundings;
}

interface InHand {
  readonly partition: number;
  readonly offset: number;
  /** Written by this run, so that its ack is written down. */
  readonly isOurs: boolean;
}

/** Acknowledges the messages of one client later, out of order, by requests of their own. */
export class Acknowledger {
  readonly #options: ConsumerOptions;
  readonly #client: DaemonClient;
  readonly #timers = new Map<TimerHandle, InHand>();
  readonly #due: InHand[] = [];
  #sending: Promise<void> | undefined;
  #isFaithful = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#client = new DaemonClient(options.daemon, options.name, options.surroundings);
  }

  get isFull(): boolean {
    return this.#timers.size + this.#due.length >= inHandMax;
  }

  acknowledge(message: InHand): void {
    const { clock } = this.#options.surroundings;
    const afterMs = this.#afterMs();
    if (afterMs === Infinity) return;
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer);
      this.#due.push(message);
      this.#sending ??= this.#sendAll();
    }, afterMs);
    this.#timers.set(timer, message);
  }

  /** Infinite: never. */
  #afterMs(): number {
    const { load, daemon, surroundings } = this.#options;
    const { random } = surroundings;
    const fate = this.#isFaithful ? 1 : random.next();
    if (fate < load.neverShare) return Infinity;
    if (fate < load.neverShare + load.lateShare) return daemon.kind.timing.ackTimeoutMs * (1 + random.next());
    return random.next() * workMaxMs;
  }

  /** From now on everything is acknowledged, and in time. */
  beFaithful(): void {
    this.#isFaithful = true;
  }

  /** Acknowledges at once what is in hand. */
  async finish(): Promise<void> {
    this.#due.push(...this.#timers.values());
    this.#clearTimers();
    this.#sending ??= this.#sendAll();
    await this.#sending;
  }

  /** What is in hand is not acknowledged any more. */
  async stop(): Promise<void> {
    this.#clearTimers();
    this.#due.length = 0;
    this.#client.close();
    await this.#sending;
  }

  #clearTimers(): void {
    for (const timer of this.#timers.keys()) this.#options.surroundings.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#due.shift(); next; next = this.#due.shift()) await this.#send(next);
    this.#sending = undefined;
  }

  async #send({ partition, offset, isOurs }: InHand): Promise<void> {
    const { load, topic, daemon, surroundings } = this.#options;
    const { group } = load;
    const { answer, sentMs, answeredMs } = await this.#client.ask({
      method: 'POST',
      path: `/topics/${topic}/acks?group=${group}&partition=${partition}&offset=${offset}`,
      body: '',
      what: `an ack of group ${group} for ${topic}/${partition}@${offset}`,
      // A daemon may try for as long as it may let a poll wait.
      deadlineMs: Math.max(plainDeadlineMs, daemon.kind.timing.longPollingTimeoutMs),
    });
    if (!isOurs) return;
    surroundings.records.note('acks', {
      ...{ group, topic, partition, offset, daemon: daemon.name, sentMs },
      ...{ answeredMs: answer.kind === 'answer' ? answeredMs : undefined },
      ...outcomeOfAck(answer),
    });
  }
}
