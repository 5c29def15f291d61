import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROKER_SESSION_TIMEOUT_MS } from './configuration.js';
import { jarFolder } from './jars.js';
import { brokerName, type Layout, layOut, type ServerPlan } from './layout.js';
import { freePorts, isFree } from './ports.js';
import { askBroker, askZooKeeper, type Endpoint, isListening } from './probes.js';
import { checkJava, runJava, Server, until } from './processes.js';
import { checkSecurity, laySecurity, SECURE_LISTENERS_TOTAL, type SecureAddresses } from './security.js';
import { createTopicOn, type NewTopic } from './topics.js';
import { DEFAULT_KAFKA_VERSION, type Release, releaseOf } from './versions.js';
import { Watchdog } from './watchdog.js';

export const BROKERS_MAX = 3;
const HOST = '127.0.0.1';
const START_MAX_MS = 90_000;
const STOP_MAX_MS = 30_000;
/** The data folder's name begins so, wherever temporary folders lie. */
export const FOLDER_PREFIX = 'kafka-pixy-cluster-';

export interface ClusterOptions {
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
  /** Adds listeners with TLS and SASL; from 2.8.0 on. Default: false. */
  readonly secure?: boolean;
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
  readonly zookeeperPeers: string;
  readonly brokers: readonly Broker[];
  readonly zookeeper: Endpoint;
  /** There when asked for. */
  readonly secure: SecureAddresses | undefined;
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
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const release = releaseOf(options.kafka ?? DEFAULT_KAFKA_VERSION);
  const brokersTotal = options.brokers ?? 1;
  if (!Number.isInteger(brokersTotal) || brokersTotal < 1 || brokersTotal > BROKERS_MAX) {
    throw new Error(`A cluster has 1 to ${BROKERS_MAX} brokers, not ${brokersTotal}.`);
  }
  if (options.secure) checkSecurity(release);
  await checkJava();
  const ports = await choosePorts(options, brokersTotal);
  const jars = await jarFolder(release, options.tell ?? (() => {}));
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const cluster = new LocalCluster(release, jars, ports, folder);
  try {
    await cluster.lay(options.minInSyncReplicas ?? 1);
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
  readonly secure: readonly (readonly number[])[] | undefined;
}

async function choosePorts(options: ClusterOptions, brokersTotal: number): Promise<Ports> {
  const secureTotal = options.secure ? SECURE_LISTENERS_TOTAL : 0;
  const free = await freePorts(HOST, 2 + brokersTotal * (1 + secureTotal));
  const take = (count: number) => free.splice(0, count);
  const [freeZooKeeper, controller] = take(2) as [number, number];
  const { kafkaPort, zookeeperPort = freeZooKeeper } = options;
  const brokers = take(brokersTotal).map((port, i) => (kafkaPort === undefined ? port : kafkaPort + i));
  for (const port of [zookeeperPort, ...brokers]) {
    if (!(await isFree(HOST, port))) throw new Error(`Port ${port} of ${HOST} is taken. Give another, or none.`);
  }
  const secure = options.secure ? brokers.map(() => take(secureTotal)) : undefined;
  return { zookeeper: zookeeperPort, controller, brokers, secure };
}

class LocalCluster implements Cluster {
  readonly kafkaVersion: string;
  readonly brokers: readonly Broker[];
  readonly zookeeper: Endpoint;
  readonly folder: string;
  secure: SecureAddresses | undefined;
  readonly #release: Release;
  readonly #jars: string;
  readonly #ports: Ports;
  readonly #watchdog: Watchdog;
  readonly #servers = new Map<string, Server>();
  #preparations: Layout['preparations'] = [];

  constructor(release: Release, jars: string, ports: Ports, folder: string) {
    this.kafkaVersion = release.version;
    this.#release = release;
    this.#jars = jars;
    this.#ports = ports;
    this.zookeeper = { host: HOST, port: ports.zookeeper };
    this.brokers = ports.brokers.map((port, i) => ({ id: i + 1, host: HOST, port }));
    this.folder = folder;
    this.#watchdog = new Watchdog(folder);
  }

  get kafkaPeers(): string {
    return this.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  get zookeeperPeers(): string {
    return `${this.zookeeper.host}:${this.zookeeper.port}`;
  }

  /** Writes the configuration files and prepares, but does not start, the servers. */
  async lay(minInSyncReplicas: number): Promise<void> {
    const { secure, controller } = this.#ports;
    if (secure !== undefined) this.secure = await laySecurity(this.folder, HOST, secure);
    const layout = await layOut({
      release: this.#release,
      jarFolder: this.#jars,
      folder: this.folder,
      zookeeper: this.zookeeper,
      brokers: this.brokers,
      controller: { host: HOST, port: controller },
      securePorts: secure,
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
    if (this.#release.metadataIn === 'zookeeper') await zookeeper;
    await all([zookeeper, ...this.#preparations.map((args) => runJava(args))]);
    await all([this.#startController(), ...this.brokers.map(({ id }) => this.startBroker(id))]);
    const everybody = this.brokers.map(({ id }) => id);
    await until('all brokers know each other', START_MAX_MS, async () => {
      const known = await Promise.all(this.brokers.map((broker) => this.#names(broker, everybody)));
      return known.every(Boolean);
    });
  }

  async createTopic(name: string, topic: NewTopic): Promise<void> {
    const target = {
      release: this.#release,
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
    if (server.pid !== undefined) throw new Error(`${server.name} is running already.`);
    // A broker that finds the registration of its killed predecessor gives up, so wait until that session has expired.
    // Where there is a controller, the broker itself waits for it to forget.
    if (this.#release.metadataIn === 'zookeeper') {
      await until(`ZooKeeper has forgotten the former broker ${id}`, 10 * BROKER_SESSION_TIMEOUT_MS, async () => {
        return !(await this.#registered()).has(id);
      });
    }
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
    await server.answers(START_MAX_MS, () => isListening({ host: HOST, port: this.#ports.controller }));
  }

  /** True when the broker answers and knows that these are there. */
  async #names(broker: Broker, ids: readonly number[]): Promise<boolean> {
    const { brokerIds } = await askBroker(broker);
    const known = this.#release.namesBrokers === 'at-once' ? new Set(brokerIds) : await this.#registered();
    return ids.every((id) => known.has(id));
  }

  /** Brokers whose session lives at ZooKeeper, which may be that of a killed one for a while. */
  async #registered(): Promise<ReadonlySet<number>> {
    const sessions = await askZooKeeper(this.zookeeper, 'dump');
    return new Set([...sessions.matchAll(/\/brokers\/ids\/(\d+)/g)].map(([, id]) => Number(id)));
  }

  #add({ name, args }: ServerPlan): void {
    const log = join(this.folder, `${name}.log`);
    this.#servers.set(name, new Server(name, args, log, () => this.#watchdog.watch([...this.pids().values()])));
  }

  #server(name: string): Server {
    const server = this.#servers.get(name);
    if (server === undefined)
      throw new Error(`There is no ${name}; the cluster has ${[...this.#servers.keys()].join(', ')}.`);
    return server;
  }
}

/** All are waited for even when one fails, so that none is started behind a cluster that is being taken down. */
async function all(starts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(starts)) if (result.status === 'rejected') throw result.reason;
}
