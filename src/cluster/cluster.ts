import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../host/host.js';
import { ClusterError } from './cluster-error.js';
import { BROKER_SESSION_TIMEOUT_MS } from './configuration.js';
import { jarFolder } from './jars.js';
import { checkJava, javaCommand, runJava } from './java.js';
import { brokerName, type Layout, layOut, type ServerPlan } from './layout.js';
import type { ClientListener, ClientListeners, FurtherListeners, ListenerKind, NamedListener } from './listeners.js';
import { freePorts, isFree } from './ports.js';
import { askBroker, askZooKeeper, type Endpoint, isListening } from './probes.js';
import { Server } from './server.js';
import { createTopicOn, type NewTopic } from './topics.js';
import { DEFAULT_KAFKA_VERSION, type Release, releaseOf } from './versions.js';
import { until } from './until.js';
import { Watchdog } from './watchdog.js';

export const BROKERS_MAX = 3;
const ADDRESS = '127.0.0.1';
const START_MAX_MS = 90_000;
const STOP_MAX_MS = 30_000;
/** The data folder's name begins so, wherever temporary folders lie. */
export const FOLDER_PREFIX = 'kafka-pixy-cluster-';

export interface ClusterOptions {
  readonly host: Host;
  /** Default: 3.9.1. */
  readonly kafka?: string;
  /** 1 to 3. Default: 1. */
  readonly brokers?: number;
  /** Port of the first broker; further ones take the next. Default: free ones. */
  readonly kafkaPort?: number;
  /** Default: a free one. */
  readonly zookeeperPort?: number;
  /** For topics that do not say otherwise. Default: 1. */
  readonly minInSyncReplicas?: number;
  /** Listeners that the brokers serve beside the plain one. Default: none. */
  readonly further?: FurtherListeners;
  /** From Kafka 1.0 on. Whoever is none of them, the brokers too, uses the plain listener. Default: there are none. */
  readonly clients?: ClientListeners;
  /** Hears what takes long. Default: nobody. */
  readonly tell?: (line: string) => void;
}

export interface Broker extends Endpoint {
  readonly id: number;
}

/**
 * A ZooKeeper and its brokers, as processes of this machine. They end with the process that started them, however it ends,
 * unless `detach` was called.
 */
export interface Cluster {
  readonly kafkaVersion: string;
  /** `host:port`, comma-separated. */
  readonly kafkaPeers: string;
  /** What clients with listeners of their own are told: `host:port`, comma-separated, by their names. */
  readonly clientPeers: ReadonlyMap<string, string>;
  /** `host:port`. */
  readonly zookeeperPeers: string;
  readonly brokers: readonly Broker[];
  readonly zookeeper: Endpoint;
  /** `host:port`, comma-separated, of the further listeners, by their names. */
  readonly furtherPeers: ReadonlyMap<string, string>;
  /** Data, configuration and logs (`broker-1.log`, `zookeeper.log`) of all servers. */
  readonly folder: string;
  /** Waits until every running broker knows all leaders. */
  createTopic(name: string, topic: NewTopic): Promise<void>;
  /** SIGKILL. */
  killBroker(id: number): Promise<void>;
  /** SIGTERM: the broker hands over its partitions first. */
  stopBroker(id: number): Promise<void>;
  /**
   * Same port, same data; resolves when it answers and is registered. After a kill that takes up to 6 s longer, until
   * ZooKeeper, or the controller, has forgotten the killed one.
   */
  startBroker(id: number): Promise<void>;
  /** SIGSTOP: the process is frozen, its sockets stay open. */
  pauseBroker(id: number): void;
  resumeBroker(id: number): void;
  killZooKeeper(): Promise<void>;
  /** SIGTERM. */
  stopZooKeeper(): Promise<void>;
  startZooKeeper(): Promise<void>;
  pauseZooKeeper(): void;
  resumeZooKeeper(): void;
  /** Processes that live now, by name (`zookeeper`, `broker-1`, `controller` where KRaft has one of its own). */
  pids(): ReadonlyMap<string, number>;
  /** Lets the servers outlive this process; from here on they are ended by their pids. */
  detach(): Promise<void>;
  /** Kills everything and removes the data. */
  stop(): Promise<void>;
}

