import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { GetTopicRequest, ListTopicsRequest, TopicDescription } from '../actors/requests.js';
import type { Method } from './call.js';
import type { GrpcEnvironment } from './environment.js';
import type { GetTopicMetadataRq, GetTopicMetadataRs, ListTopicRq, ListTopicRs } from './service.js';
import { checkTopic, clusterOf } from './target.js';

export function listTopics({ bus, config }: GrpcEnvironment): Method<ListTopicRq, ListTopicRs> {
  return async (asked) => {
    const { cluster } = clusterOf(config, asked.cluster);
    const request: ListTopicsRequest = {
      type: 'topics.list',
      withPartitions: asked.with_partitions,
      withConfig: true,
    };
    const deadlineMs = config.http.adminTimeoutMs;
    const outcome = await bus.ask<readonly TopicDescription[]>(addressOf.topics(cluster), request, { deadlineMs });
    const topics = Object.fromEntries(replyOf(outcome).map((topic) => [topic.topic, rendered(topic)]));
    return { message: { topics } };
  };
}

export function getTopicMetadata({ bus, config }: GrpcEnvironment): Method<GetTopicMetadataRq, GetTopicMetadataRs> {
  return async ({ topic, ...asked }) => {
    const { cluster } = clusterOf(config, asked.cluster);
    checkTopic(topic);
    const request: GetTopicRequest = { type: 'topics.get', topic, withPartitions: asked.with_partitions };
    const deadlineMs = config.http.adminTimeoutMs;
    const outcome = await bus.ask<TopicDescription>(addressOf.topics(cluster), request, { deadlineMs });
    return { message: rendered(replyOf(outcome)) };
  };
}

function rendered({ config, partitions = [] }: TopicDescription): GetTopicMetadataRs {
  return { version: config?.version ?? 0, config: config?.config ?? {}, partitions };
}
