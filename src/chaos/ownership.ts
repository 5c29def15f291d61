import { pino } from 'pino';
import type { Clock, Host } from '../host/host.js';
import type { ClaimSample } from '../verdict/history.js';
import { createZooKeeperAdapter } from '../zookeeper/adapter/adapter.js';
import { ZooKeeperFailure, type ZooKeeper, type ZooKeeperSession } from '../zookeeper/port.js';
import type { ChaosDaemon } from './world/world.js';

/** From the beginning of one look to that of the next, where no more topics of groups are looked at. */
const lookEveryMs = 200;
const topicsAtFullPace = 20;
/** Looking takes no more of the time than this: where there are many partitions, it is done less often. */
const lookingShare = 0.2;
/** A look that took long had waited: what it waited for is back, so the next one does not wait for long. */
const pauseMaxMs = 1000;
const sessionTimeoutMs = 10_000;
const operationTimeoutMs = 5000;
/** One look asks for all partitions of a topic at once. */
const pendingOperationsMax = 1000;
/** Some hours' worth. What is seen later is left out. */
const samplesMax = 500_000;

export interface OwnershipOptions {
  readonly zookeeper: ZooKeeper;
  readonly clock: Clock;
  /** Milliseconds from the beginning of the load. */
  readonly nowMs: () => number;
  readonly groups: readonly { readonly name: string; readonly topics: readonly string[] }[];
  readonly daemons: readonly Pick<ChaosDaemon, 'name' | 'memberIds' | 'sessionIds'>[];
}

/** @param options `zookeeperPeers`: `host:port`, comma-separated */
export function watchOwnership(
  options: Omit<OwnershipOptions, 'zookeeper' | 'clock'> & { readonly zookeeperPeers: string; readonly host: Host },
): OwnershipWatch {
  const { zookeeperPeers: servers, host, ...others } = options;
  const limits = { operationTimeoutMs, pendingOperationsMax };
  const zookeeper = createZooKeeperAdapter({ servers, chroot: '', host, logger: pino({ level: 'silent' }), limits });
  return new OwnershipWatch({ ...others, zookeeper, clock: host.clock });
}

/**
 * Looks again and again who owns which partitions, at ZooKeeper itself. While it is away nothing is noted. Samples that say the
 * same share their owners, since most do.
 */
export class OwnershipWatch {
  readonly samples: ClaimSample[] = [];
  readonly #options: OwnershipOptions;
  readonly #latest = new Map<string, ReadonlyMap<number, string>>();
  #session: ZooKeeperSession | undefined;
  #hasStopped = false;
  #wake: () => void = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  start(): void {
    this.#looking = this.#run();
  }

  /** Of what is noted nothing changes any more. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    this.#wake();
    await Promise.all([this.#session?.close(), this.#looking]);
  }

  async #run(): Promise<void> {
    const { clock, groups } = this.#options;
    const topics = groups.reduce((sum, group) => sum + group.topics.length, 0);
    const everyMs = lookEveryMs * Math.max(1, topics / topicsAtFullPace);
    while (!this.#hasStopped) {
      const startMs = clock.nowMs();
      for (const { name, topics } of groups) for (const topic of topics) await this.#look(name, topic);
      const tookMs = clock.nowMs() - startMs;
      const fairMs = Math.min(pauseMaxMs, tookMs * (1 / lookingShare - 1));
      await this.#pause(Math.max(everyMs - tookMs, fairMs));
    }
  }

  async #look(group: string, topic: string): Promise<void> {
    const { nowMs } = this.#options;
    if (this.#hasStopped || this.samples.length >= samplesMax) return;
    const askedMs = nowMs();
    try {
      const owners = await this.#ownersOf(this.#openSession(), `/consumers/${group}/owners/${topic}`);
      const shared = this.#sharedOwners(`${group} ${topic}`, owners);
      this.samples.push({ group, topic, askedMs, answeredMs: nowMs(), owners: shared });
    } catch (error) {
      if (!(error instanceof ZooKeeperFailure)) throw error;
    }
  }

  async #ownersOf(session: ZooKeeperSession, path: string): Promise<ReadonlyMap<number, string>> {
    const partitions = await session.getChildren(path).catch(unlessMissing([]));
    const owners = new Map<number, string>();
    await Promise.all(
      partitions.map(async (partition) => {
        const node = await session.getData(`${path}/${partition}`).catch(unlessMissing(undefined));
        if (node) owners.set(Number(partition), this.#daemonOf(node.data, node.stat.ephemeralOwner));
      }),
    );
    return owners;
  }

  /** By the session, since a command need not tell a daemon its name; what nobody here has is somebody else's. */
  #daemonOf(memberId: string, sessionId: string | null): string {
    const { daemons } = this.#options;
    const owner =
      daemons.find(({ sessionIds }) => sessionId !== null && sessionIds.has(sessionId)) ??
      daemons.find(({ memberIds }) => memberIds.includes(memberId));
    return owner?.name ?? memberId;
  }

  #sharedOwners(key: string, owners: ReadonlyMap<number, string>): ReadonlyMap<number, string> {
    const latest = this.#latest.get(key);
    const isSame =
      latest?.size === owners.size && [...owners].every(([partition, owner]) => latest.get(partition) === owner);
    if (latest && isSame) return latest;
    this.#latest.set(key, owners);
    return owners;
  }

  #openSession(): ZooKeeperSession {
    this.#session ??= this.#options.zookeeper.openSession({
      timeoutMs: sessionTimeoutMs,
      onEvent: ({ type }) => {
        if (type === 'ended') this.#session = undefined;
      },
    });
    return this.#session;
  }

  async #pause(forMs: number): Promise<void> {
    const { clock } = this.#options;
    if (this.#hasStopped) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, forMs);
      this.#wake = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}

const unlessMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (error instanceof ZooKeeperFailure && error.kind === 'no-node') return instead;
    throw error;
  };
