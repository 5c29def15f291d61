/** Parts of kafkajs that only tests use: what its own encoders and decoders make of the same bytes. */

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function encodeRecord(record: object): Encoder;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  const batches: { RecordBatch(batch: object): Promise<Encoder> };
  export default batches;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export interface OracleRecord {
    offset: string;
    timestamp: string;
    key: Buffer | null;
    value: Buffer | null;
    headers: Record<string, Buffer | null | (Buffer | null)[]>;
  }
  export default function decodeBatch(decoder: Decoder): Promise<{ records: OracleRecord[]; maxTimestamp: string }>;
}

declare module 'kafkajs/src/protocol/messageSet/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function encodeMessageSet(set: object): Encoder;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
  }
}

declare module 'kafkajs/src/protocol/messageSet/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export interface DecodedMessage {
    offset: string;
    /** Absent in magic 0. */
    timestamp?: string;
    key: Buffer | null;
    value: Buffer | null;
  }
  export default function decodeMessageSet(decoder: Decoder, bytes: number): Promise<DecodedMessage[]>;
}
