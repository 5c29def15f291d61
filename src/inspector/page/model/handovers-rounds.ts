import type { GroupMembers } from './group-members.js';
import { causeOf, stepsBetween, type Handover, type HandoverStep } from './handovers.js';
import type { TopicHistory } from './handovers-tracker.js';

/** Partitions that went the same way within this time went together. */
const togetherMs = 2000;

/** A step that took less is left out, as it would be shown as none. */
const stepShownMs = 0.5;

/** Partitions that went together from one member to another, for the same cause. */
export interface HandoverRound {
  /** Ascending. */
  readonly partitions: readonly number[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly cause: string;
  readonly fromMs: number;
  /** `undefined`: it lasts. */
  readonly toMs: number | undefined;
  /** Who has it since is not known. */
  readonly isLostSight: boolean;
  /** Of the partition that took longest; so far, if it lasts. */
  readonly tookMs: number;
  /** Of that one; those that took next to no time are left out. */
  readonly steps: readonly HandoverStep[];
}

interface Shown {
  readonly handover: Handover;
  readonly cause: string;
  readonly fromMs: number;
  readonly steps: readonly HandoverStep[];
}

/** The newest first. */
export function roundsOf(topic: TopicHistory, members: GroupMembers, nowMs: number, max: number): HandoverRound[] {
  const rounds: Shown[][] = [];
  for (const handover of topic.handovers.toReversed()) {
    // Somebody who never got it lost sight of it: it did not change hands.
    if (handover.isLostSight && handover.from === undefined) continue;
    const round = rounds.find(([first]) => first && goTogether(first.handover, handover));
    if (!round && rounds.length >= max) break;
    const shown = handover.toMs === undefined ? soFar(handover, topic, members, nowMs) : handoverAsIs(handover);
    if (round) round.push(shown);
    else rounds.push([shown]);
  }
  return rounds.map((round) => roundOf(round, nowMs));
}

function goTogether(a: Handover, b: Handover): boolean {
  if (a.from !== b.from || a.to !== b.to || a.cause !== b.cause || (a.toMs === undefined) !== (b.toMs === undefined))
    return false;
  return Math.abs((a.toMs ?? a.openedAtMs) - (b.toMs ?? b.openedAtMs)) <= togetherMs;
}

const handoverAsIs = (handover: Handover): Shown => {
  const { cause, fromMs, steps } = handover;
  return { handover, cause, fromMs, steps };
};

function soFar(handover: Handover, topic: TopicHistory, members: GroupMembers, nowMs: number): Shown {
  const sign = causeOf(handover, members.signs);
  const fromMs = Math.min(handover.openedAtMs, sign?.atMs ?? Infinity);
  const segments = topic.partition(handover.partition)?.segments ?? [];
  return { handover, cause: sign?.text ?? '', fromMs, steps: stepsBetween(segments, fromMs, nowMs) };
}

function roundOf(round: readonly Shown[], nowMs: number): HandoverRound {
  const tookMs = ({ fromMs, handover }: Shown): number => (handover.toMs ?? nowMs) - fromMs;
  const slowest = round.reduce((a, b) => (tookMs(b) > tookMs(a) ? b : a));
  const { handover, cause, fromMs, steps } = slowest;
  return {
    partitions: round.map((shown) => shown.handover.partition).sort((a, b) => a - b),
    from: handover.from,
    to: handover.to,
    cause,
    fromMs,
    toMs: handover.toMs,
    isLostSight: handover.isLostSight,
    tookMs: tookMs(slowest),
    steps: steps.filter((step) => step.toMs - step.fromMs >= stepShownMs),
  };
}
