import { describe, expect, it } from 'vitest';
import { bytesOf, ownCopy } from '../../../src/actors/consume/own-copy.js';

const answer = Buffer.alloc(100_000, 'x');
const record = { offset: 7, timestampMs: 1, key: answer.subarray(0, 3), value: answer.subarray(10, 30), headers: [] };

describe('the own copy of a record', () => {
  it('keeps nothing but the record in memory', () => {
    const { record: copy, bytes } = ownCopy(record);
    expect(copy).toEqual(record);
    expect(bytes).toBe(23);
    expect([copy.key!.buffer.byteLength, copy.value!.buffer.byteLength]).toEqual([23, 23]);
  });

  it('has headers, and what is null or empty, as they were', () => {
    const headers = [
      { key: 'h1', value: answer.subarray(5, 9) },
      { key: 'h2', value: null },
    ];
    const source = { ...record, key: answer.subarray(4, 4), value: null, headers };
    const { record: copy, bytes } = ownCopy(source);
    expect(copy).toEqual(source);
    expect(bytes).toBe(bytesOf(source));
    expect(copy.headers[0]!.value!.buffer.byteLength).toBeLessThan(20);
  });

  it('is the record itself when that is most of what it lies in', () => {
    const large = { ...record, key: null, value: answer.subarray(0, 60_000) };
    const { record: copy, bytes } = ownCopy(large);
    expect(copy).toBe(large);
    expect(bytes).toBe(100_000);
  });
});
