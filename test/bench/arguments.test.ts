import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../bench/arguments.js';
import { comparedRows } from '../../bench/comparison.js';
import { rowNames } from '../../bench/rows.js';

describe('the arguments of the benchmark', () => {
  it('default to the whole run of every row', () => {
    expect(parseArguments([])).toMatchObject({ quick: false, inspector: false, only: rowNames });
  });

  it('choose rows, in the order of the table', () => {
    expect(parseArguments(['--only', 'consume-64,sync-1', '--quick', '--profile=here'])).toEqual({
      quick: true,
      inspector: false,
      against: undefined,
      only: ['sync-1', 'consume-64'],
      profile: 'here',
    });
  });

  it('compare daemons by the rows that are for it', () => {
    expect(parseArguments(['--inspector'])).toMatchObject({ inspector: true, only: comparedRows });
    expect(parseArguments(['--against', '../other', '--only', 'sync-1'])).toMatchObject({
      against: '../other',
      only: ['sync-1'],
    });
  });

  it.each([
    [['--only', 'sync-2'], /no row sync-2; there are sync-1,/],
    [['--only'], /--only wants a value/],
    [['--against'], /--against wants a value/],
    [['--inspector', '--profile', 'here'], /one at a time/],
    [['--inspector', '--only', 'flood'], /by sync-1, .*, not by flood/],
    [['--slow'], /--slow is not known/],
  ])('%j are refused in words', (argv, words) => {
    expect(() => parseArguments(argv)).toThrow(words);
  });
});
