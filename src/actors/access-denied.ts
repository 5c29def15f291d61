import { PixyError } from '../errors/pixy-error.js';
import { KafkaFailure } from '../kafka/port.js';

/** What somebody has to correct before anything works: Kafka lets us in nowhere, or speaks nothing that we may use. */
export function accessDenied(error: unknown): PixyError | undefined {
  if (!(error instanceof KafkaFailure)) return undefined;
  if (error.kind !== 'access-denied' && error.kind !== 'unsupported') return undefined;
  return new PixyError('kafka-access-denied', { reason: error.message }, { cause: error });
}
