import { setup } from 'xstate';
import { pino } from 'pino';
import { createBus } from '../../../src/actors/bus/bus.js';
import { namesOf } from '../../../src/actors/bus/address.js';
import { addressOf } from '../../../src/actors/addresses.js';
import { ByteBudget } from '../../../src/actors/byte-budget.js';
import type { ActorKind, Address, Bus, BusRecord, Outcome } from '../../../src/actors/bus/types.js';
import type { ClusterServices } from '../../../src/actors/cluster-services.js';
import { topicMetadataKind } from '../../../src/actors/metadata/topic-metadata.js';
import { produceSenderKind } from '../../../src/actors/produce/produce-sender.js';
import { topicProducerKind } from '../../../src/actors/produce/topic-producer.js';
import type { MessageHeader, ProduceReply } from '../../../src/actors/requests.js';
import { validateConfig, type ConfigInput } from '../../../src/config/config.js';
import { virtualHost, type VirtualHost } from '../../../src/host/virtual-host.js';
import type { Kafka } from '../../../src/kafka/port.js';
import { ScriptedKafka } from './scripted-kafka.js';

const rootMachine = setup({}).createMachine({ id: 'root', initial: 'on', states: { on: { tags: ['adopts'] } } });

/** Adopts as a daemon does. */
const rootKind: ActorKind<typeof rootMachine, ClusterServices> = {
  name: 'root',
  machine: rootMachine,
  restart: { backoffMs: 10, backoffMaxMs: 10, restartsMax: 0, windowMs: 1000 },
  mailboxRequestsMax: 10,
  build: (shell, services) => ({
    input: undefined,
    adopt: (address) => {
      const [cluster, what, name] = namesOf(address);
      if (what === 'producer') {
        const producer = addressOf.producer(cluster!, name!) as Address;
        shell.spawn(topicProducerKind, producer, { services, topic: name! });
      } else if (what === 'sender') {
        shell.spawn(produceSenderKind, address as Address, { services, broker: Number(name) });
      }
      return undefined;
    },
  }),
};

export interface PostOptions {
  readonly key?: string | null;
  readonly topic?: string;
  readonly headers?: readonly MessageHeader[];
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface ProduceWorld {
  readonly host: VirtualHost;
  readonly bus: Bus;
  readonly kafka: ScriptedKafka;
  readonly budget: ByteBudget;
  readonly log: Record<string, unknown>[];
  readonly records: BusRecord[];
  readonly fatal: unknown[];
  /** A sync post; what became of it, as text like `0@3` (partition 0, offset 3), `produce-unknown-topic`, `deadline not-sent`. */
  post(value: string, options?: PostOptions): Promise<string>;
  /** An async post. */
  send(value: string, options?: PostOptions): Promise<string>;
  runFor(durationMs: number): Promise<void>;
  runUntil(condition: () => boolean): Promise<void>;
  /** Values that lie in a partition. */
  written(partition?: number, topic?: string): string[];
  state(address: string): unknown;
  crash(address: string): Promise<void>;
  drain(topic?: string): void;
  /** Closes the bus and fails on anything that is left or that went wrong. */
  close(): Promise<void>;
}

type ProducerConfig = NonNullable<NonNullable<ConfigInput['clusters']>[string]['producer']>;

/** A cluster `c` with the topic `orders`: partition 0 led by broker 1, partition 1 by broker 2. */
export async function produceWorld(
  producer: ProducerConfig = {},
  budgetBytes = 128 * 1024 * 1024,
  kafkaVersion = '',
): Promise<ProduceWorld> {
  const host = virtualHost();
  const kafka = new ScriptedKafka(host.clock);
  kafka.topics.set('orders', [1, 2]);
  const log: Record<string, unknown>[] = [];
  const fatal: unknown[] = [];
  const records: BusRecord[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const bus = createBus({ host, log: logger, onFatal: (error) => fatal.push(error), faultsAllowed: true });
  bus.tap((record) => records.push(record));
  const config = validateConfig({ clusters: { c: { producer, kafka: { version: kafkaVersion } } } }).clusters['c']!;
  const budget = new ByteBudget(budgetBytes);
  const unused = undefined as never;
  const services: ClusterServices = {
    cluster: 'c',
    kafka: kafka as unknown as Kafka,
    zookeeper: unused,
    config,
    budget,
    memberId: 'm',
  };
  bus.spawn(rootKind, '' as Address, services);
  bus.spawn(topicMetadataKind, addressOf.metadata('c') as string as Address, { services });

  await host.clock.settle();

  const ask = async (sync: boolean, value: string, options: PostOptions = {}) => {
    const { key = 'k', topic = 'orders', headers = [], deadlineMs = 30_000, signal } = options;
    const request = {
      type: 'produce' as const,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      headers,
      sync,
    };
    const to = addressOf.producer('c', topic);
    return text(await bus.ask<ProduceReply>(to, request, { deadlineMs, ...(signal && { signal }) }));
  };

  return {
    host,
    bus,
    kafka,
    budget,
    log,
    records,
    fatal,
    post: (value, options) => ask(true, value, options),
    send: (value, options) => ask(false, value, options),
    runFor: (durationMs) => host.clock.runFor(durationMs),
    runUntil: (condition) => host.clock.runUntil(condition, 600_000),
    written: (partition = 0, topic = 'orders') => kafka.logs.get(`${topic}/${partition}`) ?? [],
    state: (address) => bus.actors().find((actor) => actor.address === address)?.value,
    crash: async (address) => {
      bus.injectFault(address as Address<never>, { kind: 'crash' });
      await host.clock.settle();
    },
    drain: (topic = 'orders') => {
      const refused = bus.tell(addressOf.producer('c', topic) as string as Address, { type: 'drain' });
      if (refused) throw refused;
    },
    close: async () => {
      const closed = bus.close();
      await host.clock.runFor(20_000);
      await closed;
      const problems = [
        ...fatal.map(String),
        ...(budget.held('accepted-not-written') === 0 ? [] : ['bytes are held after the end']),
        ...(host.clock.pendingTimers === 0 ? [] : [`${host.clock.pendingTimers} timers are armed after the end`]),
      ];
      if (problems.length > 0) throw new Error(problems.join('; '));
    },
  };
}

function text(outcome: Outcome<ProduceReply>): string {
  switch (outcome.kind) {
    case 'reply':
      return 'accepted' in outcome.value ? 'accepted' : `${outcome.value.partition}@${outcome.value.offset}`;
    case 'refused':
      return outcome.error.code;
    case 'deadline':
      return `deadline ${outcome.reason}`;
    case 'cancelled':
      return 'cancelled';
  }
}
