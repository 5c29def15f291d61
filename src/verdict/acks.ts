import { ClaimIndex } from './claims.js';
import type { Ack, Delivery, History, HistoryTiming, Violation } from './history.js';
import { isOf, ms, placeOf, strikes, type PlacedByGroup } from './places.js';

/** How long a fault is felt when it is over: back-offs and restarts. */
const faultEchoMs = 3000;

/**
 * *ack refused*: a client acknowledged a message to the daemon that had given it, which owned the partition all the time, with
 * nothing broken, and the daemon would not take it.
 */
export function checkAcks(history: History, timing: HistoryTiming, given: PlacedByGroup<Delivery>): Violation[] {
  const { acks, faults } = history;
  const claims = new ClaimIndex(history.claims);
  const isStruck = ({ daemon, answeredMs }: Ack, sinceMs: number): boolean =>
    faults.some(
      (fault) =>
        strikes(fault, daemon) &&
        fault.fromMs <= answeredMs! + timing.slackMs &&
        fault.toMs + faultEchoMs + timing.slackMs >= sinceMs,
    );
  return acks.flatMap((ack): Violation[] => {
    if (ack.outcome !== 'refused' || ack.answeredMs === undefined) return [];
    const handedMs = given(ack.group)
      .get(ack)
      .filter(({ daemon, handedMs }) => daemon === ack.daemon && handedMs <= ack.sentMs)
      .reduce((latest, { handedMs }) => Math.max(latest, handedMs), -Infinity);
    if (handedMs === -Infinity || isStruck(ack, handedMs) || !owns(history, claims, timing, ack, handedMs)) return [];
    const text = `${placeOf(ack)} was given to group ${ack.group} by ${ack.daemon} at ${ms(handedMs)}, and its ack refused at ${ms(ack.answeredMs)}: ${ack.detail}`;
    return [{ check: 'ack refused', atMs: ack.answeredMs, text }];
  });
}

/** From when it gave the message to when it answered the ack. Where nobody looked, that is not known. */
function owns(
  { tenures }: History,
  claims: ClaimIndex,
  { slackMs }: HistoryTiming,
  ack: Ack,
  handedMs: number,
): boolean {
  const isTenure = tenures.some(
    (tenure) =>
      isOf(tenure, ack) && tenure.daemon === ack.daemon && tenure.fromMs <= handedMs && tenure.toMs > ack.answeredMs!,
  );
  const samples = claims.near(ack, handedMs - slackMs, ack.answeredMs! + slackMs);
  return isTenure || (samples.length > 0 && samples.every(({ owners }) => owners.get(ack.partition) === ack.daemon));
}
