import type { ClaimSample } from '../../verdict/history.js';
import type { PartitionStory } from './partitions.js';

/** A time in which one daemon had a partition. */
export interface Ownership {
  readonly fromMs: number;
  readonly toMs: number;
  readonly daemon: string;
  /** How this is known: from ZooKeeper, or only from what the daemon handed over. */
  readonly source: 'claims' | 'deliveries';
}

/** Between two samples that are farther apart nothing is taken as known: several must have failed. */
const sampleGapMinMs = 1500;
const sampleGapFactor = 3;

/**
 * Who owned a partition, by samples of claims; and where there are none, as while ZooKeeper is away, who handed over its
 * messages. In the order of time; where nothing stands, nobody did, or nothing is known.
 */
export function ownershipOf(story: PartitionStory, claims: readonly ClaimSample[], endMs: number): Ownership[] {
  const samples = claims
    .filter(({ group, topic }) => group === story.group && topic === story.topic)
    .map(({ askedMs, answeredMs, owners }) => ({
      atMs: (askedMs + answeredMs) / 2,
      owner: owners.get(story.partition),
    }))
    .sort((a, b) => a.atMs - b.atMs);
  const apartMaxMs = sampleGapOf(samples.map(({ atMs }) => atMs));
  const found: Ownership[] = [];
  let knownToMs = 0;
  for (const [at, { atMs, owner }] of samples.entries()) {
    const nextMs = samples[at + 1]?.atMs ?? endMs;
    if (atMs - knownToMs > apartMaxMs || at === 0) found.push(...byDeliveries(story, knownToMs, atMs));
    knownToMs = nextMs - atMs > apartMaxMs ? atMs : nextMs;
    if (owner !== undefined) found.push({ fromMs: atMs, toMs: knownToMs, daemon: owner, source: 'claims' });
  }
  if (knownToMs < endMs) found.push(...byDeliveries(story, knownToMs, endMs));
  return joined(found);
}

function sampleGapOf(timesMs: readonly number[]): number {
  const apart = timesMs
    .slice(1)
    .map((atMs, at) => atMs - timesMs[at]!)
    .sort((a, b) => a - b);
  return Math.max(sampleGapMinMs, sampleGapFactor * (apart[Math.floor(apart.length / 2)] ?? 0));
}

function byDeliveries({ deliveries }: PartitionStory, fromMs: number, toMs: number): Ownership[] {
  return joined(
    deliveries
      .filter(({ handedMs }) => handedMs >= fromMs && handedMs < toMs)
      .map(({ handedMs, daemon }) => ({ fromMs: handedMs, toMs: handedMs, daemon, source: 'deliveries' })),
    Infinity,
  );
}

/** Those of one daemon that follow on each other, no farther apart than `apartMaxMs`, are one. */
function joined(parts: readonly Ownership[], apartMaxMs = 0): Ownership[] {
  const found: Ownership[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (last && last.daemon === part.daemon && last.source === part.source && part.fromMs - last.toMs <= apartMaxMs)
      found[found.length - 1] = { ...last, toMs: Math.max(last.toMs, part.toMs) };
    else found.push(part);
  }
  return found;
}

/** At most `max` of them: where there are more, as many moments are looked at. */
export function sampledOwnership(all: readonly Ownership[], endMs: number, max: number): readonly Ownership[] {
  if (all.length <= max) return all;
  const bucketMs = endMs / max;
  const parts: Ownership[] = [];
  let at = 0;
  for (let bucket = 0; bucket < max; bucket++) {
    const middleMs = (bucket + 0.5) * bucketMs;
    while (at < all.length && all[at]!.toMs < middleMs) at++;
    const one = all[at];
    if (one && one.fromMs <= middleMs) parts.push({ ...one, fromMs: bucket * bucketMs, toMs: (bucket + 1) * bucketMs });
  }
  return joined(parts);
}
