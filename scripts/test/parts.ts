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

/** A file that is as it was when it was found formatted is still formatted: by its content, since a checkout sets new times. */
const formatCache = ['--cache', '--cache-strategy', 'content', '--cache-location', '.cache/format'];

const codeFolders = ['src', 'test', 'scripts', 'bench'].filter((folder) => existsSync(join(root, folder)));

/**
 * The stages of `npm test`, in the order in which they run: the quick ones first, so that a slip shows early. The parts of
 * one stage need nothing of each other, print at their ends, and run side by side, those that last longest first.
 */
export const stages: readonly (readonly Part[])[] = [
  [
    command('lint', ['eslint', '.', '--max-warnings', '0']),
    command('types', ['tsc', '-p', '.'], ['tsc', '-p', 'src/inspector/page']),
    command('build', ['npm', 'run', '--silent', 'build']),
    command('format', ['prettier', '--check', '.', '--log-level', 'warn', ...formatCache]),
    command('arrows', ['depcruise', '--config', '.dependency-cruiser.cjs', ...codeFolders]),
  ],
  [testsOf('unit', 'simulation')],
  [testsOf('browser')],
  [{ name: 'chaos', run: chaosRuns }],
  [realTests(DEFAULT_KAFKA_VERSION, 'all')],
  [realTests(TESTED_KAFKA_VERSIONS[0], 'core')],
  [realTests(TESTED_KAFKA_VERSIONS.at(-1) as string, 'core')],
  [{ name: 'transitions', run: transitionGate }],
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
function testsOf(...projects: readonly ('unit' | 'simulation' | 'browser')[]): Part {
  const name = projects.join(' and ');
  return {
    name,
    async run(folder) {
      const file = join(folder, `${name}.json`);
      const chosen = projects.flatMap((project) => ['--project', project]);
      const line = ['vitest', 'run', ...chosen, '--reporter=default', '--reporter=json'];
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
