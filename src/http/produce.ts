import { addressOf } from '../actors/addresses.js';
import { replyOf, whereWritten } from '../actors/outcomes.js';
import type { ProduceReply, ProduceRequest } from '../actors/requests.js';
import { answerJson } from './answer.js';
import { Connection } from './connection.js';
import type { HttpEnvironment } from './environment.js';
import { readMessage } from './message-body.js';
import { recordHeadersOf } from './record-headers.js';
import type { TopicHandler } from './target.js';

/** `POST …/messages`: the body is a message's value. */
export function produce(environment: HttpEnvironment): TopicHandler {
  const { bus } = environment;
  return ({ cluster, clusterConfig, topic }) => {
    const address = addressOf.producer(cluster, topic);
    const deadlineMs = clusterConfig.producer.syncTimeoutMs;
    return async (context) => {
      const { value, parameters } = await readMessage(context, environment);
      const sync = parameters.has('sync');
      const request: ProduceRequest = {
        type: 'produce',
        key: parameters.first('key') ?? null,
        value,
        headers: recordHeadersOf(context.req),
        sync,
      };
      if (!sync) {
        replyOf<ProduceReply>(await bus.ask(address, request, { deadlineMs }));
        return answerJson(context, '{}');
      }
      const outcome = await bus.ask<ProduceReply>(address, request, {
        deadlineMs,
        signal: Connection.of(context.socket).closed,
      });
      const written = whereWritten(outcome);
      answerJson(context, `{\n  "partition": ${written.partition},\n  "offset": ${written.offset}\n}`);
    };
  };
}
