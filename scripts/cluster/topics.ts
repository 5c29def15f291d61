import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { askBroker, type Endpoint } from './probes.js';
import { javaCommand, until } from './processes.js';
import type { Release } from './versions.js';

const run = promisify(execFile);

const LEADERS_MAX_MS = 30_000;
const COMMAND_MAX_MS = 60_000;
const REPLICAS_MAX = 3;

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
          replicationFactor: topic.replicationFactor ?? Math.min(brokers.length, REPLICAS_MAX),
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

export interface TopicTarget {
  readonly release: Release;
  readonly jarFolder: string;
  readonly zookeeper: Endpoint;
  readonly brokers: readonly Endpoint[];
}

/** The same for brokers of any release. */
export async function createTopicOn(target: TopicTarget, name: string, topic: NewTopic): Promise<void> {
  if (target.release.createsTopicsBy === 'admin-client') return createTopic(target.brokers, name, topic);
  const { host, port } = target.zookeeper;
  const replicas = topic.replicationFactor ?? Math.min(target.brokers.length, REPLICAS_MAX);
  const config = Object.entries(topic.config ?? {}).flatMap(([key, value]) => ['--config', `${key}=${value}`]);
  const where = ['--zookeeper', `${host}:${port}`, '--topic', name];
  const what = ['--partitions', String(topic.partitions), '--replication-factor', String(replicas), ...config];
  const command = ['-cp', `${target.jarFolder}/*`, 'kafka.admin.TopicCommand', '--create', ...where, ...what];
  const { stdout } = await run(javaCommand(), command, { timeout: COMMAND_MAX_MS }).catch(
    // The tool's own account is on its standard output, whatever its exit code, which 0.8 leaves at 0.
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  if (!stdout.includes('Created topic')) {
    throw new Error(`Topic ${name} could not be created. ${stdout.trim().split('\n')[0]}`);
  }
  await leadersKnown(target.brokers, name, topic.partitions);
}

/** Waits until each of these brokers names a leader for every partition of the topic. */
async function leadersKnown(brokers: readonly Endpoint[], name: string, partitions: number): Promise<void> {
  await until(`topic ${name} has ${partitions} leaders`, LEADERS_MAX_MS, async () => {
    const answers = await Promise.all(brokers.map((broker) => askBroker(broker, [name])));
    return answers.every(({ topics }) => {
      const leaders = topics.get(name)?.leaders ?? [];
      return leaders.length === partitions && leaders.every((leader) => leader >= 0);
    });
  });
}
