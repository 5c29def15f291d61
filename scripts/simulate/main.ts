/**
 * `npm run simulate -- --seeds 1..2000`: simulates seeds, prints what they went through, shrinks the first that fails and tells
 * its story, and exits with 1 when one fails; `--seed 7` does so with one seed, `--plan FILE` with what was left of one.
 * `--record FILE` writes what happened for the inspector's page to play, `--keep FOLDER` says where the shrunk plan goes.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { planOf } from '../../src/simulation/plan.js';
import { readPlanFile } from './plan-file.js';
import { replay } from './replay.js';
import { renderCoverage } from './coverage.js';
import { simulateSeeds } from './campaign.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    plan: { type: 'string' },
    record: { type: 'string' },
    keep: { type: 'string' },
    processes: { type: 'string' },
  },
});

// Whoever reads no further, like `head`, does not end it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const wholeNumber = (text: string, what: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`${what}: a whole number is wanted, not ${JSON.stringify(text)}`);
  return number;
};

const common = { recordTo: values.record, keepIn: values.keep };
if (values.plan !== undefined) {
  const { found, plan } = readPlanFile(readFileSync(values.plan, 'utf8'));
  console.log(`found once: ${found}`);
  process.exitCode = (await replay({ ...common, title: values.plan, plan })) ? 0 : 1;
} else if (values.seed !== undefined) {
  const seed = wholeNumber(values.seed, '--seed');
  process.exitCode = (await replay({ ...common, title: `seed ${seed}`, plan: planOf(seed) })) ? 0 : 1;
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
  const [failing] = failed.sort((a, b) => a - b);
  if (failing !== undefined) await replay({ ...common, title: `seed ${failing}`, plan: planOf(failing) });
  process.exitCode = failed.length === 0 ? 0 : 1;
}
