import { parseArgs } from 'node:util';
import type { RealRun } from './real-run.js';
import { TESTED_KAFKA_VERSIONS } from './tested-versions.js';

export const versionsUsage = `Runs the tests that need a broker against each of Kafka ${TESTED_KAFKA_VERSIONS.join(', ')}.

  npm run test:versions [-- --only VERSION,VERSION …]`;

/** Throws an error of one line when the arguments are wrong. */
export function chosenVersions(argv: readonly string[]): readonly string[] | 'help' {
  const options = { only: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  if (values.help) return 'help';
  if (values.only === undefined) return TESTED_KAFKA_VERSIONS;
  const known: readonly string[] = TESTED_KAFKA_VERSIONS;
  const chosen = values.only.split(',');
  const unknown = chosen.find((version) => !known.includes(version));
  if (unknown !== undefined) throw new Error(`--only takes of ${known.join(', ')}, not "${unknown}".`);
  return chosen;
}

export interface Outcome extends RealRun {
  readonly version: string;
  readonly seconds: number;
}

/** A line for each version, and the closing one. */
export function renderOutcomes(outcomes: readonly Outcome[]): { lines: string[]; passed: boolean } {
  const lines = ['', ...outcomes.flatMap(describe)];
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  // A version of which no test failed, and which failed all the same, was not tested to the end.
  const failed = sum(({ passed, tests }) => tests.failed || (passed ? 0 : 1));
  lines.push(`${sum(({ tests }) => tests.passed)} passed, ${failed} failed`);
  return { lines, passed: failed === 0 };
}

function describe({ version, seconds, passed, tests, startError }: Outcome): string[] {
  const head = `Kafka ${version.padEnd(8)} ${`${seconds.toFixed(1)} s`.padStart(8)}  `;
  if (startError !== undefined) {
    return [`${head}did not start`, ...startError.split('\n').map((line) => `  ${line}`)];
  }
  const skipped = tests.skipped.map((name) => `  skipped: ${name}`);
  return [`${head}${passed ? 'passed' : 'FAILED'}: ${tests.passed} passed, ${tests.failed} failed`, ...skipped];
}
