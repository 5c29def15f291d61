import { rm } from 'node:fs/promises';
import type { Cluster } from '../../cluster/cluster.js';
import type { ClientListeners } from '../../cluster/listeners.js';
import { freePorts } from '../../cluster/ports.js';
import { releaseOf } from '../../cluster/versions.js';
import { Watchdog } from '../../cluster/watchdog.js';
import type { Host } from '../../host/host.js';
import { counted } from '../report/format.js';
import type { DaemonLife } from '../result.js';
import type { FaultAction, Script } from '../script/script.js';
import { describeTarget, type Target } from '../script/targets.js';
import { ChaosError } from './chaos-error.js';
import { costsOf } from './costs.js';
import { WorldDaemon } from './daemon.js';
import { strikeActors } from './inner-faults.js';
import { isLink, Links, type LinkTarget, modeOf } from './links.js';
import { refuseUnreachable } from './reach.js';
import { endpointOf, keepLogs, startServers, strikeServer } from './servers.js';
import { Turns } from './turns.js';
import type { ChaosWorld, DaemonLogLine, Struck } from './world.js';
import { closeSession, SessionWatch } from './zookeeper-session.js';

const address = '127.0.0.1';

export interface WorldOptions {
  readonly script: Script;
  readonly host: Host;
  /** Gets configurations, logs and Unix sockets, so its path is short; whoever made it removes it. */
  readonly folder: string;
  /** How this product is started: a program and its arguments; those of a daemon follow. */
  readonly daemonCommand: readonly string[];
  /** The run's clock, milliseconds; negative before the load begins. */
  readonly nowMs: () => number;
  /** Hears what takes long. */
  readonly tell: (line: string) => void;
  /** Aborted: the world is not wanted any more, and its start fails. Default: never. */
  readonly ended?: AbortSignal;
}

/** Starts everything that a script is about. Nothing is left behind if that fails. @throws ChaosError, ClusterError */
export async function startWorld(options: WorldOptions): Promise<ChaosWorld> {
  const { ended } = options;
  const world = new LocalWorld(options);
  // A daemon that is killed is not waited for any more.
  const close = (): void => void world.close();
  ended?.addEventListener('abort', close, { once: true });
  try {
    await world.start();
    ended?.throwIfAborted();
  } catch (error) {
    await world.close();
    throw error;
  } finally {
    ended?.removeEventListener('abort', close);
  }
  return world;
}

