import type { Attempt, Delivery, Fault, History, LogEntry, Timing, Violation } from '../history.js';
import { mayLoseCommit, Tally, wasSetBack, type RepeatVerdict } from './causes.js';
import { message, place } from './lost.js';

/**
 * The same offset delivered again to the group with the automatic ack. Whoever delivered it before cannot have committed
 * it, because it was killed, or frozen past its session, or lost that, within a commit interval; or the group was set back
 * since; or it is what a frozen daemon was writing.
 */
export function checkRedelivered({ deliveries, faults }: History, timing: Timing): RepeatVerdict {
  const tally = new Tally();
  const latest = new Map<string, Delivery>();
  const ofGroup = deliveries.filter(({ group }) => group === 'auto').sort((a, b) => a.receivedMs - b.receivedMs);
  for (const delivery of ofGroup) {
    const earlier = latest.get(place(delivery));
    const held = faults.find((fault) => wasBeingWritten(fault, delivery, timing));
    // What was held up is older than it looks, and tells nothing of what came before it.
    if (!earlier || !held) latest.set(place(delivery), delivery);
    if (!earlier) continue;
    const fault = held ?? faults.findLast((each) => mayComeAgain(each, earlier, delivery, timing));
    tally.note(fault, () => {
      const text = `${place(delivery)} was delivered by ${earlier.daemon} at ${Math.round(earlier.receivedMs)} ms and by ${delivery.daemon} at ${Math.round(delivery.receivedMs)} ms`;
      return { check: 'unexplained duplicate', text };
    });
  }
  return tally;
}

function mayComeAgain(fault: Fault, earlier: Delivery, again: Delivery, timing: Timing): boolean {
  return (
    mayLoseCommit(fault, earlier.daemon, earlier.receivedMs, timing) ||
    wasSetBack(fault, 'auto', again, [earlier.receivedMs - timing.slackMs, again.receivedMs])
  );
}

/** A frozen process may hand out, once thawed, the one answer to a request that it was writing when it was frozen. */
export function wasBeingWritten(fault: Fault, { daemon, askedMs, receivedMs }: Delivery, { slackMs }: Timing): boolean {
  if (fault.name !== 'daemon-frozen' || fault.daemon !== daemon) return false;
  return askedMs < fault.startMs && receivedMs >= fault.backMs && receivedMs <= fault.backMs + slackMs;
}

/**
 * A message that lies in the log more than once. What was posted once is written once, whatever fails: the brokers know a
 * batch that comes again. So a further copy is always another post of the client's, which did not learn, because of a
 * fault, what had become of the one before.
 */
export function checkRewritten(history: History, timing: Timing): RepeatVerdict {
  const { log, acceptedLog, attempts, faults } = history;
  const tally = new Tally();
  tally.violations.push(...writtenTwice('post', log), ...writtenTwice('async post', acceptedLog));
  const logged = new Set(log.map(({ attempt }) => attempt));
  const latestTry = new Map<string, number>();
  for (const attempt of attempts) {
    if (logged.has(attempt.id)) latestTry.set(message(attempt), attempt.id);
  }
  for (const attempt of attempts) {
    if (!logged.has(attempt.id) || latestTry.get(message(attempt)) === attempt.id) continue;
    const fault = faults.findLast((each) => mayLoseAnswer(each, attempt, timing));
    tally.note(attempt.outcome === 'unknown' ? fault : undefined, () => ({
      check: 'unexplained duplicate',
      text: `${message(attempt)} was written by try ${attempt.id} (${attempt.outcome}: ${attempt.detail}) and again by try ${latestTry.get(message(attempt))}`,
    }));
  }
  return tally;
}

function writtenTwice(what: string, log: readonly LogEntry[]): Violation[] {
  const first = new Map<number, LogEntry>();
  return log.flatMap((entry) => {
    const before = first.get(entry.attempt);
    if (!before) first.set(entry.attempt, entry);
    if (!before) return [];
    return [
      { check: 'written twice', text: `${what} ${entry.attempt} lies at ${place(before)} and at ${place(entry)}` },
    ];
  });
}

const answerLosers: ReadonlySet<Fault['name']> = new Set<Fault['name']>([
  'broker-killed',
  'broker-frozen',
  'zookeeper-bounced',
  'zookeeper-gone',
  'daemon-frozen',
  'daemon-killed',
]);

function mayLoseAnswer(fault: Fault, { daemon, sentMs, answeredMs }: Attempt, timing: Timing): boolean {
  if (!answerLosers.has(fault.name)) return false;
  if (fault.daemon !== undefined && fault.daemon !== daemon) return false;
  return sentMs <= fault.recoveredMs + timing.slackMs && answeredMs >= fault.startMs;
}
