import { existsSync, readFileSync } from 'node:fs';
import type { JsonReport } from '../../src/chaos/report/json.js';

export interface TestReport {
  readonly passed: number;
  readonly failed: number;
  /** Full names of the tests that did not run. The house's style test sees to it that each says why. */
  readonly skipped: readonly string[];
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Reads what Vitest's JSON reporter wrote. A file that is missing (Vitest broke before any test) has no tests. */
export function readReport(file: string): TestReport {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: [] };
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  const tests = report.testResults.flatMap((result) => result.assertionResults);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
  };
}

/** Reads what `kafka-pixy chaos run --json` wrote. What nothing in a run could have broken is no test of it. */
export function readChaosReport(file: string): TestReport {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: [] };
  const { runs } = JSON.parse(readFileSync(file, 'utf8')) as JsonReport;
  const outcomes = runs.flatMap(({ checks }) => checks.map(({ outcome }) => outcome));
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return { passed: count('held'), failed: count('broken'), skipped: [] };
}
