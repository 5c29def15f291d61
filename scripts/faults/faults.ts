import type { Cluster } from '../../src/cluster/cluster.js';
import { comesTrue, nowMs, pause } from './clock.js';
import type { Clients } from './clients.js';
import type { DaemonProcess } from './daemon.js';
import type { Fleet } from './fleet.js';
import { offsetsOf, setOffsets } from './group-offsets.js';
import { faultTitles, type ClaimSample, type Fault, type FaultName, type SetPosition } from './history.js';
import type { LogReader } from './log-reader.js';
import type { Recorder } from './recorder.js';
import { brokerFrozenMs, groupKinds, partitions, timing, topics } from './settings.js';

const recoveryMaxMs = 60_000;
const inSyncMaxMs = 60_000;
const setBackMessages = 100;
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
      () => this.#freezeBroker(),
      () => this.#killZooKeeper('zookeeper-bounced', 0),
      () => this.#killZooKeeper('zookeeper-gone', beyondSessionMs),
      () => this.#freezeDaemon(),
      () => this.#setOffsets(),
      () => this.#killDaemon(),
      () => this.#stopDaemon(),
    ];
    for (const step of steps) {
      await pause(quietMs, this.#world.signal);
      await step();
    }
  }

  /**
   * Waits until every partition is owned, evenly and by daemons that live, and all deliver what was written since, to both
   * groups.
   */
  async recovered(sinceMs: number, after: string): Promise<void> {
    const { fleet, recorder, signal } = this.#world;
    const isWell = (): boolean => {
      const names = fleet.living.map(({ name }) => name);
      return groupKinds.every(
        (group) =>
          recorder.deliversSince(group, sinceMs, partitions, names) &&
          isSpread(recorder.lastClaims(group), sinceMs, fleet.living),
      );
    };
    if (!(await comesTrue(isWell, recoveryMaxMs, signal)))
      this.#noteStuck(`not all partitions were owned and delivered within ${recoveryMaxMs} ms after: ${after}`);
  }

  #noteStuck(text: string): void {
    this.stuck.push(text);
    this.#world.tell(`  ${text}`);
  }

  async #strike(
    name: FaultName,
    daemon: DaemonProcess | undefined,
    act: () => Promise<number>,
    positions?: readonly SetPosition[],
  ): Promise<void> {
    const title = faultTitles[name];
    const startMs = nowMs();
    this.#world.tell(`${seconds(startMs)} ${title}${daemon ? ` (${daemon.name})` : ''}`);
    const backMs = await act();
    await this.recovered(backMs, title);
    const recoveredMs = nowMs();
    this.#world.tell(`${seconds(recoveredMs)}   well again, ${seconds(recoveredMs - backMs)} after it was back`);
    const struck = { ...(daemon && { daemon: daemon.name }), ...(positions && { positions }) };
    this.faults.push({ name, ...struck, startMs, backMs, recoveredMs });
  }

  async #killBroker(): Promise<void> {
    const { cluster } = this.#world;
    const broker = await this.#leader();
    await this.#strike('broker-killed', undefined, async () => {
      await cluster.killBroker(broker);
      await cluster.startBroker(broker);
      return nowMs();
    });
    await this.#untilInSync();
  }

  async #freezeBroker(): Promise<void> {
    const { cluster, signal } = this.#world;
    const broker = await this.#leader();
    await this.#strike('broker-frozen', undefined, async () => {
      cluster.pauseBroker(broker);
      await pause(brokerFrozenMs, signal);
      cluster.resumeBroker(broker);
      return nowMs();
    });
    await this.#untilInSync();
  }

  /** A broker that leads something. */
  async #leader(): Promise<number> {
    const { reader, signal } = this.#world;
    const [first] = await reader.partitionsOf(topics.sync, signal);
    return first!.leader;
  }

  async #untilInSync(): Promise<void> {
    const { signal } = this.#world;
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

  /** Those that the victim owns, of both groups, by way of another daemon. */
  async #setOffsets(): Promise<void> {
    const { fleet, recorder } = this.#world;
    const owner = this.#victim();
    const other = fleet.living.at(-1)!;
    const chosen: SetPosition[] = [];
    for (const group of groupKinds) {
      const owners = recorder.lastClaims(group)?.owners;
      for (const { partition, offset } of await offsetsOf(other.port, group)) {
        if (owners?.get(partition) === owner.name)
          chosen.push({ group, partition, offset: Math.max(0, offset - setBackMessages) });
      }
    }
    await this.#strike(
      'offsets-set',
      owner,
      async () => {
        const setting = groupKinds.map((group) =>
          setOffsets(
            other.port,
            group,
            chosen.filter((each) => each.group === group).map(({ partition, offset }) => ({ partition, offset })),
          ),
        );
        await Promise.all(setting).catch((error: Error) => this.#noteStuck(`offsets were not set: ${error.message}`));
        return nowMs();
      },
      chosen,
    );
  }

  /** The one that has lived longest, so that each round strikes all. */
  #victim(): DaemonProcess {
    return this.#world.fleet.living[0]!;
  }

  /** Starts another daemon once the rest have taken over; when it was ready. */
  async #replace(daemon: DaemonProcess, startMs: number): Promise<number> {
    const { fleet, clients, recorder, signal } = this.#world;
    const rest = fleet.living.filter((each) => each !== daemon);
    const taken = await comesTrue(
      () => groupKinds.every((group) => isSpread(recorder.lastClaims(group), startMs, rest)),
      recoveryMaxMs,
      signal,
    );
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
