import { addressOf } from '../actors/addresses.js';
import type { PartitionOffsets, SetOffsetsRequest } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { answerJson, replyOf } from './answer.js';
import { readBody } from './body.js';
import type { HttpEnvironment } from './environment.js';
import { renderJson } from './json.js';
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
export function setOffsets({ bus, config, budget }: HttpEnvironment): TopicHandler {
  return ({ cluster, topic }) =>
    async (context) => {
      const group = groupOf(new Parameters(context.querystring));
      const body = await readBody(context.req, context.res, { maxBodyBytes: config.http.maxBodyBytes, budget });
      const offsets = parseOffsets(body.toString());
      if (offsets.length > 0) {
        const request = { type: 'offsets.set', group, topic, offsets } as const;
        const deadlineMs = config.http.adminTimeoutMs;
        replyOf(await bus.ask<null>(addressOf.offsets(cluster), request, { deadlineMs }));
      }
      answerJson(context, '{}');
    };
}

type OffsetToSet = SetOffsetsRequest['offsets'][number];

const int32Max = 2 ** 31 - 1;

/**
 * Reads an array of `{"partition", "offset", "metadata"}` as Go does: keys in any case, others ignored, what is missing or
 * null is 0 or empty, and `null` stands for an empty array. @throws PixyError `bad-offsets-body`
 */
export function parseOffsets(text: string): OffsetToSet[] {
  if (text.trim() === '') throw bad('unexpected end of JSON input');
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw bad((error as SyntaxError).message);
  }
  if (list === null) return [];
  if (!Array.isArray(list)) throw bad('not an array');
  return list.map(parseItem);
}

function parseItem(item: unknown, at: number): OffsetToSet {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw bad(`item ${at} is not an object`);
  const fields = new Map(Object.entries(item).map(([name, value]: [string, unknown]) => [name.toLowerCase(), value]));
  const partition = fields.get('partition') ?? 0;
  if (
    typeof partition !== 'number' ||
    !Number.isInteger(partition) ||
    partition > int32Max ||
    partition < -int32Max - 1
  ) {
    throw bad(`partition of item ${at} is not an integer of 32 bits`);
  }
  const offset = fields.get('offset') ?? 0;
  if (!Number.isSafeInteger(offset)) {
    throw bad(`offset of item ${at} is not an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`);
  }
  const metadata = fields.get('metadata') ?? '';
  if (typeof metadata !== 'string') throw bad(`metadata of item ${at} is not a string`);
  return { partition, offset: offset as number, metadata };
}

function bad(reason: string): PixyError {
  return new PixyError('bad-offsets-body', { reason });
}
