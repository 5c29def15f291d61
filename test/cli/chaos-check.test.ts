import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chaosCheckLines } from '../../src/cli/chaos-check.js';

const folder = mkdtempSync(join(tmpdir(), 'chaos-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = (text: string): string => {
  const path = join(folder, 'script.yaml');
  writeFileSync(path, text);
  return path;
};

describe('kafka-pixy chaos check', () => {
  it('says what a script asks for, and what is done to whom and when', () => {
    const path = script(
      'title: Does it hold?\nduration: 20s\nfaults:\n  - { at: 5s, kill: broker 1, for: 3s }\n  - { at: 12s, freeze: daemon 2, for: 4s }\n',
    );
    const lines = chaosCheckLines(path);
    expect(lines[0]).toBe('Does it hold?');
    expect(lines).toContain('  kill broker 1 at 5s for 3s');
    expect(lines).toContain('  freeze daemon 2 at 12s for 4s');
    expect(lines.at(-1)).toBe(`${path} has no mistake: 2 faults.`);
  });

  it('draws faults at random as the run will', () => {
    const path = script(
      'title: Does it hold?\nduration: 30s\nrandom: { seed: 7, every: 5s, of: [{ kill: any broker, for: 2s }] }\n',
    );
    expect(chaosCheckLines(path)).toEqual(chaosCheckLines(path));
    expect(chaosCheckLines(path).filter((line) => /^ {2}kill broker \d at /.test(line)).length).toBeGreaterThan(1);
  });

  it('leads to the mending of every mistake, by line and column', () => {
    const path = script('title: Does it hold?\nfaults:\n  - { at: 5s, kil: broker 1, for: 3s }\n');
    expect(() => chaosCheckLines(path)).toThrow(/line 3, column \d+: unknown key "kil", did you mean kill\?/);
  });
});
