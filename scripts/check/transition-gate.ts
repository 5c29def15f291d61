/** The gate at the end of a whole test run: a transition that no test took is a failure. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { transitionsOf } from '../../src/machines/transitions.js';

/** Machine id -> transition id -> how often it was taken. */
export type TransitionCounts = Record<string, Record<string, number>>;

/** The environment variable that names the folder of the counts. Unset, nothing is recorded: so it is for a single file. */
export const transitionsFolderVariable = 'KAFKA_PIXY_TEST_TRANSITIONS';

export interface GateVerdict {
  /** For each machine: how many of its transitions were taken, how often in all, and those that never were. */
  readonly machines: readonly { id: string; taken: number; total: number; steps: number; untaken: string[] }[];
  readonly passed: boolean;
}

/** Adds up the counts that the workers of a run left in `folder`. */
export function readCounts(folder: string): TransitionCounts {
  const sum: TransitionCounts = {};
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const counts = JSON.parse(readFileSync(join(folder, name), 'utf8')) as TransitionCounts;
    for (const [machine, transitions] of Object.entries(counts)) {
      const into = (sum[machine] ??= {});
      for (const [id, times] of Object.entries(transitions)) into[id] = (into[id] ?? 0) + times;
    }
  }
  return sum;
}

/** Holds the counts against every transition of every machine. Machines that only tests know do not count. */
export function judge(machines: readonly AnyStateMachine[], counts: TransitionCounts): GateVerdict {
  const verdicts = machines.map((machine) => {
    const ids = transitionsOf(machine).map((transition) => transition.id);
    const times = (id: string): number => counts[machine.id]?.[id] ?? 0;
    const untaken = ids.filter((id) => times(id) === 0);
    const steps = ids.reduce((total, id) => total + times(id), 0);
    return { id: machine.id, taken: ids.length - untaken.length, total: ids.length, steps, untaken };
  });
  return {
    machines: verdicts,
    passed: verdicts.length > 0 && verdicts.every((verdict) => verdict.untaken.length === 0),
  };
}

/** The verdict as lines for a person. */
export function render(verdict: GateVerdict): string[] {
  const sum = (of: (machine: GateVerdict['machines'][number]) => number): number =>
    verdict.machines.reduce((total, machine) => total + of(machine), 0);
  const line = (id: string, taken: number, total: number, steps: number): string =>
    `${id.padEnd(28)} ${`${taken}/${total}`.padStart(9)} transitions taken, ${steps} steps`;
  return [
    ...verdict.machines.map(({ id, taken, total, steps }) => line(id, taken, total, steps)),
    line(
      'all machines',
      sum((m) => m.taken),
      sum((m) => m.total),
      sum((m) => m.steps),
    ),
    ...verdict.machines.flatMap(({ untaken }) => untaken.map((id) => `never taken by a test: ${id}`)),
  ];
}