class LocalWorld implements ChaosWorld {
  readonly daemons: WorldDaemon[] = [];
  readonly #options: WorldOptions;
  readonly #links: Links;
  /** Of the daemons: the servers have one of their own. */
  readonly #watchdog = new Watchdog();
  readonly #turns = new Turns();
  #cluster: Cluster | undefined;
  /** Everything that daemons need before they are started; servers that are starting cannot be ended before they are there. */
  #laying: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#links = new Links(options.host.clock);
  }

  get kafkaPeers(): string {
    const { cluster } = this.#options.script;
    return cluster.type === 'given' ? cluster.kafkaPeers.join(',') : this.#started.kafkaPeers;
  }

  get zookeeperPeers(): string {
    const { cluster } = this.#options.script;
    return cluster.type === 'given' ? cluster.zookeeperPeers.join(',') : this.#started.zookeeperPeers;
  }

  get lives(): readonly DaemonLife[] {
    return this.daemons.flatMap(({ lives }) => lives);
  }

  async start(): Promise<void> {
    const { ended, tell } = this.#options;
    ended?.throwIfAborted();
    this.#laying = this.#lay();
    await this.#laying;
    tell(`starting ${counted(this.daemons.length, 'daemon')}`);
    const starts = await Promise.allSettled(this.daemons.map((daemon) => daemon.start()));
    for (const result of starts) if (result.status === 'rejected') throw result.reason;
  }

  async createTopic(name: string, partitions: number): Promise<void> {
    const { cluster } = this.#options.script;
    if (cluster.type === 'given') return;
    await this.#started.createTopic(name, { partitions, replicationFactor: cluster.replication });
  }

  async strike(fault: FaultAction, target: Target, forMs: number): Promise<Struck> {
    const { takeBack, remark } = await this.#inTurn(fault, target, forMs);
    const text = `${fault.kind} ${describeTarget(target)}`;
    return {
      text: remark === undefined ? text : `${text} (${remark})`,
      daemon: 'daemon' in target ? `daemon ${target.daemon}` : undefined,
      costs: costsOf(fault.kind, target.type),
      takeBack,
    };
  }

  async logLines(): Promise<readonly DaemonLogLine[]> {
    return (await Promise.all(this.daemons.map((daemon) => daemon.logLines()))).flat();
  }

  async stopDaemons(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.stop()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #lay(): Promise<void> {
    const { script, host, tell, ended } = this.#options;
    const { cluster, daemons: kinds } = script;
    if (cluster.type === 'started') {
      tell(`starting Kafka ${cluster.kafkaVersion} with ${counted(cluster.brokers, 'broker')}, and a ZooKeeper`);
      this.#cluster = await startServers(cluster, host, this.#clientListeners(), tell);
    } else {
      await refuseUnreachable('Kafka broker', cluster.kafkaPeers);
      await refuseUnreachable('ZooKeeper server', cluster.zookeeperPeers);
    }
    const ports = await freePorts(host.random, address, kinds.at(-1)!.to);
    for (const kind of kinds) {
      for (let number = kind.from; number <= kind.to; number++)
        this.daemons.push(await this.#layDaemon(number, kind, ports[number - 1]!));
    }
    ended?.throwIfAborted();
  }

  async #close(): Promise<void> {
    const { folder, tell } = this.#options;
    // That it failed is told by who started.
    await this.#laying.catch(() => {});
    const ends: (() => Promise<unknown>)[] = [
      () => Promise.all(this.daemons.map((daemon) => daemon.close())),
      // One that was killed leaves its socket behind.
      () => Promise.all(this.daemons.map(({ faultsPath }) => rm(faultsPath, { force: true }))),
      () => this.#watchdog.release(),
      () => this.#links.close(),
      async () => this.#cluster && keepLogs(this.#cluster, folder),
      async () => this.#cluster?.stop(),
    ];
    for (const end of ends)
      await end().catch((error: Error) => tell(`not everything was cleared away: ${error.message}`));
  }

  get #started(): Cluster {
    if (this.#cluster === undefined) throw new ChaosError('no cluster was started');
    return this.#cluster;
  }

  /** With brokers that cannot name a client its own address, daemons reach them directly. */
  #clientListeners(): ClientListeners | undefined {
    const { cluster, daemons } = this.#options.script;
    if (cluster.type === 'given' || releaseOf(cluster.kafkaVersion).endpoint !== 'named-listeners') return undefined;
    const clients = Array.from({ length: daemons.at(-1)!.to }, (_, at) => `daemon ${at + 1}`);
    return {
      clients,
      advertise: async ({ broker, client, ...target }) => {
        const daemon = clients.indexOf(client) + 1;
        return endpointOf(await this.#links.add({ type: 'daemon-to-broker', daemon, broker }, target)).port;
      },
    };
  }

  async #layDaemon(number: number, kind: WorldDaemon['kind'], port: number): Promise<WorldDaemon> {
    const { daemonCommand, folder, host, nowMs } = this.#options;
    const endpoint = { host: address, port };
    const session = new SessionWatch();
    const zookeeperPeers: string[] = [];
    for (const peer of this.zookeeperPeers.split(','))
      zookeeperPeers.push(
        await this.#links.add({ type: 'daemon-to-zookeeper', daemon: number }, endpointOf(peer), session.connection),
      );
    return new WorldDaemon({
      number,
      kind,
      daemonCommand,
      endpoint,
      address: await this.#links.add({ type: 'clients-to-daemon', daemon: number }, endpoint),
      kafkaPeers: (this.#cluster?.clientPeers.get(`daemon ${number}`) ?? this.kafkaPeers).split(','),
      zookeeperPeers,
      session,
      folder,
      clock: host.clock,
      nowMs,
      onChange: () => this.#watchdog.watch(this.daemons.flatMap(({ pid }) => pid ?? [])),
    });
  }

  async #inTurn(fault: FaultAction, target: Target, forMs: number): Promise<Done> {
    if (isLink(target)) {
      this.#links.set(target, modeOf(fault));
      return { takeBack: async () => this.#links.set(target, { type: 'pass' }) };
    }
    const process = target.type === 'actors' ? `daemon ${target.daemon}` : describeTarget(target);
    const done = await this.#turns.after(process, () => this.#strike(fault, target, forMs));
    return { ...done, takeBack: () => this.#turns.atOnce(process, done.takeBack) };
  }

  async #strike(fault: FaultAction, target: Exclude<Target, LinkTarget>, forMs: number): Promise<Done> {
    if (target.type === 'broker' || target.type === 'zookeeper')
      return { takeBack: await strikeServer(this.#started, fault.kind, target, this.#options.host.clock) };
    const daemon = this.daemons[target.daemon - 1];
    if (!daemon) throw new ChaosError(`there is no daemon ${target.daemon}`);
    if (target.type === 'daemon') return this.#strikeDaemon(fault, daemon);
    if (fault.kind !== 'crash' && fault.kind !== 'slow' && fault.kind !== 'full')
      throw new ChaosError(`${fault.kind} is nothing that can happen inside a daemon`);
    await strikeActors(daemon.faultsPath, fault.kind, target.pattern, forMs);
    return overAtOnce;
  }

  async #strikeDaemon({ kind }: FaultAction, daemon: WorldDaemon): Promise<Done> {
    switch (kind) {
      case 'kill':
        await daemon.kill();
        return { takeBack: () => daemon.start() };
      case 'restart':
        await daemon.stop();
        return { takeBack: () => daemon.start() };
      case 'freeze':
        daemon.freeze();
        return { takeBack: () => daemon.thaw() };
      case 'expireSession':
        return this.#expireSession(daemon);
      default:
        throw new ChaosError(`${kind} is nothing that can happen to a process`);
    }
  }

  /** By the first server that answers. */
  async #expireSession({ session: { session } }: WorldDaemon): Promise<Done> {
    if (!session) return { ...overAtOnce, remark: 'it had none' };
    let failure: unknown;
    for (const peer of this.zookeeperPeers.split(',')) {
      try {
        const wasThere = await closeSession(endpointOf(peer), session);
        return wasThere ? overAtOnce : { ...overAtOnce, remark: 'it was over already' };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

interface Done {
  readonly takeBack: () => Promise<void>;
  /** Where it was not quite what was asked for. */
  readonly remark?: string;
}

/** Nothing is to be taken back; what happens inside a daemon for some time ends by itself. */
const overAtOnce: Done = { takeBack: async () => {} };
