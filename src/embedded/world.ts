import type { Host } from '../host/host.js';
import type { Kafka, OffsetToCommit } from '../kafka/port.js';
import type { ZooKeeper } from '../zookeeper/port.js';
import { createFaults } from './faults.js';
import type { Faults } from './faults.js';
import { KafkaCluster } from './kafka-cluster.js';
import type { Truncation } from './kafka-cluster.js';
import { EmbeddedKafka } from './kafka-client.js';
import { KafkaLinks } from './kafka-links.js';
import { embeddedLimits } from './limits.js';
import type { EmbeddedLimits } from './limits.js';
import { RequestFaults } from './request-faults.js';
import { EmbeddedSession } from './zookeeper-client.js';
import { ZooKeeperServer } from './zookeeper-server.js';
import { checkPath } from './zookeeper-tree.js';
import type { ZooKeeperNode } from './zookeeper-tree.js';

export interface EmbeddedWorldOptions {
  readonly host: Host;
  /** How many brokers; their ids go from 1. */
  readonly brokers?: number;
  readonly limits?: Partial<EmbeddedLimits>;
  /** A watch or a session's `onEvent` has thrown: what a real adapter would log. */
  readonly onCallbackError?: (error: unknown) => void;
}

export interface NewTopicOptions {
  readonly replicationFactor?: number;
  /** Kept and told; of it, `min.insync.replicas` changes what is done. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * A Kafka cluster and a ZooKeeper in memory, for one daemon or for many. All time, turns and chance are the host's, so on a
 * virtual host the same calls give the same run.
 *
 * A client is named after the process that it belongs to, because faults mean a process: what is asked for under one name
 * is cut and dies together. Without a name each has one of its own.
 */
export interface EmbeddedWorld {
  readonly faults: Faults;
  /** A fresh client of the Kafka cluster. */
  kafka(client?: string): Kafka;
  /** A fresh client of ZooKeeper. `chroot`: empty, or an absolute path, made when its first session connects. */
  zookeeper(chroot?: string, client?: string): ZooKeeper;
  /** The same world, for a process whose time and turns are its own: its clients stand still while that host is paused. */
  seenFrom(host: Host): EmbeddedWorld;
  /** Throws `RangeError` when the name cannot be, or is taken. */
  createTopic(topic: string, partitions: number, options?: NewTopicOptions): void;
  /** Lets a topic grow to `total` partitions. */
  addPartitions(topic: string, total: number): void;
  /** Has a group go on there, whatever is broken just now. */
  setCommitted(group: string, committed: OffsetToCommit): void;
  /** With its messages and what groups have committed in it. */
  deleteTopic(topic: string): void;
  /** Names, sorted. */
  topics(): readonly string[];
  /** Messages that elections have cut off, the latest `truncationsMax` of them, the oldest first. */
  truncations(): readonly Truncation[];
  describe(): EmbeddedWorldDescription;
  /** One node of ZooKeeper's tree, as `describe` has them all. */
  zookeeperNode(path: string): ZooKeeperNode | undefined;
}

/** What lies in the world at present, for tests and for people; in an order that depends on nothing but what was done. */
export interface EmbeddedWorldDescription {
  readonly kafka: ReturnType<KafkaCluster['describe']>;
  readonly zookeeper: ReturnType<ZooKeeperServer['describe']>;
  /** Names of the clients that hold something open. */
  readonly clients: readonly string[];
}

export function createEmbeddedWorld(options: EmbeddedWorldOptions): EmbeddedWorld {
  const { host, brokers = 1, onCallbackError = () => {} } = options;
  const limits: EmbeddedLimits = { ...embeddedLimits, ...options.limits };
  const cluster = new KafkaCluster(brokers, limits, host.clock);
  const links = new KafkaLinks();
  const server = new ZooKeeperServer(host.clock, limits);
  const requests = new RequestFaults(limits.requestFaultsMax);
  const kafkas = new Set<EmbeddedKafka>();
  const sessions = new Set<EmbeddedSession>();
  /** How often the process of a name has died: a ZooKeeper client made before its last death opens nothing any more. */
  const deaths = new Map<string, number>();
  let clientCount = 0;

  const newName = (): string => `client-${++clientCount}`;

  const kill = (name: string): void => {
    deaths.set(name, (deaths.get(name) ?? 0) + 1);
    for (const kafka of [...kafkas]) if (kafka.client === name) kafka.vanish();
    for (const session of [...sessions]) if (session.client === name) session.vanish();
  };

  const worldHost = host;
  const kafka = (host: Host, client: string): Kafka => {
    const onClosed = (closed: EmbeddedKafka): void => void kafkas.delete(closed);
    const made = new EmbeddedKafka({ client, host, worldHost, links, cluster, faults: requests, limits, onClosed });
    kafkas.add(made);
    return made;
  };

  const zookeeper = (host: Host, chrootPath: string, client: string): ZooKeeper => {
    const chroot = chrootPath === '/' ? '' : chrootPath;
    if (chroot) checkPath(chroot);
    const life = deaths.get(client);
    const onEnded = (ended: EmbeddedSession): void => void sessions.delete(ended);
    return {
      openSession: ({ timeoutMs, onEvent }) => {
        const shared = { client, chroot, timeoutMs, host, server, limits };
        const session = new EmbeddedSession({ ...shared, onEvent, onCallbackError, onEnded });
        sessions.add(session);
        if (deaths.get(client) !== life) session.vanish();
        return session;
      },
    };
  };

  const openClients = (): readonly string[] =>
    [...new Set([...kafkas, ...sessions].map(({ client }) => client))].sort();

  const seenFrom = (from: Host): EmbeddedWorld => ({
    ...shared,
    kafka: (client = newName()) => kafka(from, client),
    zookeeper: (chroot = '', client = newName()) => zookeeper(from, chroot, client),
    seenFrom,
  });
  const shared = {
    faults: createFaults({ cluster, server, requests, links, kafkas, kill }),
    createTopic: (topic: string, partitions: number, { replicationFactor = 1, config }: NewTopicOptions = {}) =>
      cluster.createTopic(topic, partitions, replicationFactor, config),
    addPartitions: (topic: string, total: number) => cluster.addPartitions(topic, total),
    setCommitted: (group: string, committed: OffsetToCommit) => cluster.setCommitted(group, committed),
    deleteTopic: (topic: string) => cluster.deleteTopic(topic),
    topics: () => cluster.topics(),
    truncations: () => cluster.truncations,
    zookeeperNode: (path: string) => server.tree.describeNode(path),
    describe: () => ({ kafka: cluster.describe(), zookeeper: server.describe(), clients: openClients() }),
  };
  return seenFrom(host);
}
