import type { ClaimSample, Delivery, History, HistoryTiming, Violation } from './history.js';
import { handedSinceMs, mayOutliveClaim } from './effects.js';
import { firstNotBefore, ms, placeOf } from './places.js';

/** Samples by group, topic and time. */
export class ClaimIndex {
  readonly #groups = new Map<string, Map<string, ClaimSample[]>>();

  constructor(claims: readonly ClaimSample[]) {
    for (const sample of [...claims].sort((a, b) => a.answeredMs - b.answeredMs)) {
      let topics = this.#groups.get(sample.group);
      if (!topics) this.#groups.set(sample.group, (topics = new Map()));
      const samples = topics.get(sample.topic);
      if (samples) samples.push(sample);
      else topics.set(sample.topic, [sample]);
    }
  }

  /** Whether one of those that say how it was at some moment of this time names this daemon. */
  names(place: SampledPlace & { readonly partition: number }, daemon: string, fromMs: number, toMs: number): boolean {
    const samples = this.#samplesOf(place);
    for (let at = firstSince(samples, fromMs); at < samples.length && samples[at]!.askedMs <= toMs; at++)
      if (samples[at]!.owners.get(place.partition) === daemon) return true;
    return false;
  }

  /** Those that say how it was at some moment of this time. */
  near(place: SampledPlace, fromMs: number, toMs: number): ClaimSample[] {
    const samples = this.#samplesOf(place);
    const found: ClaimSample[] = [];
    for (let at = firstSince(samples, fromMs); at < samples.length && samples[at]!.askedMs <= toMs; at++)
      found.push(samples[at]!);
    return found;
  }

  /** The latest that was over before. */
  before(place: SampledPlace, atMs: number): ClaimSample | undefined {
    const samples = this.#samplesOf(place);
    return samples[firstSince(samples, atMs) - 1];
  }

  #samplesOf({ group, topic }: SampledPlace): readonly ClaimSample[] {
    return this.#groups.get(group)?.get(topic) ?? [];
  }
}

interface SampledPlace {
  readonly group: string;
  readonly topic: string;
}

const firstSince = (samples: readonly ClaimSample[], fromMs: number): number =>
  firstNotBefore(samples.length, (at) => samples[at]!.answeredMs, fromMs);

export interface OwnershipCheck {
  readonly violations: readonly Violation[];
  /** Deliveries for which there was a sample that names an owner. */
  readonly looked: number;
}

/**
 * *double owner*: a message was handed over by a daemon when each sample of that time, of which there is one at least, and the
 * one before that name another owner: it had the partition neither when it was asked nor later. It may be so for as long as the
 * lease of one runs whose session a server has ended, and for the answer that a process was writing when it was frozen.
 */
export function checkOwnership({ claims, deliveries, faults }: History, timing: HistoryTiming): OwnershipCheck {
  if (claims.length === 0) return { violations: [], looked: 0 };
  const index = new ClaimIndex(claims);
  const ofLinks = faults.filter(({ costs }) => costs.includes('answers'));
  const violations: Violation[] = [];
  let looked = 0;
  const excuses = (delivery: Delivery) => faults.some((fault) => mayOutliveClaim(fault, delivery, timing));
  for (const delivery of deliveries) {
    const sinceMs = handedSinceMs(delivery, ofLinks, timing);
    const untilMs = delivery.handedMs + timing.slackMs;
    if (index.names(delivery, delivery.daemon, sinceMs, untilMs)) {
      looked++;
      continue;
    }
    const near = index.near(delivery, sinceMs, untilMs);
    const owners = near.map((sample) => sample.owners.get(delivery.partition));
    if (owners.every((owner) => owner === undefined)) continue;
    looked++;
    const before = index.before(delivery, sinceMs);
    if (before) owners.push(before.owners.get(delivery.partition));
    // Where nobody owned it for a moment, it is not known who had it before and after.
    if (owners.some((owner) => owner === undefined || owner === delivery.daemon) || excuses(delivery)) continue;
    const others = [...new Set(owners)].join(', ');
    const text = `${placeOf(delivery)} was given to group ${delivery.group} by ${delivery.daemon} at ${ms(delivery.handedMs)}, when ${others} owned the partition`;
    violations.push({ check: 'double owner', atMs: delivery.handedMs, text });
  }
  return { violations, looked };
}
