import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const notOurs = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', 'package-lock.json']);
const textual = new Set(['.ts', '.tsx', '.js', '.cjs', '.json', '.md', '.mmd', '.yaml', '.yml', '.html', '.css', '']);
const linesMax = 450;

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Which files; every one where it is left out. */
  readonly files?: RegExp;
  /** Something that the rule has to find. Put together here, so that this file keeps the rules too. */
  readonly breach: string;
}

const rules: readonly Rule[] = [
  {
    name: 'no test is left out or alone',
    pattern: /\b(it|test|describe|suite)(\.\w+)*\.(only|skip|skipIf|runIf|todo|fails)\b/,
    files: /^test\//,
    breach: ['it', 'only'].join('.'),
  },
  {
    name: 'a test that skips itself says why',
    pattern: /\bcontext\.skip\(\s*\)|\bskip\(\s*\)/,
    files: /^test\//,
    breach: ['context.skip(', ')'].join(''),
  },
  {
    name: 'nothing is put off in a comment',
    pattern: /\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b/,
    breach: ['TO', 'DO'].join(''),
  },
  {
    name: 'a rule of the lint is put aside only with a reason',
    pattern: /eslint-disable(?!.* -- \S)/,
    breach: ['eslint', 'disable-next-line no-console'].join('-'),
  },
  {
    name: 'no path of one machine',
    pattern: /(?<![\w.\-/])\/(Users|home)\/[\w.-]+\/|(?<![\w.\-/}])\/(root|work)\//,
    breach: ['', 'home', 'me', 'project'].join('/'),
  },
  {
    name: 'words that say nothing',
    pattern:
      /\b([s]imply|[o]bviously|[u]tili[sz]es?|[l]everag(e|es|ing)|[s]eamless(ly)?|[b]lazing(ly)?|[c]utting-edge)\b/i,
    breach: ['ob', 'viously'].join(''),
  },
];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() && textual.has(extname(entry.name)) ? [path] : [];
  });
}

const files = filesIn(root).map((path) => ({
  path: relative(root, path).replaceAll('\\', '/'),
  lines: readFileSync(path, 'utf8').split('\n'),
}));

describe('the style of the house', () => {
  it.each(rules)('$name', ({ pattern, files: which, breach }) => {
    expect(breach).toMatch(pattern);
    const found = files
      .filter(({ path }) => which?.test(path) ?? true)
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
      );
    expect(found).toEqual([]);
  });

  it(`a file is one concept, of at most ${linesMax} lines`, () => {
    const code = files.filter(({ path }) => /^(src|test|scripts|bench)\/.*\.(tsx?|js|css)$/.test(path));
    expect(code.length).toBeGreaterThan(50);
    expect(code.filter(({ lines }) => lines.length > linesMax).map(({ path }) => path)).toEqual([]);
  });

  it('the lock file names no registry: whoever installs uses their own', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "https?:/);
  });
});
