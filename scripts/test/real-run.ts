import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transitionsFolderVariable } from '../check/transition-gate.js';
import { readReport, type TestReport } from './report.js';
import { root, run } from './run.js';

/** The environment variable that names the Kafka version of a run's cluster. Unset: the default version. */
export const versionVariable = 'KAFKA_VERSION_UNDER_TEST';

/** The environment variable that names the file for the reason why that cluster did not start. */
export const startErrorVariable = 'KAFKA_START_ERROR_FILE';

const realFolder = 'test/real';

/** They say nothing about a broker's version: the command itself, the client of ZooKeeper, and what has one of its own. */
const onDefaultVersionOnly = new Set([
  'chaos-world-given.test.ts',
  'configuration.test.ts',
  'process.test.ts',
  'security.test.ts',
  'zookeeper-port.test.ts',
]);

/** Failures that are waited out take their time: `npm test` shows them on the default version. */
const slow = new Set([
  'chaos-world.test.ts',
  'cluster-proxies.test.ts',
  'interop.test.ts',
  'kafka-faults.test.ts',
  'weather.test.ts',
]);

const choices = {
  all: () => true,
  'on-each-version': (name: string) => !onDefaultVersionOnly.has(name),
  /** What `npm test` asks of the oldest and the newest brokers. */
  core: (name: string) => !onDefaultVersionOnly.has(name) && !slow.has(name),
};

/** Files of `test/real`, as paths from the root. */
export function realFiles(which: keyof typeof choices): string[] {
  const names = readdirSync(join(root, realFolder)).filter((name) => name.endsWith('.test.ts'));
  return names
    .filter(choices[which])
    .sort()
    .map((name) => `${realFolder}/${name}`);
}

export interface RealRun {
  readonly passed: boolean;
  readonly tests: TestReport;
  /** Why the brokers did not start. */
  readonly startError?: string;
}

/** Runs these files against brokers of one version. What Vitest prints goes straight through. */
export async function runReal(version: string, files: readonly string[], folder: string): Promise<RealRun> {
  const report = join(folder, `real-${version}.json`);
  const startErrorFile = join(folder, `start-error-${version}`);
  const line = ['vitest', 'run', '--project', 'real', '--reporter=default', '--reporter=json'];
  const { code } = await run([...line, `--outputFile.json=${report}`, ...files], {
    show: true,
    env: {
      [versionVariable]: version,
      [startErrorVariable]: startErrorFile,
      [transitionsFolderVariable]: join(folder, 'transitions'),
    },
  });
  const startError = existsSync(startErrorFile) ? readFileSync(startErrorFile, 'utf8') : undefined;
  return { passed: code === 0, tests: readReport(report), ...(startError !== undefined && { startError }) };
}
