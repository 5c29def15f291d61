import type { FaultRecord } from '../verdict/history.js';

/** What began so close together is one fault of several targets. */
const togetherMs = 500;
/** So many are told one by one. */
const toldOneByOneMax = 4;

/** Those that were done to several targets at once, in the order of time. */
export function together(faults: readonly FaultRecord[]): FaultRecord[][] {
  const all: FaultRecord[][] = [];
  for (const fault of [...faults].sort((a, b) => a.fromMs - b.fromMs)) {
    const same = all.find(([first]) => first!.kind === fault.kind && fault.fromMs - first!.fromMs <= togetherMs);
    if (same) same.push(fault);
    else all.push([fault]);
  }
  return all;
}

/** A fault as a person is told of it, or many that came and went together. */
export type ToldFault = Pick<FaultRecord, 'text' | 'fromMs' | 'toMs'>;

/** What was done, in the order of time. The links of every daemon to every broker would be many lines that say one thing. */
export function toldFaults(faults: readonly FaultRecord[]): ToldFault[] {
  return together(faults)
    .flatMap(endedTogether)
    .flatMap((same): readonly ToldFault[] => {
      if (same.length <= toldOneByOneMax) return same;
      const text = andMore(same[0]!.text, same.length);
      const toMs = Math.max(...same.map((fault) => fault.toMs));
      return [{ text, fromMs: same[0]!.fromMs, toMs }];
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

function endedTogether(faults: readonly FaultRecord[]): FaultRecord[][] {
  const all: FaultRecord[][] = [];
  for (const fault of faults) {
    const same = all.find(([first]) => Math.abs(fault.toMs - first!.toMs) <= togetherMs);
    if (same) same.push(fault);
    else all.push([fault]);
  }
  return all;
}

const andMore = (text: string, count: number): string => `${text}, and ${count - 1} more at that time`;

/** Tells of faults that begin together, and of their ends: of many only of the first beginning and the last end. */
export class TellingTogether {
  readonly #count: number;
  readonly #tell: (text: string) => void;
  #hasBegun = false;
  #ended = 0;

  constructor(count: number, tell: (text: string) => void) {
    this.#count = count;
    this.#tell = tell;
  }

  begins(text: string): void {
    if (!this.#isMany) this.#tell(text);
    else if (!this.#hasBegun) this.#tell(andMore(text, this.#count));
    this.#hasBegun = true;
  }

  /** `text`: what is over; `undefined`: it was over at once, or could not be done, of which is told otherwise. */
  ends(text?: string): void {
    this.#ended++;
    if (text === undefined) return;
    if (!this.#isMany) this.#tell(`${text}: over`);
    else if (this.#ended === this.#count) this.#tell(`${andMore(text, this.#count)}: over`);
  }

  get #isMany(): boolean {
    return this.#count > toldOneByOneMax;
  }
}
