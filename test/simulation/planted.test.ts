import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { planOf } from '../../src/simulation/plan.js';
import type { RunOptions } from '../../src/simulation/run.js';
import { simulate } from '../../src/simulation/simulate.js';
import { machineBugs, plainBugs, portBugs, type Replace } from './planted-bugs.js';

const seedsMax = 200;

/** The first seed whose run breaks the check, the likely one first. */
async function findBy(check: string, first: number, simulateSeed: typeof simulate, options: RunOptions = {}) {
  const seeds = [first, ...Array.from({ length: seedsMax }, (_, at) => at + 1).filter((seed) => seed !== first)];
  const others = new Map<string, number>();
  for (const [at, seed] of seeds.slice(0, seedsMax).entries()) {
    const { verdict } = await simulateSeed(planOf(seed), options);
    if (verdict.violations.some((violation) => violation.check === check)) return { seed, tried: at + 1 };
    for (const violation of verdict.violations) others.set(violation.check, (others.get(violation.check) ?? 0) + 1);
  }
  throw new Error(`${seedsMax} seeds have not found it; they found: ${JSON.stringify([...others])}`);
}

const told = (name: string, { seed, tried }: { seed: number; tried: number }): void =>
  console.log(`${name}: found by seed ${seed}, the ${tried}. that was tried`);

const undo: (() => void)[] = [];
const replace: Replace = (on, name, make) => {
  const before = Object.getOwnPropertyDescriptor(on, name)!;
  undo.push(() => Object.defineProperty(on, name, before));
  if (before.get) {
    const value = make(undefined as never);
    const get = typeof value === 'function' ? (value as () => unknown) : () => value;
    Object.defineProperty(on, name, { ...before, get });
  } else Object.defineProperty(on, name, { ...before, value: make(before.value as never) });
};

afterEach(() => {
  for (const each of undo.splice(0)) each();
});

describe('a bug that is planted into a part is found', { timeout: 60_000 }, () => {
  it.each(plainBugs)('$check: $name', async ({ name, check, seed, plant }) => {
    plant(replace);
    told(name, await findBy(check, seed, simulate));
  });
});

describe('a bug that is planted between daemon and world is found', { timeout: 60_000 }, () => {
  it.each(portBugs)('$check: $name', async ({ name, check, seed, wrapping }) => {
    told(name, await findBy(check, seed, simulate, { wrapping }));
  });
});

describe('a bug that is planted into a machine is found', { timeout: 60_000 }, () => {
  it.each(machineBugs)('$check: $name', async ({ name, check, seed, machine, provide }) => {
    const path = `../../src/machines/${machine}.js`;
    const exported = `${machine.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}Machine`;
    vi.resetModules();
    vi.doMock(path, async (importActual) => {
      const actual = await importActual<Record<string, AnyStateMachine>>();
      return { ...actual, [exported]: actual[exported]!.provide(provide) };
    });
    try {
      const { simulate: simulateWithBug } = await import('../../src/simulation/simulate.js');
      told(name, await findBy(check, seed, simulateWithBug));
    } finally {
      vi.doUnmock(path);
      vi.resetModules();
    }
  });
});

describe('the bugs that are planted', () => {
  it('break each of the eight invariants, and each check', () => {
    const bugs = [...plainBugs, ...portBugs, ...machineBugs];
    const invariants = new Set(bugs.flatMap(({ invariant }) => invariant ?? []));
    expect([...invariants].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...new Set(bugs.map(({ check }) => check))].sort()).toEqual([
      'actor without end',
      'ask without outcome',
      'bytes not given back',
      'committed past unacked',
      'double owner',
      'duplicate',
      'lost',
      'never settled',
      'nonmonotonic',
      'over the limit',
      'reordered',
      'skip',
      'timer left',
      'unseen',
    ]);
  });
});
