import type { Attempt, Delivery, Fault, FaultName, History, LogEntry, Timing, Violation } from '../history.js';
import { message, place } from './lost.js';

/** Duplicates by the fault that explains them; by the later one where two do. */
export type Causes = ReadonlyMap<FaultName, number>;

export interface DuplicateVerdict {
  readonly violations: readonly Violation[];
  readonly causes: Causes;
}

class Tally {
  readonly causes = new Map<FaultName, number>();
  readonly violations: Violation[] = [];

  note(fault: Fault | undefined, violation: () => Violation): void {
    if (fault) this.causes.set(fault.name, (this.causes.get(fault.name) ?? 0) + 1);
    else this.violations.push(violation());
  }
}

/**
 * The same offset delivered again. It must have been offered and not committed at a fault: first delivered at most a commit
 * interval before the fault and not after its end, and by a daemon that it struck. A daemon that is told to stop, or that
 * gives a partition to another, commits first, so neither explains any.
 */
export function checkRedelivered({ deliveries, faults }: History, timing: Timing): DuplicateVerdict {
  const tally = new Tally();
  const first = new Map<string, Delivery>();
  for (const delivery of [...deliveries].sort((a, b) => a.receivedMs - b.receivedMs)) {
    const earlier = first.get(place(delivery));
    if (!earlier) {
      first.set(place(delivery), delivery);
      continue;
    }
    const fault = faults.findLast((each) => mayLoseCommit(each, earlier, timing));
    tally.note(fault, () => {
      const text = `${place(delivery)} was delivered by ${earlier.daemon} at ${Math.round(earlier.receivedMs)} ms and by ${delivery.daemon} at ${Math.round(delivery.receivedMs)} ms`;
      return { check: 'unexplained duplicate', text };
    });
  }
  return tally;
}

function mayLoseCommit(fault: Fault, { daemon, receivedMs }: Delivery, timing: Timing): boolean {
  if (fault.name === 'daemon-stopped') return false;
  if (fault.daemon !== undefined && fault.daemon !== daemon) return false;
  const begin = fault.startMs - timing.commitIntervalMs - timing.slackMs;
  return receivedMs >= begin && receivedMs <= fault.recoveredMs + timing.slackMs;
}

/** The same message at a further offset: a write whose answer was lost, to the daemon or to the client, at a fault. */
export function checkRewritten({ log, attempts, faults }: History, timing: Timing): DuplicateVerdict {
  const tally = new Tally();
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const copies = new Map<string, LogEntry[]>();
  for (const entry of log) {
    const attempt = byId.get(entry.attempt);
    if (attempt) copies.set(message(attempt), [...(copies.get(message(attempt)) ?? []), entry]);
  }
  for (const [name, entries] of copies) {
    if (entries.length < 2) continue;
    const tries = attempts.filter((attempt) => message(attempt) === name);
    for (const entry of entries.slice(1)) {
      const fault = faults.findLast((each) => tries.some((attempt) => mayLoseAnswer(each, attempt, timing)));
      tally.note(fault, () => {
        const all = entries
          .map(({ partition, offset, attempt }) => `${partition}/${offset} (try ${attempt})`)
          .join(', ');
        return { check: 'unexplained duplicate', text: `${name} lies at ${all}; looked at ${place(entry)}` };
      });
    }
  }
  return tally;
}

function mayLoseAnswer(fault: Fault, { daemon, sentMs, answeredMs }: Attempt, timing: Timing): boolean {
  if (fault.name === 'daemon-stopped' || fault.name === 'session-lost') return false;
  if (fault.daemon !== undefined && fault.daemon !== daemon) return false;
  return sentMs <= fault.recoveredMs + timing.slackMs && answeredMs >= fault.startMs;
}
