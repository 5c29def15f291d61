import type { FetchedRecord } from '../../kafka/port.js';
import type { Delivery, Receipt } from '../requests.js';
import type { PartitionBuffer } from './partition-buffer.js';

/** What an owner lends to its subscription. */
export interface OwnerDesk {
  readonly partition: number;
  /** A message can be taken now. */
  readonly readable: boolean;
  /** Offered and not acknowledged. */
  readonly outstanding: number;
  readonly hasLeader: boolean;
  /** As many messages are offered and not acknowledged as may be; with `ackLater`, also: as many bytes. */
  isFull(ackLater: boolean): boolean;
  /** Offers the next message, if there is one and the claim can be trusted. `ackLater`: the client acknowledges it. */
  take(ackLater: boolean): Offer | undefined;
}

export interface Offer {
  readonly delivery: Delivery;
  /** Nobody took it. */
  putBack(): void;
}

/** Whom the fate of an offered message is told to. Offers of an older buffer are none of its business any more. */
export interface OfferKeeper {
  readonly partition: number;
  written(buffer: PartitionBuffer, record: FetchedRecord, ackLater: boolean): void;
  returned(buffer: PartitionBuffer, record: FetchedRecord): void;
}

/** One message in one client's hands. */
export class RecordOffer implements Offer, Delivery, Receipt {
  readonly #owner: OfferKeeper;
  readonly #buffer: PartitionBuffer;
  readonly #record: FetchedRecord;
  readonly #ackLater: boolean;
  #settled = false;

  constructor(owner: OfferKeeper, buffer: PartitionBuffer, record: FetchedRecord, ackLater: boolean) {
    this.#owner = owner;
    this.#buffer = buffer;
    this.#record = record;
    this.#ackLater = ackLater;
  }

  get delivery(): Delivery {
    return this;
  }

  get receipt(): Receipt {
    return this;
  }

  get key(): Buffer | null {
    return this.#record.key;
  }

  get value(): Buffer | null {
    return this.#record.value;
  }

  get headers() {
    return this.#record.headers;
  }

  get partition(): number {
    return this.#owner.partition;
  }

  get offset(): number {
    return this.#record.offset;
  }

  written(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#owner.written(this.#buffer, this.#record, this.#ackLater);
  }

  returned(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#owner.returned(this.#buffer, this.#record);
  }

  putBack(): void {
    this.returned();
  }
}
