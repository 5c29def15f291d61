import { type Client, createClient, Exception } from 'node-zookeeper-client';
import type { Clock, TimerHandle } from '../host/host.js';
import { ClusterError } from './cluster-error.js';
import type { Endpoint } from './probes.js';

/** How topics are made of brokers that know no CreateTopics: the controller makes what it finds in ZooKeeper. */

const SESSION_MAX_MS = 10_000;

export interface TopicNodes {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Does what the brokers' own command does, without a Java process for each topic. Rejects when the topic exists. */
export async function createTopicNodes(
  clock: Clock,
  zookeeper: Endpoint,
  name: string,
  topic: TopicNodes,
): Promise<void> {
  await withClient(clock, zookeeper, async (client) => {
    const brokerIds = (await childrenOf(client, '/brokers/ids')).map(Number).sort((a, b) => a - b);
    const partitions = replicaAssignment(brokerIds, topic);
    // The settings come first, because the brokers read them when they make the topic.
    await create(client, `/config/topics/${name}`, { version: 1, config: topic.config });
    await create(client, `/brokers/topics/${name}`, { version: 1, partitions });
  }).catch((cause: unknown) => {
    if (cause instanceof Exception && cause.getCode() === Exception.NODE_EXISTS) {
      throw new ClusterError(`Topic ${name} exists already.`, { cause });
    }
    throw cause;
  });
}

/** By partition, the ids of its replicas, the preferred leader first: each broker in its turn. */
export function replicaAssignment(
  brokerIds: readonly number[],
  { partitions, replicationFactor }: Pick<TopicNodes, 'partitions' | 'replicationFactor'>,
): Record<string, number[]> {
  if (brokerIds.length < replicationFactor) {
    throw new ClusterError(`${replicationFactor} replicas need as many brokers; ${brokerIds.length} are there.`);
  }
  const replicas = (partition: number) =>
    Array.from({ length: replicationFactor }, (_, i) => brokerIds[(partition + i) % brokerIds.length] as number);
  return Object.fromEntries(Array.from({ length: partitions }, (_, partition) => [partition, replicas(partition)]));
}

async function withClient(clock: Clock, zookeeper: Endpoint, use: (client: Client) => Promise<void>): Promise<void> {
  const client = createClient(`${zookeeper.host}:${zookeeper.port}`, { sessionTimeout: SESSION_MAX_MS, retries: 3 });
  let timer: TimerHandle;
  const connected = new Promise<void>((resolve, reject) => {
    client.once('connected', resolve);
    const late = () => reject(new ClusterError('ZooKeeper did not answer in time; no topic was made.'));
    timer = clock.setTimeout(late, SESSION_MAX_MS);
  });
  client.connect();
  try {
    await connected.finally(() => clock.clearTimeout(timer));
    await use(client);
  } finally {
    client.close();
  }
}

function childrenOf(client: Client, path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    client.getChildren(path, (error, children) => (isError(error) ? reject(error) : resolve(children)));
  });
}

function create(client: Client, path: string, value: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const data = Buffer.from(JSON.stringify(value));
    client.create(path, data, (error, created) => (isError(error) ? reject(error) : resolve(created)));
  });
}

/** Typed as always there, which it is not. */
function isError(error: Error | Exception | null): error is Error {
  return error !== null && error !== undefined;
}
