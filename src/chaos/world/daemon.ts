import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from '../../cluster/probes.js';
import type { Clock } from '../../host/host.js';
import type { DaemonLife } from '../result.js';
import type { DaemonKind } from '../script/script.js';
import { ChaosError } from './chaos-error.js';
import { readDaemonLog } from './daemon-log.js';
import { DaemonProcess } from './daemon-process.js';
import { configFile, type DaemonPlace, filledIn } from './daemon-settings.js';
import type { ChaosDaemon, DaemonLogLine } from './world.js';
import type { SessionWatch } from './zookeeper-session.js';

/** Of this product's daemons, and what is granted to those of others. */
const drainTimeoutMs = 15_000;
/** Beyond it, until the process is gone. */
const endSlackMs = 5000;

export interface WorldDaemonOptions {
  readonly number: number;
  readonly kind: DaemonKind;
  /** How this product is started; its arguments follow. */
  readonly daemonCommand: readonly string[];
  /** Where it listens itself. */
  readonly endpoint: Endpoint;
  /** Where clients reach it, `host:port`. */
  readonly address: string;
  /** Each `host:port`, as this daemon reaches them. */
  readonly kafkaPeers: readonly string[];
  readonly zookeeperPeers: readonly string[];
  readonly session: SessionWatch;
  /** Gets configurations, logs and sockets. */
  readonly folder: string;
  readonly clock: Clock;
  readonly nowMs: () => number;
  /** Called whenever a process of it starts or ends. */
  readonly onChange: () => void;
}

/** A daemon through all its processes: one place, one link to its clients, one number. */
export class WorldDaemon implements ChaosDaemon {
  readonly name: string;
  readonly lives: DaemonLife[] = [];
  readonly #options: WorldDaemonOptions;
  readonly #processes: DaemonProcess[] = [];
  readonly #memberIds: string[] = [];
  #isClosed = false;

  constructor(options: WorldDaemonOptions) {
    this.name = `daemon ${options.number}`;
    this.#options = options;
  }

  get number(): number {
    return this.#options.number;
  }

  get kind(): DaemonKind {
    return this.#options.kind;
  }

  get address(): string {
    return this.#options.address;
  }

  get session(): SessionWatch {
    return this.#options.session;
  }

  get isUp(): boolean {
    return this.#process?.isUp ?? false;
  }

  get isFrozen(): boolean {
    return this.#process?.isFrozen ?? false;
  }

  get memberIds(): readonly string[] {
    return this.#memberIds;
  }

  get sessionIds(): ReadonlySet<string> {
    return this.#options.session.ids;
  }

  /** Of the process that lives. */
  get pid(): number | undefined {
    return this.#process?.isAlive ? this.#process.pid : undefined;
  }

  /** By which faults are had inside; daemons of this product only. */
  get faultsPath(): string {
    return join(this.#options.folder, `faults-${this.number}`);
  }

  get #process(): DaemonProcess | undefined {
    return this.#processes.at(-1);
  }

  /** Starts its next process, and resolves when that answers. @throws ChaosError */
  async start(): Promise<void> {
    if (this.#process?.isAlive) throw new ChaosError(`${this.name} is running already`);
    const { kind, number, folder, endpoint, clock, nowMs, session, onChange } = this.#options;
    const memberId = `${kind.name}-${number}.${this.#processes.length + 1}`;
    const configPath = join(folder, `daemon-${number}.yaml`);
    const place: DaemonPlace = {
      address: `${endpoint.host}:${endpoint.port}`,
      memberId,
      kafkaPeers: this.#options.kafkaPeers,
      zookeeperPeers: this.#options.zookeeperPeers,
    };
    await writeFile(configPath, this.#configFile(place), { mode: 0o600 });
    // Its world may have ended meanwhile.
    if (this.#isClosed) throw new ChaosError(`${this.name} is not started any more: the run is over`);
    const command = kind.command
      ? filledIn(kind.command, place, configPath)
      : [...this.#options.daemonCommand, '--config', configPath];
    // What its predecessor had is none of its own.
    session.forget();
    this.#memberIds.push(memberId);
    const started = new DaemonProcess({
      daemon: this.name,
      memberId,
      command,
      logPath: this.#logPath(this.#processes.length + 1),
      clock,
      nowMs,
      onEnd: (life) => {
        this.lives.push(life);
        onChange();
      },
    });
    this.#processes.push(started);
    onChange();
    await started.ready(endpoint);
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Kills it, and starts no other. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.kill();
  }

  freeze(): void {
    this.#process?.freeze();
  }

  async thaw(): Promise<void> {
    const frozen = this.#process;
    if (!frozen?.isAlive) return;
    frozen.thaw();
    await frozen.ready(this.#options.endpoint);
  }

  /** In order; kills it past the time that it has. */
  async stop(): Promise<void> {
    await this.#process?.stop(drainTimeoutMs + endSlackMs);
  }

  /** Those that tell of a defect, or of the end of a session, of all its processes; other implementations have none. */
  async logLines(): Promise<DaemonLogLine[]> {
    if (this.kind.command) return [];
    const logs = this.#processes.map((_, at) => readDaemonLog(this.name, this.#logPath(at + 1)));
    return (await Promise.all(logs)).flat();
  }

  #configFile(place: DaemonPlace): string {
    const { kind, folder } = this.#options;
    const own = { faultsPath: this.faultsPath, dumpFolder: folder, drainTimeoutMs };
    return configFile(place, kind.config, kind.command ? undefined : own);
  }

  #logPath(life: number): string {
    return join(this.#options.folder, `daemon-${this.number}.${life}.log`);
  }
}
