import type {
  Ack,
  Commit,
  Delivery,
  Explained,
  FaultRecord,
  History,
  HistoryTiming,
  LogEntry,
  LostAnswer,
  PositionSet,
  Tenure,
  Violation,
} from './history.js';
import {
  consumedBy,
  groupedBy,
  isGivenAgain,
  isOf,
  isPlacedAs,
  ms,
  partitionOf,
  placedByGroup,
  placeOf,
  strikes,
  type PlacedByGroup,
} from './places.js';

/**
 * Of each message of the log that a group was never given: *lost*, if the group has committed past it; *skip*, if it was given
 * later ones of the partition; *unseen* otherwise: the final drain should have brought it. Where an election has cut the log
 * off and its offsets are given again, a group that was past them is not given what lies there now. With the automatic ack a
 * message is gone with the answer that it was in, if the connection was cut: there may be as many of these as such answers.
 */
export function checkSeen(history: History, timing: HistoryTiming, given: PlacedByGroup<Delivery>): Explained {
  const committed = new Map<string, number>();
  for (const { group, topic, partition, offset } of history.commits) {
    const key = `${group} ${topic}/${partition}`;
    committed.set(key, Math.max(offset, committed.get(key) ?? 0));
  }
  const highest = highestGiven(history.deliveries);
  const violations: Violation[] = [];
  let lostWithAnswers = 0;
  for (const { name, mode } of history.groups) {
    const missing: LogEntry[] = [];
    for (const { entry, deliveries } of consumedBy(history, name, given(name)))
      if (deliveries.length === 0 && !isGivenAgain(history, entry)) missing.push(entry);
    const excused = mode === 'auto' ? goneWithAnswers(missing, name, history, timing) : new Set();
    lostWithAnswers += excused.size;
    for (const entry of missing) {
      if (excused.has(entry)) continue;
      const key = `${name} ${partitionOf(entry)}`;
      const isPassed = (highest.get(name)?.get(entry.topic)?.get(entry.partition) ?? -1) > entry.offset;
      const check = (committed.get(key) ?? 0) > entry.offset ? 'lost' : isPassed ? 'skip' : 'unseen';
      const text = `group ${name} was never given ${placeOf(entry)} (post ${entry.post})`;
      violations.push({ check, atMs: history.endMs, text });
    }
  }
  const why = 'lost with an answer whose connection was cut, after its automatic ack';
  return { violations, explained: new Map(lostWithAnswers > 0 ? [[why, lostWithAnswers]] : []) };
}

/** Group -> topic -> partition -> the highest offset that it was given. */
function highestGiven(deliveries: readonly Delivery[]): Map<string, Map<string, Map<number, number>>> {
  const groups = new Map<string, Map<string, Map<number, number>>>();
  for (const { group, topic, partition, offset } of deliveries) {
    let topics = groups.get(group);
    if (!topics) groups.set(group, (topics = new Map()));
    let partitions = topics.get(topic);
    if (!partitions) topics.set(topic, (partitions = new Map()));
    partitions.set(partition, Math.max(offset, partitions.get(partition) ?? -1));
  }
  return groups;
}

/** Of those that a group was never given, as many as answers were lost in which they can have been. */
function goneWithAnswers(
  missing: readonly LogEntry[],
  group: string,
  { lostAnswers, faults, posts }: History,
  { slackMs }: HistoryTiming,
): ReadonlySet<LogEntry> {
  const gone = new Set<LogEntry>();
  const isCutOff = ({ daemon, askedMs, endedMs }: LostAnswer): boolean =>
    faults.some(
      (fault) =>
        (fault.costs.includes('answers') || fault.costs.includes('memory')) &&
        strikes(fault, daemon) &&
        fault.fromMs <= endedMs + slackMs &&
        fault.toMs + slackMs >= askedMs,
    );
  const lost = lostAnswers.filter((answer) => answer.group === group && answer.mayHold && isCutOff(answer));
  if (missing.length === 0 || lost.length === 0) return gone;
  const numbers = new Set(missing.map(({ post }) => post));
  const sentMs = new Map(posts.filter(({ id }) => numbers.has(id)).map((post) => [post.id, post.sentMs]));
  for (const [topic, entries] of groupedBy(missing, (entry) => entry.topic)) {
    const sent = (entry: LogEntry): number => sentMs.get(entry.post) ?? 0;
    const newest = entries.sort((a, b) => sent(b) - sent(a));
    // No answer can have had what was posted later; so the newest is given the choice first.
    const ends = lost.filter((answer) => answer.topic === topic).map(({ endedMs }) => endedMs);
    ends.sort((a, b) => b - a);
    let taken = 0;
    for (const entry of newest) {
      if (taken < ends.length && ends[taken]! >= sent(entry)) {
        gone.add(entry);
        taken++;
      }
    }
  }
  return gone;
}

