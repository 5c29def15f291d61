import { setMaxListeners } from 'node:events';
import { partitionOfKey } from '../../src/machines/partitioner.js';
import { nowMs, pause } from './clock.js';
import type { DaemonProcess } from './daemon.js';
import type { Fleet } from './fleet.js';
import type { Attempt } from './history.js';
import { HttpClient, type Outcome } from './http-client.js';
import type { Recorder } from './recorder.js';
import { clientTimeoutMs, group, lateMs, longPollingMs, partitions, syncTimeoutMs, topics } from './settings.js';

const keysPerPartition = 3;
const clientsPerDaemon = 4;
const paceMs = 150;
const asyncPaceMs = 40;
const samplePaceMs = 80;
const sampleTimeoutMs = 2000;
const retryPaceMs = 50;

/** What a message says of itself. */
interface Written {
  readonly try: number;
  readonly at: number;
}

/** The clients of a run. Each kind runs until it is stopped; the clients of a daemon also end with it. */
export class Clients {
  readonly #fleet: Fleet;
  readonly #recorder: Recorder;
  readonly #posting = new AbortController();
  readonly #consuming = new AbortController();
  readonly #posters: Promise<void>[] = [];
  readonly #consumers: Promise<void>[] = [];

  constructor(fleet: Fleet, recorder: Recorder) {
    this.#fleet = fleet;
    this.#recorder = recorder;
    // Each client listens while it rests, and there are many of them.
    setMaxListeners(0, this.#posting.signal, this.#consuming.signal);
  }

  startSyncProducers(): void {
    for (const key of keysOverAllPartitions()) this.#posters.push(this.#produce(key));
  }

  startSampling(): void {
    this.#consumers.push(this.#sampleClaims());
  }

  /** Long polls all the time, and async posts. */
  serve(daemon: DaemonProcess): void {
    for (let n = 1; n <= clientsPerDaemon; n++) this.#consumers.push(this.#consume(daemon, `${daemon.name}c${n}`));
    this.#posters.push(this.#postAsync(daemon));
  }

  async stopPosting(): Promise<void> {
    this.#posting.abort();
    await Promise.all(this.#posters);
  }

  async stopAll(): Promise<void> {
    this.#consuming.abort();
    await this.stopPosting();
    await Promise.all(this.#consumers);
  }

  /** One key: its messages in turn, each until it is acknowledged, by whichever daemon lives. */
  async #produce(key: string): Promise<void> {
    const clients = new Map<DaemonProcess, HttpClient>();
    const clientOf = (daemon: DaemonProcess): HttpClient => {
      const client = clients.get(daemon) ?? new HttpClient(daemon.port, clientTimeoutMs);
      clients.set(daemon, client);
      return client;
    };
    let sequence = 0;
    while (!this.#posting.signal.aborted) {
      const daemon = this.#anyDaemon();
      const attempt = daemon && (await this.#post(daemon, clientOf(daemon), key, sequence));
      if (attempt?.outcome === 'acknowledged') sequence++;
      await rest(attempt?.outcome === 'acknowledged' ? paceMs : retryPaceMs, this.#posting.signal);
    }
    for (const client of clients.values()) client.close();
  }

  #anyDaemon(): DaemonProcess | undefined {
    const { living } = this.#fleet;
    return living[Math.floor(Math.random() * living.length)];
  }

  async #post(daemon: DaemonProcess, client: HttpClient, key: string, sequence: number): Promise<Attempt> {
    const id = this.#recorder.nextId();
    const sentMs = nowMs();
    const written: Written = { try: id, at: sentMs };
    const outcome = await client.send(
      'POST',
      `/topics/${topics.sync}/messages?sync&key=${key}`,
      JSON.stringify(written),
    );
    const answeredMs = nowMs();
    this.#noteSlow(daemon, 'a sync post', sentMs, syncTimeoutMs);
    const attempt = { id, daemon: daemon.name, key, sequence, sentMs, answeredMs, ...judgePost(outcome) };
    this.#recorder.attempts.push(attempt);
    return attempt;
  }

  async #postAsync(daemon: DaemonProcess): Promise<void> {
    const client = new HttpClient(daemon.port, clientTimeoutMs);
    while (daemon.isAlive && !this.#posting.signal.aborted) {
      const id = this.#recorder.nextId();
      const sentMs = nowMs();
      const written: Written = { try: id, at: sentMs };
      const outcome = await client.send('POST', `/topics/${topics.async}/messages`, JSON.stringify(written));
      this.#noteSlow(daemon, 'an async post', sentMs, 0);
      if (outcome.kind === 'answer' && outcome.status === 200)
        this.#recorder.accepted.push({ daemon: daemon.name, id });
      await rest(asyncPaceMs, this.#posting.signal);
    }
    client.close();
  }

  async #consume(daemon: DaemonProcess, name: string): Promise<void> {
    const client = new HttpClient(daemon.port, clientTimeoutMs);
    while (daemon.isAlive && !this.#consuming.signal.aborted) {
      const askedMs = nowMs();
      const outcome = await client.send('GET', `/topics/${topics.sync}/messages?group=${group}`);
      this.#noteSlow(daemon, 'a poll', askedMs, longPollingMs);
      if (outcome.kind === 'answer' && outcome.status === 200) {
        const { value, partition, offset } = JSON.parse(outcome.body) as { value: string } & Delivered;
        const written = JSON.parse(Buffer.from(value, 'base64').toString()) as Written;
        const whose = { daemon: daemon.name, client: name, partition, offset };
        this.#recorder.delivered({
          ...whose,
          attempt: written.try,
          writtenMs: written.at,
          askedMs,
          receivedMs: nowMs(),
        });
      } else if (outcome.kind !== 'answer' || outcome.status !== 408) {
        await rest(retryPaceMs, this.#consuming.signal);
      }
    }
    client.close();
  }

