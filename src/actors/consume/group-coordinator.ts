import { KafkaFailure, type BrokerId, type Kafka } from '../../kafka/port.js';

/** Where the offsets of one group are kept. Asked for once, and again after an error that says that it moved. */
export class GroupCoordinator {
  readonly group: string;
  readonly #kafka: Kafka;
  #broker: Promise<BrokerId> | undefined;

  constructor(kafka: Kafka, group: string) {
    this.#kafka = kafka;
    this.group = group;
  }

  /** Runs `request` against the coordinator; a failure of the whole request has it looked up anew the next time. */
  async ask<T>(signal: AbortSignal, request: (coordinator: BrokerId) => Promise<T>): Promise<T> {
    this.#broker ??= this.#kafka.findCoordinator(this.group, signal);
    const lookedUp = this.#broker;
    try {
      return await request(await lookedUp);
    } catch (error) {
      if (error instanceof KafkaFailure) this.#forget(lookedUp);
      throw error;
    }
  }

  /** A partition of an answer said that the group is kept elsewhere, or not yet loaded. */
  moved(): void {
    this.#broker = undefined;
  }

  #forget(lookedUp: Promise<BrokerId>): void {
    if (this.#broker === lookedUp) this.#broker = undefined;
  }
}

/** Errors in an answer about offsets after which the coordinator has to be looked up again. */
export const coordinatorErrors: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]);
