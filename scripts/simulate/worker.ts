/** A process that simulates the seeds it is told, one after the other, and answers each with what came of it. */
import { cover, emptyCoverage, type Coverage } from '../../src/simulation/coverage.js';
import { planOf } from '../../src/simulation/plan.js';
import { simulate } from '../../src/simulation/simulate.js';

export interface SeedAnswer {
  readonly seed: number;
  readonly traceHash: string;
  /** `check: text`, in the order of their happening. */
  readonly violations: readonly string[];
  readonly coverage: Coverage;
}

process.on('message', (seed: number) => {
  void simulate(planOf(seed)).then((simulated) => {
    const coverage = emptyCoverage();
    cover(coverage, simulated);
    const violations = simulated.verdict.violations.map(({ check, text }) => `${check}: ${text}`);
    const answer: SeedAnswer = { seed, traceHash: simulated.result.traceHash, violations, coverage };
    process.send!(answer);
  });
});
