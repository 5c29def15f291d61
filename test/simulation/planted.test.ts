import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planOf, type Plan } from '../../src/simulation/plan.js';
import { shrink } from '../../src/simulation/shrink.js';
import type { Simulated, simulate } from '../../src/simulation/simulate.js';
import { story } from '../../src/simulation/story.js';
import { Witness } from '../../src/simulation/witness.js';
import type { Violation } from '../../src/verdict/history.js';
import { machineBugs, plainBugs, portBugs, type AnyBug } from './planted-bugs.js';
import { plantBug } from './planting.js';

const seedsMax = 200;
const bugs: readonly AnyBug[] = [...plainBugs, ...portBugs, ...machineBugs];

interface Found extends Simulated {
  readonly plan: Plan;
  readonly violation: Violation;
  readonly witness: Witness;
  readonly tried: number;
}

/** The first seed whose run breaks the check, the likely one first. */
async function findBy({ check, seed: first }: AnyBug, simulateSeed: typeof simulate): Promise<Found> {
  const seeds = [first, ...Array.from({ length: seedsMax }, (_, at) => at + 1).filter((seed) => seed !== first)];
  const others = new Map<string, number>();
  for (const [at, seed] of seeds.slice(0, seedsMax).entries()) {
    const plan = planOf(seed);
    const witness = new Witness();
    const simulated = await simulateSeed(plan, { tap: witness.tap });
    const { violations } = simulated.verdict;
    const violation = violations.find((each) => each.check === check);
    if (violation) return { ...simulated, plan, violation, witness, tried: at + 1 };
    for (const each of violations) others.set(each.check, (others.get(each.check) ?? 0) + 1);
  }
  throw new Error(`${seedsMax} seeds have not found it; they found: ${JSON.stringify([...others])}`);
}

/** What whoever has to find the bug can hold on to. */
function expectReadable(lines: readonly string[], { result, violation }: Found): void {
  expect(lines.length).toBeLessThanOrEqual(45);
  expect(lines.filter((line) => line.length > 150)).toEqual([]);
  const told = lines.filter((line) => /^ *\d+\.\d{3} s {2}/.test(line));
  const times = told.map((line) => parseFloat(line));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  // Nothing is said twice.
  expect(new Set(told).size).toBe(told.length);
  const end = lines.findIndex((line) => line.includes(`>>> ${violation.check}: `));
  expect(end).toBeGreaterThanOrEqual(0);
  const last = lines
    .slice(end)
    .map((line) => line.trim())
    .join(' ');
  expect(last.slice(last.indexOf('>>>'))).toBe(`>>> ${violation.check}: ${violation.text}`);
  const before = lines.slice(0, end).join('\n');
  for (const { text, fromMs } of result.history.faults)
    if (fromMs <= violation.atMs) expect(before).toContain(`FAULT: ${text}`.slice(0, 130));
  for (const [named] of violation.text.matchAll(/[a-z]+\/\d+@\d+/g)) expect(before).toMatch(new RegExp(`${named}\\b`));
  for (const [, post] of violation.text.matchAll(/\bpost (\d+)/g))
    expect(before).toMatch(new RegExp(`\\b(?:post|posts) ${post}\\b`));
}

describe('a bug that is planted is found, and its story can be read', { timeout: 120_000 }, () => {
  it.each(bugs)('$check: $name', async (bug) => {
    const { simulate: simulateWithBug, takeOut } = await plantBug(bug);
    try {
      const found = await findBy(bug, simulateWithBug);
      console.log(`${bug.name}: found by seed ${found.plan.seed}, the ${found.tried}. that was tried`);
      expectReadable(story(found.plan, found.result, found.violation, found.witness), found);
    } finally {
      takeOut();
    }
  });
});

describe('what is left of a failing seed', { timeout: 120_000 }, () => {
  it('is what the bug needs: here one message, one client, one daemon, and nothing that breaks', async () => {
    const bug = plainBugs.find(({ name }) => name.startsWith('the position that is committed'))!;
    const { simulate: simulateWithBug, takeOut } = await plantBug(bug);
    try {
      const failing = async (plan: Plan) =>
        (await simulateWithBug(plan)).verdict.violations.some(({ check }) => check === bug.check);
      const smallest = await shrink(planOf(bug.seed), failing);
      expect(smallest).toMatchObject({ daemons: 1, faults: [], groups: [{}], topics: [{ partitions: 1 }] });
      expect(smallest.posts).toHaveLength(1);
      expect(smallest.clients).toHaveLength(1);
      const witness = new Witness();
      const { result, verdict } = await simulateWithBug(smallest, { tap: witness.tap });
      const lines = story(smallest, result, verdict.violations[0]!, witness);
      expect(lines.length).toBeLessThanOrEqual(15);
    } finally {
      takeOut();
    }
  });
});

/** The checks of the simulation, as its code names them. */
function checksOfTheCode(): string[] {
  const root = join(import.meta.dirname, '../../src');
  const code = ['verdict', 'simulation']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
    )
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const named = [...code.matchAll(/\bcheck: '([^']+)'|\bbreach\(\s*'([^']+)'/g)].map((match) => match[1] ?? match[2]!);
  const chosen = [...code.matchAll(/\bconst check =([^;]+);/g)].flatMap(([, choice]) =>
    [...choice!.matchAll(/'([^']+)'/g)].map((match) => match[1]!),
  );
  return [...new Set([...named, ...chosen])].sort();
}

describe('the bugs that are planted', () => {
  it('break each of the eight invariants', () => {
    const invariants = new Set(bugs.flatMap(({ invariant }) => invariant ?? []));
    expect([...invariants].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('break each check that the code names', () => {
    const checks = checksOfTheCode();
    expect(checks).toContain('never settled');
    expect(checks).toContain('skip');
    expect([...new Set(bugs.map(({ check }) => check))].sort()).toEqual(checks);
  });

  it('break each check that docs/SIMULATION.md tells of', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/SIMULATION.md'), 'utf8');
    const told = [...text.matchAll(/^\| `([a-z ]+)` +\|/gm)].map(([, check]) => check!);
    expect(told.sort()).toEqual(checksOfTheCode());
  });
});
