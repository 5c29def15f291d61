import { describe, expect, it } from 'vitest';
import { readScript } from '../../../src/chaos/script/read.js';

const title = 'title: What happens?\n';
const deeper =
  'the next line is indented deeper, and so belongs to this text; begin lines that belong together in one column';
const foreign =
  'this does not belong to what stands before it; put a text with braces or quotes in it in quotes, in single ones if it has double ones';

describe('YAML that cannot be read leads to its mending', () => {
  it.each([
    {
      what: 'a pattern of actors that begins with an asterisk, without quotes',
      text: `${title}faults:\n  - at: 5s\n    crash: *\n    in: daemon 1\n`,
      says: 'line 4, column 12: a text that begins with * or & needs quotes',
    },
    {
      what: 'a line that is indented deeper than the one that it belongs beside, which is told once',
      text: 'title: What happens?\n duration: 30s\n',
      says: `line 1, column 8: ${deeper}`,
    },
    {
      what: 'no space behind the colon of a key',
      text: `${title}faults:\n  - at:5s\n    kill: broker 1\n`,
      says: 'line 3, column 5: a key is without its ": "; write each in a line of its own, with a space after the colon',
    },
    {
      what: 'braces in a text that stands in braces, of which the rest is not told',
      text: `${title}daemons: { command: node x --config {config} }\n`,
      says: `line 2, column 37: ${foreign}`,
    },
    {
      what: 'double quotes in double quotes',
      text: `${title}workload:\n  command: "node "x" y"\n`,
      says: `line 3, column 19: ${foreign}`,
    },
  ])('$what', ({ text, says }) => {
    expect(() => readScript('my.yaml', text)).toThrow(
      expect.objectContaining({ message: `my.yaml is no script that can be run:\n  ${says}` }),
    );
  });
});
