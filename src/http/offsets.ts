import type { Context } from 'koa';
import { addressOf } from '../actors/addresses.js';
import { replyOf } from '../actors/outcomes.js';
import type { PartitionOffsets, SetOffsetsReply, SetOffsetsRequest } from '../actors/requests.js';
import { answerJson } from './answer.js';
import type { HttpEnvironment } from './environment.js';
import { bodyOf, formParameters, isForm } from './form.js';
import { renderJson } from './json.js';
import { parseOffsetsBody } from './offsets-body.js';
import { Parameters } from './parameters.js';
import { groupOf, type TopicHandler } from './target.js';

/** `GET …/offsets`: the offsets of a group, one item for each partition. */
export function getOffsets({ bus, config }: HttpEnvironment): TopicHandler {
  return ({ cluster, topic }) =>
    async (context) => {
      const group = groupOf(new Parameters(context.querystring));
      const request = { type: 'offsets.get', group, topic } as const;
      const outcome = await bus.ask<readonly PartitionOffsets[]>(addressOf.offsets(cluster), request, {
        deadlineMs: config.http.adminTimeoutMs,
      });
      answerJson(context, renderJson(replyOf(outcome).map(asAnswered)));
    };
}

/** The fields in the order of the original; the two texts are left out when empty. */
function asAnswered({ partition, begin, end, count, offset, lag, metadata, sparseAcks }: PartitionOffsets) {
  return {
    ...{ partition, begin, end, count, offset, lag },
    ...(metadata !== '' && { metadata }),
    ...(sparseAcks !== '' && { sparse_acks: sparseAcks }),
  };
}

/** `POST …/offsets`: sets the offsets of a group. Whatever the content type says, the body is JSON. */
export function setOffsets(environment: HttpEnvironment): TopicHandler {
  const { bus, config } = environment;
  return ({ cluster, topic }) =>
    async (context) => {
      const { group, json } = await readRequest(context, environment);
      const offsets = parseOffsetsBody(json);
      if (offsets.length === 0) return answerJson(context, '{}');
      const request: SetOffsetsRequest = { type: 'offsets.set', group, topic, offsets };
      const outcome = await bus.ask<SetOffsetsReply>(addressOf.offsets(cluster), request, {
        deadlineMs: config.http.adminTimeoutMs,
      });
      const { foreignOwners } = replyOf(outcome);
      const warning = warningOf(foreignOwners);
      answerJson(context, renderJson(warning === undefined ? {} : { warning }));
    };
}

/** @throws PixyError */
async function readRequest(context: Context, environment: HttpEnvironment): Promise<{ group: string; json: Buffer }> {
  if (!isForm(context)) {
    const group = groupOf(new Parameters(context.querystring));
    return { group, json: await bodyOf(context, environment) };
  }
  const body = await bodyOf(context, environment);
  // It is what curl says of every body. The original takes it at its word, and then finds no JSON left to read.
  if (body.toString('latin1').trimStart().startsWith('[')) {
    return { group: groupOf(new Parameters(context.querystring)), json: body };
  }
  return { group: groupOf(formParameters(context, body)), json: Buffer.alloc(0) };
}

/** `undefined`: every owner goes on from what was set. */
function warningOf(foreignOwners: SetOffsetsReply['foreignOwners']): string | undefined {
  const owners = Object.entries(foreignOwners).map(
    ([member, partitions]) =>
      `${member} (${partitions.length === 1 ? 'partition' : 'partitions'} ${partitions.join(', ')})`,
  );
  if (owners.length === 0) return undefined;
  return `the offsets are committed, but the owner may overwrite them with its next commit, since it did not take them over: ${owners.join(', ')}`;
}
