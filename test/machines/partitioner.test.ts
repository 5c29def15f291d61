import { describe, expect, it } from 'vitest';
import {
  fnv1a,
  murmur2,
  partitionByChance,
  partitionOfJavaKey,
  partitionOfKey,
  partitionerOf,
} from '../../src/machines/partitioner.js';

/** Key, unsigned hash where it is known, and the partition among 4, 10 and 64. */
const golden: [key: string, hash: number | undefined, of4: number, of10: number, of64: number][] = [
  ['', 0x811c9dc5, 3, 5, 59],
  ['1', 0x340ca71c, 0, 4, 28],
  ['2', 0x370cabd5, 1, 1, 21],
  ['3', 0x360caa42, 2, 2, 2],
  ['4', 0x310ca263, 3, 7, 35],
  ['5', 0x300ca0d0, 0, 8, 16],
  ['A', undefined, 0, 4, 52],
  ['B', undefined, 3, 7, 59],
  ['C', undefined, 2, 6, 14],
  ['D', undefined, 1, 1, 45],
  ['foo', undefined, 1, 3, 41],
  ['bar', undefined, 2, 2, 26],
];

describe('partitioner', () => {
  for (const [key, hash, of4, of10, of64] of golden) {
    it(`puts the key ${JSON.stringify(key)} where the original puts it`, () => {
      const bytes = Buffer.from(key);
      if (hash !== undefined) expect(fnv1a(bytes) >>> 0).toBe(hash);
      expect([4, 10, 64].map((count) => partitionOfKey(bytes, count))).toEqual([of4, of10, of64]);
    });
  }

  it('spreads the keys 0 to 9 over 4 partitions as 3, 2, 2, 3', () => {
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 10; n++) counts[partitionOfKey(Buffer.from(String(n)), 4)]!++;
    expect(counts).toEqual([3, 2, 2, 3]);
  });

  it('takes any partition with a leader for a message without a key, and any at all while none has one', () => {
    const partitions = [-1, 1, -1, 2].map((leader, partition) => ({ partition, leader }));
    expect([0, 0.49, 0.5, 0.999].map((chance) => partitionByChance(partitions, chance))).toEqual([1, 1, 3, 3]);
    const leaderless = partitions.map(({ partition }) => ({ partition, leader: -1 }));
    expect([0, 0.3, 0.999].map((chance) => partitionByChance(leaderless, chance))).toEqual([0, 1, 3]);
  });

  // The vectors of the Java client's own tests.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j by murmur2 as the Java clients', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('murmur2 puts a key where the Java clients put it, also with a negative hash', () => {
    expect(partitionOfJavaKey(Buffer.from('21'), 10)).toBe((-973932308 & 0x7fffffff) % 10);
    expect(partitionOfJavaKey(Buffer.from('abc'), 10)).toBe(479470107 % 10);
  });

  const four = [1, -1, 1, 2].map((leader, partition) => ({ partition, leader }));
  const key = Buffer.from('foo');

  it.each([
    ['hash', 1],
    ['murmur2', (murmur2(key) & 0x7fffffff) % 4],
  ] as const)('%s: a key counts every partition, a message without one only those with a leader', (name, ofKey) => {
    const partitionOf = partitionerOf(name, () => 0.999);
    expect([partitionOf(key, four), partitionOf(null, four)]).toEqual([ofKey, 3]);
  });

  it('random: a key does not matter', () => {
    const chances = [0, 0.5, 0.999];
    const partitionOf = partitionerOf('random', () => chances.shift()!);
    expect([partitionOf(key, four), partitionOf(key, four), partitionOf(null, four)]).toEqual([0, 2, 3]);
  });

  it('roundrobin: partitions with a leader take turns whatever the key, all of them while none has one', () => {
    const partitionOf = partitionerOf('roundrobin', () => 0);
    expect([key, null, key, key].map((each) => partitionOf(each, four))).toEqual([0, 2, 3, 0]);
    const leaderless = four.map(({ partition }) => ({ partition, leader: -1 }));
    const another = partitionerOf('roundrobin', () => 0);
    expect([0, 1, 2, 3, 4].map(() => another(null, leaderless))).toEqual([0, 1, 2, 3, 0]);
  });
});
