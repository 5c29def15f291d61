import type { SetOffsetsRequest } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';
import { goSyntaxError } from './go-json.js';

type OffsetToSet = SetOffsetsRequest['offsets'][number];

/** How the original calls them, which its errors tell. */
const [listType, itemType, itemName] = ['[]httpsrv.partitionInfo', 'httpsrv.partitionInfo', 'partitionInfo'];

const int32Max = 2 ** 31 - 1;

/**
 * Reads an array of `{"partition", "offset", "metadata"}` as Go does: keys in any case, others ignored, what is missing or
 * null is 0 or empty, and `null` stands for an empty array. @throws PixyError `bad-offsets-body`
 */
export function parseOffsetsBody(body: Buffer): OffsetToSet[] {
  let list: unknown;
  try {
    list = JSON.parse(body.toString());
  } catch (error) {
    throw bad(goSyntaxError(body.toString('latin1')) ?? (error as SyntaxError).message);
  }
  if (list === null) return [];
  if (!Array.isArray(list)) throw mismatch(kindOf(list), `Go value of type ${listType}`);
  return list.map(parseItem);
}

function parseItem(item: unknown): OffsetToSet {
  // The original takes null, and sets offset 0 of partition 0: nobody can have meant that.
  if (kindOf(item) !== 'object') throw mismatch(kindOf(item), `Go value of type ${itemType}`);
  const read = { partition: 0, offset: 0, metadata: '' };
  for (const [name, value] of Object.entries(item as object) as [string, unknown][]) {
    const field = name.toLowerCase();
    if (value === null) continue;
    if (field === 'partition') read.partition = int32(value);
    else if (field === 'offset') read.offset = safeInteger(value);
    else if (field === 'metadata') read.metadata = text(value);
  }
  return read;
}

function int32(value: unknown): number {
  const fits = Number.isInteger(value) && (value as number) <= int32Max && (value as number) >= -int32Max - 1;
  if (!fits) throw fieldMismatch(value, 'partition', 'int32');
  return withoutSign(value as number);
}

function safeInteger(value: unknown): number {
  if (!Number.isInteger(value)) throw fieldMismatch(value, 'offset', 'int64');
  if (!Number.isSafeInteger(value)) {
    throw bad(`an offset is beyond ${Number.MAX_SAFE_INTEGER}, the largest that is kept exactly`);
  }
  return withoutSign(value as number);
}

/** JSON can write -0, which is no offset of its own. */
const withoutSign = (value: number): number => value + 0;

function text(value: unknown): string {
  if (typeof value !== 'string') throw fieldMismatch(value, 'metadata', 'string');
  return value;
}

function fieldMismatch(value: unknown, field: string, type: string): PixyError {
  const given = typeof value === 'number' && type !== 'string' ? `number ${value}` : kindOf(value);
  return mismatch(given, `Go struct field ${itemName}.${field} of type ${type}`);
}

/** What Go calls a value of JSON. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function mismatch(given: string, wanted: string): PixyError {
  return bad(`json: cannot unmarshal ${given} into ${wanted}`);
}

function bad(reason: string): PixyError {
  return new PixyError('bad-offsets-body', { reason });
}
