import type { TimerHandle } from '../../host/host.js';
import type { FetchedRecord } from '../../kafka/port.js';
import type { PartitionOwnerEvent } from '../../machines/partition-owner.js';
import type { Shell } from '../bus/types.js';
import { logGivenUp } from './offer-log.js';
import { RecordOffer, type Offer, type OfferKeeper, type OwnerDesk } from './owner-desk.js';
import type { PartitionBuffer } from './partition-buffer.js';
import type { PartitionClaim } from './partition-claim.js';
import type { PartitionPosition } from './partition-position.js';
import type { PartitionReader } from './partition-reader.js';

export interface PartitionOffersParts {
  readonly claim: PartitionClaim;
  readonly reader: PartitionReader;
  readonly position: PartitionPosition;
}

export interface OfferListeners {
  /** Called when a message can be taken that could not be before. */
  readonly onReadable: () => void;
  /** Called when nothing is offered and unacknowledged any more. */
  readonly onNothingOut: () => void;
}

/** How an owner offers: what is in clients' hands, whether it comes back or is acknowledged, and when its time is over. */
export class PartitionOffers implements OwnerDesk, OfferKeeper {
  readonly #shell: Shell<PartitionOwnerEvent>;
  readonly #at: { readonly topic: string; readonly partition: number };
  readonly #parts: PartitionOffersParts;
  readonly #listeners: OfferListeners;
  #buffer: PartitionBuffer | undefined;
  #expiry: TimerHandle;
  #settling = false;

  constructor(
    shell: Shell<PartitionOwnerEvent>,
    at: { readonly topic: string; readonly partition: number },
    parts: PartitionOffersParts,
    listeners: OfferListeners,
  ) {
    this.#shell = shell;
    this.#at = { topic: at.topic, partition: at.partition };
    this.#parts = parts;
    this.#listeners = listeners;
  }

  get partition(): number {
    return this.#at.partition;
  }

  /** What is read and not settled; `undefined` while there is no position. */
  get buffer(): PartitionBuffer | undefined {
    return this.#buffer;
  }

  /** Offers from this one. Acknowledgements of what came from another one count no more. */
  begin(buffer: PartitionBuffer): void {
    this.#buffer = buffer;
  }

  forget(): void {
    this.#buffer?.forget();
    this.#buffer = undefined;
  }

  // --- what the subscription borrows

  get hasLeader(): boolean {
    return this.#parts.reader.leader >= 0;
  }

  get readable(): boolean {
    return this.#mayOffer && (this.#buffer?.mayTake ?? false);
  }

  get #mayOffer(): boolean {
    const { reader, claim } = this.#parts;
    return reader.isReading && claim.mayOffer;
  }

  get outstanding(): number {
    return this.#parts.position.tracker?.outstanding ?? 0;
  }

  isFull(ackLater: boolean): boolean {
    return this.#buffer?.isFull(ackLater) ?? false;
  }

  take(ackLater: boolean): Offer | undefined {
    if (!this.#mayOffer) return undefined;
    const record = this.#buffer?.take(ackLater);
    if (!record) return undefined;
    this.#parts.reader.noteTaken();
    return new RecordOffer(this, this.#buffer!, record, ackLater);
  }

  // --- what becomes of an offer

  written(buffer: PartitionBuffer, record: FetchedRecord, ackLater: boolean): void {
    if (buffer !== this.#buffer) return;
    const wasFull = buffer.isFull(true);
    buffer.written(record, ackLater, ackLater ? this.#shell.clock.nowMs() : 0);
    if (ackLater) this.#watchExpiry();
    else this.#onAcknowledged(wasFull);
  }

  returned(buffer: PartitionBuffer, record: FetchedRecord): void {
    if (buffer !== this.#buffer) return;
    buffer.returned(record);
    this.noteSettled();
    if (this.#parts.reader.isReading) this.#listeners.onReadable();
  }

  /** By the client. One of what was never offered, or was acknowledged before, is ignored. */
  acknowledge(offset: number): void {
    const wasFull = this.isFull(true);
    if (this.#buffer?.acknowledge(offset)) this.#onAcknowledged(wasFull);
    else this.#shell.log.debug({ offset }, 'an ack is ignored: not offered, or acknowledged before');
  }

  noteFetched(): void {
    // Where the log holds nothing, the position moves without an acknowledgement.
    this.#parts.position.noteMoved();
    if (this.#buffer!.mayTake) this.#listeners.onReadable();
  }

  #onAcknowledged(wasFull: boolean): void {
    this.#parts.position.noteMoved();
    this.noteSettled();
    if (wasFull && this.#buffer!.mayTake) this.#listeners.onReadable();
  }

  /** One timer, for the offer that expires first. */
  #watchExpiry(): void {
    if (this.#expiry !== undefined) return;
    const expiresAtMs = this.#buffer?.nextExpiryAtMs;
    if (expiresAtMs === undefined) return;
    const { clock } = this.#shell;
    this.#expiry = clock.setTimeout(() => this.#expire(), Math.max(0, expiresAtMs - clock.nowMs()));
  }

  #expire(): void {
    this.#expiry = undefined;
    const buffer = this.#buffer;
    if (!buffer) return;
    const givenUp = buffer.expire(this.#shell.clock.nowMs());
    for (const offer of givenUp) logGivenUp(this.#shell.log, this.#at, offer);
    this.#watchExpiry();
    this.#onAcknowledged(true);
  }

  // --- the end of offering

  /** Reports `offers.settled` when nothing is awaited any more, perhaps at once. */
  settle(): void {
    this.#settling = true;
    this.noteSettled();
  }

  noteSettled(): void {
    if (this.outstanding === 0) this.#listeners.onNothingOut();
    if (this.#settling && (this.#buffer?.awaited ?? 0) === 0) this.#shell.self({ type: 'offers.settled' });
  }
}
