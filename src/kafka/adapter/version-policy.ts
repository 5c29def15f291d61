import { apiKey, oldestVersions, onlyUpTo } from './versions.js';
import type { ApiName, VersionTable } from './versions.js';

/** What Kafka 0.9 speaks, which cannot be asked either. */
const versions09 = onlyUpTo({
  Produce: 1,
  Fetch: 1,
  ListOffsets: 0,
  Metadata: 0,
  OffsetCommit: 2,
  OffsetFetch: 1,
  GroupCoordinator: 0,
});

/**
 * By release, from the newest on, the highest versions that it speaks. 2.1 speaks all that this adapter does, so there is
 * nothing to hold back for it and its successors. Source: `ApiKeys` and the requests' schemas in Kafka's releases.
 */
const releases: readonly (readonly [from: string, Readonly<Partial<Record<ApiName, number>>>])[] = [
  ['2.1', {}],
  ['2.0', { Produce: 6, Fetch: 8, OffsetFetch: 4 }],
  [
    '1.1',
    {
      Produce: 5,
      Fetch: 7,
      ListOffsets: 2,
      Metadata: 5,
      OffsetCommit: 3,
      OffsetFetch: 3,
      GroupCoordinator: 1,
      InitProducerId: 0,
      DescribeConfigs: 1,
    },
  ],
  ['1.0', { Fetch: 6, DescribeConfigs: 0 }],
  ['0.11', { Produce: 3, Fetch: 5, Metadata: 4 }],
  [
    '0.10.2',
    {
      Produce: 2,
      Fetch: 3,
      ListOffsets: 1,
      Metadata: 2,
      OffsetCommit: 2,
      OffsetFetch: 2,
      GroupCoordinator: 0,
      InitProducerId: -1,
      DescribeConfigs: -1,
    },
  ],
  ['0.10.1', { OffsetFetch: 1 }],
  ['0.10.0', { Fetch: 2, ListOffsets: 0, Metadata: 1 }],
];

/** What is spoken to brokers whose version the user has given. */
export interface VersionPolicy {
  /** Spoken without asking; `null`: to be asked. */
  readonly fixed: VersionTable | null;
  /** What a broker says that it speaks, less what is newer than the given version. */
  limited(table: VersionTable): VersionTable;
}

const numbers = (version: string): number[] => version.split('.').map(Number);

function isBefore(version: string, other: string): boolean {
  const [left, right] = [numbers(version), numbers(other)];
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - right[i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** What this Kafka speaks at most of each API that it holds back. */
function maxVersionsOf(kafkaVersion: string): Readonly<Partial<Record<ApiName, number>>> {
  if (isBefore(kafkaVersion, '0.10')) {
    const table = isBefore(kafkaVersion, '0.9') ? oldestVersions : versions09;
    const spoken = (api: ApiName) => table[apiKey(api)]?.maxVersion ?? -1;
    return Object.fromEntries(limitedApis.map((api) => [api, spoken(api)]));
  }
  let max: Partial<Record<ApiName, number>> = {};
  for (const [from, changed] of releases) {
    max = { ...max, ...changed };
    if (!isBefore(kafkaVersion, from)) break;
  }
  return max;
}

const limitedApis: readonly ApiName[] = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetCommit',
  'OffsetFetch',
  'GroupCoordinator',
  'InitProducerId',
  'DescribeConfigs',
];

/** `kafkaVersion`: such as 0.10.2.1; empty: what each broker says. */
export function versionPolicy(kafkaVersion: string): VersionPolicy {
  if (kafkaVersion === '') return { fixed: null, limited: (table) => table };
  const maxVersions = maxVersionsOf(kafkaVersion);
  const old = isBefore(kafkaVersion, '0.9') ? oldestVersions : versions09;
  return {
    fixed: isBefore(kafkaVersion, '0.10') ? old : null,
    limited(table) {
      const limits = Object.entries(maxVersions).map(([api, max]) => {
        const key = apiKey(api as ApiName);
        const theirs = table[key];
        return [key, theirs && { ...theirs, limit: { max, kafkaVersion } }];
      });
      return { ...table, ...Object.fromEntries(limits.filter(([, entry]) => entry !== undefined)) };
    },
  };
}
