import type { ProducerIdentity } from '../port.js';
import { KafkaFailure } from '../port.js';
import { brokerErrorName } from './broker-errors.js';
import { kafkajsCall, safeInteger } from './calls.js';
import type { CallFor } from './calls.js';
import { commonVersion } from './versions.js';

type Decoded = { errorCode: number; producerId: string; producerEpoch: number };

/** Throws kind `broker` from its decoder when the broker gives none. */
export const initProducerIdCall: CallFor<ProducerIdentity> = (versions) =>
  kafkajsCall<Decoded, ProducerIdentity>(
    'InitProducerId',
    commonVersion(versions, 'InitProducerId'),
    { transactionalId: null },
    ({ errorCode, producerId, producerEpoch }) => {
      const brokerError = brokerErrorName(errorCode);
      if (brokerError) {
        throw new KafkaFailure('broker', `no producer id was given: ${brokerError}. Nothing was lost; ask again.`, {
          brokerError,
        });
      }
      return { id: safeInteger(producerId), epoch: producerEpoch };
    },
  );
