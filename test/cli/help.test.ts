import { describe, expect, it } from 'vitest';
import { chaosFlagTable } from '../../src/cli/chaos-flags.js';
import { demoFlagTable } from '../../src/cli/demo-flags.js';
import { helpText } from '../../src/cli/help.js';
import { flagTable } from '../../src/config/config.js';

describe('--help', () => {
  const lines = helpText('1.2.3').split('\n');

  it('names the version, every command, and every flag with what it does', () => {
    expect(lines[0]).toContain('kafka-pixy 1.2.3');
    expect(lines.filter((line) => /^ {2}kafka-pixy /.test(line))).toHaveLength(5);
    for (const [flag, text] of Object.entries({ ...flagTable, ...demoFlagTable, ...chaosFlagTable })) {
      const line = lines.find((found) => found.trim().startsWith(`--${flag} `)) ?? '';
      expect(
        line
          .trim()
          .slice(flag.length + 2)
          .trim(),
      ).toBe(text);
    }
  });
});
