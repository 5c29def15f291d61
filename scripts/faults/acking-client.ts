import { nowMs } from './clock.js';
import { noteSlow, poll, rest, type Consumer } from './consuming.js';
import type { DaemonProcess } from './daemon.js';
import type { Ack, Delivery } from './history.js';
import { HttpClient, type Outcome } from './http-client.js';
import type { Recorder } from './recorder.js';
import { clientTimeoutMs, groups, longPollingMs, timing, topics } from './settings.js';

const handMax = 100;
const acksPaceMs = 20;
/** Of the messages, so many are acknowledged within a second, so many past the time for it, and the rest never. */
const soonShare = 0.8;
const lateShare = 0.1;
const soonMaxMs = 1000;
/** Of the requests to consume, so many acknowledge another message along. */
const alongShare = 0.1;

interface Held {
  readonly delivery: Delivery;
  readonly dueMs: number;
}

/**
 * Takes messages and acknowledges them later, in another order, by requests of their own or along with the next one to
 * consume; some too late, some never. Lives as long as its daemon, and takes what it holds with it.
 */
export class AckingClient {
  readonly #daemon: DaemonProcess;
  readonly #name: string;
  readonly #recorder: Recorder;
  readonly #signal: AbortSignal;
  readonly #isFaithful: () => boolean;
  readonly #hand: Held[] = [];

  /** @param isFaithful everything is acknowledged soon from now on */
  constructor(daemon: DaemonProcess, name: string, recorder: Recorder, signal: AbortSignal, isFaithful: () => boolean) {
    this.#daemon = daemon;
    this.#name = name;
    this.#recorder = recorder;
    this.#signal = signal;
    this.#isFaithful = isFaithful;
  }

  async run(): Promise<void> {
    await Promise.all([this.#consume(), this.#acknowledge()]);
  }

  get #ends(): boolean {
    return !this.#daemon.isAlive || this.#signal.aborted;
  }

  async #consume(): Promise<void> {
    const http = new HttpClient(this.#daemon.port, clientTimeoutMs);
    const consumer: Consumer = { daemon: this.#daemon, name: this.#name, group: 'later', http };
    while (!this.#ends) {
      if (this.#hand.length >= handMax) {
        await rest(acksPaceMs, this.#signal);
        continue;
      }
      const along = Math.random() < alongShare ? this.#takeDue() : undefined;
      const sentMs = nowMs();
      const ack = along ? `&ackPartition=${along.partition}&ackOffset=${along.offset}` : '&noAck';
      const delivery = await poll(consumer, this.#recorder, ack, this.#signal);
      if (along) this.#note(along, sentMs, { outcome: 'unknown', detail: 'sent along' });
      if (delivery) this.#hold(delivery);
    }
    http.close();
  }

  #hold(delivery: Delivery): void {
    const { receivedMs } = delivery;
    const fate = this.#isFaithful() ? 0 : Math.random();
    if (fate < soonShare) this.#hand.push({ delivery, dueMs: receivedMs + Math.random() * soonMaxMs });
    else if (fate < soonShare + lateShare)
      this.#hand.push({ delivery, dueMs: receivedMs + timing.ackTimeoutMs * (1 + Math.random()) });
  }

  #takeDue(): Delivery | undefined {
    const at = this.#hand.findIndex(({ dueMs }) => dueMs <= nowMs());
    return at < 0 ? undefined : this.#hand.splice(at, 1)[0]!.delivery;
  }

  async #acknowledge(): Promise<void> {
    const http = new HttpClient(this.#daemon.port, clientTimeoutMs);
    while (!this.#ends) {
      const delivery = this.#takeDue();
      if (!delivery) {
        await rest(acksPaceMs, this.#signal);
        continue;
      }
      const { partition, offset } = delivery;
      const sentMs = nowMs();
      const query = `group=${groups.later}&partition=${partition}&offset=${offset}`;
      const outcome = await http.send('POST', `/topics/${topics.sync}/acks?${query}`, '');
      noteSlow(this.#recorder, this.#daemon, 'an ack', sentMs, longPollingMs);
      this.#note(delivery, sentMs, judgeAck(outcome));
    }
    http.close();
  }

  #note(
    { daemon, partition, offset, receivedMs }: Delivery,
    sentMs: number,
    how: Pick<Ack, 'outcome' | 'detail'>,
  ): void {
    this.#recorder.acks.push({ daemon, partition, offset, receivedMs, sentMs, answeredMs: nowMs(), ...how });
  }
}

function judgeAck(outcome: Outcome): Pick<Ack, 'outcome' | 'detail'> {
  if (outcome.kind === 'not-sent') return { outcome: 'refused', detail: 'not sent' };
  if (outcome.kind === 'cut') return { outcome: 'unknown', detail: outcome.why };
  if (outcome.status === 200) return { outcome: 'noted', detail: 'noted' };
  return { outcome: 'refused', detail: `${outcome.status} ${outcome.error}` };
}
