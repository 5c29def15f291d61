import type { FetchedRecord } from '../../kafka/port.js';

const sizeOf = (bytes: Buffer | null): number => bytes?.length ?? 0;

/** What a record holds: key, value and headers. */
export function bytesOf({ key, value, headers }: FetchedRecord): number {
  let bytes = sizeOf(key) + sizeOf(value);
  for (const header of headers) bytes += header.key.length + sizeOf(header.value);
  return bytes;
}

/**
 * The record in memory of its own, for one that is kept for long: what was fetched are slices, and the smallest of them
 * keeps the whole answer alive. One that is most of its answer stays as it is. `bytes`: what it keeps in memory.
 */
export function ownCopy(record: FetchedRecord): { readonly record: FetchedRecord; readonly bytes: number } {
  const bytes = bytesOf(record);
  const retainedBytes = record.value?.buffer.byteLength ?? Infinity;
  if (retainedBytes <= 2 * bytes) return { record, bytes: retainedBytes };
  // Not of Node's pool, which would be kept alive in turn.
  const memory = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  const copy = (source: Buffer | null): Buffer | null => {
    if (source === null) return null;
    const from = at;
    at += source.copy(memory, at);
    return memory.subarray(from, at);
  };
  return {
    record: {
      offset: record.offset,
      timestampMs: record.timestampMs,
      key: copy(record.key),
      value: copy(record.value),
      headers: record.headers.map(({ key, value }) => ({ key, value: copy(value) })),
    },
    bytes,
  };
}
