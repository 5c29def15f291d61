import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chaosCheck, chaosCheckLines } from '../../src/cli/chaos-check.js';

const folder = mkdtempSync(join(tmpdir(), 'chaos-check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = (text: string, name = 'script.yaml'): string => {
  const path = join(folder, name);
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

  /** The exit code, what was printed, and what was complained of. */
  function check(scripts: readonly string[], seed?: string) {
    const printed: string[] = [];
    const complaints: string[] = [];
    const code = chaosCheck({
      scripts,
      seed,
      print: (line) => printed.push(line),
      complain: (line) => complaints.push(line),
    });
    return { code, printed, complaints };
  }

  it('reads every script, whatever is wrong with others, and ends with 2 if anything is', () => {
    const good = script('title: Does it hold?\n', 'good.yaml');
    const bad = script('titel: Does it hold?\n', 'bad.yaml');
    const { code, printed, complaints } = check([bad, good]);
    expect([code, printed.at(-1), complaints.length]).toEqual([2, `${good} has no mistake: 0 faults.`, 1]);
    expect(complaints[0]).toContain(`${bad} is no script that can be run:`);
    expect(check([good, good])).toMatchObject({ code: 0, complaints: [] });
    expect(check([])).toMatchObject({
      code: 2,
      complaints: [expect.stringContaining('needs the path of a script')],
    });
  });

  it('draws by the seed that is asked for, and refuses one that is none, once', () => {
    const path = script(
      'title: Does it hold?\nduration: 30s\nrandom: { seed: 7, every: 5s, of: [{ kill: any broker, for: 2s }] }\n',
    );
    const drawnBy = (seed?: string) => check([path], seed).printed;
    expect(drawnBy('7')).toEqual(drawnBy());
    expect(drawnBy('8')).not.toEqual(drawnBy());
    const { code, complaints } = check([path, path], 'x');
    expect([code, complaints]).toEqual([
      2,
      ['--seed: "x" is not allowed; allowed: a whole number from 0 to 4294967295'],
    ]);
  });
});
