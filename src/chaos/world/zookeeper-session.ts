import { connect } from 'node:net';
import type { Endpoint } from '../../cluster/probes.js';
import { ChaosError } from './chaos-error.js';

/** What a ZooKeeper server gives a client, by which the client can take its session to another connection. */
export interface ZooKeeperSession {
  readonly id: bigint;
  readonly password: Buffer;
}

const int32Bytes = 4;
const int64Bytes = 8;
/** Length, protocol version, timeout, session id, length of the password. Source: ConnectResponse in zookeeper.jute. */
const headBytes = 3 * int32Bytes + int64Bytes + int32Bytes;
const passwordBytesMax = 64;

/**
 * Looks for the session in the first bytes that a server sends on a connection. `undefined`: there are too few as yet; `null`:
 * none was given, for it was over, or this is not ZooKeeper's protocol.
 */
export function parseConnectResponse(bytes: Buffer): ZooKeeperSession | null | undefined {
  if (bytes.length < headBytes) return undefined;
  const timeoutMs = bytes.readInt32BE(2 * int32Bytes);
  const id = bytes.readBigInt64BE(3 * int32Bytes);
  const passwordBytes = bytes.readInt32BE(headBytes - int32Bytes);
  if (timeoutMs <= 0 || id === 0n || passwordBytes < 0 || passwordBytes > passwordBytesMax) return null;
  if (bytes.length < headBytes + passwordBytes) return undefined;
  return { id, password: Buffer.from(bytes.subarray(headBytes, headBytes + passwordBytes)) };
}

/** Of one client in a run; later ones are not remembered. Two a second for an hour are not as many. */
const sessionsMax = 10_000;

/** Learns the sessions of one client from what passes its links to the servers. */
export class SessionWatch {
  /** All that it ever had, through all its processes, as `ephemeralOwner` has them: 16 hexadecimal digits. */
  readonly ids = new Set<string>();
  #session: ZooKeeperSession | undefined;

  /** The last that the client was told of. `undefined`: it has none. */
  get session(): ZooKeeperSession | undefined {
    return this.#session;
  }

  /** Of a new process, which has none as yet. */
  forget(): void {
    this.#session = undefined;
  }

  /** For each connection to a server: takes what the client is sent. */
  readonly connection = (): ((bytes: Buffer) => void) => {
    let first: Buffer | undefined = Buffer.alloc(0);
    return (bytes) => {
      if (first === undefined) return;
      first = Buffer.concat([first, bytes.subarray(0, headBytes + passwordBytesMax)]);
      const found = parseConnectResponse(first);
      if (found === undefined) return;
      first = undefined;
      this.#session = found ?? undefined;
      if (found && this.ids.size < sessionsMax) this.ids.add(hexadecimal(found.id));
    };
  };
}

const hexadecimal = (id: bigint): string =>
  BigInt.asUintN(64, id)
    .toString(16)
    .padStart(2 * int64Bytes, '0');

const answerMaxMs = 5000;
const closeSessionType = -11;
/** Only what a client asks for; the server keeps to its own bounds, and the session ends at once. */
const askedTimeoutMs = 10_000;

/**
 * Ends a session as if it had expired: takes it over by its password and closes it, so that the server removes its
 * ephemeral nodes at once. Its client learns of it with its next request or ping. False: the server did not know it.
 * Source: ConnectRequest, RequestHeader and `closeSession` in zookeeper.jute and ZooDefs.java.
 */
export async function closeSession(server: Endpoint, session: ZooKeeperSession): Promise<boolean> {
  const where = `${server.host}:${server.port}`;
  return new Promise((resolve, reject) => {
    let first = Buffer.alloc(0);
    let isTaken = false;
    const socket = connect(server);
    const fail = (why: string) => socket.destroy(new ChaosError(`ZooKeeper at ${where} ${why}`));
    socket.setTimeout(answerMaxMs, () => fail(`did not answer within ${answerMaxMs / 1000} s`));
    socket.once('connect', () => socket.write(connectRequest(session)));
    socket.on('data', (bytes) => {
      // The second answer is that of the closing itself; the server closes the connection after it.
      if (isTaken) return void socket.end(() => resolve(true));
      first = Buffer.concat([first, bytes]);
      const found = parseConnectResponse(first);
      if (found === undefined) return;
      if (found === null) return void socket.end(() => resolve(false));
      isTaken = true;
      socket.write(closeRequest());
    });
    socket.once('end', () => {
      if (!isTaken && first.length === 0) fail('closed the connection before it had answered');
    });
    socket.once('error', (error) => {
      reject(
        error instanceof ChaosError
          ? error
          : new ChaosError(`ZooKeeper at ${where}: ${error.message}`, { cause: error }),
      );
    });
    socket.once('close', () => resolve(isTaken));
  });
}

function connectRequest({ id, password }: ZooKeeperSession): Buffer {
  const bytes = Buffer.alloc(2 * int32Bytes + int64Bytes + int32Bytes + int64Bytes + int32Bytes);
  let at = bytes.writeInt32BE(bytes.length - int32Bytes + password.length, 0);
  const protocolVersion = 0;
  at = bytes.writeInt32BE(protocolVersion, at);
  const lastSeen = 0n;
  at = bytes.writeBigInt64BE(lastSeen, at);
  at = bytes.writeInt32BE(askedTimeoutMs, at);
  at = bytes.writeBigInt64BE(id, at);
  bytes.writeInt32BE(password.length, at);
  return Buffer.concat([bytes, password]);
}

function closeRequest(): Buffer {
  const bytes = Buffer.alloc(3 * int32Bytes);
  bytes.writeInt32BE(2 * int32Bytes, 0);
  const requestNumber = 1;
  bytes.writeInt32BE(requestNumber, int32Bytes);
  bytes.writeInt32BE(closeSessionType, 2 * int32Bytes);
  return bytes;
}
