import { Acknowledger, type ConsumerOptions } from './acknowledger.js';
import { DaemonClient, rest } from './daemon-client.js';
import { postInBase64 } from './message.js';
import { outcomeOfPoll, type Consumed } from './outcomes.js';

/** After an answer that is neither a message nor the word that there is none, and while the daemon is down. */
const pauseMs = 50;

/** One client that polls one daemon all the time, for one topic of its group, and acknowledges what it gets as its group does. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #client: DaemonClient;
  readonly #acknowledger: Acknowledger | undefined;
  readonly #path: string;
  #hasStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ConsumerOptions) {
    const { name, load, topic, daemon, surroundings } = options;
    this.#options = options;
    this.#client = new DaemonClient(daemon, name, surroundings);
    this.#acknowledger = load.ack === 'later' ? new Acknowledger(options) : undefined;
    this.#path = `/topics/${topic}/messages?group=${load.group}${load.ack === 'later' ? '&noAck' : ''}`;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** From now on everything is acknowledged, and in time. */
  beFaithful(): void {
    this.#acknowledger?.beFaithful();
  }

  /** Lets the poll that is under way come to its end, and acknowledges everything. */
  async finish(): Promise<void> {
    this.#hasStopped = true;
    await this.#running;
    await this.#acknowledger?.finish();
  }

  async stop(): Promise<void> {
    this.#hasStopped = true;
    this.#client.close();
    await Promise.all([this.#running, this.#acknowledger?.stop()]);
  }

  async #run(): Promise<void> {
    const { daemon, surroundings } = this.#options;
    while (!this.#hasStopped) {
      const canPoll = daemon.isUp && this.#acknowledger?.isFull !== true;
      if (!canPoll || !(await this.#poll())) await rest(surroundings.clock, pauseMs);
    }
  }

  /** Whether to go on at once. */
  async #poll(): Promise<boolean> {
    const { name: client, load, topic, daemon, surroundings } = this.#options;
    const { group } = load;
    const { answer, sentMs, answeredMs } = await this.#client.ask({
      method: 'GET',
      path: this.#path,
      what: `a poll of group ${group} for ${topic}`,
      deadlineMs: daemon.kind.timing.longPollingTimeoutMs,
    });
    const outcome = outcomeOfPoll(answer);
    if (outcome === 'nothing') return true;
    if (outcome === 'refused') return false;
    if (outcome === 'lost') {
      const whose = { group, topic, daemon: daemon.name, client };
      surroundings.records.note('lostAnswers', { ...whose, askedMs: sentMs, endedMs: answeredMs, mayHold: true });
      return false;
    }
    this.#take(outcome, sentMs, answeredMs);
    return true;
  }

  #take({ partition, offset, value }: Consumed, askedMs: number, handedMs: number): void {
    const { name: client, load, topic, daemon, surroundings } = this.#options;
    const post = postInBase64(value, surroundings.runId);
    if (post === undefined) {
      // In a given cluster there are other people's messages too.
      this.#acknowledger?.acknowledge({ partition, offset, isOurs: false });
      return;
    }
    surroundings.records.deliver({
      ...{ group: load.group, mode: load.ack, topic, partition, offset, post },
      ...{ daemon: daemon.name, client, askedMs, handedMs, received: true },
    });
    this.#acknowledger?.acknowledge({ partition, offset, isOurs: true });
  }
}
