import { PixyError } from '../errors/pixy-error.js';
import type { Parameters } from './parameters.js';

/** Which message a request acknowledges. */
export interface AckedMessage {
  readonly partition: number;
  /** `undefined`: beyond every offset that this daemon can have offered, so there is nothing to acknowledge. */
  readonly offset: number | undefined;
}

/**
 * Both numbers, or `undefined` if neither is given. Read as Go reads them: a sign and leading zeros are fine.
 *
 * @throws PixyError `bad-ack-parameter`, `half-an-ack`, `negative-ack-parameter`, in this order
 */
export function ackedMessageOf(
  parameters: Parameters,
  names: { readonly partition: string; readonly offset: string },
): AckedMessage | undefined {
  const partition = integerOf(parameters, names.partition, 32n);
  const offset = integerOf(parameters, names.offset, 64n);
  if (partition === undefined && offset === undefined) return undefined;
  if (partition === undefined || offset === undefined) throw new PixyError('half-an-ack', names);
  mustNotBeNegative(names.partition, partition);
  mustNotBeNegative(names.offset, offset);
  return {
    partition: Number(partition),
    offset: offset > Number.MAX_SAFE_INTEGER ? undefined : Number(offset),
  };
}

function mustNotBeNegative(name: string, value: bigint): void {
  if (value < 0n) throw new PixyError('negative-ack-parameter', { name, value: String(value) });
}

/** More digits than the largest integer of 64 bits has. */
const digitsMax = 20;

/** The first value of that name. Source of what is refused why: `strconv.ParseInt` of Go. */
function integerOf(parameters: Parameters, name: string, bits: bigint): bigint | undefined {
  const value = parameters.first(name)?.toString();
  if (value === undefined) return undefined;
  const [, sign, digits = '', rest] = /^([+-]?)0*(\d*)(.*)$/s.exec(value)!;
  const refuse = (why: 'invalid syntax' | 'value out of range') =>
    new PixyError('bad-ack-parameter', { name, value, why });
  // Go reads digit by digit, so of a number that is too large it never sees what follows.
  const magnitude = digits.length > digitsMax ? undefined : BigInt(digits);
  if (magnitude === undefined || magnitude >= 1n << bits) throw refuse('value out of range');
  if (rest !== '' || !/\d$/.test(value)) throw refuse('invalid syntax');
  const integer = sign === '-' ? -magnitude : magnitude;
  if (BigInt.asIntN(Number(bits), integer) !== integer) throw refuse('value out of range');
  return integer;
}
