import { Measurement } from './measurement.js';
import { measurePhase, warmUp, type Schedule } from './phases.js';
import { rows, type RowName } from './rows.js';
import { FilledTopic, type Stage, Work } from './work.js';

/** One of several daemons that are given the same to do. */
export interface Variant {
  readonly name: string;
  readonly stage: Stage;
}

/** In this order; the others are held against the first. */
export type Variants = readonly [Variant, ...Variant[]];

export interface ComparedRow {
  readonly name: RowName;
  /** In the order of the variants. */
  readonly sides: readonly { readonly variant: string; readonly measurement: Measurement }[];
}

/** What a comparison measures: each way that a message takes. */
export const comparedRows = ['sync-1', 'sync-64', 'async-64', 'consume-64'] as const satisfies readonly RowName[];

/** The same rows for several daemons, which take turns, so that what disturbs one disturbs them all. */
export class Comparison {
  readonly #variants: readonly { readonly name: string; readonly work: Work }[];
  readonly #schedule: Schedule;

  constructor(variants: Variants, schedule: Schedule) {
    const filled = new FilledTopic(variants[0].stage, schedule.messagesPerPartition);
    this.#variants = variants.map(({ name, stage }, at) => ({ name, work: new Work(stage, filled, `-${at}`) }));
    this.#schedule = schedule;
  }

  /** @throws Error when messages were lost */
  async measure(name: RowName): Promise<ComparedRow> {
    const { warmUpMs, phaseMs, rounds } = this.#schedule;
    const { connections } = rows[name];
    const sides = [];
    for (const { name: variant, work } of this.#variants) {
      const { daemon, verify } = await work.sidesOf(name);
      sides.push({ variant, daemon, verify, measurement: new Measurement() });
      await warmUp(daemon, warmUpMs, connections);
    }
    for (let round = 0; round < rounds; round++) {
      // Nobody always comes after the same one.
      const first = round % sides.length;
      let ended = false;
      for (const { daemon, measurement } of [...sides.slice(first), ...sides.slice(0, first)])
        ended = (await measurePhase(daemon, phaseMs, connections, measurement)) || ended;
      if (ended) break;
    }
    for (const { verify } of sides) await verify();
    return { name, sides };
  }
}
