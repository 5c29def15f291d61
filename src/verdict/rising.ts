import type { Delivery, History, HistoryTiming, LostAnswer, Violation } from './history.js';
import {
  consumedBy,
  groupedBy,
  isGivenAgain,
  isOf,
  isPlacedAs,
  ms,
  partitionOf,
  placeOf,
  type PlacedByGroup,
} from './places.js';

export interface RisingCheck {
  readonly violations: readonly Violation[];
  /** Messages that were asked for when another one of their partition had been handed over. */
  readonly looked: number;
}

/** A message that a group was given, however often. */
interface Given {
  /** The first one that was handed over. */
  readonly first: Delivery;
  /** When the first of the requests was made that brought it. */
  readonly askedMs: number;
}

/**
 * *nonmonotonic*, of what a group is given: a message was first brought by a request that was made when a later one of its
 * partition had been handed over. An owner offers them in the order of their offsets. So the message had been offered
 * before; and what excuses it is an answer in which it can have been, and that did not come to its client. Whoever sets the
 * position, or an end of the log that was cut off, may move it as well.
 */
export function checkRising(history: History, timing: HistoryTiming, given: PlacedByGroup<Delivery>): RisingCheck {
  const violations: Violation[] = [];
  let looked = 0;
  for (const { name } of history.groups) {
    const messages: Given[] = [];
    for (const { entry, deliveries } of consumedBy(history, name, given(name))) {
      const [first] = deliveries;
      if (!first || isGivenAgain(history, entry)) continue;
      messages.push({ first, askedMs: deliveries.reduce((min, { askedMs }) => Math.min(min, askedMs), Infinity) });
    }
    for (const ofPartition of groupedBy(messages, ({ first }) => partitionOf(first)).values())
      for (const [message, later] of behindOthers(ofPartition)) {
        looked++;
        if (later.offset <= message.first.offset || isExcused(history, timing, message, later)) continue;
        const text = `group ${name} was given ${placeOf(later)} by ${later.daemon} at ${ms(later.handedMs)}, and ${placeOf(message.first)}, asked for at ${ms(message.askedMs)}, only then`;
        violations.push({ check: 'nonmonotonic', atMs: message.first.handedMs, text });
      }
  }
  return { violations, looked };
}

/** Each message with the farthest of those of its partition that had been handed over when it was asked for, if there is one. */
function* behindOthers(messages: readonly Given[]): Iterable<readonly [Given, Delivery]> {
  const byHanded = messages.map(({ first }) => first).sort((a, b) => a.handedMs - b.handedMs);
  let farthest: Delivery | undefined;
  let handed = 0;
  for (const message of [...messages].sort((a, b) => a.askedMs - b.askedMs)) {
    for (; handed < byHanded.length && byHanded[handed]!.handedMs < message.askedMs; handed++)
      if (byHanded[handed]!.offset > (farthest?.offset ?? -1)) farthest = byHanded[handed];
    if (farthest) yield [message, farthest];
  }
}

function isExcused(
  { lostAnswers, positionsSet, truncations }: History,
  { ackTimeoutMs, slackMs }: HistoryTiming,
  { first }: Given,
  later: Delivery,
): boolean {
  // A daemon that takes an answer for handed over offers its message again when nobody has acknowledged it in time.
  const mayHaveHeld = ({ group, topic, askedMs, endedMs, mayHold }: LostAnswer): boolean =>
    group === later.group &&
    topic === later.topic &&
    askedMs <= later.handedMs &&
    endedMs + (mayHold ? ackTimeoutMs : 0) + slackMs >= later.askedMs;
  return (
    lostAnswers.some(mayHaveHeld) ||
    positionsSet.some((set) => isOf(set, first) && set.sentMs <= first.handedMs) ||
    truncations.some((cut) => isPlacedAs(cut, first) && cut.atMs <= first.handedMs)
  );
}
