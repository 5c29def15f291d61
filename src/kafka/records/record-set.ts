import type { FetchedRecord } from '../port.js';
import { readBatchHeader, readRecords, recordsSection } from './batch-decoder.js';
import type { BatchHeader } from './batch-decoder.js';
import { readSafeInt64 } from './int64.js';
import { readEntry } from './message-set-decoder.js';
import type { Messages } from './message-set-decoder.js';
import { UnreadableRecords } from './unreadable.js';

export interface RecordSetOptions {
  /** The offset that was asked for: answers begin with the batch that holds it, so with records before it. */
  readonly fromOffset: number;
  /** For all of one answer. A batch beyond it is left for the next fetch; the first one is then unreadable. */
  readonly decompressedBatchBytesMax: number;
}

export interface RecordSet {
  readonly records: readonly FetchedRecord[];
  readonly nextOffset: number;
  /** Of every buffer that the records keep alive: the one that was given, and those of decompressed batches. */
  readonly retainedBytes: number;
  /** Why nothing could be read, when the very first batch is at fault; one further on is met by the next fetch. */
  readonly unreadable: UnreadableRecords | null;
}

/** Offset and length: what stands before every entry, in every format. */
const ENTRY_PREFIX_BYTES = 12;
const MAGIC_AT = 16;
/** The shortest entry: a message of magic 0 with neither key nor value. */
const ENTRY_BYTES_MIN = 26;

/** Where the entry at this place ends; `null` when the answer was cut off within it. */
function entryEnd(bytes: Buffer, at: number): number | null {
  if (at + ENTRY_PREFIX_BYTES > bytes.length) return null;
  const end = at + ENTRY_PREFIX_BYTES + bytes.readInt32BE(at + 8);
  if (end - at < ENTRY_BYTES_MIN) throw new UnreadableRecords('an entry is shorter than any can be');
  return end > bytes.length ? null : end;
}

/** Length of the first entry where the answer ends within it; `null` where it is whole, or its length is not there. */
export function cutOffEntryBytes(bytes: Buffer): number | null {
  if (bytes.length < ENTRY_PREFIX_BYTES) return null;
  const length = ENTRY_PREFIX_BYTES + bytes.readInt32BE(8);
  return length > bytes.length ? length : null;
}

class RecordSetReader {
  readonly records: FetchedRecord[] = [];
  readonly retained = new Set<ArrayBufferLike>();
  nextOffset: number;
  #decompressedBytesLeft: number;
  readonly #bytes: Buffer;
  readonly #options: RecordSetOptions;

  constructor(bytes: Buffer, options: RecordSetOptions) {
    this.#bytes = bytes;
    this.#options = options;
    this.nextOffset = options.fromOffset;
    this.#decompressedBytesLeft = options.decompressedBatchBytesMax;
  }

  async readAll(): Promise<void> {
    let at = 0;
    for (let end = entryEnd(this.#bytes, at); end !== null; end = entryEnd(this.#bytes, at)) {
      const entry = this.#bytes.subarray(at, end);
      const decompressed = entry[MAGIC_AT]! >= 2 ? this.#batch(entry) : this.#messages(entry);
      // Most entries are not compressed; waiting for nothing would cost each of them a turn.
      if (decompressed) await decompressed;
      at = end;
    }
  }

  #batch(batch: Buffer): Promise<void> | undefined {
    const header = readBatchHeader(batch);
    if (header.lastOffset < this.#options.fromOffset) return undefined;
    if (header.control) {
      this.nextOffset = header.lastOffset + 1;
      return undefined;
    }
    const section = recordsSection(batch, header, this.#decompressedBytesLeft);
    if (!Buffer.isBuffer(section)) return section.then((bytes) => this.#take(bytes, header));
    this.#take(section, header);
    return undefined;
  }

  /** A batch is taken whole or not at all, so that what follows a broken record is not passed over. */
  #take(section: Buffer, header: BatchHeader): void {
    const records = readRecords(section, header, this.#options.fromOffset);
    for (const record of records) this.records.push(record);
    if (records.length > 0) this.retained.add(section.buffer);
    if (header.codec !== 0) this.#decompressedBytesLeft -= section.length;
    this.nextOffset = header.lastOffset + 1;
  }

  /** An entry of the format before record batches: one message, or a compressed set of them. */
  #messages(entry: Buffer): Promise<void> | undefined {
    const lastOffset = readSafeInt64(entry, 0);
    if (lastOffset < this.#options.fromOffset) return undefined;
    const take = ({ records, decompressedBytes }: Messages): void => {
      this.#decompressedBytesLeft -= decompressedBytes;
      for (const record of records) {
        if (record.offset < this.#options.fromOffset) continue;
        this.records.push(record);
        if (record.key) this.retained.add(record.key.buffer);
        if (record.value) this.retained.add(record.value.buffer);
      }
      this.nextOffset = lastOffset + 1;
    };
    const read = readEntry(entry, this.#decompressedBytesLeft);
    if (read instanceof Promise) return read.then(take);
    take(read);
    return undefined;
  }
}

/** Reads what a fetch gave for one partition. A last entry that was cut off is left out; it comes whole with the next fetch. */
export async function decodeRecordSet(bytes: Buffer, options: RecordSetOptions): Promise<RecordSet> {
  const reader = new RecordSetReader(bytes, options);
  let unreadable: UnreadableRecords | null = null;
  try {
    await reader.readAll();
  } catch (error) {
    if (reader.nextOffset === options.fromOffset) {
      unreadable =
        error instanceof UnreadableRecords ? error : new UnreadableRecords((error as Error).message, { cause: error });
    }
  }
  let retainedBytes = 0;
  for (const buffer of reader.retained) retainedBytes += buffer.byteLength;
  return { records: reader.records, nextOffset: reader.nextOffset, retainedBytes, unreadable };
}
