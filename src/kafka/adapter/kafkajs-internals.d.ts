/**
 * The parts of kafkajs 2.2.4 that are used as wire code, typed. They are not its API, so the version is pinned, and no other
 * file says what they look like.
 */

declare module 'kafkajs/src/network/connection.js' {
  import type { ISocketFactory, Logger } from 'kafkajs';
  import type { Socket } from 'node:net';

  export interface WireRequest {
    apiKey: number;
    apiVersion: number;
    apiName: string;
    /** An `Encoder` of kafkajs, or anything with these two: it is copied behind the request's header. */
    encode(): Promise<{ buf: Buffer; buffer: Buffer }>;
    /** False for what no broker answers: a produce with acks 0. */
    expectResponse?(): boolean;
  }
  export interface WireResponse<Decoded, Parsed> {
    /** May give `clientSideThrottleTime`, in ms: how long the broker wants us to keep still (KIP-219). */
    decode(payload: Buffer): Promise<Decoded>;
    parse(decoded: Decoded): Promise<Parsed>;
  }
  export interface WireCall<Decoded, Parsed> {
    request: WireRequest;
    response: WireResponse<Decoded, Parsed>;
    logResponseError?: boolean;
  }
  export default class Connection {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      logger: Logger;
      socketFactory: ISocketFactory;
      requestTimeout: number;
      connectionTimeout: number;
      enforceRequestTimeout: boolean;
    });
    /** Not guarded: each call while disconnected opens one more socket. */
    connect(): Promise<boolean>;
    setVersions(versions: Record<number, { minVersion: number; maxVersion: number }>): void;
    /** Resolves with `undefined`, once written, when no answer is expected. */
    send<Decoded, Parsed>(call: WireCall<Decoded, Parsed>): Promise<Parsed | undefined>;
    /** For what is no request: bytes with their length in front. */
    sendAuthRequest<Answer>(call: {
      request: { encode(): Promise<Buffer> };
      response: { decode(raw: Buffer): Promise<Answer>; parse(answer: Answer): Promise<Answer> };
    }): Promise<Answer>;
    rejectRequests(error: Error): void;
    socket?: Socket;
    requestQueue: {
      pending: readonly unknown[];
      destroy(): void;
      scheduleCheckPendingRequests(): void;
    };
  }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  import type { WireCall } from 'kafkajs/src/network/connection.js';
  export interface Definition {
    /** Decimal numbers. */
    versions: readonly string[];
    protocol(options: { version: number }): (args: object) => WireCall<unknown, unknown>;
  }
  const protocol: { requests: Record<string, Definition> };
  export default protocol;
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: Record<string, number>;
  export default apiKeys;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    buf: Buffer;
    get buffer(): Buffer;
    writeArray(values: readonly string[]): this;
    writeBoolean(value: boolean): this;
  }
}
