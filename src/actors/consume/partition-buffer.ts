import type { FetchedRecord, FetchResult } from '../../kafka/port.js';
import type { ByteBudget } from '../byte-budget.js';
import type { OffsetTracker } from './offset-tracker.js';

interface FetchedBatch {
  readonly records: readonly FetchedRecord[];
  /** Next one to be taken. */
  at: number;
  /** Bytes that stay in memory until the last of them is taken. */
  readonly retainedBytes: number;
}

export interface PartitionBufferLimits {
  /** More is fetched while fewer bytes than this lie here unoffered. */
  readonly bufferBytesMax: number;
  /** Offered and not acknowledged: beyond it nothing more is offered. */
  readonly pendingMessagesMax: number;
}

const recordBytes = (record: FetchedRecord): number => (record.key?.length ?? 0) + (record.value?.length ?? 0);

/**
 * What was read of one partition and is not settled yet, in offset order. Messages that came back go first. Counts its
 * bytes in the budget of the process.
 */
export class PartitionBuffer {
  readonly #tracker: OffsetTracker;
  readonly #budget: ByteBudget;
  readonly #limits: PartitionBufferLimits;
  readonly #batches: FetchedBatch[] = [];
  /** Ascending by offset; as many as clients broke off at a time. */
  readonly #returned: FetchedRecord[] = [];
  /** Below it, sparse acks that were committed before us may name messages to be skipped. */
  readonly #skipBelow: number;
  #bufferedBytes = 0;
  #offeredBytes = 0;
  /** Where the next fetch reads. */
  fetchOffset: number;

  constructor(
    tracker: OffsetTracker,
    fetchOffset: number,
    skipBelow: number,
    budget: ByteBudget,
    limits: PartitionBufferLimits,
  ) {
    this.#tracker = tracker;
    this.fetchOffset = fetchOffset;
    this.#skipBelow = skipBelow;
    this.#budget = budget;
    this.#limits = limits;
  }

  get bytesMax(): number {
    return this.#limits.bufferBytesMax;
  }

  /** Bytes that may still be fetched; 0: none. */
  get roomBytes(): number {
    return Math.max(0, this.#limits.bufferBytesMax - this.#bufferedBytes);
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  get mayTake(): boolean {
    return (
      (this.#returned.length > 0 || this.#batches.length > 0) &&
      this.#tracker.outstanding < this.#limits.pendingMessagesMax
    );
  }

  get atPendingLimit(): boolean {
    return this.#tracker.outstanding >= this.#limits.pendingMessagesMax;
  }

  /** Takes up what a fetch brought. Offsets that the log does not hold count as acknowledged once passed. */
  append(result: FetchResult): void {
    let expected = this.fetchOffset;
    for (const { offset } of result.records) {
      if (offset > expected) this.#tracker.absent(expected, offset);
      expected = offset + 1;
    }
    if (result.nextOffset > expected) this.#tracker.absent(expected, result.nextOffset);
    const records =
      this.fetchOffset >= this.#skipBelow
        ? result.records
        : result.records.filter(({ offset }) => !this.#tracker.isAcknowledged(offset));
    this.fetchOffset = Math.max(result.nextOffset, expected);
    if (records.length === 0) return;
    this.#budget.take('fetched-not-offered', result.retainedBytes);
    this.#bufferedBytes += result.retainedBytes;
    this.#batches.push({ records, at: 0, retainedBytes: result.retainedBytes });
  }

  /** The next message, now offered; `undefined` when there is none, or as many are offered as may be. */
  take(): FetchedRecord | undefined {
    if (!this.mayTake) return undefined;
    const record = this.#returned.shift() ?? this.#takeFresh();
    this.#tracker.offered(record.offset);
    this.#countOffered(recordBytes(record));
    return record;
  }

  #takeFresh(): FetchedRecord {
    const batch = this.#batches[0]!;
    const record = batch.records[batch.at++]!;
    if (batch.at === batch.records.length) {
      this.#batches.shift();
      this.#bufferedBytes -= batch.retainedBytes;
      this.#budget.give('fetched-not-offered', batch.retainedBytes);
    }
    return record;
  }

  /** Nobody got it: it is the next one again, after lower offsets that came back as well. */
  putBack(record: FetchedRecord): void {
    this.#tracker.returned(record.offset);
    this.#countOffered(-recordBytes(record));
    const at = this.#returned.findIndex(({ offset }) => offset > record.offset);
    this.#returned.splice(at < 0 ? this.#returned.length : at, 0, record);
  }

  acknowledge(record: FetchedRecord): void {
    if (this.#tracker.acknowledged(record.offset)) this.#countOffered(-recordBytes(record));
  }

  #countOffered(bytes: number): void {
    this.#offeredBytes += bytes;
    this.#budget.take('offered-not-acked', bytes);
  }

  /** Drops what is not offered. */
  drop(): void {
    this.#budget.give('fetched-not-offered', this.#bufferedBytes);
    this.#bufferedBytes = 0;
    this.#batches.length = 0;
    this.#returned.length = 0;
  }

  /** Forgets what is offered as well: nobody will settle it with us. */
  forget(): void {
    this.drop();
    this.#budget.give('offered-not-acked', this.#offeredBytes);
    this.#offeredBytes = 0;
  }
}
