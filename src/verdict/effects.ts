import type { Delivery, FaultRecord, HistoryTiming } from './history.js';
import { strikes } from './places.js';

/** For this part of the session timeout a daemon trusts a session of which it hears nothing. See "The lease" in docs/GUARANTEES.md. */
const leaseShare = 2 / 3;

/**
 * Whether a daemon may have handed this over under a claim that was over: an answer that it was writing when it was struck, or
 * one that it gave for as long as its lease ran.
 */
export function mayOutliveClaim(
  fault: FaultRecord,
  { daemon, askedMs, handedMs }: Delivery,
  { sessionTimeoutMs, slackMs }: HistoryTiming,
): boolean {
  if (!fault.costs.includes('lease') || !strikes(fault, daemon) || handedMs < fault.fromMs - slackMs) return false;
  const wasBeingWritten = askedMs < fault.fromMs && handedMs <= fault.toMs + slackMs;
  return wasBeingWritten || handedMs <= fault.fromMs + leaseShare * sessionTimeoutMs + slackMs;
}

/** The first moment at which it may have been handed over: an answer can wait on a link that is struck. `ofLinks`: faults that cost answers. */
export function handedSinceMs(delivery: Delivery, ofLinks: readonly FaultRecord[], { slackMs }: HistoryTiming): number {
  const mayHaveWaited = ofLinks.some(
    (fault) =>
      strikes(fault, delivery.daemon) && fault.fromMs <= delivery.handedMs && fault.toMs + slackMs >= delivery.askedMs,
  );
  return mayHaveWaited ? delivery.askedMs : Math.max(delivery.askedMs, delivery.handedMs - slackMs);
}
