import type { FetchedRecord } from '../../kafka/port.js';
import { ownCopy } from './own-copy.js';

/** A message that a client is to acknowledge later. */
export interface UnackedOffer {
  readonly record: FetchedRecord;
  readonly bytes: number;
  /** How often it was offered, as far as that counts against the retries. */
  offers: number;
  /** A client was handed it once, and may acknowledge it at any time. */
  delivered: boolean;
}

/**
 * The messages of one partition that wait for a client's acknowledgement, by offset. They keep their records, so that they
 * can be offered again without reading the log.
 */
export class UnackedOffers {
  readonly #byOffset = new Map<number, UnackedOffer>();
  /** With a deadline, in the order of the deadlines: all have the same time, so that is the order in which they came. */
  readonly #waiting = new Map<number, { readonly offer: UnackedOffer; readonly expiresAtMs: number }>();

  get size(): number {
    return this.#byOffset.size;
  }

  get(offset: number): UnackedOffer | undefined {
    return this.#byOffset.get(offset);
  }

  /** Not offered yet, without a deadline. */
  add(source: FetchedRecord): UnackedOffer {
    const offer = { ...ownCopy(source), offers: 0, delivered: false };
    this.#byOffset.set(source.offset, offer);
    return offer;
  }

  /** The answer is out; from now on the client is waited for. */
  await(offer: UnackedOffer, expiresAtMs: number): void {
    offer.delivered = true;
    this.#waiting.set(offer.record.offset, { offer, expiresAtMs });
  }

  /** When the next one expires; `undefined`: none waits. */
  get nextExpiryAtMs(): number | undefined {
    for (const { expiresAtMs } of this.#waiting.values()) return expiresAtMs;
    return undefined;
  }

  /** Those whose deadline has passed; they wait no more. `Infinity`: all that wait. */
  takeExpired(nowMs: number): UnackedOffer[] {
    const expired: UnackedOffer[] = [];
    for (const [offset, { offer, expiresAtMs }] of this.#waiting) {
      if (expiresAtMs > nowMs) break;
      this.#waiting.delete(offset);
      expired.push(offer);
    }
    return expired;
  }

  below(end: number): UnackedOffer[] {
    return [...this.#byOffset.values()].filter(({ record }) => record.offset < end);
  }

  delete(offset: number): void {
    this.#byOffset.delete(offset);
    this.#waiting.delete(offset);
  }

  clear(): void {
    this.#byOffset.clear();
    this.#waiting.clear();
  }
}
