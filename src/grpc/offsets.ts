import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { PartitionOffsets, SetOffsetsReply, SetOffsetsRequest } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import type { Method } from './call.js';
import type { GrpcEnvironment } from './environment.js';
import type { Empty, GetOffsetsRq, GetOffsetsRs, PartitionOffset, SetOffsetsRq } from './service.js';
import { checkGroup, checkTopic, clusterOf } from './target.js';

export function getOffsets({ bus, config }: GrpcEnvironment): Method<GetOffsetsRq, GetOffsetsRs> {
  return async ({ topic, group, ...asked }) => {
    const { cluster } = clusterOf(config, asked.cluster);
    checkTopic(topic);
    checkGroup(group);
    const request = { type: 'offsets.get', group, topic } as const;
    const deadlineMs = config.http.adminTimeoutMs;
    const outcome = await bus.ask<readonly PartitionOffsets[]>(addressOf.offsets(cluster), request, { deadlineMs });
    return {
      message: { offsets: replyOf(outcome).map(({ sparseAcks, ...rest }) => ({ ...rest, sparse_acks: sparseAcks })) },
    };
  };
}

export function setOffsets({ bus, config }: GrpcEnvironment): Method<SetOffsetsRq, Empty> {
  return async ({ topic, group, ...asked }) => {
    const { cluster } = clusterOf(config, asked.cluster);
    checkTopic(topic);
    checkGroup(group);
    const offsets = asked.offsets.map(checked);
    if (offsets.length === 0) return { message: {} };
    const request: SetOffsetsRequest = { type: 'offsets.set', group, topic, offsets };
    const deadlineMs = config.http.adminTimeoutMs;
    const reply = replyOf(await bus.ask<SetOffsetsReply>(addressOf.offsets(cluster), request, { deadlineMs }));
    const foreign = Object.entries(reply.foreignOwners);
    return foreign.length === 0 ? { message: {} } : { message: {}, warning: warningOf(foreign) };
  };
}

/** @throws PixyError `bad-request`. */
function checked({ partition, offset, metadata }: PartitionOffset): SetOffsetsRequest['offsets'][number] {
  if (Number.isSafeInteger(offset)) return { partition, offset, metadata };
  throw new PixyError('bad-request', {
    reason: `the offset of partition ${partition} is not from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
  });
}

function warningOf(foreign: readonly (readonly [member: string, partitions: readonly number[]])[]): string {
  const owners = foreign.map(([member, partitions]) => `${member} (${partitions.join(', ')})`).join('; ');
  return `the offsets are committed, but these owners of partitions may overwrite them: ${owners}`;
}
