import type { Outcome } from '../actors/bus/types.js';
import { PixyError } from '../errors/pixy-error.js';
import { ClientGone } from './call.js';

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
