import type { MessageHeader } from '../requests.js';

interface Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly MessageHeader[];
}

/** The most that a record costs besides key, value and headers, in the record format of Kafka 0.11. */
const recordOverheadBytes = 36;
const headerOverheadBytes = 10;
/** What the objects around one accepted message cost in memory; measured as a class, not to the byte. */
const bookkeepingBytes = 400;

/** What counts against `maxMessageBytes`, at the client and at the broker. */
export function messageBytes({ key, value, headers }: Message): number {
  let bytes = recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) {
    bytes += headerOverheadBytes + Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  }
  return bytes;
}

/** What the message keeps in memory. */
export function retainedBytes({ key, value, headers }: Message): number {
  let bytes = bookkeepingBytes + bytesKeptBy(key) + bytesKeptBy(value);
  for (const header of headers) bytes += bookkeepingBytes + 2 * header.key.length + bytesKeptBy(header.value);
  return bytes;
}

/** A slice keeps the whole memory that it was cut from. Node's pool of small buffers is shared by many, so there it counts itself. */
function bytesKeptBy(buffer: Buffer | null): number {
  if (buffer === null) return 0;
  const { byteLength } = buffer.buffer;
  return byteLength <= Buffer.poolSize ? buffer.length : byteLength;
}
