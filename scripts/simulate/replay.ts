import { writeFileSync } from 'node:fs';
import { planOf, type Plan } from '../../src/simulation/plan.js';
import { shrink } from '../../src/simulation/shrink.js';
import { simulate } from '../../src/simulation/simulate.js';
import { story } from '../../src/simulation/story.js';
import { Witness } from '../../src/simulation/witness.js';
import { Tape } from './tape.js';

/** Runs one seed and says what came of it. False: it failed. */
export async function replay(seed: number, recordTo: string | undefined): Promise<boolean> {
  const tape = new Tape(`simulation seed ${seed}`);
  const { result, verdict } = await simulate(planOf(seed), recordTo === undefined ? {} : { tap: tape.tap });
  console.log(
    `seed ${seed}: trace ${result.traceHash}, ${result.records} records, ${result.history.deliveries.length} deliveries`,
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
  console.log('shrinking …');
  const fails = async (plan: Plan) =>
    (await simulate(plan)).verdict.violations.some(({ check }) => check === first.check);
  const smallest = await shrink(planOf(seed), fails);
  const witness = new Witness();
  const again = await simulate(smallest, { tap: witness.tap });
  const violation = again.verdict.violations.find(({ check }) => check === first.check)!;
  for (const line of story(smallest, again.result, violation, witness)) console.log(line);
  return false;
}
