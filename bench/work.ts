import type { Cluster } from '../src/cluster/cluster.js';
import { until } from '../src/cluster/until.js';
import { realHost } from '../src/host/real-host.js';
import type { Worker } from './processes/calls.js';
import type { DaemonProcess } from './processes/daemon-process.js';
import { rows, type Row, type RowName } from './rows.js';
import type { operations as kafkajsOperations } from './workers/bare-kafkajs.js';
import type { operations as generatorOperations, PhaseResult } from './workers/load-generator.js';

const partitions = 8;
const settleMaxMs = 60_000;

/** Who takes part. */
export interface Stage {
  readonly cluster: Cluster;
  readonly daemon: DaemonProcess;
  readonly generator: Worker<typeof generatorOperations>;
  readonly kafkajs: Worker<typeof kafkajsOperations>;
  /** Its process, and where it listens. */
  readonly koa: { readonly pid: number; readonly port: number };
}

/** One side of a row. */
export interface Side {
  readonly pid: number;
  phase(durationMs: number, connections: number): Promise<PhaseResult>;
  /** Waits until what it accepted is written, and so disturbs the next phase no more. */
  settle(): Promise<void>;
}

export interface Sides {
  readonly daemon: Side;
  readonly baseline: Side | undefined;
  /** @throws Error when messages were lost */
  verify(): Promise<void>;
}

const { clock } = realHost();
const settled = async () => {};

/** A topic whose messages lie ready to be consumed; filled when it is asked for first. */
export class FilledTopic {
  readonly #stage: Stage;
  readonly #perPartition: number;
  #filled: Promise<string> | undefined;

  constructor(stage: Stage, messagesPerPartition: number) {
    this.#stage = stage;
    this.#perPartition = messagesPerPartition;
  }

  name(): Promise<string> {
    return (this.#filled ??= this.#fill());
  }

  async #fill(): Promise<string> {
    const { cluster, kafkajs } = this.#stage;
    const topic = 'bench-consume';
    await cluster.createTopic(topic, { partitions });
    const bytes = rows['consume-1'].messageBytes;
    await kafkajs.call('fill', { topic, partitions, perPartition: this.#perPartition, bytes });
    return topic;
  }
}

/** What one daemon, and the baseline of a row beside it, are given to do. */
export class Work {
  readonly #stage: Stage;
  readonly #filled: FilledTopic;
  readonly #label: string;

  /** `label`: at the end of the names of its topics and groups, where several share a cluster. */
  constructor(stage: Stage, filled: FilledTopic, label = '') {
    this.#stage = stage;
    this.#filled = filled;
    this.#label = label;
  }

  sidesOf(name: RowName): Promise<Sides> {
    const row: Row = rows[name];
    switch (row.work) {
      case 'produce':
      case 'flood':
        return this.#produce(name, row);
      case 'consume':
        return this.#consume(name);
      case 'long-poll':
        return this.#longPoll(name, row);
    }
  }

  async #produce(name: RowName, { messageBytes, sync, baseline }: Row): Promise<Sides> {
    const { daemon, generator, koa, kafkajs } = this.#stage;
    const topic = await this.#createTopic(`bench-${name}`);
    const path = `/topics/${topic}/messages${sync ? '?sync' : ''}`;
    let accepted = 0;
    const written = async () => (await kafkajs.call('count', { topic })) >= accepted;
    const post = (port: number, durationMs: number, connections: number) =>
      generator.call('post', { port, path, connections, durationMs, bodyBytes: messageBytes });
    const sides = {
      daemon: {
        pid: daemon.pid,
        phase: async (durationMs: number, connections: number) => {
          const result = await post(daemon.port, durationMs, connections);
          accepted += result.statuses[200] ?? 0;
          return result;
        },
        settle: () => until(clock, `the ${accepted} accepted messages of ${topic} are written`, settleMaxMs, written),
      },
      verify: async () => {
        const inTopic = await kafkajs.call('count', { topic });
        if (inTopic < accepted) throw new Error(`${accepted} messages were accepted, but ${topic} has ${inTopic}`);
      },
    };
    if (baseline === undefined) return { ...sides, baseline: undefined };
    if (baseline === 'bare Koa') {
      const phase = (durationMs: number, connections: number) => post(koa.port, durationMs, connections);
      return { ...sides, baseline: { pid: koa.pid, phase, settle: settled } };
    }
    const other = await this.#createTopic(`bench-${name}-kafkajs`);
    const work = { topic: other, bytes: messageBytes };
    const phase = (durationMs: number, atOnce: number) => kafkajs.call('send', { ...work, durationMs, atOnce });
    return { ...sides, baseline: { pid: kafkajs.pid, phase, settle: settled } };
  }

  async #consume(name: RowName): Promise<Sides> {
    const { daemon, generator, koa } = this.#stage;
    const topic = await this.#filled.name();
    const path = await this.#join(topic, `group-${name}${this.#label}`);
    const consume = (port: number, durationMs: number, connections: number, account: boolean) =>
      generator.call('consume', { port, path, connections, durationMs, account });
    return {
      daemon: {
        pid: daemon.pid,
        phase: (durationMs, connections) => consume(daemon.port, durationMs, connections, true),
        settle: settled,
      },
      baseline: {
        pid: koa.pid,
        phase: (durationMs, connections) => consume(koa.port, durationMs, connections, false),
        settle: settled,
      },
      verify: () => this.#verifyDelivered(path),
    };
  }

