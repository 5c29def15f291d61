import type { FetchedRecord, FetchResult } from '../../kafka/port.js';
import type { ByteBudget } from '../byte-budget.js';
import type { OffsetTracker } from './offset-tracker.js';
import { bytesOf } from './own-copy.js';
import { SortedRecords } from './sorted-records.js';
import { UnackedOffers, type UnackedOffer } from './unacked-offers.js';

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
  /** Offered and not acknowledged: beyond it nothing new is offered. */
  readonly pendingMessagesMax: number;
  /** How long a client may take to acknowledge; then the message is offered again. */
  readonly ackTimeoutMs: number;
  /** Offers after the first one; -1: for ever. */
  readonly retriesMax: number;
}

/**
 * What was read of one partition and is not settled yet. Messages that came back, or were not acknowledged in time, go
 * first, in offset order; then the fresh ones. Counts its bytes in the budget of the process.
 */
export class PartitionBuffer {
  readonly #tracker: OffsetTracker;
  readonly #budget: ByteBudget;
  readonly #limits: PartitionBufferLimits;
  readonly #batches: FetchedBatch[] = [];
  /** To be offered before anything fresh; as many as may be offered at a time. */
  readonly #again = new SortedRecords();
  readonly #unacked = new UnackedOffers();
  /** Of those to be offered again, those that a client may still acknowledge. */
  #expired = 0;
  /** Below it some messages are acknowledged, or out, although they are read once more. */
  #skipBelow = 0;
  #bufferedBytes = 0;
  /** In all batches, with what was taken of the first. */
  #fetchedMessages = 0;
  /** First offers out of batches that are gone; counted by the batch. */
  #takenMessages = 0;
  #redelivered = 0;
  #offeredBytes = 0;
  /** The last message that was to be kept for a later acknowledgement found no room in the budget. */
  #noRoomToKeep = false;
  /** Where the next fetch reads. */
  fetchOffset = 0;

  constructor(tracker: OffsetTracker, fetchOffset: number, budget: ByteBudget, limits: PartitionBufferLimits) {
    this.#tracker = tracker;
    this.#budget = budget;
    this.#limits = limits;
    this.readFrom(fetchOffset);
  }

