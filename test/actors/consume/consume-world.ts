import { pino } from 'pino';
import { addressOf } from '../../../src/actors/addresses.js';
import { createBus } from '../../../src/actors/bus/bus.js';
import type { Address, Bus, Outcome } from '../../../src/actors/bus/types.js';
import { ByteBudget, type ByteUse } from '../../../src/actors/byte-budget.js';
import type { ClusterServices } from '../../../src/actors/cluster-services.js';
import { daemonKind, type DrainRequest } from '../../../src/actors/daemon/daemon.js';
import type { AckRequest, ConsumeRequest, Delivery, SetPositionRequest } from '../../../src/actors/requests.js';
import { validateConfig, type ConfigInput } from '../../../src/config/config.js';
import type { EmbeddedLimits } from '../../../src/embedded/limits.js';
import { createEmbeddedWorld, type EmbeddedWorld } from '../../../src/embedded/world.js';
import { virtualHost, type VirtualHost } from '../../../src/host/virtual-host.js';
import type { Kafka } from '../../../src/kafka/port.js';
import type { ZooKeeper } from '../../../src/zookeeper/port.js';
import { calm, record } from '../../embedded/support.js';

type ClusterInput = NonNullable<NonNullable<ConfigInput['clusters']>[string]>;

export interface DaemonSettings {
  readonly cluster?: ClusterInput;
  readonly memoryBudgetBytes?: number;
  readonly drainTimeoutMs?: number;
  readonly kafka?: (kafka: Kafka) => Kafka;
  readonly zookeeper?: (zookeeper: ZooKeeper) => ZooKeeper;
  /** In front of its addresses, in records and in the log. */
  readonly name?: string;
}

export interface WorldSettings extends DaemonSettings {
  readonly brokers?: number;
  readonly limits?: Partial<EmbeddedLimits>;
}

export interface PollOptions {
  readonly ack?: 'auto' | 'none';
  readonly group?: string;
  readonly topic?: string;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface AckOptions {
  readonly group?: string;
  readonly topic?: string;
  readonly partition?: number;
}

/** What a consume request came to: the delivery, or a text like `refused shutting-down`, `deadline no-message`. */
export type Polled = Delivery | string;

export const valueOf = (polled: Polled): string => (typeof polled === 'string' ? polled : String(polled.value));

const uses: readonly ByteUse[] = ['request-bodies', 'accepted-not-written', 'fetched-not-offered', 'offered-not-acked'];

/** One daemon's actors, without listeners. */
export class TestDaemon {
  readonly bus: Bus;
  readonly memberId: string;
  readonly budget: ByteBudget;
  readonly log: Record<string, unknown>[] = [];
  readonly fatal: unknown[] = [];
  /** Values that `keepPolling` got and acknowledged. */
  readonly consumed: string[] = [];
  readonly #host: VirtualHost;
  readonly #world: EmbeddedWorld;
  readonly #kafka: Kafka;
  readonly #drainTimeoutMs: number;
  #polling = true;

  constructor(host: VirtualHost, world: EmbeddedWorld, memberId: string, settings: DaemonSettings) {
    const { memoryBudgetBytes = 128 * 1024 * 1024, drainTimeoutMs = 15_000 } = settings;
    this.#host = host;
    this.#world = world;
    this.memberId = memberId;
    this.budget = new ByteBudget(memoryBudgetBytes);
    this.#drainTimeoutMs = drainTimeoutMs;
    const log = pino({ level: 'trace' }, { write: (line: string) => void this.log.push(JSON.parse(line)) });
    const { name = '' } = settings;
    this.bus = createBus({ host, log, name, onFatal: (error) => this.fatal.push(error), faultsAllowed: true });
    const config = validateConfig({ clusters: { c: settings.cluster ?? {} } }).clusters['c']!;
    const zookeeper = world.zookeeper(config.zookeeper.chroot, memberId);
    this.#kafka = world.kafka(memberId);
    const services: ClusterServices = {
      cluster: 'c',
      kafka: settings.kafka?.(this.#kafka) ?? this.#kafka,
      zookeeper: settings.zookeeper?.(zookeeper) ?? zookeeper,
      config,
      budget: this.budget,
      memberId,
    };
    this.bus.spawn(daemonKind, addressOf.daemon(), {
      clusters: [services],
      addresses: () => ['nowhere'],
      drainTimeoutMs: drainTimeoutMs - 2000,
      closeTimeoutMs: 1000,
    });
    this.bus.tell(addressOf.daemon(), { type: 'listening' });
  }

  async poll(options: PollOptions = {}): Promise<Polled> {
    const { ack = 'auto', group = 'g', topic = 't', deadlineMs = 3000, signal } = options;
    const request: ConsumeRequest = { type: 'consume', ack };
    const to = addressOf.subscription('c', group, topic);
    const outcome = await this.bus.ask<Delivery>(to, request, { deadlineMs, ...(signal && { signal }) });
    return text(outcome);
  }

  /** Polls until it gets a message, whatever else it is told meanwhile. Not acknowledged yet. */
  async take(options: PollOptions = {}): Promise<Delivery> {
    let taken: Delivery | undefined;
    const polling = async () => {
      while (!taken) {
        const polled = await this.poll(options);
        if (typeof polled !== 'string') taken = polled;
        else if (polled.startsWith('refused')) await this.pause(100);
      }
    };
    void polling();
    await this.#host.clock.runUntil(() => taken !== undefined);
    return taken!;
  }

  /** The next message, in the hands of a client that acknowledges later. */
  async takeUnacked(options: PollOptions = {}): Promise<Delivery> {
    const delivery = await this.take({ ...options, ack: 'none' });
    delivery.receipt.written();
    return delivery;
  }

  /** A client's ack: `taken`, or why it was refused. */
  ack(offset: number, options: AckOptions = {}): Promise<string> {
    const { group = 'g', topic = 't', partition = 0 } = options;
    return this.#askOwner({ type: 'ack', offset }, { group, topic, partition });
  }

  setPosition(offset: number, { metadata = '', ...options }: AckOptions & { metadata?: string } = {}): Promise<string> {
    const { group = 'g', topic = 't', partition = 0 } = options;
    return this.#askOwner({ type: 'position.set', offset, metadata }, { group, topic, partition });
  }

  async #askOwner(
    request: AckRequest | SetPositionRequest,
    { group, topic, partition }: Required<AckOptions>,
  ): Promise<string> {
    const to = addressOf.partitionOwner('c', group, topic, partition);
    const outcome = await this.bus.ask(to, request, { deadlineMs: 20_000 });
    if (outcome.kind === 'reply') return 'taken';
    return outcome.kind === 'refused' ? `refused ${outcome.error.message}` : outcome.kind;
  }

