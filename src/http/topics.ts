import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { GetTopicRequest, ListTopicsRequest, TopicDescription } from '../actors/requests.js';
import { answerJson } from './answer.js';
import type { HttpEnvironment } from './environment.js';
import { renderJson, renderObject } from './json.js';
import { Parameters } from './parameters.js';
import type { ClusterHandler, TopicHandler } from './target.js';

/** `GET /topics`: their names, or an object of what was asked for of each. */
export function listTopics({ bus, config }: HttpEnvironment): ClusterHandler {
  return ({ cluster }) =>
    async (context) => {
      const parameters = new Parameters(context.querystring);
      const [withPartitions, withConfig] = [parameters.has('withPartitions'), parameters.has('withConfig')];
      const request: ListTopicsRequest = { type: 'topics.list', withPartitions, withConfig };
      const outcome = await bus.ask<readonly TopicDescription[]>(addressOf.topics(cluster), request, {
        deadlineMs: config.http.adminTimeoutMs,
      });
      const topics = replyOf(outcome);
      if (!withPartitions && !withConfig) return answerJson(context, renderJson(topics.map(({ topic }) => topic)));
      const entries = topics.map((topic) => [topic.topic, asAnswered(topic)] as const);
      // What an entry holds is one level deeper than it would be by itself; no text of JSON contains a bare newline.
      answerJson(
        context,
        renderObject(entries, '', (topic) => renderJson(topic).replaceAll('\n', '\n  ')),
      );
    };
}

/** `GET /topics/{topic}`: its configuration, and its partitions if they are asked for. */
export function getTopic({ bus, config }: HttpEnvironment): TopicHandler {
  return ({ cluster, topic }) =>
    async (context) => {
      const withPartitions = new Parameters(context.querystring).has('withPartitions');
      const request: GetTopicRequest = { type: 'topics.get', topic, withPartitions };
      const outcome = await bus.ask<TopicDescription>(addressOf.topics(cluster), request, {
        deadlineMs: config.http.adminTimeoutMs,
      });
      answerJson(context, renderJson(asAnswered(replyOf(outcome))));
    };
}

/** The fields in the order of the original. */
function asAnswered({ config, partitions }: TopicDescription) {
  return {
    ...(config && { config: { version: config.version, config: config.config } }),
    ...(partitions && {
      partitions: partitions.map(({ partition, leader, replicas, isr }) => ({ partition, leader, replicas, isr })),
    }),
  };
}
