import type { Measurement } from './measurement.js';
import { cpuMs, highestRssMiB } from './processes/figures.js';
import type { Side } from './work.js';

/** A server that has served for long runs compiled code; so many requests at a time get it there soon, whatever the row. */
const warmUpConnections = 64;

export interface Schedule {
  readonly warmUpMs: number;
  readonly phaseMs: number;
  /** In each, every side has a phase, one after the other, so that what disturbs one disturbs the others. */
  readonly rounds: number;
  /** Messages that lie ready in each partition of what is consumed. */
  readonly messagesPerPartition: number;
}

export async function warmUp(side: Side, durationMs: number, connections: number): Promise<void> {
  await side.phase(durationMs, Math.max(warmUpConnections, connections));
  await side.settle();
}

/** Done, not now, and no message: with anything else the figures would mean nothing. */
const expectedStatuses = ['200', '503', '408'];

/** True when there is nothing left to consume. */
export async function measurePhase(
  side: Side,
  durationMs: number,
  connections: number,
  measurement: Measurement,
): Promise<boolean> {
  const cpuBeforeMs = cpuMs(side.pid);
  const { result, rssMiB } = await highestRssMiB(side.pid, async () => {
    const phase = await side.phase(durationMs, connections);
    await side.settle();
    return phase;
  });
  const strange = Object.keys(result.statuses).filter((status) => !expectedStatuses.includes(status));
  if (strange.length > 0) throw new Error(`requests were answered ${strange.join(', ')}`);
  measurement.add(result, cpuMs(side.pid) - cpuBeforeMs, rssMiB);
  return result.ended;
}
