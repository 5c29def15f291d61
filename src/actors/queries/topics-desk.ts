import { PixyError } from '../../errors/pixy-error.js';
import { KafkaFailure, type PartitionMetadata, type TopicMetadata } from '../../kafka/port.js';
import type { QueryDeskEvent } from '../../machines/query-desk.js';
import { addressOf } from '../addresses.js';
import type { Ask, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import type { GetTopicRequest, ListTopicsRequest, TopicDescription, TopicPartitionDescription } from '../requests.js';
import { pause, queryDeskKind } from './query-desk.js';
import { TopicConfigs } from './topic-configs.js';

const retryBackoffMs = 250;
const triesMax = 20;
/** Topics of one list; those beyond are left out, in the order of their names. */
const topicsListedMax = 20_000;

/** What a topic has while it is being made, or while its leader moves: it passes. */
const passing = 'LEADER_NOT_AVAILABLE';

class TopicBeingMade extends Error {}

class TopicsDesk {
  readonly #services: ClusterServices;
  readonly #shell: Shell<QueryDeskEvent>;
  readonly #configs: TopicConfigs;

  constructor(services: ClusterServices, shell: Shell<QueryDeskEvent>) {
    this.#services = services;
    this.#shell = shell;
    this.#configs = new TopicConfigs(services.kafka, shell, shell.borrow(addressOf.zookeeper(services.cluster)));
  }

  /** Asks again after a failure that may pass, for as long as the asker waits. */
  async answer(ask: Ask): Promise<readonly TopicDescription[] | TopicDescription> {
    const request = ask.request as ListTopicsRequest | GetTopicRequest;
    for (let tries = 1; ; tries++) {
      try {
        return request.type === 'topics.list' ? await this.#list(request) : await this.#get(request);
      } catch (error) {
        if (error instanceof PixyError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        if (error instanceof KafkaFailure && error.kind === 'access-denied')
          throw new PixyError('kafka-access-denied', { reason }, { cause: error });
        if (!ask.open || tries >= triesMax)
          throw new PixyError('topics-failed', { reason: `failed to refresh metadata: ${reason}` }, { cause: error });
        await pause(this.#shell, retryBackoffMs);
      }
    }
  }

  async #list({ withPartitions, withConfig }: ListTopicsRequest): Promise<readonly TopicDescription[]> {
    const { topics } = await this.#services.kafka.metadata('all', this.#shell.signal);
    const known = topics.filter(({ error }) => !isUnknown(error)).sort((a, b) => (a.topic < b.topic ? -1 : 1));
    const listed = known.slice(0, topicsListedMax);
    if (listed.length < known.length)
      this.#shell.log.warn(
        { topics: known.length, topicsListedMax },
        'too many topics for one list, some are left out',
      );
    const configs = withConfig ? await this.#configs.of(listed.map(({ topic }) => topic)) : undefined;
    return (
      listed
        // Deleted since the brokers named it.
        .filter(({ topic }) => configs === undefined || configs.has(topic))
        .map((entry) => ({
          topic: entry.topic,
          config: configs?.get(entry.topic),
          partitions: withPartitions ? entry.partitions.map(describe) : undefined,
        }))
    );
  }

  async #get({ topic, withPartitions }: GetTopicRequest): Promise<TopicDescription> {
    const { topics } = await this.#services.kafka.metadata([topic], this.#shell.signal);
    const known: TopicMetadata | undefined = topics.find((entry) => entry.topic === topic);
    if (!known || isUnknown(known.error)) throw new PixyError('unknown-topic', {});
    if (known.error !== null && known.partitions.length === 0) {
      if (known.error === passing) throw new TopicBeingMade(known.error);
      throw new PixyError('topics-failed', { reason: `failed to get partitions: ${known.error}` });
    }
    const config = (await this.#configs.of([topic])).get(topic);
    if (!config) throw new PixyError('unknown-topic', {});
    return { topic, config, partitions: withPartitions ? known.partitions.map(describe) : undefined };
  }
}

const isUnknown = (error: TopicMetadata['error']) =>
  error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'INVALID_TOPIC';

function describe({ partition, leader, replicas, inSyncReplicas }: PartitionMetadata): TopicPartitionDescription {
  return { partition, leader: Math.max(leader, -1), replicas, isr: inSyncReplicas };
}

/** Answers which topics there are, how they are configured, and who leads their partitions. */
export const topicsDeskKind = queryDeskKind((services, shell) => {
  const desk = new TopicsDesk(services, shell);
  return (ask) => desk.answer(ask);
});
