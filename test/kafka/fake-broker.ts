import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it came: who asks what, in which version, on which socket. */
export interface FakeRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** Sockets are numbered from 1, in the order in which they were opened. */
  readonly socket: number;
  readonly body: Buffer;
}

/** The bytes of an answer; `silence` for none; `close` ends the socket instead. */
export type FakeAnswer = Buffer | 'silence' | 'close';

export interface FakeBroker {
  readonly address: string;
  readonly port: number;
  readonly requests: readonly FakeRequest[];
  readonly socketsOpened: number;
  readonly socketsOpen: number;
  /** How requests are answered from now on. */
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;
  cutAll(): void;
  stop(): Promise<void>;
}

export const API = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  commit: 8,
  offsetFetch: 9,
  coordinator: 10,
  versions: 18,
};

export const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
export const string = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
export const array = (elements: readonly Buffer[]): Buffer => Buffer.concat([int32(elements.length), ...elements]);

/** Answer to ApiVersions v1 and v2: these ranges. */
export const versionsAnswer = (ranges: Record<number, readonly [number, number]>): Buffer =>
  Buffer.concat([
    int16(0),
    array(
      Object.entries(ranges).map(([key, [min, max]]) => Buffer.concat([int16(Number(key)), int16(min), int16(max)])),
    ),
    int32(0),
  ]);

/** Answer to Metadata v0: one broker with id 1 here, no topics. */
export const metadataAnswer = (port: number): Buffer =>
  Buffer.concat([array([Buffer.concat([int32(1), string('127.0.0.1'), int32(port)])]), array([])]);

/** A Kafka broker that answers what a test tells it to, with real sockets. */
export async function startFakeBroker(answer: FakeBroker['answer']): Promise<FakeBroker> {
  const requests: FakeRequest[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((socket) => {
    const number = ++opened;
    let read: Buffer = Buffer.alloc(0);
    // A broker answers one socket in order.
    let turn = Promise.resolve();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      read = Buffer.concat([read, chunk]);
      while (read.length >= 4 && read.length >= 4 + read.readInt32BE(0)) {
        const frame = read.subarray(4, 4 + read.readInt32BE(0));
        read = read.subarray(4 + frame.length);
        const correlation = frame.subarray(4, 8);
        const bodyAt = 10 + Math.max(0, frame.readInt16BE(8));
        const request = {
          apiKey: frame.readInt16BE(0),
          apiVersion: frame.readInt16BE(2),
          socket: number,
          body: frame.subarray(bodyAt),
        };
        requests.push(request);
        turn = turn.then(async () => {
          const given = await broker.answer(request);
          if (given === 'close') socket.destroy();
          else if (given !== 'silence') socket.write(Buffer.concat([int32(4 + given.length), correlation, given]));
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const broker: FakeBroker = {
    address: `127.0.0.1:${port}`,
    port,
    requests,
    get socketsOpened() {
      return opened;
    },
    get socketsOpen() {
      return sockets.size;
    },
    answer,
    cutAll: () => sockets.forEach((socket) => socket.destroy()),
    stop: () => {
      broker.cutAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return broker;
}
