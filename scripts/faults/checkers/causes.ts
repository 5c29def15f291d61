import type { DaemonName, Fault, FaultName, GroupKind, SetPosition, Timing, Violation } from '../history.js';

/** What comes again, by the fault that explains it; by the later one where two do. */
export type Causes = ReadonlyMap<FaultName, number>;

export interface RepeatVerdict {
  readonly violations: readonly Violation[];
  readonly causes: Causes;
}

/** Counts what is explained, and keeps what is not. */
export class Tally implements RepeatVerdict {
  readonly causes = new Map<FaultName, number>();
  readonly violations: Violation[] = [];

  note(fault: Fault | undefined, violation: () => Violation): void {
    if (fault) this.causes.set(fault.name, (this.causes.get(fault.name) ?? 0) + 1);
    else this.violations.push(violation());
  }
}

const commitLosers: ReadonlySet<FaultName> = new Set<FaultName>(['daemon-killed', 'daemon-frozen', 'session-lost']);
const movers: ReadonlySet<FaultName> = new Set<FaultName>([...commitLosers, 'daemon-stopped']);

/**
 * What this daemon noted at `atMs` may not have been committed. Only the end of its process or of its session does that:
 * whoever is told to stop, or gives a partition to another, commits first, and while Kafka or ZooKeeper is away the commit
 * waits.
 */
export function mayLoseCommit(fault: Fault, daemon: DaemonName, atMs: number, timing: Timing): boolean {
  if (!commitLosers.has(fault.name) || fault.daemon !== daemon) return false;
  const beginMs = fault.startMs - timing.commitIntervalMs - timing.slackMs;
  return atMs >= beginMs && atMs <= fault.recoveredMs + timing.slackMs;
}

/** Partitions may have changed hands, of whichever daemons, at some time between these two. */
export function mayMove(fault: Fault, fromMs: number, toMs: number, { slackMs }: Timing): boolean {
  return movers.has(fault.name) && fault.startMs <= toMs && fault.recoveredMs + slackMs >= fromMs;
}

/** The offset lies where the group was told to go on from, or above, and what was known of it before counts no more. */
export function wasSetBack(
  fault: Fault,
  group: GroupKind,
  at: Omit<SetPosition, 'group'>,
  [knownMs, againMs]: readonly [number, number],
): boolean {
  if (knownMs > fault.backMs || againMs < fault.startMs) return false;
  return (fault.positions ?? []).some(
    (set) => set.group === group && set.partition === at.partition && set.offset <= at.offset,
  );
}
