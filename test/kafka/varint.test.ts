import { describe, expect, it } from 'vitest';
import { readSafeInt64, writeInt64 } from '../../src/kafka/records/int64.js';
import { VarintReader, varintBytes, writeVarint } from '../../src/kafka/records/varint.js';

const numbers = [
  0,
  1,
  -1,
  63,
  64,
  -64,
  -65,
  8_191,
  8_192,
  2 ** 30,
  -(2 ** 31),
  2 ** 31,
  2 ** 33,
  -(2 ** 40),
  2 ** 52 - 1,
  -(2 ** 52),
];

/** By BigInt, straight from the definition. */
function byDefinition(value: number): number[] {
  let rest = value >= 0 ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

describe('variable-length numbers', () => {
  it.each(numbers)('%d is written as defined and read back', (value) => {
    const target = Buffer.alloc(12, 0xee);
    const end = writeVarint(target, value, 1);
    expect([...target.subarray(1, end)]).toEqual(byDefinition(value));
    expect(varintBytes(value)).toBe(end - 1);
    const reader = new VarintReader(target.subarray(1, end));
    expect(reader.read()).toBe(value);
    expect(() => reader.read()).toThrow('the bytes end');
  });

  it('without an end are refused', () => {
    expect(() => new VarintReader(Buffer.alloc(20, 0xff)).read()).toThrow('no end');
  });

  it('as lengths must stay within the bytes', () => {
    expect(() => new VarintReader(Buffer.from([10, 1, 2])).readBytes()).toThrow('past the end');
    expect(() => new VarintReader(Buffer.from([3, 1, 2])).readBytes()).toThrow('past the end');
    expect(new VarintReader(Buffer.from([1])).readBytes()).toBeNull();
  });
});

describe('64-bit numbers', () => {
  it.each([
    0,
    1,
    -1,
    -2,
    4_294_967_295,
    4_294_967_296,
    -4_294_967_297,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ])('%d is written and read', (value) => {
    const bytes = Buffer.alloc(8);
    writeInt64(bytes, value, 0);
    expect(bytes.readBigInt64BE(0)).toBe(BigInt(value));
    expect(readSafeInt64(bytes, 0)).toBe(value);
  });

  it('beyond the safe integers are refused as offsets', () => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(2n ** 53n, 0);
    expect(() => readSafeInt64(bytes, 0)).toThrow('9007199254740992');
  });
});
