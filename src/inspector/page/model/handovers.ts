import type { GroupSign } from './group-members.js';
import { isConsuming, type PartitionPhase, type PartitionSegment } from './partitions.js';

/** What happened to who had the partition explains a hand-over that began within this time after it. */
const causeBeforeMs = 60_000;
/** Others who join or leave are noticed at once, or at the next try. */
const rebalanceBeforeMs = 5000;
/** Who joined may see it later than others do, and that a session ended is seen when the group is read next. */
const noticedLateMs = 3000;
/** A member that is cut off learns of the end of its session late; that still explains what happened before. */
const causeAfterMs = 30_000;

/** `noticing`: others have not seen yet what happened; `waiting`: nobody of those we see holds the claim. */
export type HandoverStepName =
  | 'noticing'
  | 'paused'
  | 'settling'
  | 'committing'
  | 'releasing'
  | 'restarting'
  | 'setting'
  | 'waiting'
  | 'claiming'
  | 'positioning';

export interface HandoverStep {
  readonly name: HandoverStepName;
  /** `undefined`: nobody's in particular. */
  readonly member: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the first sign until the partition is consumed again. */
export interface Handover {
  readonly topic: string;
  readonly partition: number;
  /** Who consumed it before; `undefined`: nobody did. */
  readonly from: string | undefined;
  /** When `from` began to consume it, if it did. */
  readonly heldSinceMs: number;
  /** When it was not consumed any more, or somebody else began to claim it. */
  openedAtMs: number;
  /** From the cause on, where it is known. */
  fromMs: number;
  /** Who consumes it now; `undefined`: nobody yet, nobody was left, or it is not known. */
  to: string | undefined;
  /** `undefined`: it lasts. */
  toMs: number | undefined;
  cause: string;
  isExplained: boolean;
  /** Who had it released it, as far as we can see into that one. */
  wasReleased: boolean;
  /** Of others nothing was known meanwhile: they may have had it. */
  isLostSight: boolean;
  /** Of a hand-over that is over. */
  steps: readonly HandoverStep[];
}

const isAbout = ({ topic, member, atMs }: GroupSign, handover: Handover): boolean => {
  const { from, openedAtMs, heldSinceMs } = handover;
  if (topic !== undefined && topic !== handover.topic) return false;
  if (member === from) return atMs >= Math.max(heldSinceMs, openedAtMs - causeBeforeMs) && atMs <= openedAtMs;
  return atMs >= openedAtMs - rebalanceBeforeMs && atMs <= openedAtMs + noticedLateMs;
};

/** Partitions are assigned anew after it. */
const changesGroup = ({ kind }: GroupSign): boolean =>
  kind === 'joined' || kind === 'left' || kind === 'topics' || kind === 'session-lost';

const isOfSession = ({ kind }: GroupSign): boolean => kind === 'session-silent' || kind === 'session-lost';

/**
 * The sign that a hand-over is explained by: what happened to who had the partition, or, if that one let go of it as it
 * ought to, who got it by joining, or who joined or left last.
 */
export function causeOf(handover: Handover, signs: readonly GroupSign[]): GroupSign | undefined {
  const near = signs.filter((sign) => isAbout(sign, handover));
  const ofFrom = near.filter(
    ({ member, kind }) => member === handover.from && kind !== 'joined' && kind !== 'session-back',
  );
  const last = ofFrom.at(-1);
  if (!last) {
    if (!handover.wasReleased) return undefined;
    const opened = near.filter(changesGroup);
    const ofTo = opened.findLast(({ member }) => member === handover.to);
    return ofTo ?? opened.findLast(({ atMs }) => atMs <= handover.openedAtMs) ?? opened[0];
  }
  // Silence comes before the end of a session, and idleness before leaving: it began with that.
  let first = last;
  for (const sign of ofFrom.toReversed()) {
    if (isOfSession(sign) !== isOfSession(last)) break;
    first = sign;
  }
  return first;
}

/** A word that comes only after the partition is somebody else's already. */
export function isLateCause(handover: Handover, sign: GroupSign): boolean {
  const { from, to, toMs, isExplained, openedAtMs, wasReleased } = handover;
  if (isExplained || toMs === undefined || from === to) return false;
  if (from === sign.member) return sign.atMs - toMs <= causeAfterMs && (isOfSession(sign) || sign.kind === 'left');
  return wasReleased && sign.atMs - openedAtMs <= noticedLateMs && changesGroup(sign);
}

const stepOrder: readonly HandoverStepName[] = [
  'settling',
  'committing',
  'releasing',
  'positioning',
  'setting',
  'restarting',
  'claiming',
  'paused',
  'waiting',
];

const stepOf = (phase: PartitionPhase): HandoverStepName | undefined => {
  if (isConsuming(phase)) return undefined;
  return phase === 'overdue' ? 'paused' : (phase as HandoverStepName);
};

/** What took the time between two moments: of all that went on, what the partition waited for. */
export function stepsBetween(segments: readonly PartitionSegment[], fromMs: number, toMs: number): HandoverStep[] {
  const inside = segments.filter((segment) => segment.fromMs <= toMs && (segment.toMs ?? toMs) >= fromMs);
  const edges = new Set([fromMs, toMs]);
  for (const segment of inside) {
    edges.add(Math.max(fromMs, segment.fromMs));
    edges.add(Math.min(toMs, segment.toMs ?? toMs));
  }
  const times = [...edges].sort((a, b) => a - b);
  const steps: HandoverStep[] = [];
  for (let index = 1; index < times.length; index++) {
    const [start, end] = [times[index - 1]!, times[index]!];
    const { name, member } = stepAt(inside, start, end);
    const before = steps.at(-1);
    if (before?.name === name && before.member === member) steps[steps.length - 1] = { ...before, toMs: end };
    else steps.push({ name, member, fromMs: start, toMs: end });
  }
  return steps;
}

function stepAt(
  segments: readonly PartitionSegment[],
  startMs: number,
  endMs: number,
): { name: HandoverStepName; member: string | undefined } {
  let best: { name: HandoverStepName; member: string } | undefined;
  for (const { phase, member, fromMs, toMs } of segments) {
    if (fromMs > startMs || (toMs ?? endMs) < endMs) continue;
    const name = stepOf(phase);
    if (name && (!best || stepOrder.indexOf(name) < stepOrder.indexOf(best.name))) best = { name, member };
  }
  return best ?? { name: 'noticing', member: undefined };
}
