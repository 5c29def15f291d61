import type { ZooKeeperSession } from '../../zookeeper/port.js';
import { groupPaths } from '../consume/group-paths.js';
import { eachOf, unlessMissing } from './asking-zookeeper.js';
import { handoverPaths } from './handover.js';

/** Who holds the claim on a partition. */
export interface PartitionHolder {
  readonly memberId: string;
  readonly sessionId: string;
  /** This daemon, or another one that can be asked to set a position. */
  readonly isOurs: boolean;
}

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
  await eachOf(asked, async (partition) => {
    const node = await unlessMissing(session.getData(groupPaths.owner(group, topic, partition)));
    if (!node) return;
    const sessionId = node.stat.ephemeralOwner;
    const isOurs = sessionId !== null && (sessionId === session.sessionId || (await isDaemon(sessionId)));
    holders.set(partition, { memberId: node.data, sessionId: sessionId ?? '', isOurs });
  });
  return holders;
}