  async #longPoll(name: RowName, { messageBytes }: Row): Promise<Sides> {
    const { daemon, generator, kafkajs } = this.#stage;
    const topic = await this.#createTopic(`bench-${name}`);
    const other = await this.#createTopic(`bench-${name}-kafkajs`);
    const postPath = `/topics/${topic}/messages?sync`;
    await generator.call('post', { port: daemon.port, path: postPath, connections: 1, durationMs: 0, bodyBytes: 1 });
    const pollPath = await this.#join(topic, `group-${name}${this.#label}`);
    await kafkajs.call('subscribe', { topic: other, group: `group-${name}-kafkajs` });
    const ours = { port: daemon.port, postPath, pollPath, bodyBytes: messageBytes };
    const theirs = { topic: other, bytes: messageBytes };
    return {
      daemon: {
        pid: daemon.pid,
        phase: async (durationMs) => asPhase(await generator.call('longPoll', { ...ours, durationMs }), durationMs),
        settle: settled,
      },
      baseline: {
        pid: kafkajs.pid,
        phase: async (durationMs) =>
          asPhase(await kafkajs.call('sendToConsumer', { ...theirs, durationMs }), durationMs),
        settle: settled,
      },
      verify: () => this.#verifyDelivered(pollPath),
    };
  }

  /** Lets a group begin at the first message of a topic, and waits until it gets one. */
  async #join(topic: string, group: string): Promise<string> {
    const { daemon, generator } = this.#stage;
    const offsets = Array.from({ length: partitions }, (_, partition) => ({ partition, offset: 0 }));
    const url = `http://127.0.0.1:${daemon.port}/topics/${topic}/offsets?group=${group}`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(offsets) });
    if (!response.ok) throw new Error(`offsets could not be set: ${await response.text()}`);
    const path = `/topics/${topic}/messages?group=${group}`;
    const one = { port: daemon.port, path, connections: 1, durationMs: 0, account: true };
    await until(
      clock,
      `${group} consumes`,
      settleMaxMs,
      async () => (await generator.call('consume', one)).statuses[200] === 1,
    );
    return path;
  }

  async #verifyDelivered(path: string): Promise<void> {
    const { delivered, duplicates, missing } = await this.#stage.generator.call('delivered', { path });
    if (missing > 0) throw new Error(`${path}: ${missing} messages were left out among ${delivered} delivered ones`);
    if (duplicates > 0) console.log(`${path}: ${duplicates} of ${delivered} messages came more than once.`);
  }

  async #createTopic(name: string): Promise<string> {
    const topic = `${name}${this.#label}`;
    await this.#stage.cluster.createTopic(topic, { partitions });
    return topic;
  }
}

function asPhase(latency: readonly number[], elapsedMs: number): PhaseResult {
  return { statuses: {}, elapsedMs, latency, ended: false };
}