/** Rejects with an error fit for a person; nothing is left behind then. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const release = releaseOf(options.kafka ?? DEFAULT_KAFKA_VERSION);
  const brokersTotal = options.brokers ?? 1;
  if (!Number.isInteger(brokersTotal) || brokersTotal < 1 || brokersTotal > BROKERS_MAX) {
    throw new ClusterError(`A cluster has 1 to ${BROKERS_MAX} brokers, not ${brokersTotal}.`);
  }
  const { host, further, clients } = options;
  if (clients && release.endpoint !== 'named-listeners')
    throw new ClusterError(
      `Brokers of Kafka ${release.version} have no listeners for single clients; from 1.0 on they do.`,
    );
  const java = javaCommand(host.identity);
  await checkJava(java);
  const ports = await choosePorts(options, brokersTotal);
  const jars = await jarFolder(host, release, options.tell ?? (() => {}));
  const folder = await mkdtemp(join(host.identity.temporaryFolder, FOLDER_PREFIX));
  const cluster = new LocalCluster({ host, java, release, jars, ports, clientNames: clients?.clients ?? [], folder });
  try {
    await cluster.lay(options.minInSyncReplicas ?? 1, further);
    await cluster.startAll();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

interface Ports {
  readonly zookeeper: number;
  readonly controller: number;
  readonly brokers: readonly number[];
  /** In the brokers' order; of each broker in the clients' order. */
  readonly clients: readonly (readonly ClientListener[])[];
  /** Of the further listeners, in their order. */
  readonly further: readonly (readonly NamedListener[])[];
}

async function choosePorts(options: ClusterOptions, brokersTotal: number): Promise<Ports> {
  const { clients, further: { kinds } = { kinds: [] } } = options;
  const listenersTotal = 1 + (clients?.clients.length ?? 0) + kinds.length;
  const free = await freePorts(options.host.random, ADDRESS, 2 + brokersTotal * listenersTotal);
  const take = (count: number) => free.splice(0, count);
  const [freeZooKeeper, controller] = take(2) as [number, number];
  const { kafkaPort, zookeeperPort = freeZooKeeper } = options;
  const brokers = take(brokersTotal).map((port, i) => (kafkaPort === undefined ? port : kafkaPort + i));
  for (const port of [zookeeperPort, ...brokers]) {
    if (!(await isFree(ADDRESS, port)))
      throw new ClusterError(`Port ${port} of ${ADDRESS} is taken. Give another, or none.`);
  }
  const further = brokers.map(() =>
    take(kinds.length).map((port, at) => ({ ...(kinds[at] as ListenerKind), host: ADDRESS, port })),
  );
  const ofClients = clients
    ? await Promise.all(brokersAt(brokers).map(({ id }) => listenersOf(clients, id, take(clients.clients.length))))
    : [];
  return { zookeeper: zookeeperPort, controller, brokers, clients: ofClients, further };
}

/** Of the clients at one broker. */
function listenersOf(
  { clients, advertise }: ClientListeners,
  broker: number,
  ports: readonly number[],
): Promise<ClientListener[]> {
  return Promise.all(
    clients.map(async (client, at) => {
      const endpoint = { host: ADDRESS, port: ports[at]! };
      const advertisedPort = await advertise({ ...endpoint, broker, client });
      // The brokers' names of listeners are of capitals.
      return { name: `CLIENT_${at + 1}`, protocol: 'PLAINTEXT', ...endpoint, advertisedPort };
    }),
  );
}

function brokersAt(ports: readonly number[]): (Endpoint & { readonly id: number })[] {
  return ports.map((port, i) => ({ id: i + 1, host: ADDRESS, port }));
}

