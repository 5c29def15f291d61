import { pino } from 'pino';
import { inject } from 'vitest';
import { validateConfig, type ClusterConfig } from '../../../src/config/config.js';
import { groupPaths } from '../../../src/actors/consume/group-paths.js';
import { startDaemon, type Daemon } from '../../../src/daemon.js';
import { createEmbeddedWorld, type EmbeddedWorld, type EmbeddedWorldOptions } from '../../../src/embedded/world.js';
import { realHost } from '../../../src/host/real-host.js';
import type { InspectedDaemon } from '../../../src/inspector/inspected.js';
import { startInspector, type Inspector } from '../../../src/inspector/inspector.js';
import type { ZooKeeperSession } from '../../../src/zookeeper/port.js';
import { Poller, TopicClient } from '../../support/real-daemon.js';

const log = pino({ level: 'silent' });
const cluster = 'default';

export type ConsumerSettings = Partial<ClusterConfig['consumer']>;

export interface WorldDaemon extends Daemon {
  /** As its member is called on the page. */
  readonly name: string;
  /** Of its HTTP API. */
  readonly url: string;
  /** Posts one message and waits until it is written. */
  post(topic: string, value: string, parameters?: Record<string, string>): Promise<void>;
  /** Takes so many messages and acknowledges none. Gives the partition of each; fewer where no more came in time. */
  takeWithoutAck(topic: string, group: string, count: number): Promise<number[]>;
  /** Polls on and on, as a client that takes all it can get. */
  keepAsking(topic: string, group: string): Poller;
}

/** Serves the page for whatever daemons there are, `wall` time and clock being real. */
export function inspect(daemons: () => readonly InspectedDaemon[], address = '127.0.0.1:0'): Promise<Inspector> {
  return startInspector({
    address,
    daemons,
    clock: realHost().clock,
    log,
    command: 'kafka-pixy',
    product: 'kafka-pixy test',
    pageFolder: inject('pageFolder'),
  });
}

/**
 * An embedded world, daemons in it that are this process's, and one inspector that shows them all. Times are short, so that a
 * test sees in seconds what a user sees in tens of them.
 */
export class InspectedWorld {
  readonly world: EmbeddedWorld;
  readonly daemons: WorldDaemon[] = [];
  readonly #host = realHost();
  readonly #pollers = new Set<Poller>();
  readonly #sessions: ZooKeeperSession[] = [];
  #inspector: Inspector | undefined;

  constructor(options: Omit<EmbeddedWorldOptions, 'host'> = {}) {
    this.world = createEmbeddedWorld({ host: this.#host, ...options });
  }

  /** Starts the inspector, at the address that it had before. Gives the URL of the page. */
  async inspect(): Promise<string> {
    const before = this.#inspector?.address;
    this.#inspector = await inspect(() => this.daemons.map(inspectedDaemon), before);
    return this.url;
  }

  get url(): string {
    return `http://${this.#inspector!.address}/`;
  }

  stopInspecting(): Promise<void> {
    return this.#inspector!.close(1000);
  }

  async startDaemon(consumer: ConsumerSettings = {}): Promise<WorldDaemon> {
    const config = validateConfig({
      tcpAddr: '127.0.0.1:0',
      grpcAddr: '',
      drainTimeoutMs: 5000,
      clusters: {
        [cluster]: {
          zookeeper: { sessionTimeoutMs: 4000 },
          consumer: { longPollingTimeoutMs: 500, subscriptionTimeoutMs: 4000, ...consumer },
        },
      },
    });
    const daemon = await startDaemon({
      config,
      host: this.#host,
      log,
      command: 'kafka-pixy',
      world: this.world,
      ordinal: this.daemons.length + 1,
      onFatal: (error) => {
        throw error;
      },
    });
    const url = `http://${daemon.addresses[0]}`;
    const worldDaemon: WorldDaemon = {
      ...daemon,
      name: `d${this.daemons.length + 1}`,
      url,
      post: async (topic, value, parameters) => void (await new TopicClient(url, topic).postSync(value, parameters)),
      takeWithoutAck: (topic, group, count) => takeWithoutAck(`${url}/topics/${topic}/messages?group=${group}`, count),
      keepAsking: (topic, group) => {
        const poller = new Poller(new TopicClient(url, topic), group);
        this.#pollers.add(poller);
        return poller;
      },
    };
    this.daemons.push(worldDaemon);
    return worldDaemon;
  }

  /** ZooKeeper ends the session of this daemon; it learns it when it is told. */
  expireSession({ memberId }: Daemon): void {
    const { sessions } = this.world.describe().zookeeper;
    this.world.faults.zookeeper.sessionExpired(sessions.find(({ client }) => client === memberId)!.id);
  }

  /** Another program claims a partition. */
  async claimAsAnother({ group, topic, partition, member }: ForeignClaim): Promise<void> {
    const session = await new Promise<ZooKeeperSession>((resolve) => {
      const opened = this.world.zookeeper('', member).openSession({
        timeoutMs: 4000,
        onEvent: ({ type }) => {
          if (type === 'connected') resolve(opened);
        },
      });
    });
    this.#sessions.push(session);
    const { owner, ownersOfTopic } = groupPaths;
    await session.ensurePath(ownersOfTopic(group, topic));
    await session.create(owner(group, topic, partition), member, 'ephemeral');
  }

  async end(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    await Promise.all([...this.#pollers].map((poller) => poller.stop()));
    await Promise.all(this.daemons.map((daemon) => daemon.drain()));
    await this.#inspector?.close(1000);
  }
}

interface ForeignClaim {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** A member of the group, or one that was. */
  readonly member: string;
}

async function takeWithoutAck(url: string, count: number): Promise<number[]> {
  const partitions: number[] = [];
  for (let n = 0; n < count; n++) {
    const response = await fetch(`${url}&noAck`);
    const body = (await response.json()) as { readonly partition: number };
    if (response.status === 200) partitions.push(body.partition);
  }
  return partitions;
}

const inspectedDaemon = ({ bus, memberId, addresses }: WorldDaemon): InspectedDaemon => ({
  bus,
  memberIds: { [cluster]: memberId },
  listens: () => addresses,
});
