import type { KafkaFailure } from '../port.js';

interface Entry {
  /** A request that not everybody may ask was answered there, so that our settings cannot be at fault. */
  served: boolean;
  /** The latest attempt was refused. */
  refusal: KafkaFailure | undefined;
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
    return this.#entries.get(address)?.refusal;
  }

  noteServed(address: string): void {
    this.#entries.set(address, { served: true, refusal: undefined, told: undefined });
  }

  noteRefused(address: string, failure: KafkaFailure): void {
    const entry = this.#entryOf(address);
    entry.refusal = failure;
    if (entry.told === failure.message) return;
    entry.told = failure.message;
    this.#tell(address, failure.message);
  }

  /** It is away, so nobody can say whether it would refuse us still; if it does for the same reason, that was told. */
  noteAway(address: string): void {
    const entry = this.#entries.get(address);
    if (entry) entry.refusal = undefined;
  }

  forget(address: string): void {
    this.#entries.delete(address);
  }

  #entryOf(address: string): Entry {
    const known = this.#entries.get(address);
    if (known) return known;
    const entry: Entry = { served: false, refusal: undefined, told: undefined };
    this.#entries.set(address, entry);
    return entry;
  }
}
