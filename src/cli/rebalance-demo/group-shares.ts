import { DemoFailure } from './failure.js';
import type { HttpClient } from './http-client.js';
import type { Member } from './member.js';

/** Partitions by member id, as ZooKeeper has the claims of one group. */
export type Shares = ReadonlyMap<string, readonly number[]>;

export interface GroupOfTopic {
  readonly topic: string;
  readonly group: string;
}

/** How many partitions the topic has; `undefined`: there is no such topic. */
export async function countPartitions(
  client: HttpClient,
  topic: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { status, body } = await client.ask({ path: `/topics/${topic}?withPartitions`, signal });
  if (status === 404) return undefined;
  if (status !== 200) throw new DemoFailure(`The topic ${topic} cannot be looked up: ${errorOf(body)}`);
  return (JSON.parse(body) as { partitions: readonly unknown[] }).partitions.length;
}

/** Every refusal of a daemon has this shape. */
const errorOf = (body: string): string => (JSON.parse(body) as { readonly error: string }).error;

/** @param client of a daemon that reaches ZooKeeper. @throws DemoFailure: it does not at present */
export async function readShares(
  client: HttpClient,
  { topic, group }: GroupOfTopic,
  signal: AbortSignal,
): Promise<Shares> {
  const { status, body } = await client.ask({ path: `/topics/${topic}/consumers?group=${group}`, signal });
  if (status !== 200) throw new DemoFailure(`The claims cannot be read: ${errorOf(body)}`);
  const groups = JSON.parse(body) as Record<string, Record<string, readonly number[]>>;
  return new Map(Object.entries(groups[group] ?? {}));
}

/**
 * Whether these members, and no others, have shared all partitions evenly, as ZooKeeper has it and as they themselves do:
 * each reads what it has claimed.
 */
export function haveSettled(members: readonly Member[], shares: Shares, partitions: number): boolean {
  if (shares.size !== members.length) return false;
  return members.every(({ daemon }) => {
    const share = shares.get(daemon.memberId)?.length ?? 0;
    const even = Math.floor(partitions / members.length) <= share && share <= Math.ceil(partitions / members.length);
    const reading = daemon.bus
      .actors()
      .filter(({ kind, tags }) => kind === 'partition-owner' && tags.includes('serves'));
    return even && reading.length === share;
  });
}

/** `d1 reads 0-3, d2 reads 4-7`. Claims of others go by their member id. */
export function describeShares(members: readonly Member[], shares: Shares): string {
  const named = [...shares].map(([memberId, partitions]) => {
    const name = members.find(({ daemon }) => daemon.memberId === memberId)?.name ?? memberId;
    return `${name} reads ${ranges(partitions)}`;
  });
  return named.length === 0 ? 'nobody reads anything' : named.sort().join(', ');
}

/** `0-3, 6`. */
export function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const runs: { from: number; to: number }[] = [];
  for (const number of sorted) {
    const last = runs.at(-1);
    if (last?.to === number - 1) last.to = number;
    else runs.push({ from: number, to: number });
  }
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
