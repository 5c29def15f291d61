import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, it } from 'vitest';
import { parseArguments as parseBench } from '../../bench/arguments.js';
import { findMachines } from '../../scripts/check/machines.js';
import { parseCommand as parseCluster } from '../../scripts/cluster/arguments.js';
import { ByteBudget, type ByteUse } from '../../src/actors/byte-budget.js';
import { checkNames } from '../../src/chaos/script/script.js';
import { explainUsage, normalizeArgv } from '../../src/cli/argv.js';
import { demoLines } from '../../src/cli/demo.js';
import { addressSwitchFlags, defaultConfig, flagTable, switchFlags, type FlagName } from '../../src/config/config.js';
import { errorTable } from '../../src/errors/table.js';
import { chart } from '../../src/machines/transitions.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const documents = new Map(
  [
    'README.md',
    'docs/LIFECYCLE.md',
    'docs/GUARANTEES.md',
    'docs/INSPECTOR.md',
    'docs/CHAOS.md',
    'docs/SIMULATION.md',
    'docs/ERRORS.md',
    'docs/BENCHMARK.md',
    'docs/COMPATIBILITY.md',
  ].map((path) => [path, read(path)]),
);
const names = [...documents.keys()];
const textOf = (name: string) => documents.get(name)!;
const readme = textOf('README.md');
const all = [...documents.values()].join('\n');

/** The cells of every row of a document's tables, without what frames them. */
function rowsOf(document: string): string[][] {
  return document
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| -/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    );
}

const groupsOf = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match.slice(1));

