import { explainByTenures } from '../verdict/consumption.js';
import { judge, type Verdict } from '../verdict/judge.js';
import type { Plan } from './plan.js';
import { run, type RunOptions, type RunResult } from './run.js';

export interface Simulated {
  readonly result: RunResult;
  readonly verdict: Verdict;
}

/** Runs a plan and holds what came of it against everything that is promised. */
export async function simulate(plan: Plan, options: RunOptions = {}): Promise<Simulated> {
  const result = await run(plan, options);
  const { violations, explained } = judge(result.history, result.timing, explainByTenures);
  const defects = result.logLines.map(({ atMs, text }) => ({ check: 'defect in the log', atMs, text }));
  return { result, verdict: { violations: [...violations, ...defects], explained } };
}
