import { ClusterError } from './cluster-error.js';

/**
 * Which artifacts make a runnable broker and ZooKeeper of a Kafka version, and what its configuration looks like.
 * One entry is a line of versions that behave alike; the newest entry that is not newer than the version asked for wins.
 */

export const DEFAULT_KAFKA_VERSION = '3.9.1';

export interface ReleaseLine {
  /** First version of the line. */
  readonly from: string;
  /** The build of the broker: its artifact is `kafka_<scala>`. */
  readonly scala: '2.11' | '2.12' | '2.13';
  /** Further artifacts, `group:artifact:version`: what the broker's own dependencies leave to the distribution. */
  readonly extra: readonly string[];
  /**
   * Before 0.9 a broker has one `host.name` and `port`, and no listeners. Before 0.10.2 a listener has no name but its
   * protocol, so the brokers have none of their own.
   */
  readonly endpoint: 'host-and-port' | 'listener-by-protocol' | 'named-listeners';
  /** A 0.8 broker names no brokers, not even itself, before there is a topic. */
  readonly namesBrokers: 'at-once' | 'with-a-topic';
  /** Brokers before 0.10.1 know no CreateTopics, so topics are made where their controller looks for them. */
  readonly createsTopicsBy: 'admin-client' | 'zookeeper-nodes';
  /** From 4.0 on the brokers keep their metadata themselves (KRaft), and ZooKeeper is there for the consumer groups alone. */
  readonly metadataIn: 'zookeeper' | 'kraft';
}

/** In newer ones the distribution, not the broker's dependencies, brings the logging back end; without it logs are empty. */
const LOGGING = 'org.slf4j:slf4j-reload4j:1.7.36';

/** For brokers that bring none. The metrics are a dependency that it leaves to its distribution. */
const ZOOKEEPER = ['org.apache.zookeeper:zookeeper:3.9.5', 'io.dropwizard.metrics:metrics-core:4.1.12.1'];

const OLD = {
  scala: '2.11',
  extra: [],
  endpoint: 'listener-by-protocol',
  namesBrokers: 'at-once',
  createsTopicsBy: 'zookeeper-nodes',
  metadataIn: 'zookeeper',
} as const;

const NEW = { ...OLD, extra: [LOGGING], endpoint: 'named-listeners', createsTopicsBy: 'admin-client' } as const;

const LINES: readonly ReleaseLine[] = [
  { ...OLD, from: '0.8.2', endpoint: 'host-and-port', namesBrokers: 'with-a-topic' },
  { ...OLD, from: '0.9.0' },
  { ...NEW, from: '1.0.0', scala: '2.12' },
  { ...NEW, from: '2.4.0', scala: '2.13' },
  { ...NEW, from: '4.0.0', scala: '2.13', extra: [LOGGING, ...ZOOKEEPER], metadataIn: 'kraft' },
];

export interface Release extends ReleaseLine {
  readonly version: string;
}

function numbers(version: string): number[] {
  return version.split('.').map(Number);
}

/** Negative, zero or positive, as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Throws an error fit for a person when the version cannot be run. */
export function releaseOf(version: string): Release {
  if (!/^\d+(\.\d+){2,3}$/.test(version)) {
    throw new ClusterError(`"${version}" is not a Kafka version. Give a full one, such as ${DEFAULT_KAFKA_VERSION}.`);
  }
  const line = LINES.findLast((candidate) => compareVersions(version, candidate.from) >= 0);
  if (line === undefined) {
    throw new ClusterError(`Kafka ${version} is older than ${LINES[0]?.from}, the first version that can be run.`);
  }
  return { ...line, version };
}

/** Maven coordinates of everything that is to be resolved, dependencies aside. */
export function coordinatesOf(release: Release): string[] {
  return [`org.apache.kafka:kafka_${release.scala}:${release.version}`, ...release.extra];
}
