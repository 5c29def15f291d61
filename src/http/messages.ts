import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { addressOf } from '../actors/addresses.js';
import type { ConsumeRequest, Delivery, ProduceReply, ProduceRequest, Receipt } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { answerJson, replyOf } from './answer.js';
import { readBody } from './body.js';
import { Connection } from './connection.js';
import type { HttpEnvironment } from './environment.js';
import { ClientGone, WaitedInVain } from './errors.js';
import { renderDelivery } from './json.js';
import { Parameters } from './parameters.js';
import { Remembered } from './remembered.js';
import { groupOf, type TopicHandler } from './target.js';

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

/** Of one topic. Those who consume ask with the same query each time. */
const queriesMax = 100;

/** `GET …/messages`: the next message for a group, by long poll. */
export function consume({ bus }: HttpEnvironment): TopicHandler {
  const request: ConsumeRequest = { type: 'consume', ack: 'auto' };
  return ({ cluster, clusterConfig, topic }) => {
    const deadlineMs = clusterConfig.consumer.longPollingTimeoutMs;
    const addresses = new Remembered<ReturnType<typeof addressOf.subscription>>(queriesMax);
    const addressFor = (query: string) =>
      addresses.set(query, addressOf.subscription(cluster, groupOf(new Parameters(query)), topic));
    return async (context) => {
      const { querystring } = context;
      const address = addresses.get(querystring) ?? addressFor(querystring);
      const outcome = await bus.ask<Delivery>(address, request, {
        deadlineMs,
        signal: Connection.of(context.socket).closed,
      });
      const delivery = replyOf(outcome, (reason) => new WaitedInVain('poll-timeout', reason ?? 'no-message'));
      const json = renderedOrReturned(delivery);
      watchHandover(context, delivery.receipt);
      answerJson(context, json);
    };
  };
}

function renderedOrReturned(delivery: Delivery): string {
  try {
    return renderDelivery(delivery);
  } catch (error) {
    delivery.receipt.returned();
    throw error;
  }
}

/**
 * Tells the receipt what became of the answer: `written` once it was handed to the operating system, `returned` if the
 * connection is, or ends, before that. @throws ClientGone
 */
function watchHandover({ socket, res }: Context, receipt: Receipt): void {
  // A client that has shut down its side would not read the answer. Compared to false: a simulated client has no stream.
  if (socket.destroyed || socket.writable === false) {
    receipt.returned();
    throw new ClientGone();
  }
  const connection = Connection.of(socket);
  connection.expectWrite(receipt);
  res.once('finish', () => {
    // `finish` also comes when the last write failed; the connection's close follows then.
    if (!socket.errored) connection.wrote(receipt);
  });
}
