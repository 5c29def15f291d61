import { KafkaFailure, type Kafka, type ProducerIdentity } from '../../kafka/port.js';
import type { Logger } from 'pino';

/**
 * Who one topic's producer is to the brokers, so that they tell a batch from its repetition. An identity is used for one
 * life of the partition queues: their sequences count from it, and a queue that began to count anew under the same identity
 * would have its messages taken for repetitions, and dropped.
 */
export class ProducerIdentities {
  readonly #kafka: Pick<Kafka, 'initProducerId'>;
  #current: ProducerIdentity | 'plain' | undefined;
  #asking: Promise<void> | undefined;

  /** @param wanted false: batches are written without */
  constructor(kafka: Pick<Kafka, 'initProducerId'>, wanted: boolean) {
    this.#kafka = kafka;
    this.#current = wanted ? undefined : 'plain';
  }

  /** `plain`: batches carry none, because nobody wants one or the brokers cannot give one. `undefined`: ask first. */
  get current(): ProducerIdentity | 'plain' | undefined {
    return this.#current;
  }

  /** Asks the brokers; those who ask meanwhile wait for the same answer. Rejects with what is worth a retry. */
  ask(signal: AbortSignal, log: Logger): Promise<void> {
    return (this.#asking ??= this.#ask(signal, log).finally(() => (this.#asking = undefined)));
  }

  async #ask(signal: AbortSignal, log: Logger): Promise<void> {
    try {
      this.#current = await this.#kafka.initProducerId(signal);
    } catch (error) {
      if (!(error instanceof KafkaFailure) || !isForGood(error)) throw error;
      this.#current = 'plain';
      log.info(
        { reason: error.message },
        'the brokers give no producer id: a batch whose answer was lost may be written twice',
      );
    }
  }

  /** This one is not to be used for another batch. */
  retire(identity: ProducerIdentity): void {
    const current = this.#current;
    if (typeof current === 'object' && current.id === identity.id && current.epoch === identity.epoch)
      this.#current = undefined;
  }
}

function isForGood({ kind, brokerError }: KafkaFailure): boolean {
  return (
    kind === 'unsupported' || brokerError === 'CLUSTER_AUTHORIZATION_FAILED' || brokerError === 'UNSUPPORTED_VERSION'
  );
}
