import type { QueryDeskEvent } from '../../machines/query-desk.js';
import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import type { Loan, Shell } from '../bus/types.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { pause } from './query-desk.js';

const sessionPollMs = 50;
/** A daemon that has just started has a session soon; without a server there is none however long one waits. */
export const sessionWaitMaxMs = 3000;

/** As the original words it. */
export const noServer = 'zk: could not connect to a server';
export const noNode = 'zk: node does not exist';

/** What one question reads at a time. */
const readsMax = 50;

/** The results in the order of the items. */
export async function eachOf<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += readsMax)
    results.push(...(await Promise.all(items.slice(from, from + readsMax).map(read))));
  return results;
}

/** `undefined`: there is no such node, or there can be none of that name. */
export const unlessMissing = <T>(read: Promise<T>): Promise<T | undefined> =>
  read.catch((error: unknown) => {
    if (error instanceof ZooKeeperFailure && (error.kind === 'no-node' || error.kind === 'bad-path')) return undefined;
    throw error;
  });

/** The session, as soon as there is one; `undefined` when there is none by then, on the actor's clock. */
export async function awaitSession(
  shell: Shell<QueryDeskEvent>,
  sessions: Loan<SessionLease>,
  untilMs: number,
): Promise<ZooKeeperSession | undefined> {
  while (!sessions.get()?.session && shell.clock.nowMs() < untilMs) await pause(shell, sessionPollMs);
  return sessions.get()?.session;
}