  /** The next values, each acknowledged at once. */
  async consume(count: number, options: PollOptions = {}): Promise<string[]> {
    const values: string[] = [];
    while (values.length < count) {
      const delivery = await this.take(options);
      delivery.receipt.written();
      values.push(valueOf(delivery));
    }
    return values;
  }

  /** Makes the daemon a member: one request that finds nothing. */
  async subscribe(options: PollOptions = {}): Promise<void> {
    const polled = this.poll(options);
    await this.#host.clock.runFor((options.deadlineMs ?? 3000) + 10);
    const told = await polled;
    if (typeof told !== 'string') throw new Error('there was a message already');
  }

  /** One client that asks again and again and acknowledges at once, until the daemon ends. */
  keepPolling(options: PollOptions = {}): void {
    const loop = async () => {
      while (this.#polling) {
        const polled = await this.poll(options);
        if (typeof polled === 'string') {
          if (polled.startsWith('refused')) await this.pause(100);
          continue;
        }
        polled.receipt.written();
        this.consumed.push(valueOf(polled));
      }
    };
    void loop();
  }

  stopPolling(): void {
    this.#polling = false;
  }

  pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.#host.clock.setTimeout(resolve, durationMs));
  }

  state(address: string): unknown {
    return this.bus.actors().find((actor) => actor.address === `c/${address}`)?.value;
  }

  /** Numbers that the actor shows. */
  load(address: string): Readonly<Record<string, unknown>> {
    return this.bus.actors().find((actor) => actor.address === `c/${address}`)?.load ?? {};
  }

  async crash(address: string): Promise<void> {
    this.bus.injectFault(`c/${address}` as Address<never>, { kind: 'crash' });
    await this.#host.clock.settle();
  }

  /** Lines of the log with this text. */
  lines(text: string): Record<string, unknown>[] {
    return this.log.filter(({ msg }) => String(msg).includes(text));
  }

  heldBytes(): number {
    return uses.reduce((sum, use) => sum + this.budget.held(use), 0);
  }

