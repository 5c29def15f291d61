import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addCoverage, emptyCoverage, type Coverage } from '../../src/simulation/coverage.js';
import type { SeedAnswer } from './worker.js';

export interface Campaign {
  readonly from: number;
  readonly to: number;
  readonly processes: number;
  readonly onAnswer: (answer: SeedAnswer, done: number) => void;
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
  const file = fileURLToPath(new URL('worker.ts', import.meta.url));
  const workers = Array.from({ length: processes }, () => fork(file, { execArgv: ['--import', 'tsx'] }));
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) {
      worker.removeAllListeners('exit');
      worker.kill();
    }
  }
  return coverage;
}
