import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../src/chaos/script/read.js';
import { scriptKeys } from '../../../src/chaos/script/schema.js';
import { checkNames, daemonsVariable } from '../../../src/chaos/script/script.js';
import { chaosFlagTable } from '../../../src/cli/chaos-flags.js';
import type { Key, Keys } from '../../../src/chaos/script/section.js';
import { resolveTimeline } from '../../../src/chaos/script/timeline.js';

/** What the page says of the language; behind it comes an API that has tables of its own. */
const [document = ''] = readFileSync(new URL('../../../docs/CHAOS.md', import.meta.url), 'utf8').split(
  '## Faults inside the daemon',
);

/** Every key once: `random.of` takes most of those of `faults`. */
function rowsOf(keys: Keys, above: string, seen: Set<Key<unknown>>): string[][] {
  return Object.entries(keys).flatMap(([name, key]) => {
    if (seen.has(key)) return [];
    seen.add(key);
    const path = above === '' ? name : `${above}.${name}`;
    const row = [`\`${path}\``, key.type.allowed, key.otherwise, key.says];
    return [row, ...rowsOf(key.type.keys ?? {}, path, seen)];
  });
}

const rows = rowsOf(scriptKeys, '', new Set());
const documented = document
  .split('\n')
  .filter((line) => /^\| `[^-]/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

const blocksOf = (language: string): string[] =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text]) => text!);
const scripts = blocksOf('yaml');
const errors = blocksOf('text').join('\n');

const failureOf = (text: string): string | undefined => {
  try {
    readScript('my.yaml', text);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe('docs/CHAOS.md', () => {
  it.each(rows)('says of %s what the language says', (...row) => {
    expect(documented.find(([path]) => path === row[0]) ?? `no row; it would be: | ${row.join(' | ')} |`).toEqual(row);
  });

  it('lists no other key, none twice, and all in the order of the language', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(documented.map(([path]) => path)).toEqual(rows.map(([path]) => path));
  });

  it('shows scripts that read and do something, and one that does not, with what is said of it', () => {
    const failing = scripts.filter((text) => failureOf(text) !== undefined);
    expect(failing.map(failureOf).map((text) => text!.trim())).toEqual([errors.trim()]);
    const reading = scripts.filter((text) => !failing.includes(text));
    expect(reading.length).toBeGreaterThan(3);
    expect(reading.filter((text) => resolveTimeline(readScript('my.yaml', text)).length === 0)).toEqual([]);
  });

  it('begins with a script of ten lines', () => {
    expect(scripts[0]!.trim().split('\n')).toHaveLength(10);
  });

  it('names every flag of chaos run', () => {
    const flags = [...document.matchAll(/^\| `--(\w+)`/gm)].map(([, flag]) => flag!);
    expect(flags.sort()).toEqual(Object.keys(chaosFlagTable).sort());
  });

  it('names every check, and the variable of a program', () => {
    for (const check of checkNames) expect(document).toContain(`**${check}**`);
    expect(document).toContain(`\`${daemonsVariable}\``);
  });

  it('names every script that comes along, with its question', () => {
    const named = [...document.matchAll(/^- `chaos\/([\w-]+)\.yaml`: (.*)$/gm)].map(([, name, question]) => [
      name,
      question,
    ]);
    expect(named).toHaveLength(10);
    for (const [name, question] of named) {
      const text = readFileSync(new URL(`../../../chaos/${name}.yaml`, import.meta.url), 'utf8');
      expect(readScript('my.yaml', text).title).toBe(question);
    }
  });
});
