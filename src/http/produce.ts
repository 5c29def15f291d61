import { addressOf } from '../actors/addresses.js';
import type { ProduceReply, ProduceRequest } from '../actors/requests.js';
import { answerJson, replyOf } from './answer.js';
import { Connection } from './connection.js';
import type { HttpEnvironment } from './environment.js';
import { WaitedInVain } from './errors.js';
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
      const written = replyOf(outcome, (reason) =>
        // It is certain that it was not written only if it never left.
        reason === 'not-sent'
          ? new WaitedInVain('kafka-unreachable', reason)
          : new WaitedInVain('outcome-unknown', reason ?? 'no-answer'),
      );
      if ('accepted' in written) throw new Error('a sync produce was answered as an async one');
      answerJson(context, `{\n  "partition": ${written.partition},\n  "offset": ${written.offset}\n}`);
    };
  };
}