/** What a cluster is made of before anything of it runs. */
interface Parts {
  readonly host: Host;
  /** The `java` command. */
  readonly java: string;
  readonly release: Release;
  readonly jars: string;
  readonly ports: Ports;
  /** Of those with listeners of their own. */
  readonly clientNames: readonly string[];
  readonly folder: string;
}

class LocalCluster implements Cluster {
  readonly kafkaVersion: string;
  readonly brokers: readonly Broker[];
  readonly zookeeper: Endpoint;
  readonly folder: string;
  readonly #parts: Parts;
  readonly #watchdog: Watchdog;
  readonly #servers = new Map<string, Server>();
  #preparations: Layout['preparations'] = [];
  #isStopped = false;

  constructor(parts: Parts) {
    const { release, ports, folder } = parts;
    this.#parts = parts;
    this.kafkaVersion = release.version;
    this.zookeeper = { host: ADDRESS, port: ports.zookeeper };
    this.brokers = brokersAt(ports.brokers);
    this.folder = folder;
    this.#watchdog = new Watchdog(folder);
  }

  get kafkaPeers(): string {
    return peersOf(this.brokers);
  }

  get clientPeers(): ReadonlyMap<string, string> {
    const { clientNames, ports } = this.#parts;
    const told = (at: number) =>
      ports.clients.map((listeners) => ({ host: ADDRESS, port: listeners[at]!.advertisedPort }));
    return new Map(clientNames.map((name, at) => [name, peersOf(told(at))]));
  }

  get zookeeperPeers(): string {
    return peersOf([this.zookeeper]);
  }

  get furtherPeers(): ReadonlyMap<string, string> {
    const all = this.#parts.ports.further.flat();
    return new Map(all.map(({ name }) => [name, peersOf(all.filter((listener) => listener.name === name))]));
  }

  /** Writes the configuration files and prepares, but does not start, the servers. */
  async lay(minInSyncReplicas: number, further: FurtherListeners | undefined): Promise<void> {
    const { host, release, jars, ports } = this.#parts;
    const layout = await layOut({
      random: host.random,
      release,
      jarFolder: jars,
      folder: this.folder,
      zookeeper: this.zookeeper,
      brokers: this.brokers,
      clientListeners: ports.clients,
      controller: { host: ADDRESS, port: ports.controller },
      further: further && {
        ofBrokers: ports.further,
        properties: await further.lay(this.folder),
        scram: further.scram,
      },
      minInSyncReplicas,
    });
    for (const server of [layout.zookeeper, layout.controller, ...layout.brokers]) {
      if (server !== undefined) this.#add(server);
    }
    this.#preparations = layout.preparations;
  }

