import type { Clock } from '../../host/host.js';
import type { ProducePartition, ProduceResult } from '../port.js';

const TOPICS_MAX = 10_000;
/** A topic may be moved to a newer format; then its sequences count again. */
const KEPT_MS = 600_000;

/**
 * Topics that a broker keeps in a format older than record batches, because its settings say so. A batch with a sequence is
 * refused there, and nothing of it written; without one it is taken.
 */
export class PlainTopics {
  readonly #clock: Clock;
  /** Until when, in ms of the monotonic clock. */
  readonly #topics = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(topic: string): void {
    if (this.#topics.size >= TOPICS_MAX) this.#topics.clear();
    this.#topics.set(topic, this.#clock.nowMs() + KEPT_MS);
  }

  has(topic: string): boolean {
    return this.#clock.nowMs() < (this.#topics.get(topic) ?? -Infinity);
  }
}

/** Whether it was the sequence that the broker has refused: headers would be refused in the same words. */
export const refusedForSequence = (
  { sequence, records }: ProducePartition,
  result: ProduceResult | undefined,
): boolean =>
  sequence !== undefined &&
  result?.error === 'UNSUPPORTED_FOR_MESSAGE_FORMAT' &&
  records.every(({ headers }) => headers.length === 0);

export const withoutSequence = ({ topic, partition, records }: ProducePartition): ProducePartition => {
  return { topic, partition, records };
};