  /** As a process that is told to stop. */
  async drain(): Promise<Outcome<null>> {
    const request: DrainRequest = { type: 'drain' };
    let outcome: Outcome<null> | undefined;
    void this.bus.ask(addressOf.daemon(), request, { deadlineMs: this.#drainTimeoutMs }).then((got) => (outcome = got));
    await this.#host.clock.runUntil(() => outcome !== undefined);
    await this.close();
    return outcome!;
  }

  /** As a process that dies: its sessions live on until they time out. */
  async kill(): Promise<void> {
    this.#world.faults.clientKilled(this.memberId);
    await this.close();
  }

  async close(): Promise<void> {
    this.#polling = false;
    let closed = false;
    void this.bus.close().then(() => (closed = true));
    await this.#host.clock.runFor(0);
    for (let round = 0; !closed && round < 100; round++) await this.#host.clock.settle();
    await this.#kafka.close();
  }
}

function text(outcome: Outcome<Delivery>): Polled {
  switch (outcome.kind) {
    case 'reply':
      return outcome.value;
    case 'refused':
      return `refused ${outcome.error.code}`;
    case 'deadline':
      return `deadline ${outcome.reason}`;
    case 'cancelled':
      return 'cancelled';
  }
}

/** A world of brokers and ZooKeeper in memory, with as many daemons as a test starts. */
export class ConsumeWorld {
  readonly host = virtualHost();
  readonly world: EmbeddedWorld;
  readonly daemons: TestDaemon[] = [];
  readonly #settings: DaemonSettings;
  readonly #kafka: Kafka;

  constructor({ brokers = 1, limits = {}, ...settings }: WorldSettings = {}) {
    this.#settings = settings;
    this.world = createEmbeddedWorld({ host: this.host, brokers, limits });
    this.#kafka = this.world.kafka('producer');
  }

  start(memberId = `d${this.daemons.length + 1}`, settings: DaemonSettings = {}): TestDaemon {
    const daemon = new TestDaemon(this.host, this.world, memberId, { ...this.#settings, ...settings });
    this.daemons.push(daemon);
    return daemon;
  }

  runFor(durationMs: number): Promise<void> {
    return this.host.clock.runFor(durationMs);
  }

  runUntil(condition: () => boolean, limitMs?: number): Promise<void> {
    return this.host.clock.runUntil(condition, limitMs);
  }

  /** Lets a promise come to its end while time runs. */
  async done<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    let over = false;
    const end = () => (over = true);
    promise.then(end, end);
    await this.runUntil(() => over, limitMs);
    return promise;
  }

  async write(values: readonly string[], { topic = 't', partition = 0 } = {}): Promise<void> {
    const { topics } = await this.done(this.#kafka.metadata([topic], calm()));
    const broker = topics[0]!.partitions[partition]!.leader;
    const request = {
      requiredAcks: -1 as const,
      timeoutMs: 5000,
      partitions: [{ topic, partition, records: values.map(record) }],
    };
    const [result] = await this.done(this.#kafka.produce(broker, request, calm()));
    if (result!.error !== null) throw new Error(result!.error);
  }

  /** Sets what is stored, as an operator does before anybody consumes. */
  async store(offset: number, { group = 'g', topic = 't', partition = 0, metadata = '' } = {}): Promise<void> {
    await this.done(this.#kafka.metadata([topic], calm()));
    const coordinator = await this.done(this.#kafka.findCoordinator(group, calm()));
    await this.done(this.#kafka.commitOffsets(coordinator, group, [{ topic, partition, offset, metadata }], calm()));
  }

  /** `offset`, with the metadata after a colon if there is some; `undefined`: nothing is stored. */
  committed(partition = 0, { group = 'g', topic = 't' } = {}): string | undefined {
    const found = this.world
      .describe()
      .kafka.committedOffsets.find(
        (entry) => entry.group === group && entry.topic === topic && entry.partition === partition,
      );
    return found && (found.metadata === '' ? `${found.offset}` : `${found.offset}:${found.metadata}`);
  }

  /** Every node, by its path. */
  node(path: string) {
    return this.world.describe().zookeeper.nodes.find((node) => node.path === path);
  }

  /** Who owns which partitions, as ZooKeeper has it. */
  owners({ group = 'g', topic = 't' } = {}): Record<string, number[]> {
    const prefix = `/consumers/${group}/owners/${topic}/`;
    const owners: Record<string, number[]> = {};
    for (const { path, data } of this.world.describe().zookeeper.nodes) {
      if (path.startsWith(prefix)) (owners[data] ??= []).push(Number(path.slice(prefix.length)));
    }
    for (const partitions of Object.values(owners)) partitions.sort((a, b) => a - b);
    return owners;
  }

  members(group = 'g'): string[] {
    const prefix = `/consumers/${group}/ids/`;
    return this.world
      .describe()
      .zookeeper.nodes.filter(({ path }) => path.startsWith(prefix))
      .map(({ path }) => path.slice(prefix.length))
      .sort();
  }

  nodesOfGroup(group = 'g'): string[] {
    return this.world
      .describe()
      .zookeeper.nodes.map(({ path }) => path)
      .filter((path) => path === `/consumers/${group}` || path.startsWith(`/consumers/${group}/`));
  }

  /** Ends every daemon and fails on anything that is left or that went wrong. */
  async close(): Promise<void> {
    for (const daemon of this.daemons) await daemon.close();
    await this.#kafka.close();
    await this.runFor(60_000);
    const problems = this.daemons.flatMap((daemon) => [
      ...daemon.fatal.map(String),
      ...(daemon.heldBytes() === 0 ? [] : [`${daemon.memberId} holds ${daemon.heldBytes()} bytes after the end`]),
      ...daemon.lines('an event was lost').map((line) => JSON.stringify(line)),
    ]);
    const { pendingTimers } = this.host.clock;
    if (pendingTimers > 0) problems.push(`${pendingTimers} timers are armed after the end`);
    if (problems.length > 0) throw new Error(problems.join('; '));
  }
}

/** A test in a world of its own, which has to be left as it was found. */
export function inWorld(options: WorldSettings, body: (world: ConsumeWorld) => Promise<void>): () => Promise<void> {
  return async () => {
    const world = new ConsumeWorld(options);
    await body(world);
    await world.close();
  };
}

/** `prefix0`, `prefix1`, … */
export const numbered = (count: number, prefix = 'm'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
