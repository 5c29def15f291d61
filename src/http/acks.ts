import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { AckRequest } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { ackedMessageOf } from './ack-parameters.js';
import { answerJson } from './answer.js';
import type { HttpEnvironment } from './environment.js';
import { bodyOf, formParameters, isForm } from './form.js';
import { Parameters } from './parameters.js';
import { groupOf, type TopicHandler } from './target.js';

const names = { partition: 'partition', offset: 'offset' } as const;

/** `POST …/acks`: a message was dealt with. The body is a form with the parameters, or of no account. */
export function acknowledge(environment: HttpEnvironment): TopicHandler {
  const { bus } = environment;
  return ({ cluster, clusterConfig, topic }) => {
    const deadlineMs = clusterConfig.consumer.longPollingTimeoutMs;
    return async (context) => {
      const body = await bodyOf(context, environment);
      const parameters = isForm(context) ? formParameters(context, body) : new Parameters(context.querystring);
      const group = groupOf(parameters);
      const message = ackedMessageOf(parameters, names);
      if (!message) throw new PixyError('bad-request', { reason: 'partition and offset are expected, none is given' });
      const { partition, offset } = message;
      if (offset !== undefined) {
        const request: AckRequest = { type: 'ack', offset };
        const address = addressOf.partitionOwner(cluster, group, topic, partition);
        replyOf(await bus.ask<null>(address, request, { deadlineMs }), () => new PixyError('ack-timeout', {}));
      }
      answerJson(context, '{}');
    };
  };
}
