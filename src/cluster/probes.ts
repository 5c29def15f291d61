import { connect } from 'node:net';

/**
 * The two questions that tell whether a server is up, asked over a plain socket. Metadata v0 is the one request that every
 * broker from 0.8 on understands; it never creates a topic here, because the brokers are told not to.
 */

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, comma-separated. */
export function endpointsOf(peers: string): Endpoint[] {
  return peers.split(',').map((peer) => {
    const colon = peer.lastIndexOf(':');
    return { host: peer.slice(0, colon), port: Number(peer.slice(colon + 1)) };
  });
}

const ANSWER_MAX_MS = 2_000;
const METADATA_API = 3;
const INT16 = 2;
const INT32 = 4;

/** Sends `request`, resolves with what came back once `complete` says so or the server closes. Rejects after 2 s. */
function exchange({ host, port }: Endpoint, request: Buffer, complete: (answer: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ host, port });
    socket.setTimeout(ANSWER_MAX_MS);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (complete(answer)) socket.end();
    });
    socket.on('timeout', () => socket.destroy(new Error(`${host}:${port} did not answer in ${ANSWER_MAX_MS} ms`)));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** Whether somebody listens there. */
export function isListening({ host, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

/** ZooKeeper's four letter words, as text. `srvr` describes the server, `dump` lists the sessions and their ephemerals. */
export async function askZooKeeper(endpoint: Endpoint, word: 'srvr' | 'dump'): Promise<string> {
  const answer = await exchange(endpoint, Buffer.from(word), () => false);
  return answer.toString('utf8');
}

export interface Metadata {
  readonly brokerIds: readonly number[];
  /** `leaders[partition]`; -1 where there is none. Only of topics that were asked for and have no error. */
  readonly topics: ReadonlyMap<string, { readonly leaders: readonly number[] }>;
}

/** No topics named: Kafka describes all that it has. */
export async function askBroker(endpoint: Endpoint, topics: readonly string[] = []): Promise<Metadata> {
  const whole = (bytes: Buffer) => bytes.length >= INT32 && bytes.length >= INT32 + bytes.readInt32BE(0);
  const answer = await exchange(endpoint, metadataRequest(topics), whole);
  if (!whole(answer)) throw new Error(`${endpoint.host}:${endpoint.port} closed the connection before it had answered`);
  return parseMetadata(answer);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(INT16);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(INT32);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

export function metadataRequest(topics: readonly string[]): Buffer {
  const version = 0;
  const correlationId = 0;
  const body = Buffer.concat([
    int16(METADATA_API),
    int16(version),
    int32(correlationId),
    text('cluster-probe'),
    int32(topics.length),
    ...topics.map(text),
  ]);
  return Buffer.concat([int32(body.length), body]);
}

/** Source: the protocol guide, Metadata response v0. */
export function parseMetadata(answer: Buffer): Metadata {
  let at = 2 * INT32;
  const readInt16 = () => answer.readInt16BE((at += INT16) - INT16);
  const readInt32 = () => answer.readInt32BE((at += INT32) - INT32);
  const readText = () => {
    const length = readInt16();
    return answer.toString('utf8', at, (at += length));
  };
  const readArray = <T>(readItem: () => T): T[] => Array.from({ length: readInt32() }, readItem);

  const brokerIds = readArray(() => {
    const id = readInt32();
    readText();
    readInt32();
    return id;
  });
  const topics = new Map<string, { leaders: number[] }>();
  readArray(() => {
    const error = readInt16();
    const name = readText();
    const leaders: number[] = [];
    readArray(() => {
      readInt16();
      const partition = readInt32();
      leaders[partition] = readInt32();
      readArray(readInt32);
      readArray(readInt32);
    });
    if (error === 0) topics.set(name, { leaders });
  });
  return { brokerIds, topics };
}
