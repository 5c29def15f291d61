/**
 * `npm run simulate -- --seeds 1..2000`: simulates seeds, prints what they went through, and exits with 1 when one fails;
 * `npm run simulate -- --seed 7` replays one and, if it fails, shrinks it and tells its story; `--record FILE` writes what
 * happened for the inspector's page to play.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { replay } from './replay.js';
import { renderCoverage } from './coverage.js';
import { simulateSeeds } from './campaign.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    record: { type: 'string' },
    processes: { type: 'string' },
  },
});

const wholeNumber = (text: string, what: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`${what}: a whole number is wanted, not ${JSON.stringify(text)}`);
  return number;
};

if (values.seed !== undefined) {
  process.exitCode = (await replay(wholeNumber(values.seed, '--seed'), values.record)) ? 0 : 1;
} else {
  const [first, last] = (values.seeds ?? '1..200').split('..');
  const from = wholeNumber(first!, '--seeds');
  const to = wholeNumber(last ?? first!, '--seeds');
  const processes = wholeNumber(values.processes ?? String(Math.min(8, availableParallelism())), '--processes');
  const failed: number[] = [];
  const startedAtMs = performance.now();
  const total = to - from + 1;
  const coverage = await simulateSeeds({
    from,
    to,
    processes,
    onAnswer({ seed, violations }, done) {
      if (violations.length > 0) {
        failed.push(seed);
        console.log(
          `seed ${seed} fails: ${violations[0]}${violations.length > 1 ? ` (and ${violations.length - 1} more)` : ''}`,
        );
        console.log(`  npm run simulate -- --seed ${seed}`);
      }
      if (done % Math.max(1, Math.ceil(total / 10)) === 0) {
        const seconds = (performance.now() - startedAtMs) / 1000;
        console.log(`${done} of ${total} seeds in ${seconds.toFixed(0)} s, ${failed.length} failed`);
      }
    },
  });
  for (const line of await renderCoverage(coverage)) console.log(line);
  console.log(`${total - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
