import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../scripts/faults/arguments.js';

describe('the arguments of the fault run', () => {
  it('are one round on three brokers when nothing is said', () => {
    expect(parseArguments([])).toEqual({ seconds: 0, brokers: 3, quiet: 5, keep: false, help: false });
  });

  it('take every option', () => {
    expect(parseArguments(['--seconds', '600', '--brokers=1', '--quiet', '2', '--keep'])).toEqual({
      seconds: 600,
      brokers: 1,
      quiet: 2,
      keep: true,
      help: false,
    });
  });

  it.each([
    [['--brokers', '2'], '--brokers takes 1 or 3'],
    [['--seconds', 'long'], '--seconds takes whole seconds'],
    [['--seconds', '90000'], '--seconds takes whole seconds'],
    [['--forever'], 'Unknown option'],
  ])('refuse %j in one line', (argv, text) => {
    expect(() => parseArguments(argv)).toThrow(text);
  });
});