  async startAll(): Promise<void> {
    const zookeeper = this.startZooKeeper();
    // What is prepared for brokers that live by ZooKeeper is written there.
    if (this.#parts.release.metadataIn === 'zookeeper') await zookeeper;
    await all([zookeeper, ...this.#preparations.map((args) => runJava(this.#parts.java, args))]);
    await all([this.#startController(), ...this.brokers.map(({ id }) => this.startBroker(id))]);
    const everybody = this.brokers.map(({ id }) => id);
    await until(this.#parts.host.clock, 'all brokers know each other', START_MAX_MS, async () => {
      const known = await Promise.all(this.brokers.map((broker) => this.#names(broker, everybody)));
      return known.every(Boolean);
    });
  }

  async createTopic(name: string, topic: NewTopic): Promise<void> {
    const target = {
      clock: this.#parts.host.clock,
      release: this.#parts.release,
      zookeeper: this.zookeeper,
      brokers: this.brokers.filter(({ id }) => this.#server(brokerName(id)).pid !== undefined),
    };
    await createTopicOn(target, name, { replicationFactor: this.brokers.length, ...topic });
  }

  async killBroker(id: number): Promise<void> {
    await this.#server(brokerName(id)).kill();
  }

  async stopBroker(id: number): Promise<void> {
    await this.#server(brokerName(id)).terminate(STOP_MAX_MS);
  }

  async startBroker(id: number): Promise<void> {
    const server = this.#server(brokerName(id));
    const broker = this.brokers.find((candidate) => candidate.id === id) as Broker;
    const { clock } = this.#parts.host;
    if (server.pid !== undefined) throw new ClusterError(`${server.name} is running already.`);
    // A broker that finds the registration of its killed predecessor gives up, so wait until that session has expired.
    // Where there is a controller, the broker itself waits for it to forget.
    if (this.#parts.release.metadataIn === 'zookeeper') {
      await until(
        clock,
        `ZooKeeper has forgotten the former broker ${id}`,
        10 * BROKER_SESSION_TIMEOUT_MS,
        async () => {
          return !(await this.#registered()).has(id);
        },
      );
    }
    if (this.#isStopped) throw new ClusterError(`${server.name} is not started any more: the cluster was stopped.`);
    server.start();
    await server.answers(START_MAX_MS, () => this.#names(broker, [id]));
  }

  pauseBroker(id: number): void {
    this.#server(brokerName(id)).signal('SIGSTOP');
  }

  resumeBroker(id: number): void {
    this.#server(brokerName(id)).signal('SIGCONT');
  }

  async killZooKeeper(): Promise<void> {
    await this.#server('zookeeper').kill();
  }

  async stopZooKeeper(): Promise<void> {
    await this.#server('zookeeper').terminate(STOP_MAX_MS);
  }

  async startZooKeeper(): Promise<void> {
    const server = this.#server('zookeeper');
    server.start();
    await server.answers(START_MAX_MS, async () => (await askZooKeeper(this.zookeeper, 'srvr')).includes('Mode:'));
  }

  pauseZooKeeper(): void {
    this.#server('zookeeper').signal('SIGSTOP');
  }

  resumeZooKeeper(): void {
    this.#server('zookeeper').signal('SIGCONT');
  }

  pids(): ReadonlyMap<string, number> {
    const pids = new Map<string, number>();
    for (const { name, pid } of this.#servers.values()) if (pid !== undefined) pids.set(name, pid);
    return pids;
  }

  async detach(): Promise<void> {
    await this.#watchdog.release();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(
      [...this.#servers.values()].filter(({ pid }) => pid !== undefined).map((server) => server.kill()),
    );
    await this.#watchdog.release();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #startController(): Promise<void> {
    const server = this.#servers.get('controller');
    if (server === undefined) return;
    server.start();
    await server.answers(START_MAX_MS, () => isListening({ host: ADDRESS, port: this.#parts.ports.controller }));
  }

  /** True when the broker answers and knows that these are there. */
  async #names(broker: Broker, ids: readonly number[]): Promise<boolean> {
    const { brokerIds } = await askBroker(broker);
    const known = this.#parts.release.namesBrokers === 'at-once' ? new Set(brokerIds) : await this.#registered();
    return ids.every((id) => known.has(id));
  }

  /** Brokers whose session lives at ZooKeeper, which may be that of a killed one for a while. */
  async #registered(): Promise<ReadonlySet<number>> {
    const sessions = await askZooKeeper(this.zookeeper, 'dump');
    return new Set([...sessions.matchAll(/\/brokers\/ids\/(\d+)/g)].map(([, id]) => Number(id)));
  }

  #add({ name, args }: ServerPlan): void {
    const { java, host } = this.#parts;
    const logPath = join(this.folder, `${name}.log`);
    const onChange = () => this.#watchdog.watch([...this.pids().values()]);
    this.#servers.set(name, new Server({ name, java, args, logPath, clock: host.clock, onChange }));
  }

  #server(name: string): Server {
    const server = this.#servers.get(name);
    if (server === undefined)
      throw new ClusterError(`There is no ${name}; the cluster has ${[...this.#servers.keys()].join(', ')}.`);
    return server;
  }
}

function peersOf(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ host, port }) => `${host}:${port}`).join(',');
}

/** All are waited for even when one fails, so that none is started behind a cluster that is being taken down. */
async function all(starts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(starts)) if (result.status === 'rejected') throw result.reason;
}
