import type { AcceptedMessages } from '../../machines/topic-producer.js';
import type { ByteBudget } from '../byte-budget.js';
import type { Ask } from '../bus/types.js';
import type { ProduceReply, ProduceRequest } from '../requests.js';
import { AcceptedRecord } from './accepted-record.js';
import type { PartitionQueue } from './partition-queue.js';
import type { ProducerIdentities } from './producer-identities.js';

/** Everything that one topic's producer accepted and has not settled. It outlives each incarnation of the producer. */
export class AcceptedRecords implements AcceptedMessages {
  /** Waits for the topic's partitions to be known, in order. */
  readonly kept = new Set<AcceptedRecord>();
  /** By partition. */
  readonly queues = new Map<number, PartitionQueue>();
  /** The daemon shuts down. */
  draining = false;
  /** In `kept` and in all queues. */
  count = 0;
  /** What they keep in memory. */
  bytes = 0;
  readonly identities: ProducerIdentities;
  readonly #byAsk = new Map<Ask, AcceptedRecord>();
  readonly #recordsMax: number;
  readonly #budget: ByteBudget;

  constructor(recordsMax: number, budget: ByteBudget, identities: ProducerIdentities) {
    this.identities = identities;
    this.#recordsMax = recordsMax;
    this.#budget = budget;
  }

  /** `undefined` when a limit is reached. */
  accept(request: ProduceRequest, ask: Ask<ProduceReply> | undefined): AcceptedRecord | undefined {
    if (this.count >= this.#recordsMax) return undefined;
    const record = new AcceptedRecord(request, ask);
    if (!this.#budget.tryTake('accepted-not-written', record.retainedBytes)) return undefined;
    this.count++;
    this.bytes += record.retainedBytes;
    if (ask) this.#byAsk.set(ask, record);
    return record;
  }

  /** It is settled: whoever waited was told, and nothing is held for it any more. */
  release(record: AcceptedRecord): void {
    this.count--;
    this.bytes -= record.retainedBytes;
    this.#budget.give('accepted-not-written', record.retainedBytes);
    if (record.ask) this.#byAsk.delete(record.ask);
  }

  /** The message that this ask waits for. */
  recordOf(ask: Ask): AcceptedRecord | undefined {
    return this.#byAsk.get(ask);
  }

  get asks(): Iterable<Ask> {
    return this.#byAsk.keys();
  }

  get sync(): Iterable<AcceptedRecord> {
    return this.#byAsk.values();
  }

  *records(): Iterable<AcceptedRecord> {
    yield* this.kept;
    for (const queue of this.queues.values()) yield* queue.records();
  }
}