/** Why a message may come again, in a run: `undefined`: nothing explains it. */
export type Explanation = (
  history: History,
  timing: HistoryTiming,
) => (before: Delivery, again: Delivery) => string | undefined;

/** *duplicate*: a message that a group had dealt with is given to it again, and nothing that happened explains it. */
export function checkRedelivered(
  history: History,
  timing: HistoryTiming,
  explanation: Explanation,
  given: PlacedByGroup<Delivery>,
): Explained {
  const explain = explanation(history, timing);
  const violations: Violation[] = [];
  const explained = new Map<string, number>();
  for (const { name } of history.groups)
    for (const { deliveries } of consumedBy(history, name, given(name)))
      for (let at = 1; at < deliveries.length; at++) {
        const [before, again] = [deliveries[at - 1]!, deliveries[at]!];
        const why = explain(before, again);
        if (why !== undefined) explained.set(why, (explained.get(why) ?? 0) + 1);
        else {
          const text = `group ${name} was given ${placeOf(again)} by ${before.daemon} at ${ms(before.handedMs)} and by ${again.daemon} at ${ms(again.handedMs)}`;
          violations.push({ check: 'duplicate', atMs: again.handedMs, text });
        }
      }
  return { violations, explained };
}

/**
 * What explains a redelivery where every tenure is known: nobody had acknowledged it in time, or the tenure in which it was
 * given before ended before a commit of it was taken. One that ended by releasing commits first, unless something kept it from
 * that.
 */
export const explainByTenures: Explanation = (history, timing) => {
  const acks = placedByGroup(history.acks);
  return (before, again) => {
    const acked = acks(before.group).get(before);
    // Where more than one tenure may be meant, each delivery is taken to lie where it was the less strange.
    for (const tenure of tenuresOf(before, history))
      for (const tenureOfAgain of tenuresOf(again, history).reverse()) {
        const why = explainByTenure({ before, again, tenure, tenureOfAgain }, acked, history, timing);
        if (why !== undefined) return why;
      }
    return undefined;
  };
};

interface Redelivery {
  readonly before: Delivery;
  readonly again: Delivery;
  /** `undefined`: of none that is known. */
  readonly tenure: Tenure | undefined;
  readonly tenureOfAgain: Tenure | undefined;
}

function explainByTenure(
  { before, again, tenure, tenureOfAgain }: Redelivery,
  acks: readonly Ack[],
  history: History,
  timing: HistoryTiming,
): string | undefined {
  if ((tenure && tenure.toMs < before.handedMs) || (tenureOfAgain && tenureOfAgain.toMs < again.handedMs))
    return 'its client read the answer when its owner had let the partition go';
  // Whether it was right to give anything away by then is another check.
  if (tenureOfAgain && tenure && tenureOfAgain.fromMs < tenure.fromMs && tenureOfAgain.end !== 'released')
    return 'an owner did not know yet that its session was over';
  if (history.positionsSet.some((set) => isSetBack(set, before, again, tenure !== tenureOfAgain, timing)))
    return 'the position of its group was set back';
  const isDealtWith = before.mode === 'auto' || acks.some((ack) => counts(ack, before, again, tenure));
  if (!isDealtWith) {
    if (again.handedMs - before.handedMs >= timing.ackTimeoutMs) return 'not acknowledged in time';
    // Its owner reads again from the first message that is not acknowledged, and offers that at once.
    const isCutOff = history.truncations.some(
      (cut) => isPlacedAs(cut, again) && cut.atMs >= before.handedMs && cut.atMs <= again.handedMs,
    );
    if (isCutOff) return 'not acknowledged when the end of the log was cut off';
    return tenure !== tenureOfAgain ? 'not acknowledged when the partition moved' : undefined;
  }
  if (tenure === undefined || tenure === tenureOfAgain) return undefined;
  const ofGroup = history.commits.filter((commit) => isOf(commit, before));
  const sinceMs = tenureOfAgain?.fromMs ?? again.handedMs;
  // Under way for long, it may have come when the next owner had read its position.
  const committed = ofGroup.find(
    ({ takenMs, atMs, daemon, ...commit }) =>
      takenMs !== undefined &&
      takenMs <= sinceMs &&
      // Who lets it go in the very moment in which it took it has given it away before.
      !(daemon === again.daemon && atMs >= sinceMs) &&
      covers(commit, before.offset),
  );
  if (committed) {
    const isOverwritten = ofGroup.some(
      (commit) => commit.atMs <= sinceMs && !covers(commit, before.offset) && isHeldUp(commit, committed, history),
    );
    return isOverwritten ? 'an earlier commit was held up, and came to the broker after the one of it' : undefined;
  }
  if (tenure.end !== 'released') return `its owner was ${tenure.end} before it was committed`;
  const isKept = history.faults.some((fault) =>
    keepsFromCommitting(fault, before.daemon, before.handedMs, tenure.toMs),
  );
  return isKept ? 'its owner could not commit it before the partition moved' : undefined;
}

