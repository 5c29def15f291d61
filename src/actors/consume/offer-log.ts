import type { Logger } from 'pino';
import type { UnackedOffer } from './unacked-offers.js';

/** Of a key or a value that the log has to keep, because nothing else does. */
const loggedBytesMax = 1024;
/** Of the offsets that are named one by one. */
const offsetsLoggedMax = 20;

const cut = (bytes: Buffer | null, encoding: 'utf8' | 'base64'): string | null =>
  bytes && bytes.toString(encoding, 0, loggedBytesMax);

/** A message that was offered as often as it may be. The line is all that is left of it here; the log of Kafka has it still. */
export function logGivenUp(
  log: Logger,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  { record, offers }: UnackedOffer,
): void {
  const { offset, key, value } = record;
  log.error(
    { topic, partition, offset, offers, key: cut(key, 'utf8'), valueBase64: cut(value, 'base64') },
    'Too many retries: the message was offered as often as it may be and never acknowledged, it is given up',
  );
}

/** Messages that are offered and unacknowledged when the partition goes. */
export function logNotAcked(log: Logger, offsets: readonly number[]): void {
  for (const offset of offsets.slice(0, offsetsLoggedMax)) {
    log.warn({ offset }, `Not acked: offset=${offset}, the message comes again from the next owner`);
  }
  const more = offsets.length - offsetsLoggedMax;
  if (more > 0) log.warn({ more, highest: offsets.at(-1) }, 'Not acked: and further ones');
}

/** Offers whose messages the log of Kafka has dropped. */
export function logOffersDropped(log: Logger, offsets: readonly number[]): void {
  if (offsets.length === 0) return;
  log.error(
    { count: offsets.length, offsets: offsets.slice(0, offsetsLoggedMax) },
    'the log does not hold these any more, which were offered and not acknowledged: they are not offered again',
  );
}
