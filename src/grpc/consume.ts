import { addressOf } from '../actors/addresses.js';
import { noMessage, replyOf } from '../actors/outcomes.js';
import type { AckRequest, ConsumeRequest, Delivery } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import type { Method } from './call.js';
import type { GrpcEnvironment } from './environment.js';
import type { AckRq, ConsNAckRq, ConsRs, Empty } from './service.js';
import { checkGroup, checkTopic, clusterOf } from './target.js';

/** The message that a request acknowledges. */
interface AckedMessage {
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The next message of a group, by long poll, after an earlier one was acknowledged where that is asked for. */
export function consumeAndAck(environment: GrpcEnvironment): Method<ConsNAckRq, ConsRs> {
  const { bus, config } = environment;
  return async ({ topic, group, ...asked }, { gone }) => {
    const { cluster, clusterConfig } = clusterOf(config, asked.cluster);
    checkTopic(topic);
    checkGroup(group);
    const acked =
      asked.no_ack || asked.auto_ack
        ? undefined
        : ackedMessage(cluster, group, topic, asked.ack_partition, asked.ack_offset);
    const { disabled, longPollingTimeoutMs: deadlineMs } = clusterConfig.consumer;
    if (disabled) throw new PixyError('service-disabled', {});
    if (acked) acknowledgeUnasked(environment, acked, deadlineMs);
    const request: ConsumeRequest = { type: 'consume', ack: asked.auto_ack && !asked.no_ack ? 'auto' : 'none' };
    const address = addressOf.subscription(cluster, group, topic);
    const outcome = await bus.ask<Delivery>(address, request, { deadlineMs, signal: gone });
    const delivery = replyOf(outcome, noMessage);
    return { message: rendered(delivery), receipt: delivery.receipt };
  };
}

const none = Buffer.alloc(0);

function rendered({ key, value, partition, offset, headers }: Delivery): ConsRs {
  return {
    partition,
    offset,
    key_value: key ?? none,
    key_undefined: key === null,
    message: value ?? none,
    headers: headers.map((header) => ({ key: header.key, value: header.value ?? none })),
  };
}

/** An earlier message was dealt with. */
export function acknowledge({ bus, config }: GrpcEnvironment): Method<AckRq, Empty> {
  return async ({ topic, group, ...asked }) => {
    const { cluster, clusterConfig } = clusterOf(config, asked.cluster);
    checkTopic(topic);
    checkGroup(group);
    const { partition, offset } = ackedMessage(cluster, group, topic, asked.partition, asked.offset);
    const request: AckRequest = { type: 'ack', offset };
    const address = addressOf.partitionOwner(cluster, group, topic, partition);
    const deadlineMs = clusterConfig.consumer.longPollingTimeoutMs;
    replyOf(await bus.ask<null>(address, request, { deadlineMs }), () => new PixyError('ack-timeout', {}));
    return { message: {} };
  };
}

/** @throws PixyError `invalid-ack`, `bad-request`. */
function ackedMessage(cluster: string, group: string, topic: string, partition: number, offset: number): AckedMessage {
  if (partition < 0) throw new PixyError('invalid-ack', { name: 'partition', value: String(partition) });
  if (offset < 0) throw new PixyError('invalid-ack', { name: 'offset', value: String(offset) });
  if (!Number.isSafeInteger(offset))
    throw new PixyError('bad-request', { reason: `an offset is at most ${Number.MAX_SAFE_INTEGER}` });
  return { cluster, group, topic, partition, offset };
}

/** Nobody waits for it: as in the original, what becomes of the ack has no part in the answer. */
function acknowledgeUnasked({ bus, log }: GrpcEnvironment, acked: AckedMessage, deadlineMs: number): void {
  const { cluster, group, topic, partition, offset } = acked;
  const address = addressOf.partitionOwner(cluster, group, topic, partition);
  const request: AckRequest = { type: 'ack', offset };
  bus.ask<null>(address, request, { deadlineMs }).then(
    (outcome) => {
      if (outcome.kind === 'refused' && outcome.error.code === 'ack-channel-missing')
        log.debug({ ...acked }, 'an ack came for a partition that is not owned here');
      else if (outcome.kind === 'refused') log.warn({ ...acked, err: outcome.error }, 'an ack failed');
      else if (outcome.kind !== 'reply') log.warn({ ...acked, outcome: outcome.kind }, 'an ack failed');
    },
    (error: unknown) => log.error({ ...acked, err: error }, 'an ack failed for an inner defect'),
  );
}
