import type { KafkaFailure } from '../port.js';

interface Entry {
  /** A request that not everybody may ask was answered there, so that our settings cannot be at fault. */
  served: boolean;
  /** The latest attempt was refused. */
  refusal: KafkaFailure | undefined;
  /** By what was asked: the broker has no version of it that we may use. */
  readonly unsupported: Map<string, KafkaFailure>;
  /** What was last said of it. */
  told: string | undefined;
}

/** Which brokers let us in, by address. Each changed reason why one does not is told once. */
export class BrokerAccess {
  readonly #entries = new Map<string, Entry>();
  readonly #tell: (address: string, reason: string) => void;

  constructor(tell: (address: string, reason: string) => void) {
    this.#tell = tell;
  }

  hasServed(address: string): boolean {
    return this.#entries.get(address)?.served ?? false;
  }

  refusal(address: string): KafkaFailure | undefined {
    const entry = this.#entries.get(address);
    return entry?.refusal ?? entry?.unsupported.values().next().value;
  }

  noteServed(address: string): void {
    const entry = this.#entryOf(address);
    entry.served = true;
    entry.refusal = undefined;
    if (entry.unsupported.size === 0) entry.told = undefined;
  }

  noteRefused(address: string, failure: KafkaFailure): void {
    const entry = this.#entryOf(address);
    entry.refusal = failure;
    this.#tellOnce(address, entry, failure);
  }

  /** It lets us in, and speaks no version of this that we may use. One text stands for all that are so. */
  noteUnsupported(address: string, what: string, failure: KafkaFailure): void {
    const entry = this.#entryOf(address);
    entry.unsupported.set(what, failure);
    if (entry.unsupported.size === 1) this.#tellOnce(address, entry, failure);
  }

  noteSupported(address: string, what: string): void {
    this.#entries.get(address)?.unsupported.delete(what);
  }

  /** It is away, so nobody can say whether it would refuse us still; if it does for the same reason, that was told. */
  noteAway(address: string): void {
    const entry = this.#entries.get(address);
    if (entry) entry.refusal = undefined;
  }

  forget(address: string): void {
    this.#entries.delete(address);
  }

  #tellOnce(address: string, entry: Entry, { message }: KafkaFailure): void {
    if (entry.told === message) return;
    entry.told = message;
    this.#tell(address, message);
  }

  #entryOf(address: string): Entry {
    const known = this.#entries.get(address);
    if (known) return known;
    const entry: Entry = { served: false, refusal: undefined, unsupported: new Map(), told: undefined };
    this.#entries.set(address, entry);
    return entry;
  }
}
