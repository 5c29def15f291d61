import { seededRandom } from '../host/virtual-host.js';
import type { Clock, Random } from '../host/host.js';
import type { SimulatedAnswer, SimulatedConnection, SimulatedRequest } from './connection.js';
import type { SimulatedDaemon } from './daemon.js';
import type { Ack, AckMode, Delivery, Post } from '../verdict/history.js';
import { run, type Errand } from './errands.js';
import type { Invariants } from './invariants.js';
import type { PlannedPost } from './plan.js';
import type { Recorder } from './recorder.js';

/** How long a client waits for an answer before it gives the connection up: longer than any deadline of a daemon. */
const patienceMs = 45_000;
/** Between a failure and the next try, at another daemon. */
const retryMs = 300;
/** In a storm. */
const stormRetryMs = 50;
/** What a storm brings for each topic, beside what goes on already. */
const stormPolls = 6;
const stormPosts = 6;
/** Of its requests, how many at the least go to its own daemon. */
const homeShare = 0.1;
/** Messages that a client may have in its hands before it acknowledges them. */
const unackedMax = 20;
/** Of the polls of one who acknowledges by himself, how many bring an ack along if there is one to give. */
const ackedByPollShare = 0.3;

export interface ClientOptions {
  readonly name: string;
  readonly seed: number;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly invariants: Invariants;
  /** The process that has this name just now; `undefined`: none runs. */
  readonly daemonAt: (index: number) => SimulatedDaemon | undefined;
  readonly daemons: number;
}

interface Reached {
  readonly daemon: SimulatedDaemon;
  /** `undefined`: none came. */
  readonly answer: SimulatedAnswer | undefined;
  /** When the daemon had handed it over. */
  readonly handedMs: number;
  /** False: there was an answer, but the client had gone. */
  readonly received: boolean;
}

