import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../bench/arguments.js';
import { rowNames } from '../../bench/rows.js';

describe('the arguments of the benchmark', () => {
  it('default to the whole run of every row', () => {
    expect(parseArguments([])).toEqual({ quick: false, only: rowNames, profile: undefined });
  });

  it('choose rows, in the order of the table', () => {
    expect(parseArguments(['--only', 'consume-64,sync-1', '--quick', '--profile=here'])).toEqual({
      quick: true,
      only: ['sync-1', 'consume-64'],
      profile: 'here',
    });
  });

  it.each([
    [['--only', 'sync-2'], /no row sync-2; there are sync-1,/],
    [['--only'], /--only wants a value/],
    [['--slow'], /--slow is not known/],
  ])('%j are refused in words', (argv, words) => {
    expect(() => parseArguments(argv)).toThrow(words);
  });
});
