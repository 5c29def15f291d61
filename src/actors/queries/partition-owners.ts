import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import { groupPaths } from '../consume/group-paths.js';
import { handoverPaths } from './handover.js';

/** Who holds the claim on a partition. */
export interface PartitionHolder {
  readonly memberId: string;
  readonly sessionId: string;
  /** This daemon, or another one that can be asked to set a position. */
  readonly isOurs: boolean;
}

/** Owner nodes that are read at a time. */
const readsMax = 50;

/** There is no such node, or there can be none of that name. */
const unlessMissing = <T>(read: Promise<T>): Promise<T | undefined> =>
  read.catch((error: unknown) => {
    if (error instanceof ZooKeeperFailure && (error.kind === 'no-node' || error.kind === 'bad-path')) return undefined;
    throw error;
  });

/** Of these partitions, those that somebody owns: whoever keeps the same nodes, this product or another. */
export async function readHolders(
  session: ZooKeeperSession,
  { group, topic }: { readonly group: string; readonly topic: string },
  partitions: readonly number[],
): Promise<Map<number, PartitionHolder>> {
  const owned = new Set(await unlessMissing(session.getChildren(groupPaths.ownersOfTopic(group, topic))));
  const asked = partitions.filter((partition) => owned.has(String(partition)));
  const holders = new Map<number, PartitionHolder>();
  const daemons = new Map<string, Promise<boolean>>();
  const isDaemon = (sessionId: string) => {
    const found =
      daemons.get(sessionId) ?? session.exists(handoverPaths.daemon(sessionId)).then((stat) => stat !== null);
    daemons.set(sessionId, found);
    return found;
  };
  for (let from = 0; from < asked.length; from += readsMax) {
    await Promise.all(
      asked.slice(from, from + readsMax).map(async (partition) => {
        const node = await unlessMissing(session.getData(groupPaths.owner(group, topic, partition)));
        if (!node) return;
        const sessionId = node.stat.ephemeralOwner;
        const isOurs = sessionId !== null && (sessionId === session.sessionId || (await isDaemon(sessionId)));
        holders.set(partition, { memberId: node.data, sessionId: sessionId ?? '', isOurs });
      }),
    );
  }
  return holders;
}