/** One program that posts and consumes, each over connections of its own, and tries again what failed. */
export class SimulatedClient {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #random: Random;
  /** On which an answer is awaited. */
  readonly #connections = new Set<SimulatedConnection>();
  /** Kept for the next requests to the process. */
  readonly #idle = new WeakMap<SimulatedDaemon, SimulatedConnection[]>();
  readonly #sequences = new Map<string, number>();
  readonly #home: number;
  #daemon: number;
  #consuming = true;
  /** Nothing is read for now. */
  #slow = false;
  #stormy = false;
  #goesWithAnswer = false;
  /** By group. */
  readonly #restsUntilMs = new Map<string, number>();
  readonly #consumed: { readonly group: string; readonly mode: AckMode; readonly topic: string }[] = [];
  /** Posts that have no certain end yet. */
  openPosts = 0;

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#home = Math.floor(this.#random.next() * options.daemons);
    this.#daemon = this.#home;
  }

  // --- faults

  /** It goes away and comes again: in the midst of everything, or when the next answer is on its way to it. */
  vanish(): void {
    if (this.#random.next() < 0.5) this.#goAway();
    else this.#goesWithAnswer = true;
  }

  #goAway(): void {
    this.#goesWithAnswer = false;
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  /** One that was slow reads on, or has lost its patience and goes away. */
  set slow(slow: boolean) {
    this.#slow = slow;
    if (!slow && this.#random.next() < 0.5) this.#goAway();
    for (const connection of this.#connections) {
      if (slow) connection.stall();
      else connection.readOn();
    }
  }

  /** It polls and posts much more than before, and tries again at once what failed. */
  set stormy(stormy: boolean) {
    this.#stormy = stormy;
    if (!stormy) return;
    for (const { group, mode, topic } of this.#consumed) {
      for (let at = 0; at < stormPolls; at++) void this.#consume(group, mode, topic, () => this.#stormy);
      for (let at = 0; at < stormPosts; at++) void this.post({ topic, key: `storm-${at}`, sync: at % 2 === 0 });
    }
  }

  /** It asks for no message of the group for so long. */
  rest(group: string, forMs: number): void {
    this.#restsUntilMs.set(group, this.#options.clock.nowMs() + forMs);
  }

  stopConsuming(): void {
    this.#consuming = false;
  }

  // --- posting

  /** Posts until an answer says that it is written, accepted, or cannot be. */
  async post({ topic, key, sync }: Pick<PlannedPost, 'topic' | 'key' | 'sync'>): Promise<void> {
    const { clock, recorder } = this.#options;
    this.openPosts++;
    const sequence = (this.#sequences.get(key) ?? 0) + 1;
    this.#sequences.set(key, sequence);
    for (;;) {
      const id = recorder.nextPost();
      const sentMs = clock.nowMs();
      const url = `/topics/${topic}/messages?key=${this.name}-${key}${sync ? '&sync' : ''}`;
      const headers = { 'content-type': 'text/plain' };
      const reached = await this.#send({ method: 'POST', url, headers, body: Buffer.from(String(id)) });
      if (reached) {
        const said = outcomeOfPost(sync, reached.received ? reached.answer : undefined);
        const { daemon } = reached;
        const common = {
          id,
          client: this.name,
          daemon: daemon.name,
          topic,
          key: `${this.name}-${key}`,
          sequence,
          sync,
        };
        recorder.post({ ...common, sentMs, answeredMs: clock.nowMs(), ...said });
        if (said.outcome === 'written' || said.outcome === 'accepted') break;
      }
      await this.#pause(this.#stormy ? stormRetryMs : retryMs);
    }
    this.openPosts--;
  }

  /** It goes where its other requests go, and is not tried again. */
  async run(errand: Errand): Promise<void> {
    const { clock, recorder } = this.#options;
    const ask = async (request: SimulatedRequest): Promise<SimulatedAnswer | undefined> => {
      const reached = await this.#send(request);
      return reached?.received ? reached.answer : undefined;
    };
    await run(errand, { ask, clock, recorder });
  }

  // --- consuming

  async consume(group: string, mode: AckMode, topic: string): Promise<void> {
    this.#consumed.push({ group, mode, topic });
    await this.#consume(group, mode, topic, () => true);
  }

  async #consume(group: string, mode: AckMode, topic: string, isWanted: () => boolean): Promise<void> {
    const { clock, recorder, invariants } = this.#options;
    const unacked: Delivery[] = [];
    while (this.#consuming && isWanted()) {
      const askedMs = clock.nowMs();
      const restMs = (this.#restsUntilMs.get(group) ?? 0) - askedMs;
      if (restMs > 0) {
        await this.#pause(restMs);
        continue;
      }
      const [acked] = this.#random.next() < ackedByPollShare ? unacked.splice(0, 1) : [];
      const ack = acked
        ? `&ackPartition=${acked.partition}&ackOffset=${acked.offset}`
        : mode === 'later'
          ? '&noAck'
          : '';
      const request = { method: 'GET', url: `/topics/${topic}/messages?group=${group}${ack}` } as const;
      const reached = await this.#send(request, ({ daemon, answer, handedMs }) => {
        if (answer?.status !== 200) return;
        const { partition, offset } = messageOf(answer);
        invariants.handedOver({ daemon, group, topic, partition, offset, askedMs, handedMs });
      });
      if (acked && !reached) unacked.unshift(acked);
      if (acked && reached) recorder.ack(ackByPoll(acked, reached.daemon.name, askedMs));
      if (reached && !reached.answer) {
        const whose = { group, topic, daemon: reached.daemon.name, client: this.name };
        recorder.lostAnswer({ ...whose, askedMs, endedMs: reached.handedMs, mayHold: false });
      }
      if (!reached || reached.answer?.status !== 200) {
        if (reached?.answer?.status !== 408) await this.#pause(this.#stormy ? stormRetryMs : retryMs);
        continue;
      }
      const { partition, offset, value } = messageOf(reached.answer);
      const delivery: Delivery = {
        group,
        mode,
        topic,
        partition,
        offset,
        post: Number(Buffer.from(value, 'base64').toString('utf8')),
        daemon: reached.daemon.name,
        client: this.name,
        askedMs,
        handedMs: reached.handedMs,
        received: reached.received,
      };
      recorder.delivery(delivery);
      if (mode === 'later' && reached.received) {
        unacked.push(delivery);
        // In any order, some of them late.
        while (unacked.length > 0 && (unacked.length > unackedMax || this.#random.next() < 0.6)) {
          const [acked] = unacked.splice(Math.floor(this.#random.next() * unacked.length), 1);
          await this.#acknowledge(acked!, reached.daemon);
        }
      }
    }
    for (const delivery of unacked) await this.#acknowledge(delivery, undefined);
  }

  async #acknowledge({ group, topic, partition, offset, daemon: name }: Delivery, at: SimulatedDaemon | undefined) {
    const { clock, recorder, daemons, daemonAt } = this.#options;
    const daemon =
      at?.name === name ? at : Array.from({ length: daemons }, (_, n) => daemonAt(n)).find((d) => d?.name === name);
    if (!daemon) return;
    const url = `/topics/${topic}/acks?group=${group}&partition=${partition}&offset=${offset}`;
    const sentMs = clock.nowMs();
    const { answer: said, received } = await this.#ask(daemon, { method: 'POST', url });
    const answer = received ? said : undefined;
    const outcome: Ack['outcome'] = answer === undefined ? 'unknown' : answer.status === 200 ? 'noted' : 'refused';
    const detail = answer === undefined ? 'no answer' : `${answer.status} ${answer.body}`;
    const place = { group, topic, partition, offset, daemon: name };
    recorder.ack({ ...place, sentMs, answeredMs: clock.nowMs(), outcome, detail });
  }

  // --- requests

  /**
   * At the daemon that served last; after a failure at the next one, and now and then at its own again, whether that is back
   * or not. `undefined`: none runs there.
   */
  async #send(
    request: SimulatedRequest,
    onHanded?: (reached: Omit<Reached, 'received'>) => void,
  ): Promise<Reached | undefined> {
    if (this.#random.next() < homeShare) this.#daemon = this.#home;
    const daemon = this.#options.daemonAt(this.#daemon);
    const reached = daemon?.isUp ? await this.#ask(daemon, request, onHanded) : undefined;
    if (!reached?.answer || reached.answer.status >= 500)
      this.#daemon = (this.#daemon + 1 + Math.floor(this.#random.next() * 2)) % this.#options.daemons;
    return reached;
  }

  /** `onHanded`: called at the moment at which the daemon has handed the answer over. */
  async #ask(
    daemon: SimulatedDaemon,
    request: SimulatedRequest,
    onHanded?: (reached: Omit<Reached, 'received'>) => void,
  ): Promise<Reached> {
    const { clock, recorder } = this.#options;
    const connection = this.#connectionTo(daemon);
    this.#connections.add(connection);
    if (this.#slow) connection.stall();
    const sentMs = clock.nowMs();
    const timer = clock.setTimeout(() => {
      recorder.hang({ client: this.name, daemon: daemon.name, request: request.url, sentMs, answeredMs: undefined });
      connection.close();
    }, patienceMs);
    // A request is on its way for a moment; one to a daemon that stands still waits at its door.
    await this.#pause(between(this.#random, 0, 2));
    await daemon.gate.pass();
    const answer = await connection.request(request);
    const handedMs = clock.nowMs();
    onHanded?.({ daemon, answer, handedMs });
    if (answer && this.#goesWithAnswer) this.#goAway();
    if (answer) await this.#pause(between(this.#random, 0, 2));
    clock.clearTimeout(timer);
    const received = this.#connections.delete(connection);
    if (received && connection.isOpen) this.#keep(connection, daemon);
    else daemon.disconnect(connection);
    return { daemon, answer, handedMs, received };
  }

  #connectionTo(daemon: SimulatedDaemon): SimulatedConnection {
    const idle = this.#idle.get(daemon);
    for (let kept = idle?.pop(); kept; kept = idle?.pop()) if (kept.isOpen) return kept;
    return daemon.connect();
  }

  #keep(connection: SimulatedConnection, daemon: SimulatedDaemon): void {
    connection.readOn();
    const idle = this.#idle.get(daemon) ?? [];
    this.#idle.set(daemon, idle);
    idle.push(connection);
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.setTimeout(resolve, durationMs));
  }
}

