import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findMachines } from '../check/machines.js';
import { judge, readCounts, render, transitionsFolderVariable } from '../check/transition-gate.js';
import { DEFAULT_KAFKA_VERSION } from '../../src/cluster/versions.js';
import { realFiles, runReal } from './real-run.js';
import { readChaosReport, readReport, type TestReport } from './report.js';
import { root, run } from './run.js';
import { TESTED_KAFKA_VERSIONS } from './tested-versions.js';

export interface PartResult {
  readonly passed: boolean;
  /** What a person needs to see: all of it when the part failed, a summary when it passed. */
  readonly lines: readonly string[];
  readonly tests?: TestReport;
}

export interface Part {
  readonly name: string;
  /** `folder`: the temporary folder of this run. */
  run(folder: string): Promise<PartResult>;
}

const chaosFolder = 'test/chaos/short';

const codeFolders = ['src', 'test', 'scripts', 'bench'].filter((folder) => existsSync(join(root, folder)));

/** The parts of `npm test`, in the order in which they run: the quick ones first, so that a slip shows early. */
export const parts: readonly Part[] = [
  command('types', ['tsc', '-p', '.'], ['tsc', '-p', 'src/inspector/page']),
  command('lint', ['eslint', '.', '--max-warnings', '0']),
  command('format', ['prettier', '--check', '.', '--log-level', 'warn']),
  command('arrows', ['depcruise', '--config', '.dependency-cruiser.cjs', ...codeFolders]),
  command('build', ['npm', 'run', '--silent', 'build']),
  command('drawings', ['tsx', 'scripts/diagrams/main.ts', '--check']),
  testsOf('unit'),
  testsOf('browser'),
  { name: 'chaos', run: chaosRuns },
  realTests(DEFAULT_KAFKA_VERSION, 'all'),
  realTests(TESTED_KAFKA_VERSIONS[0], 'core'),
  realTests(TESTED_KAFKA_VERSIONS.at(-1) as string, 'core'),
  { name: 'transitions', run: transitionGate },
];

function command(name: string, ...lines: readonly (readonly string[])[]): Part {
  return {
    name,
    async run() {
      for (const line of lines) {
        const { code, output } = await run(line, { show: false });
        if (code !== 0) return { passed: false, lines: [output.trimEnd()] };
      }
      return { passed: true, lines: [] };
    },
  };
}

/** What Vitest prints goes straight through: it lasts, and one wants to watch. */
function testsOf(project: 'unit' | 'browser'): Part {
  return {
    name: project,
    async run(folder) {
      const file = join(folder, `${project}.json`);
      const line = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
      const { code } = await run([...line, `--outputFile.json=${file}`], {
        show: true,
        env: { [transitionsFolderVariable]: join(folder, 'transitions') },
      });
      return testResult(code === 0, readReport(file));
    },
  };
}

/** The short scripts, against real processes, by what was built. Each check of each script counts as a test. */
async function chaosRuns(folder: string): Promise<PartResult> {
  const report = join(folder, 'chaos.json');
  const scripts = readdirSync(join(root, chaosFolder)).map((name) => `${chaosFolder}/${name}`);
  const { code } = await run(['node', 'dist/cli.js', 'chaos', 'run', ...scripts, '--json', report], { show: true });
  return testResult(code === 0, readChaosReport(report));
}

function realTests(version: string, which: 'all' | 'core'): Part {
  return {
    name: `real (Kafka ${version})`,
    async run(folder) {
      const { passed, tests, startError } = await runReal(version, realFiles(which), folder);
      const result = testResult(passed, tests);
      return startError === undefined
        ? result
        : { ...result, lines: [`Kafka ${version} did not start: ${startError}`] };
    },
  };
}

function testResult(passed: boolean, tests: TestReport): PartResult {
  return { passed, lines: tests.skipped.map((name) => `skipped: ${name}`), tests };
}

async function transitionGate(folder: string): Promise<PartResult> {
  const machines = (await findMachines()).map((found) => found.machine);
  const verdict = judge(machines, readCounts(join(folder, 'transitions')));
  return { passed: verdict.passed, lines: render(verdict) };
}