  async #sampleClaims(): Promise<void> {
    let turn = 0;
    while (!this.#consuming.signal.aborted) {
      const daemons = this.#fleet.living.filter(({ isFrozen }) => !isFrozen);
      const daemon = daemons[turn++ % Math.max(daemons.length, 1)];
      if (daemon) await this.#sample(daemon);
      await rest(samplePaceMs, this.#consuming.signal);
    }
  }

  async #sample(daemon: DaemonProcess): Promise<void> {
    const client = new HttpClient(daemon.port, sampleTimeoutMs);
    const askedMs = nowMs();
    const outcome = await client.send('GET', `/topics/${topics.sync}/consumers?group=${group}`);
    client.close();
    if (outcome.kind !== 'answer' || outcome.status !== 200) return;
    const members = (JSON.parse(outcome.body) as Record<string, Record<string, number[]>>)[group] ?? {};
    const owners = new Map<number, string>();
    for (const [member, owned] of Object.entries(members)) {
      const name = this.#fleet.byPid(Number(/_(\d+)_[^_]+$/.exec(member)?.[1])) ?? member;
      for (const partition of owned) owners.set(partition, name);
    }
    this.#recorder.claims.push({ askedMs, answeredMs: nowMs(), owners });
  }

  #noteSlow({ name: daemon }: DaemonProcess, request: string, sentMs: number, boundMs: number): void {
    const tookMs = nowMs() - sentMs;
    if (tookMs > boundMs + lateMs) this.#recorder.slow.push({ daemon, request, sentMs, tookMs });
  }
}

interface Delivered {
  readonly partition: number;
  readonly offset: number;
}

/** Ends early, and without an error, when the signal is aborted. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, signal).catch(() => {});
}

function judgePost(outcome: Outcome): Pick<Attempt, 'outcome' | 'detail' | 'partition' | 'offset'> {
  if (outcome.kind === 'not-sent') return { outcome: 'refused', detail: 'not sent' };
  if (outcome.kind === 'cut') return { outcome: 'unknown', detail: outcome.why };
  if (outcome.status === 200) {
    const { partition, offset } = JSON.parse(outcome.body) as Delivered;
    return { outcome: 'acknowledged', detail: 'written', partition, offset };
  }
  const detail = `${outcome.status} ${outcome.error}`;
  return { outcome: outcome.error === 'outcome-unknown' ? 'unknown' : 'refused', detail };
}

/** So many keys for each partition, that a silent partition is noticed at once. */
function keysOverAllPartitions(): string[] {
  const keys = Array.from({ length: partitions }, (): string[] => []);
  for (let n = 0; keys.some((some) => some.length < keysPerPartition); n++) {
    const some = keys[partitionOfKey(Buffer.from(`k${n}`), partitions)]!;
    if (some.length < keysPerPartition) some.push(`k${n}`);
  }
  return keys.flat();
}
