import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/simulation/plan.js';
import { simulate } from '../../src/simulation/simulate.js';

const seeds = Array.from({ length: 30 }, (_, at) => at + 1);

describe('the simulation', { timeout: 120_000 }, () => {
  it('breaks nothing that is promised, with the seeds of every test run', async () => {
    const failed: string[] = [];
    for (const seed of seeds) {
      const { verdict } = await simulate(planOf(seed));
      for (const { check, text } of verdict.violations) failed.push(`seed ${seed}: ${check}: ${text}`);
    }
    expect(failed).toEqual([]);
  });

  it('goes the same way in another process', async () => {
    const { result } = await simulate(planOf(7));
    const args = ['--import', 'tsx', 'scripts/simulate/main.ts', '--seed', '7'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toContain(`seed 7: trace ${result.traceHash}, ${result.records} records`);
    expect(stdout).toContain('every check passed');
  });
});
