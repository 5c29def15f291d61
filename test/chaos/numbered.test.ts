import { expect, it } from 'vitest';
import { EarliestMoments, Numbered } from '../../src/chaos/numbered.js';

it('has a number for each number that was given one, the latest', () => {
  const numbered = new Numbered();
  for (const key of [0, 1, 4095, 4096, 1_000_000]) numbered.set(key, key * 2);
  numbered.set(1, 7);
  expect([0, 1, 2, 4095, 4096, 999_999, 1_000_000, 9_000_000].map((key) => numbered.get(key))).toEqual([
    ...[0, 7, undefined, 8190, 8192, undefined, 2_000_000, undefined],
  ]);
  expect([...numbered.entries()]).toEqual([
    [0, 0],
    [1, 7],
    [4095, 8190],
    [4096, 8192],
    [1_000_000, 2_000_000],
  ]);
});

it('has of several moments the earliest, which may lie before the load', () => {
  const moments = new EarliestMoments();
  for (const atMs of [5, -3, 8]) moments.note(1, atMs);
  expect([moments.of(1), moments.of(2)]).toEqual([-3, Infinity]);
});
