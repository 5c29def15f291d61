import { describe, expect, it } from 'vitest';
import { assignPartitions } from '../../src/machines/partition-assignment.js';

const split = (count: number, members: string[]) =>
  [...assignPartitions([...Array(count).keys()], members)]
    .map(([member, list]) => `${member}{${list.join(',')}}`)
    .join(' ');

describe('partition assignment', () => {
  it.each([
    [4, ['c', 'a', 'b'], 'a{0,1} b{2} c{3}'],
    [5, ['a', 'b', 'c'], 'a{0,1} b{2,3} c{4}'],
    [7, ['a', 'b', 'c'], 'a{0,1,2} b{3,4} c{5,6}'],
    [7, ['d', 'c', 'b', 'a'], 'a{0,1} b{2,3} c{4,5} d{6}'],
    [1, ['a', 'b'], 'a{0} b{}'],
    [8, ['a', 'b', 'c'], 'a{0,1,2} b{3,4,5} c{6,7}'],
    [0, ['a'], 'a{}'],
    [3, [], ''],
  ])('splits %i partitions over %j as %s', (count, members, expected) => {
    expect(split(count, members)).toBe(expected);
  });

  it('orders members by bytes, not by UTF-16 units', () => {
    // U+FF5E sorts after U+1F600 by UTF-16 units, before it by bytes.
    expect([...assignPartitions([0], ['\u{1F600}', '\uFF5E']).entries()]).toEqual([
      ['\uFF5E', [0]],
      ['\u{1F600}', []],
    ]);
  });
});
