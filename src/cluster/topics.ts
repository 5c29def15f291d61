import { Kafka, logLevel } from 'kafkajs';
import type { Clock } from '../host/host.js';
import { ClusterError } from './cluster-error.js';
import { askBroker, type Endpoint } from './probes.js';
import { createTopicNodes } from './topic-nodes.js';
import { until } from './until.js';
import type { Release } from './versions.js';

const LEADERS_MAX_MS = 30_000;
const REPLICAS_MAX = 3;

export interface NewTopic {
  readonly partitions: number;
  /** Default: one for each broker, up to three. */
  readonly replicationFactor?: number;
  /** Topic settings by their Kafka names, such as `max.message.bytes`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Creates a topic and waits until every broker knows the leader of each partition, and each serves. Rejects when the topic exists. */
async function createTopic(clock: Clock, brokers: readonly Endpoint[], name: string, topic: NewTopic): Promise<void> {
  const kafka = new Kafka({
    clientId: 'cluster',
    brokers: brokers.map(({ host, port }) => `${host}:${port}`),
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const created = await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: name,
          numPartitions: topic.partitions,
          replicationFactor: topic.replicationFactor ?? Math.min(brokers.length, REPLICAS_MAX),
          configEntries: Object.entries(topic.config ?? {}).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    if (!created) throw new ClusterError(`Topic ${name} exists already.`);
    await leadersKnown(clock, brokers, name, topic.partitions);
    // A broker that keeps the metadata itself names a leader a moment before that one serves: so ask it for something.
    await until(clock, `the leaders of topic ${name} serve`, LEADERS_MAX_MS, async () => {
      await admin.fetchTopicOffsets(name);
      return true;
    });
  } finally {
    await admin.disconnect();
  }
}

export interface TopicTarget {
  readonly clock: Clock;
  readonly release: Release;
  readonly zookeeper: Endpoint;
  readonly brokers: readonly Endpoint[];
}

/** The same for brokers of any release. */
export async function createTopicOn(target: TopicTarget, name: string, topic: NewTopic): Promise<void> {
  const { clock, release, zookeeper, brokers } = target;
  if (release.createsTopicsBy === 'admin-client') return createTopic(clock, brokers, name, topic);
  const replicationFactor = topic.replicationFactor ?? Math.min(brokers.length, REPLICAS_MAX);
  await createTopicNodes(clock, zookeeper, name, { config: {}, ...topic, replicationFactor });
  await leadersKnown(clock, brokers, name, topic.partitions);
}

/** Waits until each of these brokers names a leader for every partition of the topic. */
async function leadersKnown(
  clock: Clock,
  brokers: readonly Endpoint[],
  name: string,
  partitions: number,
): Promise<void> {
  await until(clock, `topic ${name} has ${partitions} leaders`, LEADERS_MAX_MS, async () => {
    const answers = await Promise.all(brokers.map((broker) => askBroker(broker, [name])));
    return answers.every(({ topics }) => {
      const leaders = topics.get(name)?.leaders ?? [];
      return leaders.length === partitions && leaders.every((leader) => leader >= 0);
    });
  });
}
