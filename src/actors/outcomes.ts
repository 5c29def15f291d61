import { PixyError } from '../errors/pixy-error.js';
import type { Outcome } from './bus/types.js';
import type { ProduceReply } from './requests.js';

/** What an API makes of the outcome of a client's request. */

/** The client has gone: there is nobody to answer. */
export class ClientGone extends Error {}

/** An error with the reason why a request still waited. */
export class WaitedInVain extends PixyError {
  readonly reason: string;
  constructor(code: 'poll-timeout' | 'outcome-unknown' | 'kafka-unreachable', reason: string) {
    super(code, {});
    this.reason = reason;
  }
}

/** The reply of an ask; every other outcome is thrown. `late` makes the error of a deadline. */
export function replyOf<R>(
  outcome: Outcome<R>,
  late: (reason: string | undefined) => PixyError = () => new PixyError('deadline-passed', {}),
): R {
  switch (outcome.kind) {
    case 'reply':
      return outcome.value;
    case 'refused':
      throw outcome.error;
    case 'deadline':
      throw late(outcome.reason);
    case 'cancelled':
      throw new ClientGone();
  }
}

/** For a consume request: there was no message in time. */
export const noMessage = (reason: string | undefined) => new WaitedInVain('poll-timeout', reason ?? 'no-message');

/** Where a sync message was written; every other outcome is thrown. */
export function whereWritten(outcome: Outcome<ProduceReply>): { readonly partition: number; readonly offset: number } {
  const written = replyOf(outcome, (reason) =>
    // It is certain that it was not written only if it never left.
    reason === 'not-sent'
      ? new WaitedInVain('kafka-unreachable', reason)
      : new WaitedInVain('outcome-unknown', reason ?? 'no-answer'),
  );
  if ('accepted' in written) throw new Error('a sync produce was answered as an async one');
  return written;
}
