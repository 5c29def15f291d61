import type { RequestListener } from 'node:http';
import { pino, type Logger } from 'pino';
import { addressOf } from '../actors/addresses.js';
import type { Bus } from '../actors/bus/types.js';
import type { ByteBudget } from '../actors/byte-budget.js';
import type { Config } from '../config/config.js';
import { assemble, type Assembly } from '../daemon/assembly.js';
import type { EmbeddedWorld } from '../embedded/world.js';
import type { Host } from '../host/host.js';
import { JumpingClock } from '../host/jumping-clock.js';
import { LateTimers } from '../host/late-timers.js';
import { pausableHost, type PausableHost } from '../host/pausable-host.js';
import type { Kafka } from '../kafka/port.js';
import type { ZooKeeper, ZooKeeperSession } from '../zookeeper/port.js';
import { SimulatedConnection } from './connection.js';
import { CountedTimers } from './counted-timers.js';
import { Gate } from './gate.js';

/** What a planted bug or a recorder puts between a daemon and the world; the identity where there is none. */
export interface Wrapping {
  readonly kafka?: (kafka: Kafka, daemon: string) => Kafka;
  readonly zookeeper?: (zookeeper: ZooKeeper, daemon: string) => ZooKeeper;
}

export interface SimulatedDaemonOptions {
  /** `d1`; one that is started again after its end keeps it. */
  readonly name: string;
  readonly memberId: string;
  readonly config: Config;
  /** That of the world. */
  readonly host: Host;
  readonly world: EmbeddedWorld;
  readonly wrapping: Wrapping;
  /** Lines of its log, as JSON. */
  readonly onLogLine: (line: string) => void;
  readonly onFatal: (error: unknown) => void;
}

/** One process of a daemon: everything but the sockets is real. */
export class SimulatedDaemon {
  readonly name: string;
  readonly memberId: string;
  readonly bus: Bus;
  readonly budget: ByteBudget;
  /** Requests go here; while it is paused they wait at the door. */
  readonly gate = new Gate();
  /** Takes requests: from when it serves until it is told to stop, or dies. */
  isUp = true;
  readonly #handle: RequestListener;
  readonly #connections = new Set<SimulatedConnection>();
  readonly #wall: JumpingClock;
  readonly #late: LateTimers;
  readonly #host: PausableHost;
  readonly #timers: CountedTimers;
  readonly #sessions: ZooKeeperSession[] = [];
  readonly #world: EmbeddedWorld;
  readonly #assembly: Assembly;

  constructor({ name, memberId, config, host, world, wrapping, onLogLine, onFatal }: SimulatedDaemonOptions) {
    this.name = name;
    this.memberId = memberId;
    this.#wall = new JumpingClock(host.clock);
    this.#late = new LateTimers(this.#wall, host.random);
    this.#host = pausableHost({ ...host, clock: this.#late });
    this.#timers = new CountedTimers(this.#host.clock);
    const counted: Host = { ...this.#host, clock: this.#timers };
    this.#world = world;
    const log: Logger = pino({ level: 'warn', base: null, timestamp: false }, { write: onLogLine });
    const assembly = assemble({
      config,
      host: counted,
      log,
      name,
      memberIdOf: () => memberId,
      portsOf: (_cluster, { zookeeper: { chroot } }) => {
        const seen = world.seenFrom(counted);
        const kafka = seen.kafka(memberId);
        const zookeeper = this.#noting(seen.zookeeper(chroot, memberId));
        return {
          kafka: wrapping.kafka?.(kafka, name) ?? kafka,
          zookeeper: wrapping.zookeeper?.(zookeeper, name) ?? zookeeper,
        };
      },
      addresses: () => [name],
      endingMs: 1000,
      faultsAllowed: true,
      onFatal,
    });
    this.#assembly = assembly;
    this.bus = assembly.bus;
    this.budget = assembly.budget;
    const handle = assembly.app.callback();
    this.#handle = (req, res) => void handle(req, res);
    this.bus.tell(addressOf.daemon(), { type: 'listening' });
  }

  #noting(zookeeper: ZooKeeper): ZooKeeper {
    return {
      openSession: (options) => {
        const session = zookeeper.openSession(options);
        this.#sessions.push(session);
        return session;
      },
    };
  }

  /** Whether this very process has opened that ZooKeeper session. */
  hasSession(sessionId: string): boolean {
    return this.#sessions.some((session) => session.sessionId === sessionId);
  }

  /** Timers that are armed: none when it has ended. */
  get timersArmed(): number {
    return this.#timers.armed;
  }

  connect(): SimulatedConnection {
    const connection = new SimulatedConnection(this.#handle);
    this.#connections.add(connection);
    return connection;
  }

  /** The client hangs up, or the process is gone. */
  disconnect(connection: SimulatedConnection): void {
    this.#connections.delete(connection);
    connection.close();
  }

  /** As SIGSTOP: nothing of it runs, and ZooKeeper hears nothing of it. */
  pause(): void {
    this.gate.close();
    this.#host.pause();
  }

  resume(): void {
    this.#host.resume();
    this.gate.open();
  }

  jumpClock(byMs: number): void {
    this.#wall.jump(byMs);
  }

  set timersLateMsMax(lateMsMax: number) {
    this.#late.lateMsMax = lateMsMax;
  }

  /** As SIGKILL. */
  async kill(): Promise<void> {
    this.isUp = false;
    for (const connection of [...this.#connections]) this.disconnect(connection);
    this.#world.faults.clientKilled(this.memberId);
    await this.#assembly.end();
  }

  /** As SIGTERM. */
  async stop(): Promise<void> {
    this.isUp = false;
    await this.#assembly.settle();
    await this.#assembly.end();
  }
}
