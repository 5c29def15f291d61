import type { ZooKeeperSession } from '../../zookeeper/port.js';
import { groupPaths } from '../consume/group-paths.js';
import { topicsOfMemberNode } from '../consume/member-node.js';
import type { GroupReading } from '../requests.js';
import { eachOf, unlessMissing } from './asking-zookeeper.js';

type Member = GroupReading['members'][number];
type Owner = GroupReading['owners'][number];

const membersMax = 1000;
/** Topics whose owners are read. */
const topicsMax = 1000;
const ownersMax = 10_000;
const groupsMax = 1000;

/** A member whose node says nothing that can be read is shown all the same: it is why the others cannot read the group. */
function topicsOf(text: string): readonly string[] {
  try {
    return topicsOfMemberNode(text);
  } catch {
    return [];
  }
}

async function readMembers(session: ZooKeeperSession, group: string, ids: readonly string[]): Promise<Member[]> {
  const found = await eachOf(ids, async (id) => {
    const node = await unlessMissing(session.getData(groupPaths.member(group, id)));
    return node && { id, topics: topicsOf(node.data) };
  });
  return found.filter((member) => member !== undefined);
}

interface OwnedPartition {
  readonly topic: string;
  readonly partition: number;
}

async function readOwned(session: ZooKeeperSession, group: string, topics: readonly string[]) {
  const found = await eachOf(topics, async (topic) => {
    const names = (await unlessMissing(session.getChildren(groupPaths.ownersOfTopic(group, topic)))) ?? [];
    const partitions = names.filter((name) => /^\d{1,15}$/.test(name)).map(Number);
    return partitions.sort((a, b) => a - b).map((partition): OwnedPartition => ({ topic, partition }));
  });
  return found.flat();
}

async function readOwners(session: ZooKeeperSession, group: string, owned: readonly OwnedPartition[]) {
  const found = await eachOf(owned, async ({ topic, partition }): Promise<Owner | undefined> => {
    const node = await unlessMissing(session.getData(groupPaths.owner(group, topic, partition)));
    return node && { topic, partition, member: node.data, sessionId: node.stat.ephemeralOwner ?? '' };
  });
  return found.filter((owner) => owner !== undefined);
}

/** What ZooKeeper holds of the group. Not one moment of it: nodes come and go between the readings. */
export async function readGroup(session: ZooKeeperSession, group: string): Promise<GroupReading> {
  const [ids = [], topics = []] = await Promise.all([
    unlessMissing(session.getChildren(groupPaths.members(group))),
    unlessMissing(session.getChildren(groupPaths.owners(group))),
  ]);
  const members = await readMembers(session, group, ids.slice(0, membersMax));
  const owned = await readOwned(session, group, topics.slice(0, topicsMax));
  const owners = await readOwners(session, group, owned.slice(0, ownersMax));
  const truncated = ids.length > membersMax || topics.length > topicsMax || owned.length > ownersMax;
  return { members, owners, truncated };
}

/** Names of the groups that have nodes, sorted. */
export async function listGroups(session: ZooKeeperSession): Promise<readonly string[]> {
  const names = (await unlessMissing(session.getChildren(groupPaths.all))) ?? [];
  return names.slice(0, groupsMax);
}
