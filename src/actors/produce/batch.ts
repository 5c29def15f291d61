import type { BatchAttempt, ProducerBatcherEvent } from '../../machines/producer-batcher.js';
import type { BatchSequence } from '../../kafka/port.js';
import type { Address } from '../bus/types.js';
import type { AcceptedRecord } from './accepted-record.js';

/** The queue that a batch was taken from. */
export interface BatchSource {
  readonly topic: string;
  readonly partition: number;
  readonly batcher: Address<ProducerBatcherEvent>;
  /** What waits behind the batch. */
  readonly waiting: number;
  /** The brokers do not know this sequence any more, or never did: it is not continued. */
  retireSequence(batch: Batch): void;
}

/** Messages of one partition that are written together, and again together, in this order. */
export class Batch {
  readonly queue: BatchSource;
  records: AcceptedRecord[];
  bytes = 0;
  /** How many requests carry it at present: a second one when its leader moved while the first got no answer. */
  requestsUnderWay = 0;
  /** A request that carried it got no answer, or one that leaves open whether it was written. */
  mayBeWritten = false;
  /** Failed attempts. */
  failures = 0;
  /** The same for all attempts, so that the broker knows a repetition. Given when it is handed over first. */
  sequence: BatchSequence | undefined;
  attempt: Attempt | undefined;

  constructor(queue: BatchSource, records: AcceptedRecord[]) {
    this.queue = queue;
    this.records = records;
    for (const record of records) {
      record.batch = this;
      this.bytes += record.bytes;
    }
  }

  /** Some copy of it may have reached a broker, so nothing can be taken out of it any more. */
  get wasSent(): boolean {
    return this.requestsUnderWay > 0 || this.mayBeWritten;
  }

  /** Nobody relies on it: every message was asked for by a client that has left. */
  get abandoned(): boolean {
    return this.requestsUnderWay === 0 && !this.records.some((record) => record.wanted);
  }

  /** The attempts before count no more. */
  startAttempt(): Attempt {
    this.endAttempt();
    return (this.attempt = new Attempt(this));
  }

  endAttempt(): void {
    if (this.attempt) this.attempt.current = false;
  }
}

export class Attempt implements BatchAttempt {
  readonly batch: Batch;
  current = true;

  constructor(batch: Batch) {
    this.batch = batch;
  }

  get waiting(): number {
    return this.batch.queue.waiting;
  }

  get batcher(): Address<ProducerBatcherEvent> {
    return this.batch.queue.batcher;
  }
}
