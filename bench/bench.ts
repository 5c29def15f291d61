import { Measurement } from './measurement.js';
import { measurePhase, warmUp, type Schedule } from './phases.js';
import type { RowResult } from './report.js';
import { rows, type RowName } from './rows.js';
import { FilledTopic, type Stage, Work } from './work.js';

/** Measures one row after the other. */
export class Bench {
  readonly #work: Work;
  readonly #schedule: Schedule;

  constructor(stage: Stage, schedule: Schedule) {
    this.#work = new Work(stage, new FilledTopic(stage, schedule.messagesPerPartition));
    this.#schedule = schedule;
  }

  /** @throws Error when messages were lost, or something else than an aim was missed */
  async measure(name: RowName): Promise<RowResult> {
    const { warmUpMs, phaseMs, rounds } = this.#schedule;
    const { connections } = rows[name];
    const { daemon, baseline, verify } = await this.#work.sidesOf(name);
    await warmUp(daemon, warmUpMs, connections);
    if (baseline) await warmUp(baseline, warmUpMs, connections);
    const result = { name, daemon: new Measurement(), baseline: baseline && new Measurement() };
    for (let round = 0; round < rounds; round++) {
      const ended = await measurePhase(daemon, phaseMs, connections, result.daemon);
      if (baseline) await measurePhase(baseline, phaseMs, connections, result.baseline!);
      if (ended) break;
    }
    await verify();
    if (result.daemon.latency.total === 0) throw new Error(`no request of ${name} succeeded`);
    return result;
  }
}
