import type { Violation } from '../../verdict/history.js';
import { groupedBy } from '../../verdict/places.js';
import type { ChaosResult } from '../result.js';

/** Check -> its violations, in the order in which the first of each came. */
export const violationsByCheck = (violations: readonly Violation[]): Map<string, Violation[]> =>
  groupedBy(violations, ({ check }) => check);

/** What did not hold of a run that failed, with how often. */
export function brokenChecks({ verdict }: ChaosResult): string[] {
  if (verdict.passed) return [];
  const checks = [...violationsByCheck(verdict.violations)].map(([check, { length }]) => `${check} (${length})`);
  return checks.length > 0 ? checks : ['the run itself'];
}
