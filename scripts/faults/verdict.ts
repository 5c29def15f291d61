import { checkAcknowledged, type AcknowledgedVerdict } from './checkers/acknowledged.js';
import type { Causes } from './checkers/causes.js';
import { checkRedelivered, checkRewritten } from './checkers/duplicates.js';
import { checkLife } from './checkers/life.js';
import { checkAccepted, checkLost, countLostWithKilled } from './checkers/lost.js';
import { checkOrder } from './checkers/order.js';
import { checkMonotonic, checkOwnership } from './checkers/ownership.js';
import { checkSetBack } from './checkers/set-back.js';
import { figuresOf, type Figure } from './figures.js';
import type { History, Timing, Violation } from './history.js';

/** What a run showed. Guarantees were kept when there is no violation; figures judge nothing. */
export interface Verdict {
  readonly violations: readonly Violation[];
  readonly figures: readonly Figure[];
  readonly redelivered: Causes;
  readonly acknowledged: Omit<AcknowledgedVerdict, 'violations'>;
  readonly rewritten: Causes;
  readonly lostWithKilled: number;
}

export function judge(history: History, timing: Timing): Verdict {
  const redelivered = checkRedelivered(history, timing);
  const acknowledged = checkAcknowledged(history, timing);
  const rewritten = checkRewritten(history, timing);
  return {
    violations: [
      ...checkLost(history),
      ...checkAccepted(history),
      ...checkOrder(history),
      ...redelivered.violations,
      ...acknowledged.violations,
      ...checkSetBack(history),
      ...rewritten.violations,
      ...checkOwnership(history, timing),
      ...checkMonotonic(history, timing),
      ...checkLife(history, timing),
    ],
    figures: figuresOf(history, timing),
    redelivered: redelivered.causes,
    acknowledged,
    rewritten: rewritten.causes,
    lostWithKilled: countLostWithKilled(history),
  };
}
