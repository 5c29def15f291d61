import type { IncomingMessage } from 'node:http';
import type { MessageHeader } from '../actors/requests.js';
import { PixyError } from '../errors/pixy-error.js';

const prefixLength = 'x-kafka-'.length;
const none: readonly MessageHeader[] = [];

/**
 * The record headers that a request carries: one for each HTTP header `X-Kafka-Name`, repeated ones included, in the order
 * sent; the value is Base64. How many there may be is bounded by the size of a request's head.
 *
 * @throws PixyError `bad-record-header`
 */
export function recordHeadersOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): readonly MessageHeader[] {
  let found: MessageHeader[] | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (!/^x-kafka-/i.test(name)) continue;
    const value = rawHeaders[at + 1]!;
    if (!isBase64(value)) throw new PixyError('bad-record-header', { header: canonical(name) });
    (found ??= []).push({ key: canonical(name).slice(prefixLength), value: Buffer.from(value, 'base64') });
  }
  return found ?? none;
}

/** As Go spells the names of headers, so that consumers find the keys they know: `x-kafka-my_KEY-two`, `X-Kafka-My_key-Two`. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** The standard alphabet with padding. Node itself would read anything, and leave out what it does not know. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
