import { ClaimIndex } from './claims.js';
import { handedSinceMs } from './effects.js';
import type { Commit, Delivery, FaultRecord, History, HistoryTiming, LogEntry, Violation } from './history.js';
import {
  firstNotBefore,
  groupedBy,
  isGivenAgain,
  isOf,
  isPlacedAs,
  ms,
  partitionOf,
  placedByGroup,
  placeOf,
  type PlacedByGroup,
} from './places.js';

/** So long after a fault a commit may come to a broker that was sent, or was being sent, while it lasted. */
const commitTimeoutMs = 5000;

const whoCommitted = ({ daemon }: Commit): string => daemon ?? 'one of the daemons';

/**
 * *committed past unacked*: at the time of a commit, a message that it passes was not dealt with by anybody. One that a group with
 * the automatic ack was never given is the business of `checkSeen`.
 */
export function checkCommits(history: History, timing: HistoryTiming, given: PlacedByGroup<Delivery>): Violation[] {
  const violations: Violation[] = [];
  if (history.commits.length === 0) return violations;
  const dealtWith = new DealtWith(history, timing, given);
  const logs = groupedBy(history.log, partitionOf);
  for (const entries of logs.values()) entries.sort((a, b) => a.offset - b.offset);
  const commits = groupedBy(history.commits, (commit) => `${commit.group} ${partitionOf(commit)}`);
  for (const ofPartition of commits.values())
    for (const [entry, commit] of firstPassed(logs.get(partitionOf(ofPartition[0]!)) ?? [], ofPartition)) {
      if (isGivenAgain(history, entry) || dealtWith.sinceMs(entry, commit) <= commit.atMs) continue;
      const text = `${whoCommitted(commit)} committed ${placeOf(commit)} for group ${commit.group} at ${ms(commit.atMs)}, when nobody had dealt with ${placeOf(entry)}`;
      violations.push({ check: 'committed past unacked', atMs: commit.atMs, text });
    }
  return violations;
}

/** Each entry that is passed by commits, with the first of these. `entries` by their offsets, `commits` in the order of time. */
function* firstPassed(entries: readonly LogEntry[], commits: readonly Commit[]): Iterable<readonly [LogEntry, Commit]> {
  const above = new Set<LogEntry>();
  let below = 0;
  for (const commit of commits) {
    for (; below < entries.length && entries[below]!.offset < commit.offset; below++)
      if (!above.delete(entries[below]!)) yield [entries[below]!, commit];
    for (const [from, to] of commit.acked)
      for (let at = firstFrom(entries, from); at < entries.length && entries[at]!.offset < to; at++) {
        if (at < below || above.has(entries[at]!)) continue;
        above.add(entries[at]!);
        yield [entries[at]!, commit];
      }
  }
}

const firstFrom = (entries: readonly LogEntry[], offset: number): number =>
  firstNotBefore(entries.length, (at) => entries[at]!.offset, offset);

/** Since when messages were dealt with by a group, as early as it may have been. */
class DealtWith {
  readonly #history: History;
  readonly #timing: HistoryTiming;
  readonly #given: PlacedByGroup<Delivery>;
  readonly #acks: PlacedByGroup<History['acks'][number]>;
  readonly #ofLinks: readonly FaultRecord[];
  readonly #modes: ReadonlyMap<string, string>;

  constructor(history: History, timing: HistoryTiming, given: PlacedByGroup<Delivery>) {
    this.#history = history;
    this.#timing = timing;
    this.#given = given;
    this.#acks = placedByGroup(history.acks);
    this.#ofLinks = history.faults.filter(({ costs }) => costs.includes('answers'));
    this.#modes = new Map(history.groups.map(({ name, mode }) => [name, mode]));
  }

  sinceMs(entry: LogEntry, { group, atMs }: Commit): number {
    if (this.#modes.get(group) !== 'auto') return this.#acknowledgedMs(entry, group);
    const given = this.#given(group).get(entry);
    if (given.length === 0) return -Infinity;
    const sinceMs = Math.min(...given.map((delivery) => handedSinceMs(delivery, this.#ofLinks, this.#timing)));
    // One that came again may have been acknowledged with an answer that never arrived.
    return sinceMs > atMs ? Math.min(sinceMs, this.#lostMs(entry, group)) : sinceMs;
  }

  #acknowledgedMs(entry: LogEntry, group: string): number {
    const acks = this.#acks(group).get(entry);
    return Math.min(Infinity, ...acks.filter(({ outcome }) => outcome !== 'refused').map(({ sentMs }) => sentMs));
  }

  #lostMs({ topic }: LogEntry, group: string): number {
    const lost = this.#history.lostAnswers.filter(
      (answer) => answer.mayHold && answer.group === group && answer.topic === topic,
    );
    return lost.reduce((sinceMs, { askedMs }) => Math.min(sinceMs, askedMs), Infinity);
  }
}

/**
 * *nonmonotonic*, of what is committed: the offset went back, though the same daemon had owned the partition all the time. A
 * rebalance, whoever sets it, or a log that was cut off may move a position.
 */
export function checkMonotonic(history: History): Violation[] {
  const violations: Violation[] = [];
  const claims = new ClaimIndex(history.claims);
  const commits = groupedBy(
    history.commits,
    ({ group, daemon, ...place }) => `${group} ${daemon ?? ''} ${partitionOf(place)}`,
  );
  for (const ofPartition of commits.values())
    for (const [at, commit] of ofPartition.entries()) {
      const last = ofPartition[at - 1];
      if (!last || commit.offset >= last.offset || mayGoBack(history, claims, last, commit)) continue;
      const text = `${whoCommitted(commit)} committed ${placeOf(last)} for group ${commit.group} at ${ms(last.atMs)}, and ${placeOf(commit)} at ${ms(commit.atMs)}`;
      violations.push({ check: 'nonmonotonic', atMs: commit.atMs, text });
    }
  return violations;
}

function mayGoBack(history: History, claims: ClaimIndex, last: Commit, commit: Commit): boolean {
  const { truncations, positionsSet, tenures } = history;
  return (
    truncations.some((cut) => isPlacedAs(cut, commit) && cut.atMs <= commit.atMs) ||
    positionsSet.some((set) => isOf(set, commit) && set.sentMs <= commit.atMs) ||
    tenures.some((tenure) => isOf(tenure, commit) && tenure.fromMs > last.atMs && tenure.fromMs <= commit.atMs) ||
    (commit.daemon === undefined && mayHaveMoved(history, claims, last, commit))
  );
}

/** Between the two, or shortly before the first: an earlier owner's commit may come to the broker after the first of the next one. */
function mayHaveMoved({ faults }: History, claims: ClaimIndex, last: Commit, { atMs }: Commit): boolean {
  const fromMs = last.atMs - commitTimeoutMs;
  const wasStruck = faults.some(
    (fault) =>
      fault.costs.some((cost) => cost !== 'answers') && fault.fromMs <= atMs && fault.toMs + commitTimeoutMs >= fromMs,
  );
  if (wasStruck) return true;
  const owners = claims.near(last, fromMs, atMs).map((sample) => sample.owners.get(last.partition));
  return owners.length === 0 || owners.some((owner) => owner === undefined || owner !== owners[0]);
}
