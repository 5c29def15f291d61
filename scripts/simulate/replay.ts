import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../src/simulation/plan.js';
import { shrink } from '../../src/simulation/shrink.js';
import { simulate } from '../../src/simulation/simulate.js';
import { story } from '../../src/simulation/story.js';
import { Witness } from '../../src/simulation/witness.js';
import type { Violation } from '../../src/verdict/history.js';
import { renderPlanFile } from './plan-file.js';
import { Tape } from './tape.js';

export interface Replay {
  /** Of the plan, for people: `seed 7`, or its file. */
  readonly title: string;
  readonly plan: Plan;
  /** A file for the inspector's page. */
  readonly recordTo: string | undefined;
  /** A folder for what is left of a plan that fails; `undefined`: that for temporary files. */
  readonly keepIn: string | undefined;
}

/** Runs one plan and says what came of it. False: it failed. */
export async function replay({ title, plan, recordTo, keepIn }: Replay): Promise<boolean> {
  const tape = new Tape(`simulation ${title}`);
  const { result, verdict } = await simulate(plan, recordTo === undefined ? {} : { tap: tape.tap });
  console.log(
    `${title}: trace ${result.traceHash}, ${result.records} records, ${result.history.deliveries.length} deliveries`,
  );
  for (const { text, fromMs, toMs } of result.history.faults)
    console.log(
      `  ${(fromMs / 1000).toFixed(3)} s ${text}${toMs > fromMs ? ` until ${(toMs / 1000).toFixed(3)} s` : ''}`,
    );
  for (const [why, count] of verdict.explained) console.log(`  came again: ${count}, ${why}`);
  if (recordTo !== undefined) {
    writeFileSync(recordTo, JSON.stringify(tape.recording(result.history.faults)));
    console.log(`the inspector's page plays ${recordTo}`);
  }
  const [first] = verdict.violations;
  if (!first) {
    console.log('every check passed');
    return true;
  }
  for (const { check, text } of verdict.violations.slice(0, 10)) console.log(`  ${check}: ${text}`);
  await explain(plan, first, keepIn);
  return false;
}

/** Makes a plan that fails as small as it gets, tells the story of what is left, and keeps it. */
async function explain(plan: Plan, { check }: Violation, keepIn: string | undefined): Promise<void> {
  console.log('shrinking, which may take two minutes …\n');
  const failing = async (candidate: Plan) =>
    (await simulate(candidate)).verdict.violations.some((violation) => violation.check === check);
  const smallest = await shrink(plan, failing);
  const witness = new Witness();
  const { result, verdict } = await simulate(smallest, { tap: witness.tap });
  const violation = verdict.violations.find((each) => each.check === check)!;
  for (const line of story(smallest, result, violation, witness)) console.log(line);
  const folder = keepIn ?? tmpdir();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `simulation-seed-${plan.seed}.json`);
  writeFileSync(file, renderPlanFile({ found: `${check}: ${violation.text}`, plan: smallest }));
  console.log(`\nwhat is left of it is in ${file}`);
  console.log(`  npm run simulate -- --plan ${file}`);
}