/** What becomes of it has no part in the answer. */
const ackByPoll = ({ group, topic, partition, offset }: Delivery, daemon: string, sentMs: number): Ack => ({
  ...{ group, topic, partition, offset, daemon, sentMs },
  answeredMs: undefined,
  outcome: 'unknown',
  detail: 'along with a poll',
});

const between = (random: Random, min: number, max: number): number => min + Math.floor(random.next() * (max - min + 1));

function messageOf({ body }: SimulatedAnswer): { partition: number; offset: number; value: string } {
  return JSON.parse(body) as { partition: number; offset: number; value: string };
}

function outcomeOfPost(
  sync: boolean,
  answer: SimulatedAnswer | undefined,
): Pick<Post, 'outcome' | 'detail' | 'partition' | 'offset'> {
  if (answer === undefined) return { outcome: 'unknown', detail: 'no answer' };
  if (answer.status !== 200) {
    const isUnknown = ['outcome-unknown', 'internal'].includes(answer.headers['x-pixy-error'] ?? '');
    return { outcome: isUnknown ? 'unknown' : 'refused', detail: `${answer.status} ${answer.body}` };
  }
  if (!sync) return { outcome: 'accepted', detail: '200' };
  const { partition, offset } = JSON.parse(answer.body) as { partition: number; offset: number };
  return { outcome: 'written', detail: '200', partition, offset };
}
