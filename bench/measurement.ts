import { LatencyHistogram } from './load/latency-histogram.js';
import type { PhaseResult } from './workers/load-generator.js';

/** What one side did in all phases of a row, the warm-up left out. */
export class Measurement {
  readonly latency = new LatencyHistogram();
  /** Processor time of the side's own process. */
  cpuMs = 0;
  rssMiB = 0;
  /** Answered 503. */
  refused = 0;
  #elapsedMs = 0;

  add(phase: PhaseResult, cpuMs: number, rssMiB: number): void {
    this.latency.merge(new LatencyHistogram(phase.latency));
    this.#elapsedMs += phase.elapsedMs;
    this.cpuMs += cpuMs;
    this.rssMiB = Math.max(this.rssMiB, rssMiB);
    this.refused += phase.statuses[503] ?? 0;
  }

  get perSecond(): number {
    return (this.latency.total / this.#elapsedMs) * 1000;
  }

  get cpuMsPerThousand(): number {
    return (this.cpuMs / (this.latency.total + this.refused)) * 1000;
  }
}
