import type { InspectRecord, Recording } from '../../protocol.js';
import type { RemarkRecord } from './picture.js';
import { World } from './world.js';

/**
 * A recording at one of its moments. Going forward applies the records in between; going back begins anew, which takes about a
 * microsecond a record.
 */
export class Playback {
  readonly recording: Recording;
  readonly fromMs: number;
  readonly toMs: number;
  readonly remarks: readonly RemarkRecord[];
  world: World;
  /** Records that were applied. */
  #applied = 0;
  #atMs: number;

  constructor(recording: Recording) {
    const { records, head } = recording;
    this.recording = recording;
    this.fromMs = records[0]?.atMs ?? 0;
    this.toMs = Math.max(this.fromMs, records.at(-1)?.atMs ?? 0);
    this.remarks = records.filter((record) => record.type === 'remark' || record.type === 'fault');
    this.#atMs = this.fromMs;
    this.world = new World(head);
    this.seek(this.fromMs);
  }

  get atMs(): number {
    return this.#atMs;
  }

  get isAtEnd(): boolean {
    return this.#atMs >= this.toMs;
  }

  /** To how everything was at this moment, with all that happened in it. */
  seek(atMs: number): void {
    const target = Math.min(this.toMs, Math.max(this.fromMs, atMs));
    const { records, head } = this.recording;
    if (target < this.#atMs) {
      this.world = new World(head);
      this.#applied = 0;
    }
    const end = firstAfter(records, target);
    for (; this.#applied < end; this.#applied++) this.world.apply(records[this.#applied]!);
    this.#atMs = target;
    this.world.nowMs = target;
  }

  /** The moment of the next remark, or state of this actor; backward: of the one before. `undefined`: there is none. */
  next(step: 'remark' | 'state', backward: boolean, address?: string): number | undefined {
    const { records } = this.recording;
    const isIt = (record: InspectRecord): boolean =>
      step === 'remark'
        ? record.type === 'remark' || record.type === 'fault'
        : (record.type === 'state' || record.type === 'end') && (address === undefined || record.address === address);
    if (!backward) {
      for (let at = this.#applied; at < records.length; at++) if (isIt(records[at]!)) return records[at]!.atMs;
      return undefined;
    }
    for (let at = this.#applied - 1; at >= 0; at--) {
      const record = records[at]!;
      if (record.atMs < this.#atMs && isIt(record)) return record.atMs;
    }
    return undefined;
  }
}

/** Index of the first record later than this. */
function firstAfter(records: readonly InspectRecord[], atMs: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.atMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
