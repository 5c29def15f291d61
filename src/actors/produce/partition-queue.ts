import type { ProducerBatcherEvent } from '../../machines/producer-batcher.js';
import type { Address } from '../bus/types.js';
import type { AcceptedRecord } from './accepted-record.js';
import type { BatchSequence } from '../../kafka/port.js';
import { Batch, type BatchSource } from './batch.js';
import type { ProducerIdentities } from './producer-identities.js';

export interface BatchLimits {
  readonly bytesMax: number;
  readonly recordsMax: number;
}

/** Sequences begin at 0 again after 2^31. */
const sequencesMax = 2 ** 31;

/**
 * What was accepted for one partition: messages that wait, in order, and the one batch that is on its way. It belongs to the
 * topic producer and outlives each incarnation of the batcher, so a crash writes the batch again but loses nothing.
 */
export class PartitionQueue implements BatchSource {
  readonly topic: string;
  readonly partition: number;
  readonly batcher: Address<ProducerBatcherEvent>;
  /** The batcher ends when the queue is empty. */
  draining = false;
  /** The batcher's machine is to be told of the next message. */
  listening = true;
  /** A set, as a client that leaves takes its message out of the middle. */
  readonly #waiting = new Set<AcceptedRecord>();
  /** What a batch was split into: it goes before all that waits. */
  readonly #pieces: Batch[] = [];
  #batch: Batch | undefined;
  readonly #identities: ProducerIdentities;
  /** What the next batch begins with; `undefined`: at 0 of whatever identity there is. */
  #nextSequence: BatchSequence | undefined;

  constructor(
    topic: string,
    partition: number,
    batcher: Address<ProducerBatcherEvent>,
    identities: ProducerIdentities,
  ) {
    this.#identities = identities;
    this.topic = topic;
    this.partition = partition;
    this.batcher = batcher;
  }

  /** The batch on its way. */
  get batch(): Batch | undefined {
    return this.#batch;
  }

  /** What waits behind the batch: messages, and pieces of one that was split. */
  get waiting(): number {
    return this.#waiting.size + this.#pieces.length;
  }

  /** True if anything here is not settled. */
  get busy(): boolean {
    return this.#batch !== undefined || this.waiting > 0;
  }

  /** True: the batcher's machine has to be told. */
  push(record: AcceptedRecord): boolean {
    record.partition = this.partition;
    this.#waiting.add(record);
    const tell = this.listening;
    this.listening = false;
    return tell;
  }

  /** The batch on its way, or the next one, which is then on its way; `undefined` when nothing waits. */
  take({ bytesMax, recordsMax }: BatchLimits, nowWallMs: number): Batch | undefined {
    if (this.#batch) return this.#batch;
    this.#batch = this.#pieces.shift();
    if (this.#batch || this.#waiting.size === 0) return this.#batch;
    const records: AcceptedRecord[] = [];
    let bytes = 0;
    for (const record of this.#waiting) {
      bytes += record.bytes;
      if (records.length > 0 && (bytes > bytesMax || records.length >= recordsMax)) break;
      record.timestampMs = nowWallMs;
      records.push(record);
      this.#waiting.delete(record);
    }
    return (this.#batch = new Batch(this, records));
  }

  /** Gives the batch its sequence, if it is to have one and has none yet. False: the brokers are to be asked who we are first. */
  giveSequence(batch: Batch): boolean {
    const identity = this.#identities.current;
    if (batch.sequence !== undefined || identity === 'plain') return true;
    if (identity === undefined) return false;
    const next = this.#nextSequence;
    const goesOn = next?.id === identity.id && next.epoch === identity.epoch;
    batch.sequence = goesOn ? next : { ...identity, baseSequence: 0 };
    return true;
  }

  /** The batch was written, so the next one follows it. */
  noteWritten(batch: Batch): void {
    const { sequence } = batch;
    if (!sequence) return;
    const baseSequence = (sequence.baseSequence + batch.records.length) % sequencesMax;
    this.#nextSequence = { ...sequence, baseSequence };
  }

  /** The batch is given up. If a copy of it may lie at a broker, what followed under its numbers would be taken for it. */
  noteGivenUp(batch: Batch): void {
    if (batch.wasSent) this.retireSequence(batch);
  }

  retireSequence(batch: Batch): void {
    if (!batch.sequence) return;
    this.#identities.retire(batch.sequence);
    batch.sequence = undefined;
  }

  /** The batch is not on its way any more; its attempts count no more. */
  release(): readonly AcceptedRecord[] {
    const batch = this.#batch;
    this.#batch = undefined;
    batch?.endAttempt();
    return batch?.records ?? [];
  }

  /** The batch becomes two halves, which go one after the other; so in the end only a message that is too large alone is refused. */
  split(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.noteGivenUp(batch);
    const records = this.release();
    const middle = Math.ceil(records.length / 2);
    const pieces = [records.slice(0, middle), records.slice(middle)]
      .filter((piece) => piece.length > 0)
      .map((piece) => new Batch(this, piece));
    for (const piece of pieces) piece.mayBeWritten = batch.mayBeWritten;
    this.#pieces.unshift(...pieces);
  }

  /** Takes a message out, unless some copy of it was sent. */
  withdraw(record: AcceptedRecord): boolean {
    if (this.#waiting.delete(record)) return true;
    const batch = [this.#batch, ...this.#pieces].find((carrier) => carrier?.records.includes(record));
    if (!batch || batch.wasSent) return false;
    batch.records.splice(batch.records.indexOf(record), 1);
    batch.bytes -= record.bytes;
    if (batch.records.length === 0 && batch !== this.#batch) this.#pieces.splice(this.#pieces.indexOf(batch), 1);
    return true;
  }

  /** Everything that is not settled, in order. */
  *records(): Iterable<AcceptedRecord> {
    if (this.#batch) yield* this.#batch.records;
    for (const piece of this.#pieces) yield* piece.records;
    yield* this.#waiting;
  }
}
