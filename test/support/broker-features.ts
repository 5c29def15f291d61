import { compareVersions } from '../../src/cluster/versions.js';

/** What not every broker under test can do, and the first version that can. */
const FEATURES = {
  /** Refuses to commit offsets of a topic that is not there. */
  'checked-commits': '0.9.0',
  /** Before, an offset whose metadata it refuses for their size is told until its next start all the same. */
  'forgets-refused-commits': '0.9.0',
  /** Keeps the time of a record (magic 1). */
  timestamps: '0.10.0',
  /** Keeps the headers of a record (magic 2). */
  headers: '0.11.0',
  /** Drops a batch that it has already (InitProducerId). */
  'idempotent-producer': '0.11.0',
  /** Tells the configuration of a topic (DescribeConfigs). */
  'topic-configs': '0.11.0',
  zstd: '2.1.0',
  /** Says of the configuration of a topic that there is no such topic. Seen so in 2.8.2, and not in 1.1.1. */
  'unknown-topic-config-error': '2.8.0',
  /** Tells a name that no topic can have from one that none has. Seen so in 2.8.2, and not in 1.1.1. */
  'invalid-topic-error': '2.8.0',
} as const;

export type BrokerFeature = keyof typeof FEATURES;

export function brokerSupports(version: string, feature: BrokerFeature): boolean {
  return compareVersions(version, FEATURES[feature]) >= 0;
}