describe('what the documents name', () => {
  it.each(names)('%s: every path is there', (name) => {
    const paths = groupsOf(
      textOf(name),
      /`((?:src|test|scripts|bench|docs|diagrams|chaos|\.ci)(?:\/[\w.-]+)*\/?|[\w-]+\.(?:md|json))`/g,
    );
    expect(paths.flat().filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(names)('%s: every link leads somewhere', (name) => {
    const broken = groupsOf(textOf(name), /\]\(([^)\s]+)\)/g)
      .flat()
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const path = file === '' ? name : join(dirname(name), file);
        if (!existsSync(join(root, path))) return true;
        return anchor !== undefined && !anchorsOf(read(path)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('every npm script exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = groupsOf(all, /\bnpm (?:run )?(?:--silent )?([a-z][\w:]*)/g).flat();
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((script) => script !== 'ci' && !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('every command line would be taken', () => {
    const lines = groupsOf(all, /^(?:npm ci && )?(npm run|node dist\/cli\.js)(.*)$/gm).map(([, rest]) =>
      rest!.trim().split(/\s+/),
    );
    const parsers: Record<string, (argv: readonly string[]) => unknown> = {
      cluster: parseCluster,
      bench: parseBench,
    };
    const flags = Object.keys(flagTable);
    for (const line of lines) {
      const [script = '', ...rest] = line;
      const argv = rest[0] === '--' ? rest.slice(1) : rest;
      if (Object.hasOwn(parsers, script)) expect(() => parsers[script]!(argv), line.join(' ')).not.toThrow();
      else if (script.startsWith('--'))
        expect(
          explainUsage(normalizeArgv(line, flags, switchFlags, addressSwitchFlags), flags, ['dev']),
          line.join(' '),
        ).toMatch(/do not go together/);
    }
    expect(lines.length).toBeGreaterThan(8);
  });

  it('every error code that is named with its status has that status', () => {
    // One status may stand before several codes, in a text or in a drawing.
    const named = groupsOf(all, /\b([45]\d\d) ((?:`?[a-z]+(?:-[a-z]+)+`?(?:,(?:<br\/>|\s)*)?)+)/g).flatMap(
      ([status, codes]) =>
        groupsOf(codes!, /([a-z]+(?:-[a-z]+)+)/g).map(([code]) => ({ code, status: Number(status) })),
    );
    expect(named.length).toBeGreaterThan(40);
    for (const { code, status } of named)
      expect({ code, status: errorTable[code as keyof typeof errorTable]?.status }).toEqual({ code, status });
  });
});

/** Its bullets and paragraphs, without what frames them; tables and headings are neither. */
function statementsOf(section: string): string[] {
  const blocks = section.split(/\n(?=\n|- )/).map((block) => block.trim());
  return blocks
    .map((block) => block.replace(/\s+/g, ' '))
    .filter((block, at) => at > 0 && block !== '' && !/^[|#]/.test(block));
}

/** As GitHub makes them of headings. */
function anchorsOf(document: string): string[] {
  return groupsOf(document, /^#+ (.*)$/gm).map(([heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

describe('README.md', () => {
  it('shows what `npm start` prints, with every curl line and its answer', () => {
    expect(readme).toContain(demoLines('127.0.0.1:19092', '127.0.0.1:19091', '127.0.0.1:19093').join('\n').trim());
  });

  it.each(Object.keys(flagTable) as FlagName[])('says of --%s what the help says', (flag) => {
    expect(rowsOf(readme)).toContainEqual([`\`--${flag}\``, flagTable[flag]]);
  });

  it('has no flag that is none', () => {
    const flags = rowsOf(readme).flatMap(([cell = '']) => /^`--(\w+)`$/.exec(cell)?.[1] ?? []);
    expect(flags.sort()).toEqual([...Object.keys(flagTable), 'help', 'version'].sort());
  });
});

const machines = new Map((await findMachines()).map(({ machine }) => [machine.id, machine]));
const statesOf = (machine: AnyStateMachine) => chart(machine).states.filter(({ path }) => path !== '');

describe('docs/LIFECYCLE.md', () => {
  const lifecycle = textOf('docs/LIFECYCLE.md');

  it('names every machine, and no other', () => {
    const named = rowsOf(lifecycle).flatMap(([cell = '']) => /^`([a-z-]+)`$/.exec(cell)?.[1] ?? []);
    expect(named.sort()).toEqual([...machines.keys()].sort());
  });

  it.each([...machines.keys()])('names the states of %s', (id) => {
    const row = rowsOf(lifecycle).find(([cell]) => cell === `\`${id}\``)!;
    const named = groupsOf(row.at(-1)!, /`(\w+)`/g).flat();
    // Those that only tell what the log has said already are no step on any way.
    const known = statesOf(machines.get(id)!).filter(({ name }) => !['trying', 'noticed'].includes(name));
    expect(named.sort()).toEqual(known.map(({ name }) => name).sort());
  });

  it('takes machines only through states that they have', () => {
    const ways = groupsOf(
      lifecycle,
      new RegExp(`\\b(${[...machines.keys()].join('|')})(?::| →) ([\\w.]+(?: → [\\w.]+)*)`, 'g'),
    );
    expect(ways.length).toBeGreaterThan(25);
    for (const [id, way] of ways) {
      const paths = statesOf(machines.get(id!)!).map(({ path }) => path);
      for (const state of way!.split(' → ')) expect(paths, `${id}: ${way}`).toContain(state);
    }
  });
});

const unitOf: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 * 1024, ms: 1, s: 1000 };

/** Reads `1,000`, `96 MiB`, `15 s`. */
function quantity(text: string): number | undefined {
  const match = /^([\d,]+)(?: (KiB|MiB|ms|s))?$/.exec(text);
  return match ? Number(match[1]!.replaceAll(',', '')) * unitOf[match[2] ?? '']! : undefined;
}

describe('docs/GUARANTEES.md', () => {
  const guarantees = textOf('docs/GUARANTEES.md');
  const flowing = guarantees.replace(/\s+/g, ' ');

  const scenarios = /`chaos\/[\w-]+\.yaml`|`test\/[\w/.-]+\.ts`: "[^"]+"/;

  it('names tests, and planted bugs, that there are', () => {
    const named = groupsOf(flowing, /`(test\/[\w/.-]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g);
    expect(named.length).toBeGreaterThan(30);
    const missing = named.flatMap(([path, titles]) => {
      const source = read(path!);
      return groupsOf(titles!, /"([^"]+)"/g).flatMap(([title]) =>
        source.includes(title!.replaceAll("'", "\\'")) || source.includes(title!) ? [] : [`${path}: ${title}`],
      );
    });
    expect(missing).toEqual([]);
  });

  it('names a scenario for each statement', () => {
    const sections = guarantees
      .split(/^## /m)
      .filter((text) => !/^(?:# Guarantees|How long it takes|Limits)\n/.test(text));
    expect(sections.length).toBeGreaterThan(4);
    const statements = sections.flatMap((section) => statementsOf(section));
    expect(statements.length).toBeGreaterThan(60);
    expect(statements.filter((statement) => !scenarios.test(statement))).toEqual([]);
  });

  it('has each of the scripts that come along back something, and no other', () => {
    const named = new Set(groupsOf(guarantees, /`(chaos\/[\w-]+\.yaml)`/g).flat());
    expect([...named].sort()).toEqual(readdirSync(join(root, 'chaos')).map((name) => `chaos/${name}`));
  });

  it('names checks and reasons as the report of a chaos run does', () => {
    const checks = groupsOf(flowing, /\bchecks? ((?:\*\*[^*]+\*\*(?:, | and )?)+)/g).flatMap(([text]) =>
      groupsOf(text!, /\*\*([^*]+)\*\*/g).flat(),
    );
    expect(checks.filter((check) => !checkNames.some((name) => name === check))).toEqual([]);
    const reasons = groupsOf(flowing, /\bin the report: ((?:"[^"]+"(?:, )?)+)/g).flatMap(([text]) =>
      groupsOf(text!, /"([^"]+)"/g).flat(),
    );
    const judges = readdirSync(join(root, 'src/verdict'))
      .map((name) => read(`src/verdict/${name}`))
      .join('\n');
    expect(reasons.length).toBeGreaterThan(5);
    expect(reasons.filter((reason) => !judges.includes(`'${reason}'`))).toEqual([]);
  });

  const limits = rowsOf(guarantees).flatMap(([name = '', limit = '', what = '']) => {
    const value = quantity(limit);
    return value === undefined
      ? []
      : [{ name: name.replaceAll('`', ''), value, source: /`(src\/\S+)`$/.exec(what)?.[1] }];
  });

  it.each(limits)('gives $name as it is', ({ name, value, source }) => {
    if (source !== undefined) {
      const found = new RegExp(`\\b${name} = ([\\d_]+);`).exec(read(source))?.[1];
      expect(Number(found?.replaceAll('_', ''))).toBe(value);
      return;
    }
    const config = defaultConfig();
    const [, cluster] = Object.entries(config.clusters)[0]!;
    const found = name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], {
      ...config,
      ...cluster,
    });
    expect(found).toBe(value);
  });

  it('gives each use its share of the bytes', () => {
    const budget = new ByteBudget(800);
    const shares = rowsOf(guarantees).filter(([, share = '']) => /^\d\/8$/.test(share));
    expect(shares).toHaveLength(4);
    for (const [use, share] of shares)
      expect(budget.limit(use!.replaceAll('`', '') as ByteUse)).toBe(100 * Number(share!.split('/')[0]));
  });
});
