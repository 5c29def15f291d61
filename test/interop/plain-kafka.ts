import Connection from 'kafkajs/src/network/connection.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import requests from 'kafkajs/src/protocol/requests/index.js';
import { createConnection } from 'node:net';
import type { Logger } from 'kafkajs';
import { endpointsOf, type Endpoint } from '../../src/cluster/probes.js';

const quiet = () => {};
const logger: Logger = {
  info: quiet,
  error: quiet,
  warn: quiet,
  debug: quiet,
  namespace: () => logger,
  setLogLevel: quiet,
};

/** Newest version of each request that this client speaks; the original speaks the oldest. */
const newest = {
  Produce: 3,
  Metadata: 1,
  ListOffsets: 1,
  Fetch: 4,
  GroupCoordinator: 1,
  OffsetFetch: 3,
  OffsetCommit: 3,
} as const;
type Api = keyof typeof newest;
type Versions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;

/** Kafka before 0.10 cannot be asked. */
const before010: Versions = Object.fromEntries(
  Object.keys(newest).map((api) => [apiKeys[api]!, { minVersion: 0, maxVersion: api.startsWith('Offset') ? 1 : 0 }]),
);

const answerMs = 10_000;
const versionsAnswerMs = 2000;

export interface PlainRecord {
  readonly offset: number;
  readonly value: string;
}

export interface StoredOffset {
  readonly offset: number;
  readonly metadata: string;
}

interface Answers {
  Produce: { topics: { partitions: { offset?: string; baseOffset?: string }[] }[] };
  Metadata: {
    brokers: { nodeId: number; host: string; port: number }[];
    topicMetadata: { topic: string; partitionMetadata: { partitionId: number; leader: number }[] }[];
  };
  ListOffsets: { responses: { partitions: { offset?: string; offsets?: string[] }[] }[] };
  Fetch: { responses: { partitions: { messages: { offset: string; value: Buffer | null }[] }[] }[] };
  GroupCoordinator: { coordinator: Endpoint };
  OffsetFetch: { responses: { partitions: { offset: string; metadata: string | null }[] }[] };
  OffsetCommit: unknown;
}

/** What every link of a client has learned: a broker that cannot be asked is not asked again. */
interface Learned {
  isOld: boolean;
}

/** One socket to one broker. */
class BrokerLink {
  readonly #endpoint: Endpoint;
  readonly #clientId: string;
  readonly #learned: Learned;
  readonly #versions: Promise<Versions>;
  #connection: Connection;

  constructor(endpoint: Endpoint, clientId: string, learned: Learned) {
    this.#endpoint = endpoint;
    this.#clientId = clientId;
    this.#learned = learned;
    this.#connection = this.#newConnection();
    this.#versions = this.#open();
    this.#versions.catch(quiet);
  }

