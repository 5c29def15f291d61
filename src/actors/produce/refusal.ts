import { PixyError } from '../../errors/pixy-error.js';
import type { AcceptedRecord } from './accepted-record.js';

/** As much of a batch as decides what its clients are told. */
interface RefusedBatch {
  readonly records: readonly AcceptedRecord[];
  readonly mayBeWritten: boolean;
}

const tooLarge = (reason: string) => reason === 'MESSAGE_TOO_LARGE' || reason === 'RECORD_LIST_TOO_LARGE';

/** Whether smaller batches of the same messages may fare better. */
export function isDivisible(reason: string, { records }: RefusedBatch): boolean {
  if (records.length < 2) return false;
  if (tooLarge(reason)) return true;
  return (
    reason === 'UNSUPPORTED_FOR_MESSAGE_FORMAT' &&
    records.some(({ headers }) => headers.length > 0) &&
    records.some(({ headers }) => headers.length === 0)
  );
}

/** For what no repetition helps. @param reason name of a broker's error, or the kind of a failure */
export function refusal(reason: string, { records }: RefusedBatch, compression: string): PixyError {
  if (tooLarge(reason)) return new PixyError('message-too-large', {});
  if (reason === 'UNSUPPORTED_FOR_MESSAGE_FORMAT' && records.some(({ headers }) => headers.length > 0))
    return new PixyError('headers-unsupported', {});
  if (reason === 'UNSUPPORTED_COMPRESSION_TYPE') return new PixyError('compression-unsupported', { compression });
  return new PixyError('produce-refused', { reason });
}

const neverReached: ReadonlySet<string> = new Set(['unreachable', 'unknown-broker', 'LEADER_NOT_AVAILABLE']);

/** For what was tried as often as it may be. */
export function givenUp(reason: string, { mayBeWritten }: RefusedBatch): PixyError {
  if (mayBeWritten) return new PixyError('outcome-unknown', {});
  if (neverReached.has(reason)) return new PixyError('kafka-unreachable', {});
  return new PixyError('produce-refused', { reason });
}
