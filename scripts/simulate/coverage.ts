import { transitionsOf } from '../../src/machines/transitions.js';
import { missingFaults, type Coverage } from '../../src/simulation/coverage.js';
import { findMachines } from '../check/machines.js';
import { whyNotTaken } from './untaken.js';

/** What seeds went through, in lines: faults, checks, redeliveries, and of each machine the transitions that none of them took. */
export async function renderCoverage(coverage: Coverage): Promise<string[]> {
  const lines = ['', `what ${coverage.seeds} seeds went through`];
  const counts = (title: string, of: Readonly<Record<string, number>>): void => {
    lines.push('', title);
    for (const [name, count] of Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)))
      lines.push(`${String(count).padStart(9)}  ${name}`);
  };
  counts('faults', coverage.faults);
  const missing = missingFaults(coverage);
  if (missing.length > 0) lines.push(`     none  ${missing.join(', ')}`);
  counts('what the checks looked at', coverage.exercised);
  counts('messages that came again, and why', coverage.explained);
  lines.push('', 'transitions');
  for (const { machine } of await findMachines()) {
    const ids = transitionsOf(machine).map(({ id }) => id);
    const untaken = ids.filter((id) => coverage.taken[id] === undefined);
    lines.push(`  ${machine.id}: ${ids.length - untaken.length} of ${ids.length}`);
    for (const id of untaken)
      lines.push(`    not taken: ${id.slice(machine.id.length + 2)}: ${whyNotTaken(id) ?? 'no reason is known'}`);
  }
  return lines;
}
