import type { Clock, Host } from '../host/host.js';
import { createKafkaAdapter } from '../kafka/adapter/kafka-adapter.js';
import { KafkaFailure, type BrokerId, type Kafka, type TopicPartition } from '../kafka/port.js';
import type { LogEntry } from '../verdict/history.js';
import { postIn } from './clients/message.js';
import { ChaosError } from './world/chaos-error.js';

const againAfterMs = 200;
const fetchMaxWaitMs = 500;
const fetchMaxBytes = 4 * 1024 * 1024;
/** Of brokers that are well. */
const answerMaxMs = 30_000;

/** A place between two messages of a log: before the one of this offset. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

/** What was written between two moments. */
export interface LogPart {
  readonly entries: readonly LogEntry[];
  /** Where it can be read on from. */
  readonly ends: readonly Position[];
}

export interface KafkaViewOptions {
  readonly kafka: Kafka;
  readonly clock: Clock;
  /** The cluster is somebody else's: a topic that it does not have will not come. */
  readonly isGiven: boolean;
}

export function openKafkaView(options: {
  /** `host:port`, comma-separated. */
  readonly kafkaPeers: string;
  readonly host: Host;
  readonly isGiven: boolean;
}): KafkaView {
  const { kafkaPeers, host, isGiven } = options;
  const logger = { warn: () => {} };
  const kafka = createKafkaAdapter({ seedPeers: kafkaPeers.split(','), clientId: 'chaos', host, logger });
  return new KafkaView({ kafka, clock: host.clock, isGiven });
}

/** It may come about yet. */
class NotYet extends Error {}

/**
 * Looks at Kafka itself, past every daemon. What brokers cannot answer is asked again while they may be on their way back;
 * beyond its time it fails with an error for a person.
 */
export class KafkaView {
  readonly #kafka: Kafka;
  readonly #clock: Clock;
  readonly #isGiven: boolean;
  readonly #closing = new AbortController();

  constructor({ kafka, clock, isGiven }: KafkaViewOptions) {
    this.#kafka = kafka;
    this.#clock = clock;
    this.#isGiven = isGiven;
  }

  /** Where the next message of each partition will lie. Waits until the topics are there and led. */
  endsOf(topics: readonly string[], forMs = answerMaxMs): Promise<readonly Position[]> {
    return this.#insist('say where the logs end', forMs, async () => {
      const leaders = await this.#leadersOf(topics);
      const ofLeader = new Map<BrokerId, TopicPartition[]>();
      for (const [topic, ids] of leaders)
        for (const [partition, leader] of ids.entries())
          ofLeader.set(leader, [...(ofLeader.get(leader) ?? []), { topic, partition }]);
      const ends: Position[] = [];
      for (const [leader, partitions] of ofLeader)
        for (const { topic, partition, offset, error } of await this.#kafka.listOffsets(
          leader,
          partitions,
          'latest',
          this.#closing.signal,
        )) {
          if (error) throw new NotYet(`${topic}/${partition}: ${error}`);
          ends.push({ topic, partition, offset });
        }
      return ends;
    });
  }

  /** Has a group begin there: without a position it would miss what was posted before its first request. */
  async startGroupAt(group: string, positions: readonly Position[]): Promise<void> {
    const offsets = positions.map((position) => ({ ...position, metadata: '' }));
    const { signal } = this.#closing;
    await this.#insist(`keep the position of group ${group}`, answerMaxMs, async () => {
      const coordinator = await this.#kafka.findCoordinator(group, signal);
      for (const { topic, partition, error } of await this.#kafka.commitOffsets(coordinator, group, offsets, signal))
        if (error) throw new NotYet(`${topic}/${partition}: ${error}`);
    });
  }

  /** Where a group stands, as its coordinator has it. `forMs` 0: it is asked once. */
  committedBy(group: string, partitions: readonly TopicPartition[], forMs = answerMaxMs): Promise<readonly Position[]> {
    const { signal } = this.#closing;
    return this.#insist(`say where group ${group} stands`, forMs, async () => {
      const coordinator = await this.#kafka.findCoordinator(group, signal);
      const committed = await this.#kafka.fetchOffsets(coordinator, group, partitions, signal);
      return committed.map(({ topic, partition, offset, error }) => {
        if (error) throw new NotYet(`${topic}/${partition}: ${error}`);
        return { topic, partition, offset };
      });
    });
  }

  /** What this run wrote, from there to where the logs end by now; other people's records are left out. */
  async read(from: readonly Position[], runId: string, forMs: number): Promise<LogPart> {
    const endMs = this.#clock.nowMs() + forMs;
    const ends = await this.endsOf([...new Set(from.map(({ topic }) => topic))], forMs);
    const entries: LogEntry[] = [];
    for (const { topic, partition, offset: toOffset } of ends) {
      let offset = from.find((each) => each.topic === topic && each.partition === partition)?.offset ?? 0;
      while (offset < toOffset) {
        const at = { topic, partition, offset };
        const leftMs = endMs - this.#clock.nowMs();
        const { records, nextOffset } = await this.#insist(`give ${topic}/${partition}@${offset}`, leftMs, () =>
          this.#fetch(at),
        );
        for (const record of records) {
          const post = postIn(record.value, runId);
          if (post !== undefined && record.offset < toOffset)
            entries.push({ topic, partition, offset: record.offset, post });
        }
        offset = nextOffset;
      }
    }
    return { entries, ends };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#kafka.close();
  }

  async #fetch(at: Position) {
    const leaders = await this.#leadersOf([at.topic]);
    const request = { maxWaitMs: fetchMaxWaitMs, minBytes: 1, maxBytes: fetchMaxBytes };
    const partitions = [{ ...at, maxBytes: fetchMaxBytes }];
    const leader = leaders.get(at.topic)![at.partition]!;
    const [result] = await this.#kafka.fetch(leader, 'log', { ...request, partitions }, this.#closing.signal);
    if (!result || result.error) throw new NotYet(String(result?.error));
    if (result.nextOffset <= at.offset) throw new NotYet('nothing, though the log goes on');
    return result;
  }

  /** By partition. */
  async #leadersOf(names: readonly string[]): Promise<ReadonlyMap<string, readonly BrokerId[]>> {
    const { topics } = await this.#kafka.metadata(names, this.#closing.signal);
    return new Map(
      names.map((name) => {
        const topic = topics.find((each) => each.topic === name);
        if (topic?.error === 'UNKNOWN_TOPIC_OR_PARTITION' && this.#isGiven)
          throw new ChaosError(`The given cluster has no topic ${name}. Create it there, or name another one.`);
        if (!topic || topic.error) throw new NotYet(`${name}: ${topic?.error ?? 'not named'}`);
        const isLed = topic.partitions.every(({ leader, partition }, index) => leader >= 0 && partition === index);
        if (!isLed || topic.partitions.length === 0) throw new NotYet(`${name} has partitions without a leader`);
        return [name, topic.partitions.map(({ leader }) => leader)];
      }),
    );
  }

  async #insist<T>(what: string, forMs: number, ask: () => Promise<T>): Promise<T> {
    const endMs = this.#clock.nowMs() + forMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!mayPass(error)) throw error;
        if (this.#clock.nowMs() >= endMs)
          throw new ChaosError(
            `For ${Math.round(forMs / 1000)} s no broker would ${what}. The latest answer: ${error.message}.`,
            { cause: error },
          );
      }
      await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, againAfterMs));
    }
  }
}

function mayPass(error: unknown): error is Error {
  if (error instanceof NotYet) return true;
  return error instanceof KafkaFailure && !['aborted', 'access-denied', 'unsupported'].includes(error.kind);
}
