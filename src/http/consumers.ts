import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { ConsumersByGroup } from '../actors/requests.js';
import { answerJson } from './answer.js';
import type { HttpEnvironment } from './environment.js';
import { renderConsumers } from './json.js';
import { Parameters } from './parameters.js';
import { optionalGroupOf, type TopicHandler } from './target.js';

/** `GET …/consumers`: who owns which partitions of the topic, of one group or of all. */
export function listConsumers({ bus, config }: HttpEnvironment): TopicHandler {
  return ({ cluster, topic }) =>
    async (context) => {
      const group = optionalGroupOf(new Parameters(context.querystring));
      const request = { type: 'consumers.list', topic, group } as const;
      const outcome = await bus.ask<ConsumersByGroup>(addressOf.consumers(cluster), request, {
        deadlineMs: config.http.adminTimeoutMs,
      });
      answerJson(context, renderConsumers(replyOf(outcome)));
    };
}