  /** Reads on elsewhere; what is offered, or was acknowledged, is passed over. What came back meanwhile is read again. */
  readFrom(fetchOffset: number): void {
    this.drop();
    this.fetchOffset = fetchOffset;
    this.#skipBelow = this.#tracker.end;
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
    const again = this.#again.first;
    if (again && this.#unacked.get(again.offset)) return true;
    return (again !== undefined || this.#batches.length > 0) && !this.atPendingLimit;
  }

  get atPendingLimit(): boolean {
    return this.#tracker.outstanding >= this.#limits.pendingMessagesMax;
  }

  /** Nothing new can be offered to be acknowledged later (`ackLater`), or at once. */
  isFull(ackLater: boolean): boolean {
    return this.atPendingLimit || (ackLater && this.#noRoomToKeep);
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
        : result.records.filter(({ offset }) => !this.#isKnown(offset));
    this.fetchOffset = Math.max(result.nextOffset, expected);
    if (records.length === 0) return;
    this.#budget.take('fetched-not-offered', result.retainedBytes);
    this.#bufferedBytes += result.retainedBytes;
    this.#fetchedMessages += records.length;
    this.#batches.push({ records, at: 0, retainedBytes: result.retainedBytes });
  }

  #isKnown(offset: number): boolean {
    return this.#tracker.isAcknowledged(offset) || this.#tracker.isOutstanding(offset) || this.#again.has(offset);
  }

  /**
   * The next message, now offered; `undefined` when there is none, when as many are offered as may be, or when it is to be
   * kept (`ackLater`) and there is no room for it.
   */
  take(ackLater: boolean): FetchedRecord | undefined {
    const again = this.#again.first;
    const unacked = again && this.#unacked.get(again.offset);
    if (unacked) {
      this.#again.shift();
      this.#expired--;
      unacked.offers++;
      this.#redelivered++;
      return unacked.record;
    }
    if (this.atPendingLimit) return undefined;
    const batch = this.#batches[0];
    const next = again ?? batch?.records[batch.at];
    if (!next || (ackLater && !this.#hasRoomToKeep(next))) return undefined;
    if (again) this.#again.shift();
    else this.#passFresh(batch!);
    this.#tracker.offered(next.offset);
    if (ackLater) return this.#keep(next);
    this.#countOffered(bytesOf(next));
    return next;
  }

  #passFresh(batch: FetchedBatch): void {
    batch.at++;
    if (batch.at < batch.records.length) return;
    this.#batches.shift();
    this.#fetchedMessages -= batch.records.length;
    this.#takenMessages += batch.records.length;
    this.#bufferedBytes -= batch.retainedBytes;
    this.#budget.give('fetched-not-offered', batch.retainedBytes);
  }

  /** One message of each partition always has room: else a partition could stand still because of others. */
  #hasRoomToKeep(record: FetchedRecord): boolean {
    const use = 'offered-not-acked';
    const roomBytes = this.#budget.limit(use) - this.#budget.held(use);
    this.#noRoomToKeep = this.#unacked.size > 0 && bytesOf(record) > roomBytes;
    return !this.#noRoomToKeep;
  }

  #keep(record: FetchedRecord): FetchedRecord {
    const offer = this.#unacked.add(record);
    offer.offers = 1;
    this.#countOffered(offer.bytes);
    return offer.record;
  }

  // --- what becomes of an offer

  /** The answer is out: it is acknowledged, or waits for the client to do so (`ackLater`). */
  written(record: FetchedRecord, ackLater: boolean, nowMs: number): void {
    const unacked = this.#unacked.get(record.offset);
    if (ackLater) {
      if (unacked) this.#unacked.await(unacked, nowMs + this.#limits.ackTimeoutMs);
    } else if (unacked) this.#settle(unacked);
    else if (this.#tracker.acknowledged(record.offset)) this.#countOffered(-bytesOf(record));
  }

  /** Nobody got it: it is the next one again, after lower offsets that came back as well. */
  returned(record: FetchedRecord): void {
    const { offset } = record;
    const unacked = this.#unacked.get(offset);
    if (unacked?.delivered) {
      // An earlier answer did reach a client: its ack may still come.
      unacked.offers--;
      this.#redelivered--;
      this.#offerAgain(unacked);
      return;
    }
    // Acknowledged meanwhile, by a client that has read more than we know.
    if (!this.#tracker.isOutstanding(offset)) return;
    this.#tracker.returned(offset);
    this.#countOffered(-(unacked?.bytes ?? bytesOf(record)));
    this.#unacked.delete(offset);
    this.#again.add(record);
  }

  /** A client's word. False: it was never offered to be acknowledged later, or was acknowledged before. */
  acknowledge(offset: number): boolean {
    const unacked = this.#unacked.get(offset);
    if (!unacked) return false;
    this.#settle(unacked);
    return true;
  }

  #settle(unacked: UnackedOffer): void {
    const { offset } = unacked.record;
    this.#forgetOffer(unacked);
    this.#tracker.acknowledged(offset);
  }

  #forgetOffer({ record, bytes }: UnackedOffer): void {
    this.#unacked.delete(record.offset);
    if (this.#again.delete(record.offset)) this.#expired--;
    this.#countOffered(-bytes);
  }

  #offerAgain({ record }: UnackedOffer): void {
    this.#again.add(record);
    this.#expired++;
  }

  // --- time

  /** When the next offer expires. */
  get nextExpiryAtMs(): number | undefined {
    return this.#unacked.nextExpiryAtMs;
  }

  /** Has what was not acknowledged in time offered again. Returns what was offered often enough: that is acknowledged now. */
  expire(nowMs: number): UnackedOffer[] {
    const { retriesMax } = this.#limits;
    const givenUp: UnackedOffer[] = [];
    for (const offer of this.#unacked.takeExpired(nowMs)) {
      if (retriesMax >= 0 && offer.offers > retriesMax) {
        this.#settle(offer);
        givenUp.push(offer);
      } else this.#offerAgain(offer);
    }
    return givenUp;
  }

  /** Has everything that waits for a client offered again at once, as if for the first time. */
  offerAllAgain(): void {
    for (const offer of this.#unacked.takeExpired(Infinity)) {
      offer.offers = 0;
      this.#offerAgain(offer);
    }
  }

  /** Offered, and neither acknowledged nor expired. */
  get awaited(): number {
    return this.#tracker.outstanding - this.#expired;
  }

  /** The log does not hold what lies below. Returns, ascending, the offers that no client can acknowledge any more. */
  dropBelow(end: number): number[] {
    const dropped = this.#unacked.below(end);
    for (const offer of dropped) this.#settle(offer);
    this.#tracker.absent(this.#tracker.committed, end);
    return dropped.map(({ record }) => record.offset).sort((a, b) => a - b);
  }

  #countOffered(bytes: number): void {
    this.#offeredBytes += bytes;
    this.#budget.take('offered-not-acked', bytes);
  }

  // --- for whoever looks

  get #takenOfFirst(): number {
    return this.#batches[0]?.at ?? 0;
  }

  /** To be offered again as if for the first time: nobody got them. */
  get #cameBack(): number {
    return this.#again.size - this.#expired;
  }

  /** Messages that are read and in nobody's hands. */
  get buffered(): number {
    return this.#fetchedMessages - this.#takenOfFirst + this.#cameBack;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Messages that were offered since the position was read; however often, they count once. */
  get offeredTotal(): number {
    return this.#takenMessages + this.#takenOfFirst - this.#cameBack;
  }

  /** Offers of messages that were not acknowledged in time. */
  get redelivered(): number {
    return this.#redelivered;
  }

  // --- the end

  /** Drops what is not offered. */
  drop(): void {
    this.#takenMessages += this.#takenOfFirst - this.#cameBack;
    this.#fetchedMessages = 0;
    this.#budget.give('fetched-not-offered', this.#bufferedBytes);
    this.#bufferedBytes = 0;
    this.#batches.length = 0;
    this.#again.keep(({ offset }) => this.#unacked.get(offset) !== undefined);
  }

  /** Forgets what is offered as well: nobody will settle it with us. */
  forget(): void {
    this.drop();
    this.#again.keep(() => false);
    this.#expired = 0;
    this.#unacked.clear();
    this.#budget.give('offered-not-acked', this.#offeredBytes);
    this.#offeredBytes = 0;
  }
}
