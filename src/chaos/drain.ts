import type { Clock } from '../host/host.js';
import type { Workload } from './clients/workload.js';
import type { KafkaView, Position } from './kafka-view.js';
import { pause } from './pause.js';

/** How long everything may take to be consumed once nothing is broken any more. */
export const drainMaxMs = 60_000;
/** Between two looks at whether it is. */
const lookEachMs = 500;
/** What waits for so long may have been cut off by an election since it was read, so that it will never be given. */
const readAnewAfterMs = 10_000;

export interface DrainOptions {
  readonly kafka: Pick<KafkaView, 'read'>;
  readonly workload: Pick<Workload, 'hasSeen'>;
  /** Where the logs began. */
  readonly positions: readonly Position[];
  readonly runId: string;
  readonly clock: Clock;
  /** Rejects with its reason when this is aborted. */
  readonly ended: AbortSignal;
}

/**
 * Until everybody was given everything that lies in the logs, or this takes too long. What was accepted may be written yet, so
 * the logs are read on when all that they had was given, until there is nothing new. Nothing is judged by what is read here.
 */
export async function drained({ kafka, workload, positions, runId, clock, ended }: DrainOptions): Promise<void> {
  const endMs = clock.nowMs() + drainMaxMs;
  let from = positions;
  for (;;) {
    const { entries, ends } = await kafka.read(from, runId, drainMaxMs);
    if (entries.length === 0 && from !== positions) return;
    const anewMs = clock.nowMs() + readAnewAfterMs;
    do {
      await pause(clock, lookEachMs, ended);
      if (clock.nowMs() > endMs) return;
    } while (clock.nowMs() < anewMs && !workload.hasSeen(entries));
    from = workload.hasSeen(entries) ? ends : positions;
  }
}
