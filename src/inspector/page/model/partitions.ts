import type { StateValue } from '../../protocol.js';
import { Bounded } from './bounded.js';

/** Of one partition, oldest dropped first. */
const segmentsPerPartitionMax = 200;
/** About one a second, while somebody looks. */
const lagsPerPartitionMax = 120;

/**
 * What a member does with a partition. `paused`: it holds the claim and offers nothing, because ZooKeeper does not answer;
 * `overdue`: that lasts so long that somebody else may have the claim by now; `held`: it holds the claim, and more is not
 * known here.
 */
export type PartitionPhase =
  | 'claiming'
  | 'waiting'
  | 'positioning'
  | 'setting'
  | 'reading'
  | 'full'
  | 'blocked'
  | 'paused'
  | 'overdue'
  | 'settling'
  | 'committing'
  | 'releasing'
  | 'restarting'
  | 'held';

/** How far the session of a daemon can be trusted, as its machine has it. */
export type SessionPhase = 'connecting' | 'connected' | 'suspect' | 'lapsed' | 'overdue' | 'lost' | 'closed';

export interface PartitionSegment {
  readonly member: string;
  /** Its actor, if it is one of a daemon that can be seen into. */
  readonly address: string | undefined;
  readonly phase: PartitionPhase;
  readonly fromMs: number;
  /** `undefined`: it is so now. */
  toMs: number | undefined;
  /** Type of the event that brought it here; `group`: it was read in ZooKeeper. */
  readonly why: string;
}

const consuming = new Set<PartitionPhase>(['reading', 'full', 'blocked', 'held']);
const withoutClaim = new Set<PartitionPhase>(['claiming', 'waiting', 'overdue']);

/** It has the messages of the partition offered, or as far as can be known. */
export const isConsuming = (phase: PartitionPhase): boolean => consuming.has(phase);

/** It keeps others from claiming the partition. */
export const holdsClaim = (phase: PartitionPhase): boolean => !withoutClaim.has(phase);

const ofOwner: Readonly<Record<string, PartitionPhase>> = {
  starting: 'claiming',
  claiming: 'claiming',
  awaitingClaim: 'waiting',
  positioning: 'positioning',
  positioningLater: 'positioning',
  setting: 'setting',
  settling: 'settling',
  committing: 'committing',
  releasing: 'releasing',
  releasingLater: 'releasing',
  restarting: 'restarting',
};

/** Of a partition owner's state; `undefined`: it does nothing with the partition any more. */
export function phaseOf(value: StateValue | undefined, session: SessionPhase): PartitionPhase | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return ofOwner[value];
  if (session === 'lapsed') return 'paused';
  // Under a session that is over nothing is claimed any more, whether or not the owner has heard of it.
  if (session !== 'connected' && session !== 'suspect') return 'overdue';
  const owning = value['owning'];
  return owning === 'full' || owning === 'blocked' ? owning : 'reading';
}

const sessionPhases = new Set(['connecting', 'connected', 'suspect', 'lapsed', 'overdue', 'lost']);

/** Of a ZooKeeper session's state. */
export function sessionPhaseOf(value: StateValue | undefined): SessionPhase {
  const name = typeof value === 'object' ? value['open'] : value;
  if (typeof name === 'object') return 'connecting';
  if (name !== undefined && sessionPhases.has(name)) return name as SessionPhase;
  return name === 'closing' || name === 'closed' ? 'closed' : 'connecting';
}

/** Who did what with one partition, and who does now. */
export class PartitionHistory {
  readonly partition: number;
  /** As its owners told it, in the order of time. */
  readonly lags = new Bounded<number>(lagsPerPartitionMax);
  readonly #segments = new Bounded<PartitionSegment>(segmentsPerPartitionMax);
  /** By member. */
  readonly #open = new Map<string, PartitionSegment>();

  constructor(partition: number) {
    this.partition = partition;
  }

  /** In the order in which they began; those that last have no end. */
  get segments(): readonly PartitionSegment[] {
    return this.#segments.items;
  }

  get open(): IterableIterator<PartitionSegment> {
    return this.#open.values();
  }

  of(member: string): PartitionSegment | undefined {
    return this.#open.get(member);
  }

  /** Who reads it or is next to: of those that hold the claim the one that began last, else one that tries to get it. */
  get current(): PartitionSegment | undefined {
    let best: PartitionSegment | undefined;
    for (const segment of this.#open.values()) {
      const isBetter = !best || rank(segment.phase) > rank(best.phase);
      if (isBetter || (rank(segment.phase) === rank(best!.phase) && segment.fromMs >= best!.fromMs)) best = segment;
    }
    return best;
  }

  /** `phase` `undefined`: it has no more to do with the partition. Returns what it did before. */
  change(
    next: Omit<PartitionSegment, 'phase' | 'toMs'> & { phase: PartitionPhase | undefined },
  ): PartitionPhase | undefined {
    const { member, address, phase, fromMs, why } = next;
    const before = this.#open.get(member);
    if (before?.phase === phase) return before?.phase;
    if (before) before.toMs = fromMs;
    this.#open.delete(member);
    if (phase !== undefined) {
      const segment: PartitionSegment = { member, address, phase, fromMs, toMs: undefined, why };
      this.#open.set(member, segment);
      this.#segments.add(segment);
    }
    return before?.phase;
  }
}

function rank(phase: PartitionPhase): number {
  if (phase === 'held') return 2;
  if (isConsuming(phase)) return 4;
  if (phase === 'overdue' || phase === 'restarting') return 0;
  return holdsClaim(phase) ? 3 : 1;
}
