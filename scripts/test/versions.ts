/**
 * `npm run test:versions`: the tests that need a broker, against each Kafka version in turn. Goes on after a version that
 * fails, lists at the end how each fared, and closes with `N passed, N failed`: tests, and one more failed for a version
 * that could not be tested.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realFiles, runReal } from './real-run.js';
import { interrupted, outliveSignals } from './run.js';
import { chosenVersions, type Outcome, renderOutcomes, versionsUsage } from './version-outcomes.js';

async function main(argv: readonly string[]): Promise<boolean> {
  const versions = chosenVersions(argv);
  if (versions === 'help') {
    console.log(versionsUsage);
    return true;
  }
  outliveSignals();
  const folder = mkdtempSync(join(tmpdir(), 'kafka-pixy-test-'));
  const outcomes: Outcome[] = [];
  try {
    for (const version of versions) {
      if (interrupted()) break;
      console.log(`\nKafka ${version} …`);
      const startedAtMs = performance.now();
      const run = await runReal(version, realFiles('on-each-version'), folder);
      outcomes.push({ version, seconds: (performance.now() - startedAtMs) / 1000, ...run });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { lines, passed } = renderOutcomes(outcomes);
  for (const line of lines) console.log(line);
  return passed;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
