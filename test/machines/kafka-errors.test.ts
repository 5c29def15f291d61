import { describe, expect, it } from 'vitest';
import type { BrokerErrorName, KafkaFailureKind } from '../../src/kafka/port.js';
import { verdictOnBrokerError, verdictOnFailure } from '../../src/machines/kafka-errors.js';

type Named = Exclude<BrokerErrorName, `UNKNOWN_${number}`>;

/** Every name of the port: r may be retried, l look for the leader or coordinator again, u may have been written. */
const brokerErrors: Record<Named, string> = {
  OFFSET_OUT_OF_RANGE: '',
  CORRUPT_MESSAGE: 'r',
  UNKNOWN_TOPIC_OR_PARTITION: 'rlu',
  LEADER_NOT_AVAILABLE: 'rl',
  NOT_LEADER_FOR_PARTITION: 'rlu',
  REQUEST_TIMED_OUT: 'ru',
  REPLICA_NOT_AVAILABLE: 'rl',
  MESSAGE_TOO_LARGE: '',
  OFFSET_METADATA_TOO_LARGE: '',
  COORDINATOR_LOAD_IN_PROGRESS: 'r',
  COORDINATOR_NOT_AVAILABLE: 'rl',
  NOT_COORDINATOR: 'rl',
  INVALID_TOPIC: '',
  RECORD_LIST_TOO_LARGE: '',
  NOT_ENOUGH_REPLICAS: 'r',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'ru',
  ILLEGAL_GENERATION: '',
  UNKNOWN_MEMBER_ID: '',
  INVALID_COMMIT_OFFSET_SIZE: '',
  TOPIC_AUTHORIZATION_FAILED: '',
  GROUP_AUTHORIZATION_FAILED: '',
  CLUSTER_AUTHORIZATION_FAILED: '',
  INVALID_TIMESTAMP: '',
  UNSUPPORTED_VERSION: '',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: '',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'r',
  DUPLICATE_SEQUENCE_NUMBER: 'r',
  INVALID_PRODUCER_EPOCH: 'r',
  UNKNOWN_PRODUCER_ID: 'r',
  UNSUPPORTED_COMPRESSION_TYPE: '',
  UNREADABLE_RECORDS: '',
};

const failures: Record<Exclude<KafkaFailureKind, 'broker'>, string> = {
  unreachable: 'rl',
  'connection-lost': 'rlu',
  timeout: 'rlu',
  'access-denied': 'rl',
  aborted: 'ru',
  unsupported: '',
  'unknown-broker': 'rl',
};

const letters = (verdict: ReturnType<typeof verdictOnBrokerError>) =>
  (verdict.retriable ? 'r' : '') + (verdict.lookAgain ? 'l' : '') + (verdict.outcomeUnknown ? 'u' : '');

describe('what an error of Kafka means', () => {
  it('is said for every name of the port', () => {
    const said = Object.keys(brokerErrors).map((name) => [name, letters(verdictOnBrokerError(name))]);
    expect(Object.fromEntries(said)).toEqual(brokerErrors);
  });

  it('is said for every kind of failure of a whole request', () => {
    const said = Object.keys(failures).map((kind) => [
      kind,
      letters(verdictOnFailure({ kind, brokerError: undefined })),
    ]);
    expect(Object.fromEntries(said)).toEqual(failures);
  });

  it('is that of the error when a broker refused the request as a whole', () => {
    expect(letters(verdictOnFailure({ kind: 'broker', brokerError: 'NOT_COORDINATOR' }))).toBe('rl');
    expect(letters(verdictOnFailure({ kind: 'broker', brokerError: undefined }))).toBe('');
  });

  it('is permanent for a code without a name, but for the two that pass', () => {
    expect(letters(verdictOnBrokerError('UNKNOWN_-1'))).toBe('');
    expect(letters(verdictOnBrokerError('UNKNOWN_56'))).toBe('rlu');
    expect(letters(verdictOnBrokerError('UNKNOWN_89'))).toBe('r');
  });
});
