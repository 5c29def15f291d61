import type { NewRecord } from '../../kafka/port.js';
import type { Ask } from '../bus/types.js';
import type { MessageHeader, ProduceReply, ProduceRequest } from '../requests.js';
import { messageBytes, retainedBytes } from './message-size.js';

/** A message from its acceptance to its result. It is the record that Kafka gets, so that nothing is copied on the way. */
export class AcceptedRecord implements NewRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly MessageHeader[];
  /** Set when it enters a batch. */
  timestampMs = 0;
  /** Who waits for the result; `undefined`: it was promised to be written. */
  readonly ask: Ask<ProduceReply> | undefined;
  readonly bytes: number;
  readonly retainedBytes: number;
  /** `undefined` while it is not known. */
  partition: number | undefined;
  /** The batch that it goes with. */
  batch: { readonly wasSent: boolean } | undefined;

  constructor(request: ProduceRequest, ask: Ask<ProduceReply> | undefined) {
    this.key = request.key;
    this.value = request.value;
    this.headers = request.headers;
    this.ask = ask;
    this.bytes = messageBytes(request);
    this.retainedBytes = retainedBytes(request);
  }

  /** False once nobody relies on it any more. */
  get wanted(): boolean {
    return this.ask === undefined || this.ask.open;
  }
}
