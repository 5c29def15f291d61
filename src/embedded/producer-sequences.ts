import type { BatchSequence, BrokerErrorName } from '../kafka/port.js';

/** A broker remembers so many of the latest batches of a producer. Source: Kafka's `ProducerStateEntry`, NUM_BATCHES_TO_RETAIN. */
const BATCHES_KEPT_MAX = 5;

/** Sequences count from 0 up to here, and then from 0 again. */
const SEQUENCES = 2 ** 31;

interface Batch {
  readonly baseSequence: number;
  readonly records: number;
  readonly baseOffset: number;
}

interface Producer {
  epoch: number;
  /** The latest last; at least one. */
  readonly batches: Batch[];
}

const sequenceAfter = ({ baseSequence, records }: Batch): number => (baseSequence + records) % SEQUENCES;

/**
 * Who has written to a partition, and which batches last: what lets its leader tell a repeated batch from a new one. At its
 * limit it forgets the producer that has not written for longest; whose state is forgotten may begin anywhere, as in Kafka.
 */
export class ProducerSequences {
  /** In the order of their last batch: a map keeps the order of insertion. */
  readonly #producers = new Map<number, Producer>();
  readonly #producersMax: number;

  constructor(producersMax: number) {
    this.#producersMax = producersMax;
  }

  /** `null`: to be appended. A number: it was, and begins there. Else the reason why it must not be. */
  check({ id, epoch, baseSequence }: BatchSequence, records: number): BrokerErrorName | number | null {
    const known = this.#producers.get(id);
    if (!known) return null;
    if (epoch < known.epoch) return 'INVALID_PRODUCER_EPOCH';
    if (epoch > known.epoch) return baseSequence === 0 ? null : 'OUT_OF_ORDER_SEQUENCE_NUMBER';
    const same = known.batches.find((batch) => batch.baseSequence === baseSequence && batch.records === records);
    if (same) return same.baseOffset;
    return baseSequence === sequenceAfter(known.batches.at(-1)!) ? null : 'OUT_OF_ORDER_SEQUENCE_NUMBER';
  }

  appended({ id, epoch, baseSequence }: BatchSequence, records: number, baseOffset: number): void {
    const known = this.#producers.get(id);
    const producer = known?.epoch === epoch ? known : { epoch, batches: [] };
    producer.batches.push({ baseSequence, records, baseOffset });
    if (producer.batches.length > BATCHES_KEPT_MAX) producer.batches.shift();
    this.#producers.delete(id);
    this.#producers.set(id, producer);
    if (this.#producers.size > this.#producersMax) this.#producers.delete(this.#producers.keys().next().value!);
  }

  /** The log was cut off there: of batches that are gone nothing is known, as when Kafka reads its log anew. */
  cutOff(endOffset: number): void {
    for (const [id, { batches }] of this.#producers) {
      const remaining = batches.filter(({ baseOffset }) => baseOffset < endOffset);
      if (remaining.length === 0) this.#producers.delete(id);
      else batches.splice(0, batches.length, ...remaining);
    }
  }
}
