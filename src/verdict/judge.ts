import type { History, HistoryTiming, Violation } from './history.js';
import { checkCommits, checkMonotonic, checkRedelivered, checkSeen, type Explanation } from './consumption.js';
import { checkOrder, checkPosts, checkWrittenTwice } from './log.js';
import { ms } from './places.js';

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Why messages came again -> how many did. */
  readonly explained: ReadonlyMap<string, number>;
}

/** Holds a history against everything that is promised. */
export function judge(history: History, timing: HistoryTiming, explain: Explanation): Verdict {
  const redelivered = checkRedelivered(history, timing, explain);
  const violations = [
    ...checkPosts(history),
    ...checkWrittenTwice(history),
    ...checkOrder(history),
    ...checkSeen(history),
    ...redelivered.violations,
    ...checkCommits(history),
    ...checkMonotonic(history),
    ...checkSettled(history),
    ...history.breaches.map(({ atMs, invariant, text }) => ({ check: invariant, atMs, text })),
  ];
  return { violations: violations.sort((a, b) => a.atMs - b.atMs), explained: redelivered.explained };
}

/** *never settled*: a request got no answer within its own deadline. */
function checkSettled({ hangs }: History): Violation[] {
  return hangs.map(({ client, daemon, request, sentMs, answeredMs }) => {
    const end = answeredMs === undefined ? 'never' : `at ${ms(answeredMs)}`;
    const text = `${client} asked ${daemon} for ${request} at ${ms(sentMs)} and was answered ${end}`;
    return { check: 'never settled', atMs: sentMs, text };
  });
}
