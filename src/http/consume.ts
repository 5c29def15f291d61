import type { Context } from 'koa';
import { addressOf } from '../actors/addresses.js';
import { ClientGone, noMessage, replyOf } from '../actors/outcomes.js';
import type { AckRequest, ConsumeRequest, Delivery, Receipt } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { ackedMessageOf, type AckedMessage } from './ack-parameters.js';
import { answerJson } from './answer.js';
import { Connection } from './connection.js';
import type { HttpEnvironment } from './environment.js';
import { renderDelivery } from './json.js';
import { Parameters } from './parameters.js';
import { Remembered } from './remembered.js';
import { groupOf, type Target, type TopicHandler } from './target.js';

const ackNames = { partition: 'ackPartition', offset: 'ackOffset' } as const;

const autoAck: ConsumeRequest = { type: 'consume', ack: 'auto' };
const laterAck: ConsumeRequest = { type: 'consume', ack: 'none' };

/** What a query asks for. */
interface ConsumeParameters {
  readonly address: ReturnType<typeof addressOf.subscription>;
  readonly request: ConsumeRequest;
  /** Acknowledged before the next message is asked for. */
  readonly acked?: { readonly group: string; readonly message: AckedMessage };
}

/** Of one topic. Those who consume ask with the same query each time, unless they acknowledge by it. */
const queriesMax = 100;

/** `GET …/messages`: the next message for a group, by long poll. */
export function consume(environment: HttpEnvironment): TopicHandler {
  const { bus } = environment;
  return (target) => {
    const { longPollingTimeoutMs: deadlineMs, disabled } = target.clusterConfig.consumer;
    const known = new Remembered<ConsumeParameters>(queriesMax);
    const parametersOf = (query: string): ConsumeParameters => {
      const parameters = readParameters(target, query);
      // One that acknowledges comes only once: it would push out those that come again.
      return parameters.acked ? parameters : known.set(query, parameters);
    };
    return async (context) => {
      const { querystring } = context;
      const { address, request, acked } = known.get(querystring) ?? parametersOf(querystring);
      if (disabled) throw new PixyError('service-disabled', {});
      if (acked) acknowledge(environment, target, acked.group, acked.message);
      const outcome = await bus.ask<Delivery>(address, request, {
        deadlineMs,
        signal: Connection.of(context.socket).closed,
      });
      const delivery = replyOf(outcome, noMessage);
      const json = renderedOrReturned(delivery);
      watchHandover(context, delivery.receipt);
      answerJson(context, json);
    };
  };
}

/** @throws PixyError */
function readParameters({ cluster, topic }: Target, query: string): ConsumeParameters {
  const parameters = new Parameters(query);
  const group = groupOf(parameters);
  const address = addressOf.subscription(cluster, group, topic);
  // The flag wins: the two numbers are not even looked at.
  if (parameters.has('noAck')) return { address, request: laterAck };
  const message = ackedMessageOf(parameters, ackNames);
  if (!message) return { address, request: autoAck };
  return { address, request: laterAck, acked: { group, message } };
}

/** Nobody waits for it: as in the original, what becomes of the ack has no part in the answer. */
function acknowledge(
  { bus, log }: HttpEnvironment,
  { cluster, clusterConfig, topic }: Target,
  group: string,
  { partition, offset }: AckedMessage,
): void {
  if (offset === undefined) return;
  const request: AckRequest = { type: 'ack', offset };
  const options = { deadlineMs: clusterConfig.consumer.longPollingTimeoutMs };
  const told = { cluster, group, topic, partition, offset };
  bus.ask<null>(addressOf.partitionOwner(cluster, group, topic, partition), request, options).then(
    (outcome) => {
      if (outcome.kind === 'refused' && outcome.error.code === 'ack-channel-missing') {
        log.debug(told, 'an ack came for a partition that is not owned here');
      } else if (outcome.kind !== 'reply') {
        log.warn(
          { ...told, outcome: outcome.kind, ...('error' in outcome && { err: outcome.error }) },
          'an ack failed',
        );
      }
    },
    (error: unknown) => log.error({ ...told, err: error }, 'an ack failed for an inner defect'),
  );
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
