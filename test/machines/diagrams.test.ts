import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { findMachines } from '../../scripts/check/machines.js';
import { diagramFiles } from '../../scripts/diagrams/book.js';
import { staleFiles, writeFiles } from '../../scripts/diagrams/folder.js';
import { mermaid } from '../../scripts/diagrams/mermaid.js';
import { chart } from '../../src/machines/transitions.js';
import { sample } from './sample.js';

const drawings = fileURLToPath(new URL('../../diagrams', import.meta.url));

describe('the drawings of the machines', () => {
  it('are as the machines are (else: npm run diagrams)', async () => {
    expect(staleFiles(drawings, await diagramFiles())).toEqual([]);
  }, 120_000);

  it('are one for each machine, called like the file of the machine', async () => {
    for (const { machine, file } of await findMachines()) expect(file).toMatch(new RegExp(`/${machine.id}\\.ts$`));
  });

  it('are stale when one differs, is missing, or has no machine any more', () => {
    const folder = mkdtempSync(join(tmpdir(), 'diagrams-'));
    try {
      const files = new Map([
        ['a.mmd', 'a'],
        ['b.mmd', 'b'],
      ]);
      expect(staleFiles(folder, files)).toEqual(['a.mmd', 'b.mmd']);
      writeFiles(folder, files);
      expect(staleFiles(folder, files)).toEqual([]);
      writeFileSync(join(folder, 'b.mmd'), 'B');
      writeFileSync(join(folder, 'gone.mmd'), 'c');
      expect(staleFiles(folder, files)).toEqual(['b.mmd', 'gone.mmd']);
      writeFiles(folder, files);
      expect(readdirSync(folder).sort()).toEqual(['a.mmd', 'b.mmd']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a drawing in Mermaid', () => {
  const lines = mermaid(chart(sample))
    .split('\n')
    .map((line) => line.trim());

  it('shows states with what they are, do and end', () => {
    expect(lines.slice(1, 9)).toEqual([
      'stateDiagram-v2',
      'state "idle" as s_idle',
      's_idle : Nothing to do, waits, for go , really 1.',
      's_idle : entry / greet, assign',
      's_idle : exit / leave',
      's_idle : after 200 ms [in idle] / greet',
      's_idle : tags calm',
      'state "loading" as s_loading',
    ]);
    expect(lines).toContain('s_gone --> [*]');
    expect(lines).toContain('s_loading : invokes load');
  });

  it('shows events, guards, delays, actions and ends of invoked actors on the arrows', () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        '[*] --> s_idle',
        's_idle --> s_busy : go [isLarge] / count',
        's_idle --> s_idle : tick [(isOpen and not isLarge)] (reenters)',
        's_idle --> s_loading : after patience',
        's_loading --> s_busy : done load',
        's_busy --> s_gone : done',
      ]),
    );
  });

  it('nests states, and parts parallel regions', () => {
    const busy = lines.slice(lines.indexOf('state "busy" as s_busy {'), lines.indexOf('state "gone" as s_gone'));
    expect(busy.filter((line) => /^(state|--|\}|\[\*\])/.test(line))).toEqual([
      'state "busy" as s_busy {',
      'state "left" as s_busy_left {',
      'state "low" as s_busy_left_low',
      'state "high" as s_busy_left_high',
      '[*] --> s_busy_left_low',
      '}',
      '[*] --> s_busy_left',
      '--',
      'state "right" as s_busy_right {',
      'state "on" as s_busy_right_on',
      'state "off" as s_busy_right_off',
      '[*] --> s_busy_right_on',
      '}',
      '[*] --> s_busy_right',
      '}',
    ]);
  });

  it('starts what holds everywhere from a box of its own, and never draws between a composite and its inside', () => {
    const machine = createMachine({
      id: 'inside',
      initial: 'outer',
      on: { reset: '.outer' },
      states: {
        outer: {
          initial: 'a',
          entry: 'open',
          on: { again: { target: 'outer', reenter: true }, jump: '.b' },
          states: { a: { on: { up: '#inside.outer' } }, b: { on: { out: '#inside.end' } } },
        },
        end: {},
      },
    });
    const arrows = mermaid(chart(machine))
      .split('\n')
      .filter((line) => line.includes('-->') || line.includes('everywhere'));
    expect(arrows).toEqual([
      '    state "(in every state of outer)" as s_outer_everywhere',
      '    s_outer_everywhere : entry / open',
      '    [*] --> s_outer_a',
      '    s_outer_everywhere --> s_outer_a : again (reenters)',
      '    s_outer_everywhere --> s_outer_b : jump',
      '    s_outer_a --> s_outer_a : up',
      '  state "(in every state)" as s__everywhere',
      '  [*] --> s_outer',
      '  s__everywhere --> s_outer : reset',
      '  s_outer_b --> s_end : out',
    ]);
  });
});
