import type { Logger } from 'pino';
import { PixyError } from '../../errors/pixy-error.js';
import type { BrokerErrorName, BrokerId, Kafka, TopicPartition } from '../../kafka/port.js';
import type { GroupCoordinator } from './group-coordinator.js';
import { coordinatorErrors } from './group-coordinator.js';

/** What is stored for a partition, and what the log has. */
export interface StoredAndAvailable {
  /** -1: nothing, or `newest`; -2: `oldest`. */
  readonly stored: number;
  readonly metadata: string;
  readonly earliest: number;
  readonly latest: number;
}

export interface StartPosition {
  /** Where reading begins. */
  readonly fetchOffset: number;
  /** Lowest offset that counts as not acknowledged. */
  readonly committed: number;
  /** Sparse acks above it. */
  readonly metadata: string;
  /** The position is not what is stored: it is committed at once, so that later messages are not skipped. */
  readonly commitNow: boolean;
  readonly why: 'stored' | 'newest' | 'oldest' | 'moved-up-to-oldest' | 'beyond-the-end';
}

/**
 * Where a partition is read from. A group without an offset begins at the newest message; a stored offset below the log
 * moves up to the oldest message; one beyond the end stays, and messages below it count as acknowledged until the log has
 * reached it: other implementations that share the group do the same.
 */
export function startPosition({ stored, metadata, earliest, latest }: StoredAndAvailable): StartPosition {
  const at = (offset: number, why: StartPosition['why']): StartPosition => ({
    fetchOffset: offset,
    committed: offset,
    metadata: '',
    commitNow: true,
    why,
  });
  if (stored === -2) return at(earliest, 'oldest');
  if (stored < 0) return at(latest, 'newest');
  if (stored < earliest) return at(earliest, 'moved-up-to-oldest');
  if (stored > latest)
    return { fetchOffset: latest, committed: stored, metadata, commitNow: false, why: 'beyond-the-end' };
  return { fetchOffset: stored, committed: stored, metadata, commitNow: false, why: 'stored' };
}

/** Says what is out of the ordinary about a start. */
export function logStartPosition(log: Logger, start: StartPosition, found: { stored: number; latest: number }): void {
  const { stored, latest } = found;
  if (start.why === 'moved-up-to-oldest')
    log.warn({ stored, offset: start.committed }, 'the log begins above the committed offset, moved up');
  if (start.why === 'beyond-the-end') {
    log.error({ stored, latest }, 'the committed offset lies beyond the end of the log: messages below it are skipped');
  }
}

/** An error of one partition in an answer of Kafka. */
export class PartitionFailure extends Error {
  readonly brokerError: BrokerErrorName;
  constructor(what: string, brokerError: BrokerErrorName) {
    super(`${what}: ${brokerError}`);
    this.name = 'PartitionFailure';
    this.brokerError = brokerError;
  }
}

export async function readStored(
  kafka: Kafka,
  coordinator: GroupCoordinator,
  at: TopicPartition,
  signal: AbortSignal,
): Promise<{ stored: number; metadata: string }> {
  const [answer] = await coordinator.ask(signal, (broker) =>
    kafka.fetchOffsets(broker, coordinator.group, [at], signal),
  );
  if (!answer) throw new PixyError('internal', {});
  if (answer.error !== null) {
    if (coordinatorErrors.has(answer.error)) coordinator.moved();
    throw new PartitionFailure('cannot read the committed offset', answer.error);
  }
  return { stored: answer.offset, metadata: answer.metadata };
}

/** Both ends of a partition's log, as its leader tells them. */
export async function readEnds(
  kafka: Kafka,
  leader: BrokerId,
  at: TopicPartition,
  signal: AbortSignal,
): Promise<{ earliest: number; latest: number }> {
  const [[earliest], [latest]] = await Promise.all([
    kafka.listOffsets(leader, [at], 'earliest', signal),
    kafka.listOffsets(leader, [at], 'latest', signal),
  ]);
  if (!earliest || !latest) throw new PixyError('internal', {});
  const error = earliest.error ?? latest.error;
  if (error !== null) throw new PartitionFailure('cannot read the ends of the log', error);
  return { earliest: earliest.offset, latest: latest.offset };
}
