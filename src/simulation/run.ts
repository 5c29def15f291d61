import type { BusRecord } from '../actors/bus/types.js';
import { validateConfig, type Config } from '../config/config.js';
import { createEmbeddedWorld, type EmbeddedWorld } from '../embedded/world.js';
import { virtualHost, type VirtualHost } from '../host/virtual-host.js';
import { SimulatedClient } from './client.js';
import { SimulatedDaemon, type Wrapping } from './daemon.js';
import { recordOf } from './fault-record.js';
import type { Fault } from './faults.js';
import type { History, HistoryTiming, LogEntry, Truncation } from '../verdict/history.js';
import { Invariants } from './invariants.js';
import { inject, type FaultySimulation } from './injection.js';
import type { Plan } from './plan.js';
import { Recorder, type ProcessRecorder } from './recorder.js';

/** Shorter than the standards, so that a minute has room for everything that can happen. */
const simulatedConfig = {
  zookeeper: { sessionTimeoutMs: 6000 },
  kafka: { metadataRefreshMs: 5000 },
  consumer: { ackTimeoutMs: 5000, subscriptionTimeoutMs: 8000, releaseTimeoutMs: 2000, fetchMaxWaitMs: 2000 },
  producer: { syncTimeoutMs: 15_000 },
} as const;

const lowLimits = {
  consumer: { ...simulatedConfig.consumer, pendingMessagesMax: 3, pollsWaitingMax: 2 },
  producer: { ...simulatedConfig.producer, queueMessagesMax: 4 },
} as const;

const brokerLimits = { replicaLagMaxMs: 3000, brokerSessionTimeoutMs: 3000 } as const;

/** How long everything may take to be consumed and settled once nothing is broken any more. */
const drainMaxMs = 120_000;
/** What it takes a daemon that nobody asks for messages any more to give a group's partitions to others, and these to be asked. */
const quietMs = simulatedConfig.consumer.subscriptionTimeoutMs + 4000;
const lookEachMs = 1000;

/** Lines that tell of a defect of ours, and not of the weather. */
const defects = /crashed|defect|threw|broke off|cannot go on/;
const unfinished = /^not finished within/;
/** What a request may take a broker, thinking and waiting included. */
const brokersDoneMs = 6000;
const sampleEachMs = 1000;

export interface RunOptions {
  readonly wrapping?: Wrapping;
  /** Sees every record of every daemon's bus, for a recording. */
  readonly tap?: (daemon: string, record: BusRecord) => void;
}

export interface RunResult {
  readonly history: History;
  readonly timing: HistoryTiming;
  readonly traceHash: string;
  /** Transition -> how often it was taken. */
  readonly taken: ReadonlyMap<string, number>;
  /** How many records the buses gave. */
  readonly records: number;
  /** Lines of the daemons' logs that tell of a defect. */
  readonly logLines: readonly { readonly atMs: number; readonly text: string }[];
}

/** Runs a plan from its beginning to the end of the final drain. */
export async function run(plan: Plan, options: RunOptions = {}): Promise<RunResult> {
  const simulation = new Simulation(plan, options);
  return simulation.run();
}

class Simulation implements FaultySimulation {
  readonly host: VirtualHost;
  readonly world: EmbeddedWorld;
  readonly recorder: Recorder;
  readonly clients: readonly SimulatedClient[];
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #config: Config;
  readonly #daemons: (SimulatedDaemon | undefined)[];
  readonly #processes = new Map<SimulatedDaemon, ProcessRecorder>();
  readonly #lives: number[];
  readonly #logLines: { readonly atMs: number; readonly text: string }[] = [];
  readonly #invariants: Invariants;
  #isOver = false;
  readonly #ending = new Set<Promise<void>>();

