import { PixyError } from '../../errors/pixy-error.js';
import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import { addressOf } from '../addresses.js';
import type { Ask } from '../bus/types.js';
import { groupPaths } from '../consume/group-paths.js';
import type { ConsumersByGroup, GroupReadRequest, GroupsListRequest, ListConsumersRequest } from '../requests.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { awaitSession, noNode, noServer, sessionWaitMaxMs } from './asking-zookeeper.js';
import { listGroups, readGroup } from './group-reading.js';
import { queryDeskKind } from './query-desk.js';

/** Groups looked at in one question without a group; those beyond are left out, in the order of their names. */
const groupsListedMax = 10_000;

type OwnersByMember = Readonly<Record<string, readonly number[]>>;

const isMissing = (error: unknown) => error instanceof ZooKeeperFailure && error.kind === 'no-node';

function consumersFailed(error: unknown): PixyError {
  if (error instanceof PixyError) return error;
  const reason = isMissing(error) ? noNode : error instanceof Error ? error.message : String(error);
  return new PixyError('consumers-failed', { reason }, { cause: error });
}

/** Who owns which partitions of the topic: whoever keeps the same nodes, this product or another. */
async function readOwners(session: ZooKeeperSession, group: string, topic: string): Promise<OwnersByMember> {
  const owners = new Map<string, number[]>();
  for (const child of await session.getChildren(groupPaths.ownersOfTopic(group, topic))) {
    const partition = Number(child);
    if (!/^\d+$/.test(child) || !Number.isSafeInteger(partition))
      throw new PixyError('consumers-failed', { reason: `invalid partition id, ${child}` });
    try {
      const { data: member } = await session.getData(groupPaths.owner(group, topic, partition));
      owners.set(member, [...(owners.get(member) ?? []), partition]);
    } catch (error) {
      // Released between the two readings.
      if (!isMissing(error)) throw error;
    }
  }
  const sorted = [...owners].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([member, partitions]) => [member, partitions.sort((a, b) => a - b)]));
}

async function listOne(session: ZooKeeperSession, group: string, topic: string): Promise<ConsumersByGroup> {
  try {
    return { [group]: await readOwners(session, group, topic) };
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  if (!(await session.exists(groupPaths.group(group)))) throw new PixyError('unknown-consumer-group', { group });
  throw new PixyError('topic-not-consumed', { group, topic });
}

async function listAll(session: ZooKeeperSession, topic: string): Promise<ConsumersByGroup> {
  const found: Record<string, OwnersByMember> = {};
  for (const group of (await session.getChildren(groupPaths.all)).slice(0, groupsListedMax)) {
    // A group whose lookup fails is left out, as in the original.
    const owners = await readOwners(session, group, topic).catch(() => ({}));
    if (Object.keys(owners).length > 0) found[group] = owners;
  }
  return found;
}

type Question = ListConsumersRequest | GroupReadRequest | GroupsListRequest;

function answer(session: ZooKeeperSession, question: Question): Promise<unknown> {
  switch (question.type) {
    case 'consumers.list': {
      const { group, topic } = question;
      return group === undefined ? listAll(session, topic) : listOne(session, group, topic);
    }
    case 'group.read':
      return readGroup(session, question.group);
    case 'groups.list':
      return listGroups(session);
  }
}

/** Answers who consumes a topic, and what ZooKeeper holds of a group. */
export const consumersDeskKind = queryDeskKind((services, shell) => {
  const sessions = shell.borrow<SessionLease>(addressOf.zookeeper(services.cluster));
  return async (ask: Ask) => {
    const session = await awaitSession(shell, sessions, ask.askedAtMs + sessionWaitMaxMs);
    if (!session) throw new PixyError('consumers-failed', { reason: noServer });
    try {
      return await answer(session, ask.request as Question);
    } catch (error) {
      throw consumersFailed(error);
    }
  };
});
