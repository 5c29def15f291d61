import { faultKinds } from './faults.js';
import type { Simulated } from './simulate.js';

/** What runs went through; plain data, so that those of several processes can be added up. */
export interface Coverage {
  seeds: number;
  /** Transition -> how often it was taken. */
  readonly taken: Record<string, number>;
  /** Kind of fault -> how often it struck. */
  readonly faults: Record<string, number>;
  /** Why messages came again -> how many did. */
  readonly explained: Record<string, number>;
  /** What the checks had to look at: nothing is shown by a check that had nothing. */
  readonly exercised: Record<string, number>;
}

export const emptyCoverage = (): Coverage => ({ seeds: 0, taken: {}, faults: {}, explained: {}, exercised: {} });

const addTo = (counts: Record<string, number>, name: string, count: number): void => {
  counts[name] = (counts[name] ?? 0) + count;
};

/** Adds what one run went through. */
export function cover(coverage: Coverage, { result, verdict }: Simulated): void {
  const { history, taken } = result;
  coverage.seeds++;
  for (const [id, count] of taken) addTo(coverage.taken, id, count);
  for (const { kind } of history.faults) addTo(coverage.faults, kind, 1);
  for (const [why, count] of verdict.explained) addTo(coverage.explained, why, count);
  const { exercised } = coverage;
  addTo(exercised, 'posts answered as written', history.posts.filter(({ outcome }) => outcome === 'written').length);
  addTo(exercised, 'posts answered as accepted', history.posts.filter(({ outcome }) => outcome === 'accepted').length);
  addTo(exercised, 'posts refused', history.posts.filter(({ outcome }) => outcome === 'refused').length);
  addTo(
    exercised,
    'posts without a certain answer',
    history.posts.filter(({ outcome }) => outcome === 'unknown').length,
  );
  addTo(exercised, 'messages handed over', history.deliveries.length);
  addTo(
    exercised,
    'messages handed over to a client that had gone',
    history.deliveries.filter(({ received }) => !received).length,
  );
  addTo(exercised, 'requests to consume that were not answered', history.lostAnswers.length);
  addTo(exercised, 'acks noted', history.acks.filter(({ outcome }) => outcome === 'noted').length);
  addTo(exercised, 'acks refused', history.acks.filter(({ outcome }) => outcome === 'refused').length);
  addTo(exercised, 'commits', history.commits.length);
  addTo(exercised, 'commits without an answer', history.commits.filter(({ takenMs }) => takenMs === undefined).length);
  for (const end of ['released', 'lost', 'crashed', 'killed'] as const)
    addTo(exercised, `tenures ${end}`, history.tenures.filter((tenure) => tenure.end === end).length);
}

/** Puts what another process saw to what this one saw. */
export function addCoverage(coverage: Coverage, other: Coverage): void {
  coverage.seeds += other.seeds;
  for (const part of ['taken', 'faults', 'explained', 'exercised'] as const)
    for (const [name, count] of Object.entries(other[part])) addTo(coverage[part], name, count);
}

/** Kinds of faults that never struck. */
export function missingFaults({ faults }: Coverage): string[] {
  return faultKinds.filter((kind) => faults[kind] === undefined);
}