  constructor(plan: Plan, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
    this.host = virtualHost(plan.seed);
    this.world = createEmbeddedWorld({ host: this.host, brokers: plan.brokers, limits: brokerLimits });
    this.recorder = new Recorder(this.host.clock);
    const cluster = { ...simulatedConfig, ...(plan.lowLimits && lowLimits) };
    this.#config = validateConfig({ clusters: { default: cluster }, drainTimeoutMs: 10_000 });
    this.#daemons = Array.from({ length: plan.daemons }, () => undefined);
    this.#lives = this.#daemons.map(() => 0);
    const { clock } = this.host;
    const { recorder } = this;
    this.#invariants = new Invariants(this.world, recorder, this.#config.clusters['default']!);
    const daemonAt = (at: number) => this.#daemons[at];
    const common = { clock, recorder, invariants: this.#invariants, daemons: plan.daemons, daemonAt };
    this.clients = plan.clients.map((name, at) => new SimulatedClient({ ...common, name, seed: plan.seed * 31 + at }));
  }

  async run(): Promise<RunResult> {
    const { clock } = this.host;
    const { plan, recorder } = { plan: this.#plan, recorder: this.recorder };
    for (const { name, partitions } of plan.topics)
      this.world.createTopic(name, partitions, { replicationFactor: 3, config: { 'min.insync.replicas': '2' } });
    for (const { name, partitions } of plan.topics) this.#beginAtTheBeginning(name, 0, partitions);
    this.#daemons.forEach((_, at) => this.start(at));
    for (const client of this.clients)
      for (const { name, mode, topics } of plan.groups)
        for (const topic of topics) void client.consume(name, mode, topic);
    for (const post of plan.posts) {
      const client = this.clients.find(({ name }) => name === post.client)!;
      clock.setTimeout(() => void client.post(post), post.atMs);
    }
    for (const { atMs, client: name, errand } of plan.errands) {
      const client = this.clients.find((each) => each.name === name)!;
      clock.setTimeout(() => void client.run(errand), atMs);
    }
    for (const { atMs, forMs, group } of plan.rests)
      clock.setTimeout(() => this.clients.forEach((client) => client.rest(group, forMs)), atMs);
    for (const { atMs, topic, partitions } of plan.growths) clock.setTimeout(() => this.#grow(topic, partitions), atMs);
    for (const { atMs, forMs, fault } of plan.faults) clock.setTimeout(() => this.#strike(fault, forMs), atMs);
    this.#sampleLater();
    const ends = [...plan.faults, ...plan.rests].map(({ atMs, forMs }) => atMs + forMs + 1);
    await clock.runFor(Math.max(plan.durationMs, ...ends));
    const recoveryMs = clock.nowMs();
    await this.#drain();
    const log = await this.#readLog();
    await this.#end();
    recorder.close();
    return {
      history: {
        topics: plan.topics,
        groups: plan.groups,
        posts: recorder.posts,
        deliveries: recorder.deliveries,
        acks: recorder.acks,
        log,
        commits: recorder.commits,
        tenures: recorder.tenures,
        claims: [],
        lostAnswers: recorder.lostAnswers,
        positionsSet: recorder.positionsSet,
        truncations: this.#truncations(),
        faults: recorder.faults,
        hangs: recorder.hangs,
        breaches: recorder.breaches,
        recoveryMs,
        endMs: clock.nowMs(),
      },
      timing: {
        sessionTimeoutMs: simulatedConfig.zookeeper.sessionTimeoutMs,
        commitIntervalMs: this.#config.clusters['default']!.consumer.offsetsCommitIntervalMs,
        ackTimeoutMs: simulatedConfig.consumer.ackTimeoutMs,
        slackMs: 0,
      },
      traceHash: recorder.hash.hex,
      taken: recorder.taken,
      records: recorder.records,
      logLines: this.#logLines,
    };
  }

  /** A new group begins at the newest message; here it begins where the topic does, so that nothing is passed over. */
  #beginAtTheBeginning(topic: string, fromPartition: number, partitions: number): void {
    for (const { name: group, topics } of this.#plan.groups)
      for (let partition = fromPartition; partition < partitions && topics.includes(topic); partition++)
        this.world.setCommitted(group, { topic, partition, offset: 0, metadata: '' });
  }

  #grow(topic: string, partitions: number): void {
    const { partitions: before } = this.#plan.topics.find(({ name }) => name === topic)!;
    this.#beginAtTheBeginning(topic, before, partitions);
    this.world.addPartitions(topic, partitions);
  }

  #sampleLater(): void {
    if (this.#isOver) return;
    for (const daemon of this.#daemons) if (daemon) this.#invariants.sample(daemon);
    this.host.clock.setTimeout(() => this.#sampleLater(), sampleEachMs);
  }

  // --- processes

  daemon(at: number): SimulatedDaemon | undefined {
    return this.#daemons[at];
  }

  start(at: number): void {
    const name = `d${at + 1}`;
    const life = ++this.#lives[at]!;
    const memberId = this.#plan.keepsMemberIds ? name : `${name}.${life}`;
    const { wrapping = {}, tap } = this.#options;
    const daemon = new SimulatedDaemon({
      name,
      memberId,
      config: this.#config,
      host: this.host,
      world: this.world,
      wrapping: {
        ...wrapping,
        kafka: (kafka) => this.recorder.committing(wrapping.kafka?.(kafka, name) ?? kafka, name),
      },
      onLogLine: (line) => this.#noteLogLine(name, line),
      onFatal: (error) => this.recorder.breach('actor without end', `${name} cannot go on: ${String(error)}`),
    });
    const process = this.recorder.process(name);
    this.#processes.set(daemon, process);
    daemon.bus.tap((record) => {
      process.record(record);
      tap?.(name, record);
    });
    this.#daemons[at] = daemon;
  }

  kill(at: number): void {
    const daemon = this.#daemons[at];
    if (!daemon) return;
    this.#daemons[at] = undefined;
    this.#processes.get(daemon)!.endAll('killed');
    this.#await(daemon, daemon.kill());
  }

  stop(at: number): void {
    const daemon = this.#daemons[at];
    if (!daemon) return;
    this.#daemons[at] = undefined;
    this.#await(daemon, daemon.stop());
  }

  #await(daemon: SimulatedDaemon, end: Promise<void>): void {
    this.#ending.add(end);
    void end.then(() => {
      this.#ending.delete(end);
      this.#invariants.ended(daemon);
      this.host.clock.setTimeout(() => this.#invariants.endedLongAgo(daemon), brokersDoneMs);
    });
  }

  // --- faults

  #strike(fault: Fault, forMs: number): void {
    const fromMs = this.host.clock.nowMs();
    const undo = inject(this, fault);
    if (!undo) return;
    this.recorder.fault(recordOf(fault, fromMs, fromMs + forMs));
    if (forMs > 0) this.host.clock.setTimeout(undo, forMs);
    else undo();
  }

  // --- the end

  /** Runs on until every post has its end and every group has been given everything and is quiet. */
  async #drain(): Promise<void> {
    const { clock } = this.host;
    const endMs = clock.nowMs() + drainMaxMs;
    let quietSinceMs = clock.nowMs();
    while (clock.nowMs() < Math.min(endMs, quietSinceMs + quietMs)) {
      const deliveries = this.recorder.deliveries.length;
      await clock.runFor(lookEachMs);
      const isQuiet = deliveries === this.recorder.deliveries.length;
      if (!isQuiet || this.clients.some(({ openPosts }) => openPosts > 0)) quietSinceMs = clock.nowMs();
    }
    for (const client of this.clients) client.stopConsuming();
    await clock.runFor(5000);
  }

  async #end(): Promise<void> {
    const { clock } = this.host;
    this.#isOver = true;
    this.#daemons.forEach((_, at) => this.stop(at));
    await clock.runFor(20_000);
    if (this.#ending.size > 0)
      this.recorder.breach('actor without end', `${this.#ending.size} daemons did not come to their end`);
  }

  #truncations(): Truncation[] {
    return this.world.truncations().map(({ topic, partition, atMs, values, ...offsets }) => ({
      topic,
      partition,
      atMs,
      fromOffset: offsets.fromOffset,
      toOffset: offsets.toOffset,
      acknowledgedOffset: offsets.acknowledgedOffset,
      posts: values.map(Number),
    }));
  }

  /** Everything that lies in the topics. */
  async #readLog(): Promise<LogEntry[]> {
    const kafka = this.world.kafka('reader');
    const { signal } = new AbortController();
    const { topics } = await kafka.metadata('all', signal);
    const entries: LogEntry[] = [];
    for (const { topic, partitions } of topics)
      for (const { partition, leader } of partitions) {
        let offset = 0;
        for (;;) {
          const request = {
            maxWaitMs: 0,
            minBytes: 0,
            maxBytes: 1 << 20,
            partitions: [{ topic, partition, offset, maxBytes: 1 << 20 }],
          };
          const [result] = await kafka.fetch(leader, 'log', request, signal);
          if (!result || result.error !== null || result.records.length === 0) break;
          for (const record of result.records)
            entries.push({ topic, partition, offset: record.offset, post: Number(record.value!.toString('utf8')) });
          offset = result.nextOffset;
        }
      }
    await kafka.close();
    return entries;
  }

  #noteLogLine(daemon: string, line: string): void {
    const { level, msg, err } = JSON.parse(line) as { level: number; msg: string; err?: { message?: string } };
    // When nothing is broken any more, and nobody asks for anything, there is no reason for it.
    if (unfinished.test(msg) && this.#isOver) this.recorder.breach('actor without end', `${daemon}: ${msg}`);
    else if (unfinished.test(msg)) this.recorder.costMore('daemon-stopped', daemon, 'memory');
    if (!defects.test(msg) || level < 50 || err?.message === 'this crash was injected') return;
    const text = `${daemon}: ${msg}${err?.message ? `: ${err.message}` : ''}`;
    this.#logLines.push({ atMs: this.host.clock.nowMs(), text });
  }
}
