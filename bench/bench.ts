import type { Cluster } from '../scripts/cluster/cluster.js';
import { until } from '../scripts/cluster/processes.js';
import { Measurement } from './measurement.js';
import type { Worker } from './processes/calls.js';
import type { DaemonProcess } from './processes/daemon-process.js';
import { cpuMs, highestRssMiB } from './processes/figures.js';
import type { RowResult } from './report.js';
import { rows, type Row, type RowName } from './rows.js';
import type { operations as kafkajsOperations } from './workers/bare-kafkajs.js';
import type { operations as generatorOperations, PhaseResult } from './workers/load-generator.js';

const partitions = 8;
/** A server that has served for long runs compiled code; so many requests at a time get it there soon, whatever the row. */
const warmUpConnections = 64;
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

export interface Schedule {
  readonly warmUpMs: number;
  readonly phaseMs: number;
  /** In each, the daemon and its baseline have a phase, one after the other, so that what disturbs one disturbs both. */
  readonly rounds: number;
  /** Messages that lie ready in each partition of what is consumed. */
  readonly messagesPerPartition: number;
}

/** One side of a row. */
interface Side {
  readonly pid: number;
  phase(durationMs: number, connections: number): Promise<PhaseResult>;
  /** Waits until what it accepted is written, and so disturbs the next phase no more. */
  settle(): Promise<void>;
}

interface Sides {
  readonly daemon: Side;
  readonly baseline: Side | undefined;
  /** @throws Error when messages were lost */
  verify(): Promise<void>;
}

const settled = async () => {};

/** Measures one row after the other. */
export class Bench {
  readonly #stage: Stage;
  readonly #schedule: Schedule;
  #filled: Promise<string> | undefined;

  constructor(stage: Stage, schedule: Schedule) {
    this.#stage = stage;
    this.#schedule = schedule;
  }

  /** @throws Error when messages were lost, or something else than an aim was missed */
  async measure(name: RowName): Promise<RowResult> {
    const { warmUpMs, phaseMs, rounds } = this.#schedule;
    const { connections } = rows[name];
    const { daemon, baseline, verify } = await this.#sidesOf(name);
    for (const side of [daemon, baseline]) {
      await side?.phase(warmUpMs, Math.max(warmUpConnections, connections));
      await side?.settle();
    }
    const result = { name, daemon: new Measurement(), baseline: baseline && new Measurement() };
    for (let round = 0; round < rounds; round++) {
      const ended = await measurePhase(daemon, phaseMs, connections, result.daemon);
      if (baseline) await measurePhase(baseline, phaseMs, connections, result.baseline!);
      if (ended) break;
    }
    await verify();
    if (result.daemon.latency.total === 0) throw new Error(`no request of ${name} succeeded`);
    return result;
  }

  #sidesOf(name: RowName): Promise<Sides> {
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
        settle: () => until(`the ${accepted} accepted messages of ${topic} are written`, settleMaxMs, written),
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
    const topic = await (this.#filled ??= this.#fill());
    const path = await this.#join(topic, `group-${name}`);
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
    const pollPath = await this.#join(topic, `group-${name}`);
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

  async #fill(): Promise<string> {
    const topic = await this.#createTopic('bench-consume');
    const perPartition = this.#schedule.messagesPerPartition;
    await this.#stage.kafkajs.call('fill', { topic, partitions, perPartition, bytes: rows['consume-1'].messageBytes });
    return topic;
  }

  async #createTopic(topic: string): Promise<string> {
    await this.#stage.cluster.createTopic(topic, { partitions });
    return topic;
  }
}

/** Done, not now, and no message: with anything else the figures would mean nothing. */
const expectedStatuses = ['200', '503', '408'];

/** True when there is nothing left to consume. */
async function measurePhase(
  side: Side,
  durationMs: number,
  connections: number,
  measurement: Measurement,
): Promise<boolean> {
  const cpuBeforeMs = cpuMs(side.pid);
  const { result, rssMiB } = await highestRssMiB(side.pid, async () => {
    const phase = await side.phase(durationMs, connections);
    await side.settle();
    return phase;
  });
  const strange = Object.keys(result.statuses).filter((status) => !expectedStatuses.includes(status));
  if (strange.length > 0) throw new Error(`requests were answered ${strange.join(', ')}`);
  measurement.add(result, cpuMs(side.pid) - cpuBeforeMs, rssMiB);
  return result.ended;
}

function asPhase(latency: readonly number[], elapsedMs: number): PhaseResult {
  return { statuses: {}, elapsedMs, latency, ended: false };
}
