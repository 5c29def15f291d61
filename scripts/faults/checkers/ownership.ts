import type { ClaimSample, History, Timing, Violation } from '../history.js';
import { wasBeingWritten } from './duplicates.js';
import { place } from './lost.js';

/**
 * A partition is delivered only by the daemon that owns it. Whoever looks from outside sees claims by samples, so a delivery
 * is held against those within the slack of its arrival: it is a breach when there are such, and each names another owner.
 */
export function checkOwnership(history: History, timing: Timing): Violation[] {
  const sorted = [...history.claims].sort((a, b) => a.answeredMs - b.answeredMs);
  const claims = {
    auto: sorted.filter(({ group }) => group === 'auto'),
    later: sorted.filter(({ group }) => group === 'later'),
  };
  return history.deliveries.flatMap((delivery) => {
    const { group, receivedMs } = delivery;
    const near = samplesWithin(claims[group], receivedMs - timing.slackMs, receivedMs + timing.slackMs);
    const owners = near.map(({ owners }) => owners.get(delivery.partition));
    if (owners.length === 0 || owners.some((owner) => owner === undefined || owner === delivery.daemon)) return [];
    if (history.faults.some((fault) => wasBeingWritten(fault, delivery, timing))) return [];
    const others = [...new Set(owners)].join(', ');
    const text = `${place(delivery)} was delivered by ${delivery.daemon} at ${Math.round(delivery.receivedMs)} ms, when ${others} owned the partition`;
    return [{ check: 'two owners', text }];
  });
}

function samplesWithin(claims: readonly ClaimSample[], fromMs: number, toMs: number): ClaimSample[] {
  let low = 0;
  let high = claims.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (claims[middle]!.answeredMs < fromMs) low = middle + 1;
    else high = middle;
  }
  const found = [];
  for (let at = low; at < claims.length && claims[at]!.askedMs <= toMs; at++) found.push(claims[at]!);
  return found;
}

/**
 * One client of one daemon with the automatic ack sees the offsets of a partition rise. A fault or a rebalance may move the position back, so
 * only those count that lie in no fault's time.
 */
export function checkMonotonic({ deliveries, faults }: History, { slackMs }: Timing): Violation[] {
  const highest = new Map<string, number>();
  const calm = (atMs: number): boolean =>
    faults.every(({ startMs, recoveredMs }) => atMs < startMs || atMs > recoveredMs + slackMs);
  return deliveries
    .filter(({ group }) => group === 'auto')
    .sort((a, b) => a.receivedMs - b.receivedMs)
    .flatMap((delivery) => {
      const track = `${delivery.client} ${delivery.partition}`;
      const before = highest.get(track) ?? -1;
      highest.set(track, delivery.offset);
      if (delivery.offset > before || !calm(delivery.receivedMs)) return [];
      return [{ check: 'nonmonotonic', text: `${delivery.client} got ${place(delivery)} after ${before}` }];
    });
}
