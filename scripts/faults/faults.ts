import type { Cluster } from '../cluster/cluster.js';
import { comesTrue, nowMs, pause } from './clock.js';
import type { Clients } from './clients.js';
import type { DaemonProcess } from './daemon.js';
import type { Fleet } from './fleet.js';
import { faultTitles, type ClaimSample, type Fault, type FaultName } from './history.js';
import type { LogReader } from './log-reader.js';
import type { Recorder } from './recorder.js';
import { partitions, timing, topics } from './settings.js';

const recoveryMaxMs = 60_000;
const inSyncMaxMs = 60_000;
/** Beyond the session: twice its timeout. */
const beyondSessionMs = 2 * timing.sessionTimeoutMs;
const stopMaxMs = timing.drainTimeoutMs + timing.slackMs;

export interface FaultWorld {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly clients: Clients;
  readonly recorder: Recorder;
  readonly reader: LogReader;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** The faults in turn. Each waits until all is well again, so that what follows a fault can be told from the next one's. */
export class Faults {
  readonly faults: Fault[] = [];
  readonly stuck: string[] = [];
  readonly #world: FaultWorld;

  constructor(world: FaultWorld) {
    this.#world = world;
  }

  /** Each fault once, with a quiet time before it. */
  async round(quietMs: number): Promise<void> {
    const steps = [
      () => this.#killBroker(),
      () => this.#killZooKeeper('zookeeper-bounced', 0),
      () => this.#killZooKeeper('zookeeper-gone', beyondSessionMs),
      () => this.#freezeDaemon(),
      () => this.#killDaemon(),
      () => this.#stopDaemon(),
    ];
    for (const step of steps) {
      await pause(quietMs, this.#world.signal);
      await step();
    }
  }

  /** Waits until every partition is owned, evenly and by daemons that live, and all deliver what was written since. */
  async recovered(sinceMs: number, after: string): Promise<void> {
    const { fleet, recorder, signal } = this.#world;
    const well = await comesTrue(
      () =>
        recorder.deliversSince(
          sinceMs,
          partitions,
          fleet.living.map(({ name }) => name),
        ) && isSpread(recorder.claims.at(-1), sinceMs, fleet.living),
      recoveryMaxMs,
      signal,
    );
    if (!well)
      this.#noteStuck(`not all partitions were owned and delivered within ${recoveryMaxMs} ms after: ${after}`);
  }

  #noteStuck(text: string): void {
    this.stuck.push(text);
    this.#world.tell(`  ${text}`);
  }

  async #strike(name: FaultName, daemon: DaemonProcess | undefined, act: () => Promise<number>): Promise<void> {
    const title = faultTitles[name];
    const startMs = nowMs();
    this.#world.tell(`${seconds(startMs)} ${title}${daemon ? ` (${daemon.name})` : ''}`);
    const backMs = await act();
    await this.recovered(backMs, title);
    const recoveredMs = nowMs();
    this.#world.tell(`${seconds(recoveredMs)}   well again, ${seconds(recoveredMs - backMs)} after it was back`);
    this.faults.push({ name, ...(daemon && { daemon: daemon.name }), startMs, backMs, recoveredMs });
  }

  async #killBroker(): Promise<void> {
    const { cluster, reader, signal } = this.#world;
    const [first] = await reader.partitionsOf(topics.sync, signal);
    const broker = first!.leader;
    await this.#strike('broker-killed', undefined, async () => {
      await cluster.killBroker(broker);
      await cluster.startBroker(broker);
      return nowMs();
    });
    const inSync = await comesTrue(() => this.#allInSync().catch(() => false), inSyncMaxMs, signal);
    if (!inSync) throw new Error(`The brokers were not in sync again within ${inSyncMaxMs} ms.`);
  }

  async #allInSync(): Promise<boolean> {
    const { reader, signal } = this.#world;
    const all = [
      ...(await reader.partitionsOf(topics.sync, signal)),
      ...(await reader.partitionsOf(topics.async, signal)),
    ];
    return all.every(({ replicas, inSyncReplicas }) => inSyncReplicas.length === replicas.length);
  }

  async #killZooKeeper(name: 'zookeeper-bounced' | 'zookeeper-gone', awayMs: number): Promise<void> {
    const { cluster, signal } = this.#world;
    await this.#strike(name, undefined, async () => {
      await cluster.killZooKeeper();
      await pause(awayMs, signal);
      await cluster.startZooKeeper();
      return nowMs();
    });
  }

  async #freezeDaemon(): Promise<void> {
    const daemon = this.#victim();
    await this.#strike('daemon-frozen', daemon, async () => {
      daemon.freeze();
      await pause(beyondSessionMs, this.#world.signal);
      daemon.thaw();
      return nowMs();
    });
  }

  async #killDaemon(): Promise<void> {
    const daemon = this.#victim();
    await this.#strike('daemon-killed', daemon, async () => {
      const startMs = nowMs();
      await daemon.kill();
      return this.#replace(daemon, startMs);
    });
  }

  async #stopDaemon(): Promise<void> {
    const daemon = this.#victim();
    await this.#strike('daemon-stopped', daemon, async () => {
      const startMs = nowMs();
      const [, backMs] = await Promise.all([daemon.stop(stopMaxMs), this.#replace(daemon, startMs)]);
      return backMs;
    });
  }

  /** The one that has lived longest, so that each round strikes all. */
  #victim(): DaemonProcess {
    return this.#world.fleet.living[0]!;
  }

  /** Starts another daemon once the rest have taken over; when it was ready. */
  async #replace(daemon: DaemonProcess, startMs: number): Promise<number> {
    const { fleet, clients, recorder, signal } = this.#world;
    const rest = fleet.living.filter((each) => each !== daemon);
    const taken = await comesTrue(() => isSpread(recorder.claims.at(-1), startMs, rest), recoveryMaxMs, signal);
    if (!taken) this.#noteStuck(`the partitions of ${daemon.name} were not taken over within ${recoveryMaxMs} ms`);
    const replacement = await fleet.start(signal);
    clients.serve(replacement);
    return nowMs();
  }
}

function isSpread(sample: ClaimSample | undefined, sinceMs: number, daemons: readonly DaemonProcess[]): boolean {
  if (!sample || sample.askedMs < sinceMs || sample.owners.size !== partitions) return false;
  const owners = [...sample.owners.values()];
  return daemons.every(({ name }) => {
    const owned = owners.filter((owner) => owner === name).length;
    return owned >= Math.floor(partitions / daemons.length) && owned <= Math.ceil(partitions / daemons.length);
  });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
