import type { Clock } from '../host/host.js';
import { ClusterError } from './cluster-error.js';

const PROBE_EVERY_MS = 50;

/** What was waited for can no longer come about. */
export class Hopeless extends ClusterError {}

/** Asks `probe` again and again until it says yes; a probe that throws says no. Its last error explains a deadline. */
export async function until(
  clock: Clock,
  what: string,
  deadlineMs: number,
  probe: () => Promise<boolean>,
): Promise<void> {
  const endMs = clock.nowMs() + deadlineMs;
  let lastError: unknown;
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      lastError = error;
    }
    if (clock.nowMs() > endMs) {
      throw new ClusterError(`Waited ${deadlineMs / 1000} s in vain until ${what}.`, { cause: lastError });
    }
    await new Promise<void>((resolve) => clock.setTimeout(resolve, PROBE_EVERY_MS));
  }
}
