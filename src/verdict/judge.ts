import { checkAcks } from './acks.js';
import { checkOwnership } from './claims.js';
import type { History, HistoryTiming, Violation } from './history.js';
import { checkCommits, checkMonotonic } from './commits.js';
import { checkRedelivered, checkSeen, type Explanation } from './consumption.js';
import { checkOrder, checkPosts, checkWrittenTwice } from './log.js';
import { ms, placedByGroup } from './places.js';
import { checkRising } from './rising.js';

export interface Verdict {
  readonly violations: readonly Violation[];
  /** Why messages came again, or never came, that may by the rules -> how many. */
  readonly explained: ReadonlyMap<string, number>;
}

export interface Judged extends Verdict {
  /** How many things could have broken these checks; of the others that shows in the history itself. */
  readonly looked: { readonly reordered: number; readonly rising: number; readonly doubleOwner: number };
}

/** Holds a history against everything that is promised. */
export function judge(history: History, timing: HistoryTiming, explain: Explanation): Judged {
  const given = placedByGroup(history.deliveries);
  const redelivered = checkRedelivered(history, timing, explain, given);
  const posts = checkPosts(history);
  const order = checkOrder(history);
  const seen = checkSeen(history, timing, given);
  const rising = checkRising(history, timing, given);
  const ownership = checkOwnership(history, timing);
  const violations = [
    ...posts.violations,
    ...checkWrittenTwice(history),
    ...order.violations,
    ...seen.violations,
    ...redelivered.violations,
    ...rising.violations,
    ...checkCommits(history, timing, given),
    ...checkMonotonic(history),
    ...checkAcks(history, timing, given),
    ...ownership.violations,
    ...checkSettled(history),
    ...history.breaches.map(({ atMs, invariant, text }) => ({ check: invariant, atMs, text })),
  ];
  return {
    violations: violations.sort((a, b) => a.atMs - b.atMs),
    explained: new Map([...redelivered.explained, ...seen.explained, ...posts.explained]),
    looked: { reordered: order.looked, rising: rising.looked, doubleOwner: ownership.looked },
  };
}

/** *never settled*: a request got no answer within its own deadline. */
function checkSettled({ hangs }: History): Violation[] {
  return hangs.map(({ client, daemon, request, sentMs, answeredMs }) => {
    const end = answeredMs === undefined ? 'never' : `at ${ms(answeredMs)}`;
    const text = `${client} asked ${daemon} for ${request} at ${ms(sentMs)} and was answered ${end}`;
    return { check: 'never settled', atMs: sentMs, text };
  });
}
