import { fork, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { addCoverage, emptyCoverage, type Coverage } from '../../src/simulation/coverage.js';
import type { SeedAnswer } from './worker.js';

export interface Campaign {
  readonly from: number;
  readonly to: number;
  readonly processes: number;
  readonly onAnswer: (answer: SeedAnswer, done: number) => void;
}

/** Young objects have room enough that most are gone before they are looked at. Stacks of errors are wanted in a replay only. */
const workerOptions = ['--max-semi-space-size=32', '--stack-trace-limit=0'];

/** Compiled once and as it is: what tsx makes of it on the way names every function anew that is made, and costs a tenth. */
function compileWorker(): string {
  const file = fileURLToPath(new URL(`../../.cache/simulate/worker-${process.pid}.mjs`, import.meta.url));
  buildSync({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    logLevel: 'warning',
  });
  return file;
}

/** Simulates every seed, over some processes. @throws when one of them ends before its time */
export async function simulateSeeds({ from, to, processes, onAnswer }: Campaign): Promise<Coverage> {
  const coverage = emptyCoverage();
  let next = from;
  let done = 0;
  const work = (worker: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const more = (): void => {
        if (next > to) return resolve();
        worker.send(next++);
      };
      worker.on('message', (answer: SeedAnswer) => {
        addCoverage(coverage, answer.coverage);
        onAnswer(answer, ++done);
        more();
      });
      worker.on('exit', (code) =>
        reject(new Error(`a process that simulates ended by itself, exit code ${code ?? 'none'}`)),
      );
      more();
    });
  const file = compileWorker();
  const workers = Array.from({ length: processes }, () => fork(file, { execArgv: workerOptions }));
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) {
      worker.removeAllListeners('exit');
      worker.kill();
    }
    rmSync(file);
  }
  return coverage;
}
