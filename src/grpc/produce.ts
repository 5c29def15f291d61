import { addressOf } from '../actors/addresses.js';
import { replyOf, whereWritten } from '../actors/outcomes.js';
import type { ProduceReply, ProduceRequest } from '../actors/requests.js';
import type { Method } from './call.js';
import type { GrpcEnvironment } from './environment.js';
import type { ProdRq, ProdRs } from './service.js';
import { checkTopic, clusterOf } from './target.js';

/** What an answer says of a message that is accepted and not yet written. */
const notYetWritten: ProdRs = { partition: -1, offset: -1 };

export function produce({ bus, config }: GrpcEnvironment): Method<ProdRq, ProdRs> {
  return async (message, { gone }) => {
    const { cluster, clusterConfig } = clusterOf(config, message.cluster);
    checkTopic(message.topic);
    const address = addressOf.producer(cluster, message.topic);
    const deadlineMs = clusterConfig.producer.syncTimeoutMs;
    const request = requestOf(message);
    if (message.async_mode) {
      replyOf<ProduceReply>(await bus.ask(address, request, { deadlineMs }));
      return { message: { ...notYetWritten } };
    }
    const outcome = await bus.ask<ProduceReply>(address, request, { deadlineMs, signal: gone });
    const { partition, offset } = whereWritten(outcome);
    return { message: { partition, offset } };
  };
}

/** Copied where it is kept: the bytes are slices of the whole request, which may hold more than the message. */
function requestOf({ key_value, key_undefined, message, async_mode, headers }: ProdRq): ProduceRequest {
  return {
    type: 'produce',
    key: key_undefined ? null : Buffer.from(key_value),
    value: Buffer.from(message),
    headers: headers.map(({ key, value }) => ({ key, value: Buffer.from(value) })),
    sync: !async_mode,
  };
}
