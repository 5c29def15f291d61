/** What an error of Kafka means for the request that got it. Source: the protocol's table of error codes. */
export interface ErrorVerdict {
  /** The same request may succeed later, perhaps at another broker. */
  readonly retriable: boolean;
  /** Leader or coordinator are probably elsewhere: they are looked up again before the retry. */
  readonly lookAgain: boolean;
  /** A write that failed so may have been made all the same. */
  readonly outcomeUnknown: boolean;
}

const verdict = (retriable: boolean, lookAgain = false, outcomeUnknown = false): ErrorVerdict => ({
  retriable,
  lookAgain,
  outcomeUnknown,
});

const permanent = verdict(false);
const later = verdict(true);
const elsewhere = verdict(true, true);
/**
 * A leader that waits for its replicas answers so as well when it ceases to lead meanwhile: it has written the batch then,
 * and whoever leads next may have it (`DelayedProduce` of Kafka).
 */
const elsewherePerhapsWritten = verdict(true, true, true);

const byBrokerError: Readonly<Record<string, ErrorVerdict>> = {
  OFFSET_OUT_OF_RANGE: permanent,
  // Bits fell over on the way: the original sends such a batch again too.
  CORRUPT_MESSAGE: later,
  UNKNOWN_TOPIC_OR_PARTITION: elsewherePerhapsWritten,
  LEADER_NOT_AVAILABLE: elsewhere,
  NOT_LEADER_FOR_PARTITION: elsewherePerhapsWritten,
  // The leader has it, but not every replica said so in time.
  REQUEST_TIMED_OUT: verdict(true, false, true),
  REPLICA_NOT_AVAILABLE: elsewhere,
  MESSAGE_TOO_LARGE: permanent,
  OFFSET_METADATA_TOO_LARGE: permanent,
  COORDINATOR_LOAD_IN_PROGRESS: later,
  COORDINATOR_NOT_AVAILABLE: elsewhere,
  NOT_COORDINATOR: elsewhere,
  INVALID_TOPIC: permanent,
  RECORD_LIST_TOO_LARGE: permanent,
  NOT_ENOUGH_REPLICAS: later,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: verdict(true, false, true),
  ILLEGAL_GENERATION: permanent,
  UNKNOWN_MEMBER_ID: permanent,
  INVALID_COMMIT_OFFSET_SIZE: permanent,
  TOPIC_AUTHORIZATION_FAILED: permanent,
  GROUP_AUTHORIZATION_FAILED: permanent,
  CLUSTER_AUTHORIZATION_FAILED: permanent,
  INVALID_TIMESTAMP: permanent,
  UNSUPPORTED_VERSION: permanent,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: permanent,
  // Of an idempotent producer: another identity may write it.
  OUT_OF_ORDER_SEQUENCE_NUMBER: later,
  DUPLICATE_SEQUENCE_NUMBER: later,
  INVALID_PRODUCER_EPOCH: later,
  UNKNOWN_PRODUCER_ID: later,
  UNSUPPORTED_COMPRESSION_TYPE: permanent,
  UNREADABLE_RECORDS: permanent,
  // KAFKA_STORAGE_ERROR: the disk of that broker is bad, another one will lead.
  UNKNOWN_56: elsewherePerhapsWritten,
  // THROTTLING_QUOTA_EXCEEDED.
  UNKNOWN_89: later,
};

const byFailure: Readonly<Record<string, ErrorVerdict>> = {
  unreachable: elsewhere,
  'connection-lost': verdict(true, true, true),
  timeout: verdict(true, true, true),
  // Our own doing, in the middle of a request.
  aborted: verdict(true, false, true),
  unsupported: permanent,
  // Until somebody corrects it, here or at the brokers.
  'access-denied': elsewhere,
  'unknown-broker': elsewhere,
};

/** A code that is not in the table is permanent: to repeat it for ever would hold up what waits behind it. */
export function verdictOnBrokerError(name: string): ErrorVerdict {
  return byBrokerError[name] ?? permanent;
}

/** For a whole request that failed; a failure of kind `broker` means what its error means. */
export function verdictOnFailure(failure: {
  readonly kind: string;
  readonly brokerError: string | undefined;
}): ErrorVerdict {
  if (failure.kind === 'broker') return verdictOnBrokerError(failure.brokerError ?? '');
  return byFailure[failure.kind] ?? permanent;
}
