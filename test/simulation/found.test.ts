import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlanFile, renderPlanFile } from '../../scripts/simulate/plan-file.js';
import { planOf } from '../../src/simulation/plan.js';
import { simulate } from '../../src/simulation/simulate.js';

const folder = join(import.meta.dirname, 'found');
const files = readdirSync(folder).map((name) => ({ name, ...readPlanFile(readFileSync(join(folder, name), 'utf8')) }));

describe('what a simulation found once does not happen any more', { timeout: 60_000 }, () => {
  it.each(files)('$name: $found', async ({ plan }) => {
    const { result, verdict } = await simulate(plan);
    expect(verdict.violations).toEqual([]);
    expect(result.history.faults.map(({ kind }) => kind)).toEqual(plan.faults.map(({ fault }) => fault.kind));
    expect(result.history.posts.length).toBeGreaterThanOrEqual(plan.posts.length);
  });
});

describe('the file of a plan', () => {
  const file = { found: 'lost: post 7', plan: planOf(7) };

  it('brings back what was written', () => {
    expect(readPlanFile(renderPlanFile(file))).toEqual(file);
  });

  it('may be of a time when less could happen', () => {
    const { faults, ...older } = file.plan;
    expect(faults).not.toEqual([]);
    const text = JSON.stringify({ ...JSON.parse(renderPlanFile(file)), plan: older });
    expect(readPlanFile(text).plan).toEqual({ ...file.plan, faults: [] });
  });

  it('is refused when it is none', () => {
    expect(() => readPlanFile('{}')).toThrow('this is no plan of a simulation');
    const text = JSON.stringify({ ...JSON.parse(renderPlanFile(file)), plan: { ...file.plan, daemons: 'three' } });
    expect(() => readPlanFile(text)).toThrow('the plan has no fitting daemons: "three"');
  });
});
