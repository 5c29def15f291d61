import type { Ack, Delivery, Fault, History, Timing, Violation } from '../history.js';
import { mayLoseCommit, mayMove, Tally, wasSetBack, type RepeatVerdict } from './causes.js';
import { place } from './lost.js';

export interface AcknowledgedVerdict extends RepeatVerdict {
  /** Messages that came again because nobody had acknowledged them in time. */
  readonly expired: number;
}

/**
 * The group whose clients acknowledge later. Every message is acknowledged by somebody in the end; one that is, does not
 * come again, unless the note of it was lost with its daemon, or the partition had been elsewhere since the message was
 * delivered, or the group was set back; and one that is not, comes again when its time is over and not before.
 */
export function checkAcknowledged(history: History, timing: Timing): AcknowledgedVerdict {
  const deliveries = byPlace(history.deliveries.filter(({ group }) => group === 'later'));
  const acks = byPlace(history.acks);
  const tally = new Tally();
  let expired = 0;
  for (const [at, ofMessage] of deliveries) {
    const sorted = ofMessage.sort((a, b) => a.receivedMs - b.receivedMs);
    for (const [n, again] of sorted.entries()) {
      const before = sorted[n - 1];
      if (!before) continue;
      // Who asked before the ack was answered may have been given the message before it was noted.
      const noted = (acks.get(at) ?? []).filter((ack) => ack.outcome === 'noted' && ack.answeredMs <= again.askedMs);
      if (noted.length > 0) noteAcknowledged(tally, history, noted, again, timing);
      else if (again.receivedMs - before.askedMs >= timing.ackTimeoutMs) expired++;
      else noteEarly(tally, history, before, again, timing);
    }
  }
  tally.violations.push(...neverAcknowledged(history, acks), ...refusedInCalm(history, timing));
  return { violations: tally.violations, causes: tally.causes, expired };
}

function byPlace<Item extends { readonly partition: number; readonly offset: number }>(
  items: readonly Item[],
): Map<string, Item[]> {
  const map = new Map<string, Item[]>();
  for (const item of items) {
    const found = map.get(place(item));
    if (found) found.push(item);
    else map.set(place(item), [item]);
  }
  return map;
}

/** Each of the acks must have come to nothing. */
function noteAcknowledged(
  tally: Tally,
  { faults }: History,
  noted: readonly Ack[],
  again: Delivery,
  timing: Timing,
): void {
  const voided = noted.map((ack) => ({ ack, fault: faults.findLast((each) => mayVoid(each, ack, again, timing)) }));
  const counted = voided.find(({ fault }) => !fault)?.ack;
  tally.note(counted ? undefined : voided.at(-1)?.fault, () => {
    const text = `${place(again)}, acknowledged at ${counted?.daemon} at ${Math.round(counted?.answeredMs ?? 0)} ms, was delivered again by ${again.daemon} at ${Math.round(again.receivedMs)} ms`;
    return { check: 'acknowledged, delivered again', text };
  });
}

function mayVoid(fault: Fault, ack: Ack, again: Delivery, timing: Timing): boolean {
  return (
    mayLoseCommit(fault, ack.daemon, ack.answeredMs, timing) ||
    mayMove(fault, ack.receivedMs, ack.answeredMs, timing) ||
    wasSetBack(fault, 'later', again, [ack.receivedMs - timing.slackMs, again.receivedMs])
  );
}

/** Before its time is over, a message comes again only from a new owner, or when the log had lost the owner's place. */
function noteEarly(tally: Tally, { faults }: History, before: Delivery, again: Delivery, timing: Timing): void {
  const fault = faults.findLast(
    (each) =>
      mayMove(each, before.receivedMs, again.receivedMs, timing) ||
      wasSetBack(each, 'later', again, [before.receivedMs - timing.slackMs, again.receivedMs]) ||
      (each.name === 'broker-killed' && again.receivedMs >= each.startMs && before.receivedMs <= each.recoveredMs),
  );
  tally.note(fault, () => {
    const text = `${place(again)} was delivered by ${before.daemon} at ${Math.round(before.receivedMs)} ms and by ${again.daemon} at ${Math.round(again.receivedMs)} ms, though clients have ${timing.ackTimeoutMs} ms to acknowledge`;
    return { check: 'too early', text };
  });
}

/** The last faults are over long before the end, and then everything is acknowledged that comes again. */
function neverAcknowledged({ log }: History, acks: ReadonlyMap<string, readonly Ack[]>): Violation[] {
  return log.flatMap((entry) => {
    if ((acks.get(place(entry)) ?? []).some(({ outcome }) => outcome !== 'refused')) return [];
    return [{ check: 'lost', text: `${place(entry)} was acknowledged by nobody, and did not come again` }];
  });
}

function refusedInCalm({ acks, faults, endMs }: History, timing: Timing): Violation[] {
  return acks.flatMap(({ daemon, partition, offset, receivedMs, answeredMs, outcome, detail }) => {
    if (
      outcome !== 'refused' ||
      answeredMs >= endMs ||
      faults.some((each) => mayMove(each, receivedMs, answeredMs, timing))
    )
      return [];
    const text = `${place({ partition, offset })} could not be acknowledged at ${daemon}, which had delivered it: ${detail}`;
    return [{ check: 'ack refused', text }];
  });
}