/**
 * Its owner has gone on from there by the time of the answer; one that belongs to another daemon may not know of it, and then
 * it counts for the next owner, if for any.
 */
const isSetBack = (
  set: PositionSet,
  before: Delivery,
  again: Delivery,
  isNextTenure: boolean,
  { commitIntervalMs }: HistoryTiming,
): boolean =>
  isOf(set, again) &&
  set.offset <= again.offset &&
  set.sentMs <= again.handedMs &&
  (isNextTenure || set.answeredMs === undefined || before.handedMs <= set.answeredMs + commitIntervalMs);

const keepsFromCommitting = (
  fault: FaultRecord,
  daemon: string | undefined,
  sinceMs: number,
  untilMs: number,
): boolean =>
  fault.costs.includes('commits') &&
  fault.fromMs <= untilMs &&
  fault.toMs + faultEchoMs >= sinceMs &&
  strikes(fault, daemon);

/** Kafka takes commits in the order in which they come, whoever owns the partition by then. */
const isHeldUp = (late: Commit, committed: Commit, { faults }: History): boolean =>
  (late.takenMs === undefined || late.takenMs >= committed.takenMs!) &&
  late.atMs <= committed.takenMs! &&
  faults.some((fault) => keepsFromCommitting(fault, late.daemon, late.atMs, late.atMs));

/** How long a fault is felt when it is over: back-offs and restarts. */
const faultEchoMs = 3000;

/**
 * Of those before this delivery none counts: it came again in spite of them. Who asks before the answer may be given it still.
 * Nor does one that came when the tenure was over: whoever owns the partition by then has not given the message away yet.
 */
const counts = (ack: Ack, before: Delivery, again: Delivery, tenure: Tenure | undefined): boolean =>
  // Another one, that had given it away before, may not know yet that it owns the partition no more.
  ack.daemon === before.daemon &&
  ack.outcome === 'noted' &&
  ack.sentMs >= before.handedMs &&
  ack.answeredMs! < again.askedMs &&
  ack.answeredMs! <= (tenure?.toMs ?? Infinity);

/** One that the client did not read for a while was given away some time before it was handed over. Without any: `undefined`. */
function tenuresOf(delivery: Delivery, { tenures, faults }: History): (Tenure | undefined)[] {
  const { daemon, askedMs, handedMs } = delivery;
  const heldUp = faults.filter(
    (fault) =>
      fault.costs.includes('lease') && strikes(fault, daemon) && fault.fromMs <= handedMs && fault.toMs >= handedMs,
  );
  const givenMs = Math.max(askedMs, Math.min(handedMs, ...heldUp.map(({ fromMs }) => fromMs)));
  const found = tenures.filter(
    (tenure) =>
      isOf(tenure, delivery) && tenure.daemon === daemon && tenure.fromMs <= handedMs && tenure.toMs >= givenMs,
  );
  return found.length === 0 ? [undefined] : found.sort((a, b) => a.fromMs - b.fromMs);
}

const covers = ({ offset, acked }: Pick<Commit, 'offset' | 'acked'>, at: number): boolean =>
  at < offset || acked.some(([from, to]) => at >= from && at < to);
