import { PixyError } from '../../errors/pixy-error.js';
import { KafkaFailure, type Kafka } from '../../kafka/port.js';
import type { QueryDeskEvent } from '../../machines/query-desk.js';
import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import type { Loan, Shell } from '../bus/types.js';
import type { TopicConfiguration } from '../requests.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { awaitSession, noNode, noServer, sessionWaitMaxMs } from './asking-zookeeper.js';
import { within } from './query-desk.js';

/** Below the chroot. Brokers that keep their metadata in ZooKeeper write it for every topic that they create. */
const nodeOf = (topic: string) => `/config/topics/${topic}`;
/** What brokers tell has no version; this is the one that they write into the node. */
const versionOfBrokers = 1;

/** Nodes asked for at a time. */
const nodesUnderWayMax = 32;
/** For all nodes of one question. What is not there by then is asked of the brokers. */
const nodesWaitMaxMs = 2000;

/** As the original words it. */
const failedText = 'failed to fetch topic configuration';

type Configs = Map<string, TopicConfiguration>;

/** Where the configuration of topics is asked for: ZooKeeper, if it has it, else the brokers (0.11 on). */
export class TopicConfigs {
  readonly #kafka: Kafka;
  readonly #shell: Shell<QueryDeskEvent>;
  readonly #sessions: Loan<SessionLease>;

  constructor(kafka: Kafka, shell: Shell<QueryDeskEvent>, sessions: Loan<SessionLease>) {
    this.#kafka = kafka;
    this.#shell = shell;
    this.#sessions = sessions;
  }

  /** One that the brokers call unknown is left out. @throws PixyError `topics-failed`; KafkaFailure */
  async of(topics: readonly string[]): Promise<Configs> {
    const found: Configs = new Map();
    const session = this.#sessions.get()?.session;
    if (session) await this.#readNodes(session, topics, found);
    const missing = topics.filter((topic) => !found.has(topic));
    if (missing.length === 0) return found;
    if (await this.#askBrokers(missing, found)) return found;
    // Brokers that cannot tell keep everything in ZooKeeper.
    const untilMs = this.#shell.clock.nowMs() + sessionWaitMaxMs;
    const late = session ?? (await awaitSession(this.#shell, this.#sessions, untilMs));
    const why = late ? await this.#readNodes(late, missing, found) : noServer;
    if (topics.every((topic) => found.has(topic))) return found;
    throw new PixyError('topics-failed', { reason: `${failedText}: ${why}` });
  }

  /** Reads what there is, for a bounded while; ZooKeeper's failures only end it. Tells why a topic may be missing. */
  async #readNodes(session: ZooKeeperSession, topics: readonly string[], found: Configs): Promise<string> {
    const waiting = [...topics];
    let why = noNode;
    const end = (reason: string) => {
      waiting.length = 0;
      why = reason;
    };
    const readOn = async (): Promise<void> => {
      for (let topic = waiting.pop(); topic !== undefined; topic = waiting.pop()) {
        try {
          const { data } = await session.getData(nodeOf(topic));
          const config = parseNode(data);
          if (config) found.set(topic, config);
          else why = `${nodeOf(topic)} in ZooKeeper holds no topic configuration`;
        } catch (error) {
          if (!(error instanceof ZooKeeperFailure && error.kind === 'no-node')) end(noServer);
        }
      }
    };
    const all = Promise.all(Array.from({ length: Math.min(nodesUnderWayMax, topics.length) }, readOn));
    if (!(await within(this.#shell, nodesWaitMaxMs, all))) end(noServer);
    return why;
  }

  /** False: these brokers cannot tell. */
  async #askBrokers(topics: readonly string[], found: Configs): Promise<boolean> {
    try {
      for (const { topic, error, entries } of await this.#kafka.topicConfigs(topics, this.#shell.signal)) {
        if (error === null) found.set(topic, { version: versionOfBrokers, config: sorted(entries) });
        else if (error !== 'UNKNOWN_TOPIC_OR_PARTITION')
          throw new PixyError('topics-failed', { reason: `${failedText}: ${error}` });
      }
      return true;
    } catch (error) {
      if (error instanceof KafkaFailure && error.kind === 'unsupported') return false;
      throw error;
    }
  }
}

/** `{"version":1,"config":{"name":"value"}}`; `undefined`: it is not that. Source: `AdminUtils` of the Kafka broker. */
function parseNode(data: string): TopicConfiguration | undefined {
  try {
    const { version, config } = JSON.parse(data) as { version?: unknown; config?: unknown };
    if (!Number.isSafeInteger(version) || typeof config !== 'object' || config === null) return undefined;
    return { version: version as number, config: sorted(config as Record<string, unknown>) };
  } catch {
    return undefined;
  }
}

function sorted(entries: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries)
      .map(([name, value]): [string, string] => [name, String(value)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
