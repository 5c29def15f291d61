import type { ReadyBatches } from '../../machines/produce-sender.js';
import type { ProducePartition } from '../../kafka/port.js';
import type { Attempt, Batch } from './batch.js';

export interface RequestLimits {
  readonly bytesMax: number;
  readonly partitionsMax: number;
}

/** What a sender has of its batchers: the batches that are ready, and those in the request on its way. */
export class Outbox implements ReadyBatches {
  /** In the order in which they got ready; one for each partition at the most, as a partition has one batch on its way. */
  readonly #ready = new Map<Batch, Attempt>();
  readonly #sent = new Map<Batch, Attempt>();

  get count(): number {
    return this.#ready.size;
  }

  get inFlight(): number {
    return this.#sent.size;
  }

  /** A batch that is here already keeps its place; what comes of it counts for the new attempt. */
  keep(attempts: Iterable<Attempt>): void {
    for (const attempt of attempts) {
      const { batch } = attempt;
      if (this.#sent.has(batch)) this.#sent.set(batch, attempt);
      else this.#ready.set(batch, attempt);
    }
  }

  /** Chooses what goes with the next request. */
  load({ bytesMax, partitionsMax }: RequestLimits): readonly ProducePartition[] {
    const partitions: ProducePartition[] = [];
    let bytes = 0;
    for (const [batch, attempt] of this.#ready) {
      const { queue, records } = batch;
      // Taken back by its batcher, or emptied by clients that left.
      const stale = !attempt.current || records.length === 0;
      if (!stale && partitions.length > 0 && (bytes + batch.bytes > bytesMax || partitions.length >= partitionsMax))
        break;
      this.#ready.delete(batch);
      if (stale) continue;
      bytes += batch.bytes;
      batch.requestsUnderWay++;
      this.#sent.set(batch, attempt);
      const { topic, partition } = queue;
      partitions.push({ topic, partition, records, ...(batch.sequence && { sequence: batch.sequence }) });
    }
    return partitions;
  }

  /** The request is over, whatever came of it. */
  unload(): readonly Attempt[] {
    const attempts = [...this.#sent.values()];
    this.#sent.clear();
    for (const { batch } of attempts) batch.requestsUnderWay--;
    return attempts;
  }

  /** Takes out what was only ready. */
  clear(): readonly Attempt[] {
    const attempts = [...this.#ready.values()];
    this.#ready.clear();
    return attempts;
  }
}
