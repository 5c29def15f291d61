import { setMaxListeners } from 'node:events';
import { partitionOfKey } from '../../src/machines/partitioner.js';
import { AckingClient } from './acking-client.js';
import { nowMs } from './clock.js';
import { noteSlow, poll, rest, retryPaceMs, type Consumer, type Written } from './consuming.js';
import type { DaemonProcess } from './daemon.js';
import type { Fleet } from './fleet.js';
import type { Attempt } from './history.js';
import { HttpClient, type Outcome } from './http-client.js';
import type { Recorder } from './recorder.js';
import { clientTimeoutMs, groupKinds, groups, partitions, syncTimeoutMs, topics } from './settings.js';

const keysPerPartition = 3;
const clientsPerDaemon = 4;
const ackingClientsPerDaemon = 3;
const paceMs = 150;
const asyncPaceMs = 40;
const samplePaceMs = 80;
const sampleTimeoutMs = 2000;

/** The clients of a run. Each kind runs until it is stopped; the clients of a daemon also end with it. */
export class Clients {
  readonly #fleet: Fleet;
  readonly #recorder: Recorder;
  readonly #posting = new AbortController();
  readonly #consuming = new AbortController();
  readonly #posters: Promise<void>[] = [];
  readonly #consumers: Promise<void>[] = [];
  #faithful = false;

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

  /** Long polls all the time, for both groups, and async posts. */
  serve(daemon: DaemonProcess): void {
    for (let n = 1; n <= clientsPerDaemon; n++) this.#consumers.push(this.#consume(daemon, `${daemon.name}c${n}`));
    for (let n = 1; n <= ackingClientsPerDaemon; n++)
      this.#consumers.push(this.#consumeAndAck(daemon, `${daemon.name}a${n}`));
    this.#posters.push(this.#postAsync(daemon));
  }

  async stopPosting(): Promise<void> {
    this.#posting.abort();
    await Promise.all(this.#posters);
  }

  /** From now on everything that is delivered is acknowledged, and soon. */
  acknowledgeAll(): void {
    this.#faithful = true;
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
    noteSlow(this.#recorder, daemon, 'a sync post', sentMs, syncTimeoutMs);
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
      noteSlow(this.#recorder, daemon, 'an async post', sentMs, 0);
      if (outcome.kind === 'answer' && outcome.status === 200)
        this.#recorder.accepted.push({ daemon: daemon.name, id });
      await rest(asyncPaceMs, this.#posting.signal);
    }
    client.close();
  }

  async #consume(daemon: DaemonProcess, name: string): Promise<void> {
    const http = new HttpClient(daemon.port, clientTimeoutMs);
    const consumer: Consumer = { daemon, name, group: 'auto', http };
    const { signal } = this.#consuming;
    while (daemon.isAlive && !signal.aborted) await poll(consumer, this.#recorder, '', signal);
    http.close();
  }

  #consumeAndAck(daemon: DaemonProcess, name: string): Promise<void> {
    return new AckingClient(daemon, name, this.#recorder, this.#consuming.signal, () => this.#faithful).run();
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
    const outcome = await client.send('GET', `/topics/${topics.sync}/consumers`);
    client.close();
    if (outcome.kind !== 'answer' || outcome.status !== 200) return;
    const answeredMs = nowMs();
    const byGroup = JSON.parse(outcome.body) as Record<string, Record<string, number[]>>;
    for (const group of groupKinds) {
      const owners = new Map<number, string>();
      for (const [member, owned] of Object.entries(byGroup[groups[group]] ?? {})) {
        const name = this.#fleet.byPid(Number(/_(\d+)_[^_]+$/.exec(member)?.[1])) ?? member;
        for (const partition of owned) owners.set(partition, name);
      }
      this.#recorder.claims.push({ group, askedMs, answeredMs, owners });
    }
  }
}

function judgePost(outcome: Outcome): Pick<Attempt, 'outcome' | 'detail' | 'partition' | 'offset'> {
  if (outcome.kind === 'not-sent') return { outcome: 'refused', detail: 'not sent' };
  if (outcome.kind === 'cut') return { outcome: 'unknown', detail: outcome.why };
  if (outcome.status === 200) {
    const { partition, offset } = JSON.parse(outcome.body) as { partition: number; offset: number };
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
