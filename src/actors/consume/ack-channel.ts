import { PixyError } from '../../errors/pixy-error.js';
import { namesOf } from '../bus/address.js';
import type { BusEvent } from '../bus/types.js';

/**
 * Refuses a message for an address below that nobody holds. An ack to a partition that is not owned here is refused in the
 * original's words, by whichever actor above is asked to adopt it, and is no reason to start anything.
 */
export function refuseUnowned(address: string, message: BusEvent): PixyError {
  const [, kind, group, below, topic, leaf, partition] = namesOf(address);
  const names = kind === 'group' && below === 'topic' && leaf === 'partition';
  if (message.type !== 'ack' || !names || group === undefined || topic === undefined || partition === undefined)
    return new PixyError('no-such-actor', { address });
  return new PixyError('ack-channel-missing', { group, topic, partition: Number(partition) });
}
