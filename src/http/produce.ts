import type { IncomingMessage } from 'node:http';
import { addressOf } from '../actors/addresses.js';
import type { ProduceReply, ProduceRequest } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { answerJson, replyOf } from './answer.js';
import { readBody } from './body.js';
import { Connection } from './connection.js';
import type { HttpEnvironment } from './environment.js';
import { WaitedInVain } from './errors.js';
import { Parameters } from './parameters.js';
import type { TopicHandler } from './target.js';

/** `POST …/messages`: the body is a message's value. */
export function produce({ bus, config, budget }: HttpEnvironment): TopicHandler {
  return ({ cluster, clusterConfig, topic }) => {
    const address = addressOf.producer(cluster, topic);
    const deadlineMs = clusterConfig.producer.syncTimeoutMs;
    return async (context) => {
      const parameters = new Parameters(context.querystring);
      checkMessageHead(context.req);
      const value = await readBody(context.req, context.res, { maxBodyBytes: config.http.maxBodyBytes, budget });
      const sync = parameters.has('sync');
      const request: ProduceRequest = {
        type: 'produce',
        key: parameters.first('key') ?? null,
        value,
        headers: [],
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

/** What may be said of the body before it is read. @throws PixyError */
function checkMessageHead(req: IncomingMessage): void {
  const contentType = req.headers['content-type'] ?? '';
  if (!isMessageType(contentType)) throw new PixyError('unsupported-content-type', { contentType });
  const transferEncoding = req.headers['transfer-encoding'];
  if (transferEncoding === undefined) {
    if (req.headers['content-length'] === undefined) throw new PixyError('missing-content-length', {});
  } else if (transferEncoding.trim().toLowerCase() !== 'chunked') {
    throw new PixyError('bad-request', { reason: `transfer encoding ${transferEncoding} is not supported` });
  }
}

/** More than the original takes: any parameter, any case, and octet-stream, which clients send where nobody says anything. */
function isMessageType(contentType: string): boolean {
  return /^(?:text\/plain|application\/octet-stream|application\/(?:[^\s/;]*\+)?json)\s*(?:;.*)?$/i.test(contentType);
}
