import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import { KafkaFailure } from '../port.js';

export type ApiName =
  | 'Produce'
  | 'Fetch'
  | 'ListOffsets'
  | 'Metadata'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'GroupCoordinator'
  | 'InitProducerId'
  | 'DescribeConfigs'
  | 'ApiVersions';

export interface VersionRange {
  readonly minVersion: number;
  readonly maxVersion: number;
  /** What the configured version of Kafka has at most; -1: it lacks this API. */
  readonly limit?: { readonly max: number; readonly kafkaVersion: string };
}

/** By API key, the versions that a broker speaks. */
export type VersionTable = Readonly<Record<number, VersionRange>>;

export const apiKey = (api: ApiName): number => apiKeys[api]!;

/**
 * What a broker answered. Kafka 4 says that it speaks Produce from version 0 on, for the sake of old clients that look for
 * that, but closes the connection at anything before 3 (KAFKA-18659); it is known by its Fetch, which begins at 4.
 */
export function answeredVersions(apis: readonly (VersionRange & { readonly apiKey: number })[]): VersionTable {
  const table = Object.fromEntries(
    apis.map(({ apiKey: key, minVersion, maxVersion }) => [key, { minVersion, maxVersion }]),
  );
  const [produce, fetch] = [table[apiKeys['Produce']!], table[apiKeys['Fetch']!]];
  if (produce && fetch && fetch.minVersion >= 4) produce.minVersion = Math.max(produce.minVersion, 3);
  return table;
}

/** Of these APIs every version up to these. */
export const onlyUpTo = (maxVersions: Partial<Record<ApiName, number>>): VersionTable =>
  Object.fromEntries(
    Object.entries(maxVersions).map(([api, maxVersion]) => [apiKey(api as ApiName), { minVersion: 0, maxVersion }]),
  );

/** What Kafka 0.8.2 speaks, which cannot be asked; every later version up to 3.x speaks it as well. */
export const oldestVersions: VersionTable = onlyUpTo({
  Produce: 0,
  Fetch: 0,
  ListOffsets: 0,
  Metadata: 0,
  OffsetCommit: 1,
  OffsetFetch: 1,
  GroupCoordinator: 0,
});

/**
 * The versions that this adapter speaks.
 * - Fetch ends at 10: from 11 on a follower answers too, and a leader's answer is what the product reads by.
 * - OffsetCommit ends at 4: the last one in which the client says how long its offsets are kept.
 * - OffsetCommit 0 and OffsetFetch 0 are about offsets in ZooKeeper, which is another place.
 */
const ours: Readonly<Record<ApiName, readonly [min: number, max: number]>> = {
  Produce: [0, 7],
  Fetch: [0, 10],
  ListOffsets: [0, 3],
  Metadata: [0, 6],
  OffsetCommit: [1, 4],
  OffsetFetch: [1, 4],
  GroupCoordinator: [0, 2],
  InitProducerId: [0, 1],
  DescribeConfigs: [0, 2],
  ApiVersions: [0, 2],
};

/** The highest version that both sides speak. Throws `KafkaFailure` of kind `unsupported` when there is none. */
export function commonVersion(table: VersionTable, api: ApiName): number {
  const theirs = table[apiKey(api)];
  const [min, max] = ours[api];
  const common = Math.min(max, theirs?.maxVersion ?? -1);
  const spoken = theirs ? `versions ${theirs.minVersion} to ${theirs.maxVersion}` : 'no version';
  if (!theirs || common < min || common < theirs.minVersion) {
    throw new KafkaFailure(
      'unsupported',
      `the broker speaks ${spoken} of ${api}; ${min} to ${max} are needed. Nothing was sent.`,
    );
  }
  const { limit } = theirs;
  if (!limit || limit.max >= common) return common;
  if (limit.max >= min && limit.max >= theirs.minVersion) return limit.max;
  const has = limit.max < 0 ? `has no ${api}` : `has ${api} up to version ${limit.max} only`;
  throw new KafkaFailure(
    'unsupported',
    `Kafka ${limit.kafkaVersion}, as kafka.version says, ${has}; the broker speaks ${spoken}. Nothing was sent. Leave kafka.version empty, or set it to what the brokers are.`,
  );
}

interface Memory {
  answered: boolean;
  oldestUntilMs: number;
}

/**
 * What is remembered of each broker's versions, by address. A broker that has once answered is never taken for an old one:
 * one that is frozen or on its way down is silent, too.
 */
export class VersionMemory {
  readonly #byAddress = new Map<string, Memory>();

  /** Until when it counts as a broker that cannot be asked, in ms of the monotonic clock; in the past when it does not. */
  oldestUntilMs(address: string): number {
    return this.#byAddress.get(address)?.oldestUntilMs ?? -Infinity;
  }

  hasAnswered(address: string): boolean {
    return this.#byAddress.get(address)?.answered ?? false;
  }

  rememberAnswer(address: string): void {
    this.#byAddress.set(address, { answered: true, oldestUntilMs: -Infinity });
  }

  rememberOldest(address: string, untilMs: number): void {
    this.#byAddress.set(address, { answered: false, oldestUntilMs: untilMs });
  }

  forget(address: string): void {
    this.#byAddress.delete(address);
  }
}
