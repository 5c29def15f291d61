import type { Clock } from '../../../src/host/host.js';

const deadlineMs = 20_000;
const lookEveryMs = 10;

/** Waits for a condition, with a generous deadline. */
export async function comesTrue(clock: Clock, what: string, condition: () => boolean): Promise<void> {
  const endMs = clock.nowMs() + deadlineMs;
  while (!condition()) {
    if (clock.nowMs() > endMs) throw new Error(`Waited in vain until ${what}.`);
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, lookEveryMs));
  }
}
