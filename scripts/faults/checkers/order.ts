import type { History, LogEntry, Violation } from '../history.js';
import { place } from './lost.js';

/** Messages lie in the order in which they were posted. */
export function checkOrder(history: History): Violation[] {
  return [...keysInOrder(history), ...acceptedInOrder(history)];
}

/** A key stays on one partition, and the first copies of its messages lie in order. */
function keysInOrder({ attempts, log }: History): Violation[] {
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const partitionOf = new Map<string, number>();
  const latest = new Map<string, { sequence: number; entry: LogEntry }>();
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const entry of [...log].sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const attempt = byId.get(entry.attempt);
    if (!attempt) {
      violations.push({ check: 'order', text: `${place(entry)} holds a message that nobody posted` });
      continue;
    }
    const { key, sequence } = attempt;
    const partition = partitionOf.get(key) ?? entry.partition;
    partitionOf.set(key, partition);
    if (partition !== entry.partition) {
      violations.push({ check: 'order', text: `key ${key} lies on partitions ${partition} and ${entry.partition}` });
    }
    if (seen.has(`${key}#${sequence}`)) continue;
    seen.add(`${key}#${sequence}`);
    const before = latest.get(key);
    if (before && before.sequence > sequence) {
      const text = `${key}#${sequence} first lies at ${place(entry)}, behind ${key}#${before.sequence} at ${place(before.entry)}`;
      violations.push({ check: 'order', text });
      continue;
    }
    latest.set(key, { sequence, entry });
  }
  return violations;
}

/** The first copies of what one daemon has accepted for a partition lie in order, whatever fails. */
function acceptedInOrder({ accepted, acceptedLog }: History): Violation[] {
  const daemonOf = new Map(accepted.map(({ id, daemon }) => [id, daemon]));
  const latest = new Map<string, LogEntry>();
  const seen = new Set<number>();
  return [...acceptedLog]
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    .flatMap((entry) => {
      const daemon = daemonOf.get(entry.attempt);
      if (daemon === undefined || seen.has(entry.attempt)) return [];
      seen.add(entry.attempt);
      const track = `${daemon} ${entry.partition}`;
      const before = latest.get(track);
      latest.set(track, entry);
      if (!before || before.attempt < entry.attempt) return [];
      const text = `async post ${entry.attempt} of ${daemon} lies at ${place(entry)}, behind ${before.attempt} at ${place(before)}`;
      return [{ check: 'order', text }];
    });
}
