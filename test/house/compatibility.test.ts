import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** `2.3`, what a client can observe, and the tests that show it or why it is otherwise here. */
interface Statement {
  readonly number: string;
  readonly text: string;
  readonly shown: string;
}

const statements = read('docs/COMPATIBILITY.md')
  .split('\n')
  .flatMap((line): Statement[] => {
    const cells = /^\| *(\d+\.\d+) *\|(.*)\|([^|]*)\|$/.exec(line);
    return cells ? [{ number: cells[1]!, text: cells[2]!.trim(), shown: cells[3]!.trim() }] : [];
  });

/** The titles that a cell names, by file. */
function citedIn(shown: string): { path: string; title: string }[] {
  return [...shown.matchAll(/`(test\/[\w/.-]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, path, titles]) =>
    [...titles!.matchAll(/"([^"]+)"/g)].map(([, title]) => ({ path: path!, title: title! })),
  );
}

/** Whether the file has this title as a whole string literal, not as a part of one. */
function hasTitle(path: string, title: string): boolean {
  if (!existsSync(join(root, path))) return false;
  const source = read(path);
  return [`'${title.replaceAll("'", "\\'")}'`, `"${title}"`, `\`${title}\``].some((literal) =>
    source.includes(literal),
  );
}

describe('docs/COMPATIBILITY.md', () => {
  it('has statements, numbered one by one within each section', () => {
    expect(statements.length).toBeGreaterThan(120);
    let before = [0, 0];
    for (const { number } of statements) {
      const [section = 0, at = 0] = number.split('.').map(Number);
      expect(number).toBe(section === before[0] ? `${section}.${before[1]! + 1}` : `${before[0]! + 1}.1`);
      before = [section, at];
    }
  });

  it.each(statements)('$number names tests that there are, or says why it is otherwise', ({ text, shown }) => {
    expect(text.length).toBeGreaterThan(10);
    const cited = citedIn(shown);
    const reason = /\bDiffers: .{20,}|\bNo test: .{20,}/.test(shown);
    expect(cited.length > 0 || reason, shown).toBe(true);
    const missing = cited.filter(({ path, title }) => !hasTitle(path, title));
    expect(missing).toEqual([]);
  });
});
