import { Kafka, logLevel } from 'kafkajs';
import { askBroker, type Endpoint } from './probes.js';
import { until } from './processes.js';

const LEADERS_MAX_MS = 30_000;

export interface NewTopic {
  readonly partitions: number;
  /** Default: one for each broker, up to three. */
  readonly replicationFactor?: number;
  /** Topic settings by their Kafka names, such as `max.message.bytes`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Creates a topic and waits until every broker knows the leader of each partition. Rejects when the topic exists. */
export async function createTopic(brokers: readonly Endpoint[], name: string, topic: NewTopic): Promise<void> {
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
          replicationFactor: topic.replicationFactor ?? Math.min(brokers.length, 3),
          configEntries: Object.entries(topic.config ?? {}).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    if (!created) throw new Error(`Topic ${name} exists already.`);
  } finally {
    await admin.disconnect();
  }
  await leadersKnown(brokers, name, topic.partitions);
}

/** Waits until each of these brokers names a leader for every partition of the topic. */
export async function leadersKnown(brokers: readonly Endpoint[], name: string, partitions: number): Promise<void> {
  await until(`topic ${name} has ${partitions} leaders`, LEADERS_MAX_MS, async () => {
    const answers = await Promise.all(brokers.map((broker) => askBroker(broker, [name])));
    return answers.every(({ topics }) => {
      const leaders = topics.get(name)?.leaders ?? [];
      return leaders.length === partitions && leaders.every((leader) => leader >= 0);
    });
  });
}