  #newConnection(): Connection {
    const { host, port } = this.#endpoint;
    return new Connection({
      host,
      port,
      clientId: this.#clientId,
      logger,
      socketFactory: ({ onConnect }) => createConnection({ host, port }, onConnect),
      requestTimeout: answerMs,
      connectionTimeout: answerMs,
      enforceRequestTimeout: true,
    });
  }

  async #open(): Promise<Versions> {
    await this.#connection.connect();
    if (this.#learned.isOld) return before010;
    const ask = requests.requests['ApiVersions']!.protocol({ version: 0 })({});
    let late: NodeJS.Timeout | undefined;
    const silence = new Promise<undefined>(
      (resolve) => (late = setTimeout(() => resolve(undefined), versionsAnswerMs)),
    );
    const answer = await Promise.race([this.#connection.send(ask).catch(() => undefined), silence]);
    clearTimeout(late);
    if (!answer) {
      this.#learned.isOld = true;
      this.close();
      this.#connection = this.#newConnection();
      await this.#connection.connect();
      return before010;
    }
    const { apiVersions } = answer as { apiVersions: { apiKey: number; minVersion: number; maxVersion: number }[] };
    return Object.fromEntries(apiVersions.map((range) => [range.apiKey, range]));
  }

  async call<A extends Api>(api: A, args: object): Promise<Answers[A]> {
    const range = (await this.#versions)[apiKeys[api]!]!;
    const version = Math.min(range.maxVersion, newest[api]);
    const call = requests.requests[api]!.protocol({ version })(args);
    return (await this.#connection.send({ ...call, logResponseError: false })) as Answers[A];
  }

  close(): void {
    this.#connection.socket?.destroy();
    this.#connection.rejectRequests(new Error('closed'));
    this.#connection.requestQueue.destroy();
  }
}

/** A simple consumer: kafkajs' requests as they are, one socket for each broker and purpose. Offsets live in Kafka. */
export class PlainKafka {
  readonly #seeds: readonly Endpoint[];
  readonly #clientId: string;
  readonly #links = new Map<string, BrokerLink>();
  readonly #brokers = new Map<number, Endpoint>();
  readonly #leaders = new Map<string, number>();
  readonly #learned: Learned = { isOld: false };

  constructor(peers: string, clientId: string) {
    this.#seeds = endpointsOf(peers);
    this.#clientId = clientId;
  }

  #link(endpoint: Endpoint, purpose: 'control' | 'fetch'): BrokerLink {
    const key = `${purpose} ${endpoint.host}:${endpoint.port}`;
    const link = this.#links.get(key) ?? new BrokerLink(endpoint, this.#clientId, this.#learned);
    this.#links.set(key, link);
    return link;
  }

  async partitions(topic: string): Promise<number[]> {
    const answer = await this.#link(this.#seeds[0]!, 'control').call('Metadata', { topics: [topic] });
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port });
    const found = answer.topicMetadata.find((entry) => entry.topic === topic)?.partitionMetadata ?? [];
    for (const { partitionId, leader } of found) this.#leaders.set(`${topic}/${partitionId}`, leader);
    return found.map(({ partitionId }) => partitionId).sort((a, b) => a - b);
  }

  #leader(topic: string, partition: number): Endpoint {
    return this.#brokers.get(this.#leaders.get(`${topic}/${partition}`)!)!;
  }

  async newest(topic: string, partition: number): Promise<number> {
    const asked = { partition, timestamp: -1, maxNumOffsets: 1 };
    const link = this.#link(this.#leader(topic, partition), 'control');
    const { responses } = await link.call('ListOffsets', { topics: [{ topic, partitions: [asked] }] });
    const [found] = responses[0]!.partitions;
    return Number(found!.offset ?? found!.offsets![0]);
  }

  /** From `offset` on, after a short wait when there is none. */
  async fetch(topic: string, partition: number, offset: number): Promise<PlainRecord[]> {
    const asked = { partition, fetchOffset: String(offset), maxBytes: 1_000_000 };
    const { responses } = await this.#link(this.#leader(topic, partition), 'fetch').call('Fetch', {
      isolationLevel: 0,
      maxWaitTime: 20,
      minBytes: 1,
      maxBytes: 1_000_000,
      topics: [{ topic, partitions: [asked] }],
    });
    return responses
      .flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages))
      .map((message) => ({ offset: Number(message.offset), value: String(message.value) }))
      .filter((record) => record.offset >= offset);
  }

  /** Answers its offset. */
  async produce(topic: string, partition: number, value: string): Promise<number> {
    const { topics } = await this.#link(this.#leader(topic, partition), 'control').call('Produce', {
      acks: -1,
      timeout: answerMs,
      compression: 0,
      topicData: [{ topic, partitions: [{ partition, messages: [{ key: null, value: Buffer.from(value) }] }] }],
    });
    const [written] = topics[0]!.partitions;
    return Number(written!.baseOffset ?? written!.offset);
  }

  async #coordinator(groupId: string): Promise<BrokerLink> {
    const { coordinator } = await this.#link(this.#seeds[0]!, 'control').call('GroupCoordinator', { groupId });
    return this.#link(coordinator, 'control');
  }

  async committed(groupId: string, topic: string, partition: number): Promise<StoredOffset> {
    const link = await this.#coordinator(groupId);
    const { responses } = await link.call('OffsetFetch', { groupId, topics: [{ topic, partitions: [{ partition }] }] });
    const [found] = responses[0]!.partitions;
    return { offset: Number(found!.offset), metadata: found!.metadata ?? '' };
  }

  /** Generation -1 and no member id, as a simple consumer. */
  async commit(groupId: string, topic: string, partition: number, { offset, metadata }: StoredOffset): Promise<void> {
    const link = await this.#coordinator(groupId);
    const position = { partition, offset: String(offset), metadata, timestamp: '-1' };
    await link.call('OffsetCommit', {
      groupId,
      groupGenerationId: -1,
      memberId: '',
      topics: [{ topic, partitions: [position] }],
    });
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }
}
