import recordBatches from 'kafkajs/src/protocol/recordBatch/v0/index.js';
import encodeRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
import { crc32c } from '@node-rs/crc32';
import { seededRandom } from '../../src/host/virtual-host.js';
import type { NewRecord } from '../../src/kafka/port.js';
import { planBatch, writeBatch } from '../../src/kafka/records/batch-encoder.js';

/** A batch as our own encoder writes it, moved to where a broker would have put it. */
export function batchAt(baseOffset: number, records: readonly NewRecord[]): Buffer {
  const plan = planBatch(records);
  const batch = Buffer.alloc(plan.bytes);
  writeBatch(batch, records, plan, undefined, 0);
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

/** Changes a batch and sets its checksum right again. */
export function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch);
  change(copy);
  copy.writeUInt32BE(crc32c(copy.subarray(21)), 17);
  return copy;
}

/** A batch as kafkajs writes it. */
export async function kafkajsBatch(records: readonly NewRecord[], compression = 0): Promise<Buffer> {
  const firstTimestamp = records[0]!.timestampMs;
  const batch = await recordBatches.RecordBatch({
    compression,
    firstTimestamp,
    maxTimestamp: Math.max(...records.map((r) => r.timestampMs)),
    lastOffsetDelta: records.length - 1,
    records: records.map((record, offsetDelta) =>
      encodeRecord({
        offsetDelta,
        timestampDelta: record.timestampMs - firstTimestamp,
        key: record.key,
        value: record.value,
        headers: Object.fromEntries(record.headers.map(({ key, value }) => [key, value])),
      }),
    ),
  });
  return Buffer.from(batch.buffer);
}

/** Records of all shapes: null, empty, small and large parts, headers, times in any order. */
export function anyRecords(seed: number): NewRecord[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const bytes = (): Buffer | null => {
    const kind = below(6);
    if (kind === 0) return null;
    if (kind === 1) return Buffer.alloc(0);
    const size = kind === 2 ? 60 + below(10) : kind === 3 ? 8_180 + below(20) : below(300);
    return Buffer.from(Array.from({ length: size }, () => below(256)));
  };
  return Array.from({ length: 1 + below(80) }, () => ({
    key: bytes(),
    value: bytes(),
    // Distinct names: kafkajs' object of headers keeps no order among equal ones.
    headers: Array.from({ length: below(4) }, (_, i) => ({ key: `h${i}-ä`, value: bytes() ?? Buffer.alloc(0) })),
    timestampMs: 1_700_000_000_000 + below(2 ** 33) - 2 ** 32,
  }));
}

/** As above, but such that packing makes them smaller. */
export function packableRecords(seed: number): NewRecord[] {
  const padded = (bytes: Buffer | null) => bytes && Buffer.concat([bytes, Buffer.alloc(bytes.length + 20)]);
  const records = anyRecords(seed).map((record) => ({
    ...record,
    key: padded(record.key),
    value: padded(record.value),
  }));
  return [...records, { key: null, value: Buffer.alloc(200), headers: [], timestampMs: 1_700_000_000_000 }];
}
