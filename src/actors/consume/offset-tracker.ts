import {
  decodeSparseAcks,
  encodeSparseAcks,
  readableSparseAcks,
  BadSparseAcks,
  type AckRange,
} from '../../machines/sparse-acks.js';

interface Range {
  from: number;
  to: number;
}

export interface TrackedPosition {
  /** Lowest offset that is not acknowledged. */
  readonly offset: number;
  /** Sparse acks above it. */
  readonly metadata: string;
}

/**
 * What of one partition was offered, acknowledged, and may be committed. Three sets: offered and not yet acknowledged
 * (`outstanding`), acknowledged above the committed offset (`ranges`), and everything below the committed offset.
 * An acknowledgement of what was never offered is ignored: it would skip a message that nobody has seen.
 */
export class OffsetTracker {
  #committed: number;
  /** Ascending, disjoint, not adjacent, all above the committed offset. */
  readonly #ranges: Range[] = [];
  readonly #outstanding = new Set<number>();
  #metadataCharactersMax: number;

  constructor(committed: number, metadataCharactersMax: number) {
    this.#committed = committed;
    this.#metadataCharactersMax = metadataCharactersMax;
  }

  /**
   * Continues from what was committed. A text that is not ours (someone's own metadata) is dropped and the offset kept, and
   * so are acks of offsets larger than we count; `dropped` says so, for the log.
   */
  static restore(
    offset: number,
    metadata: string,
    metadataCharactersMax: number,
  ): { tracker: OffsetTracker; dropped: string | undefined } {
    const tracker = new OffsetTracker(offset, metadataCharactersMax);
    if (metadata === '') return { tracker, dropped: undefined };
    try {
      const ranges = decodeSparseAcks(BigInt(offset), metadata);
      const countable = ranges.filter(({ to }) => to <= BigInt(Number.MAX_SAFE_INTEGER));
      for (const { from, to } of countable) tracker.#acknowledge(Number(from), Number(to));
      const dropped = countable.length < ranges.length ? 'it names offsets beyond 2^53 - 1' : undefined;
      return { tracker, dropped };
    } catch (error) {
      if (!(error instanceof BadSparseAcks)) throw error;
      return { tracker: new OffsetTracker(offset, metadataCharactersMax), dropped: error.message };
    }
  }

  get committed(): number {
    return this.#committed;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** Ranges acknowledged above the committed offset. */
  get gaps(): number {
    return this.#ranges.length;
  }

  /** Above all that was acknowledged or offered. */
  get end(): number {
    let end = Math.max(this.#committed, this.#ranges.at(-1)?.to ?? 0);
    for (const offset of this.#outstanding) end = Math.max(end, offset + 1);
    return end;
  }

  isAcknowledged(offset: number): boolean {
    if (offset < this.#committed) return true;
    const range = this.#ranges[this.#firstThatEndsAt(offset + 1)];
    return range !== undefined && offset >= range.from;
  }

  isOutstanding(offset: number): boolean {
    return this.#outstanding.has(offset);
  }

  /** Offered and not acknowledged, ascending. */
  outstandingOffsets(): number[] {
    return [...this.#outstanding].sort((a, b) => a - b);
  }

  offered(offset: number): void {
    this.#outstanding.add(offset);
  }

  /** Not handed out after all. */
  returned(offset: number): void {
    this.#outstanding.delete(offset);
  }

  /** True if it was outstanding, that is: if anything changed. */
  acknowledged(offset: number): boolean {
    if (!this.#outstanding.delete(offset)) return false;
    this.#acknowledge(offset, offset + 1);
    return true;
  }

  /** The log holds nothing in [from, to): compacted away, or markers of transactions. Counts as acknowledged. */
  absent(from: number, to: number): void {
    if (to > from) this.#acknowledge(from, to);
  }

  /** From now on the metadata is no longer than this; the farthest acks are left out. */
  limitMetadata(charactersMax: number): void {
    this.#metadataCharactersMax = charactersMax;
  }

  position(): TrackedPosition {
    const { text } = encodeSparseAcks(BigInt(this.#committed), this.#bigRanges(), this.#metadataCharactersMax);
    return { offset: this.#committed, metadata: text };
  }

  readable(): string {
    return readableSparseAcks(BigInt(this.#committed), this.#bigRanges());
  }

  /** The first `rangesMax` ranges acknowledged above the committed offset, ends included, as in `105-107 110`. */
  gapsText(rangesMax: number): string {
    let text = '';
    for (let at = 0; at < this.#ranges.length && at < rangesMax; at++) {
      const { from, to } = this.#ranges[at]!;
      text += `${at > 0 ? ' ' : ''}${from}${to - from > 1 ? `-${to - 1}` : ''}`;
    }
    return text;
  }

  #bigRanges(): AckRange[] {
    return this.#ranges.map(({ from, to }) => ({ from: BigInt(from), to: BigInt(to) }));
  }

  /** Index of the first range that ends at this offset or above. */
  #firstThatEndsAt(offset: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.to >= offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #acknowledge(from: number, to: number): void {
    const start = Math.max(from, this.#committed);
    if (start >= to) return;
    const at = this.#firstThatEndsAt(start);
    let merged = { from: start, to };
    let end = at;
    for (let next = this.#ranges[end]; next && next.from <= to; next = this.#ranges[++end]) {
      merged = { from: Math.min(merged.from, next.from), to: Math.max(merged.to, next.to) };
    }
    this.#ranges.splice(at, end - at, merged);
    const first = this.#ranges[0]!;
    if (first.from <= this.#committed) {
      this.#committed = first.to;
      this.#ranges.shift();
    }
  }
}
