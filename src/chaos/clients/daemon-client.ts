import type { Clock, Random } from '../../host/host.js';
import type { ChaosDaemon } from '../world/world.js';
import type { Answer, HttpConnection, HttpRequest } from './http-connection.js';
import type { Records } from './records.js';

/** Beyond its own deadline a request may take so long before it counts as one that hangs. */
const hangGraceMs = 5000;
/** A request is given up then, or so long after its deadline. */
const giveUpMs = 60_000;
const giveUpGraceMs = 30_000;
/** Of requests that have no deadline of their own. */
export const plainDeadlineMs = 5000;

/** What all clients of a run have in common. */
export interface ClientSurroundings {
  /** For timers. */
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds from the beginning of the load. */
  readonly nowMs: () => number;
  readonly connect: (address: string) => HttpConnection;
  readonly records: Records;
  /** Of this run, by which its messages are told from others. */
  readonly runId: string;
  /** Whether a daemon, or the link to it, was struck at any time between. */
  readonly wasStruck: (daemon: string, fromMs: number, toMs: number) => boolean;
}

interface Question extends Pick<HttpRequest, 'method' | 'path' | 'body'> {
  /** In words, for whoever reads that it hangs. */
  readonly what: string;
  readonly deadlineMs: number;
}

/** Times are whole milliseconds, rounded so that what is said to be before something else was. */
export interface Answered {
  readonly answer: Answer;
  readonly sentMs: number;
  readonly answeredMs: number;
}

/** One client's connection to one daemon: one request after another, each in its time. */
export class DaemonClient {
  readonly daemon: ChaosDaemon;
  readonly #name: string;
  readonly #surroundings: ClientSurroundings;
  readonly #connection: HttpConnection;

  constructor(daemon: ChaosDaemon, name: string, surroundings: ClientSurroundings) {
    this.daemon = daemon;
    this.#name = name;
    this.#surroundings = surroundings;
    this.#connection = surroundings.connect(daemon.address);
  }

  async ask({ what, deadlineMs, ...request }: Question): Promise<Answered> {
    const { nowMs, records, wasStruck } = this.#surroundings;
    const sentMs = Math.floor(nowMs());
    const answer = await this.#connection.send({
      ...request,
      giveUpMs: Math.max(giveUpMs, deadlineMs + giveUpGraceMs),
    });
    const answeredMs = Math.ceil(nowMs());
    const { name: daemon } = this.daemon;
    if (answeredMs - sentMs > deadlineMs + hangGraceMs && !wasStruck(daemon, sentMs, answeredMs)) {
      const answered = answer.kind === 'answer' ? answeredMs : undefined;
      records.note('hangs', { client: this.#name, daemon, request: what, sentMs, answeredMs: answered });
    }
    return { answer, sentMs, answeredMs };
  }

  close(): void {
    this.#connection.close();
  }
}

export const rest = (clock: Clock, forMs: number): Promise<void> =>
  new Promise((resolve) => void clock.setTimeout(resolve, forMs));
