import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ChaosError } from '../../../src/chaos/world/chaos-error.js';
import {
  closeSession,
  parseConnectResponse,
  SessionWatch,
  type ZooKeeperSession,
} from '../../../src/chaos/world/zookeeper-session.js';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const password = '000102030405060708090a0b0c0d0e0f';
/** Version 0, timeout 4000 ms, the session, a password of 16 bytes, not read-only. */
const response = hex(`00000025 00000000 00000fa0 1000abcdef012345 00000010 ${password} 00`);
const expired = hex(`00000025 00000000 00000000 0000000000000000 00000010 ${'00'.repeat(16)} 00`);
const session: ZooKeeperSession = { id: 0x1000abcdef012345n, password: hex(password) };

describe('the first answer of a ZooKeeper server', () => {
  it('names the session and its password, as soon as all of it is there', () => {
    expect(parseConnectResponse(response)).toEqual(session);
    // The last byte, which older servers do not send, is not needed.
    for (let length = 0; length < response.length - 1; length++)
      expect(parseConnectResponse(response.subarray(0, length))).toBeUndefined();
  });

  it('names none when the session is over, or when it is not ZooKeeper that answers', () => {
    expect(parseConnectResponse(expired)).toBeNull();
    expect(parseConnectResponse(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))).toBeNull();
  });
});

describe('who watches the links of a client', () => {
  it('knows the last session that it was told of, whatever else passes and in what pieces', () => {
    const watch = new SessionWatch();
    expect(watch.session).toBeUndefined();
    const first = watch.connection();
    for (const byte of response) first(Buffer.of(byte));
    expect(watch.session).toEqual(session);
    first(expired);
    expect(watch.session).toEqual(session);
    watch.connection()(expired);
    expect(watch.session).toBeUndefined();
    watch.connection()(Buffer.concat([response, Buffer.alloc(100_000)]));
    expect(watch.session).toEqual(session);
    watch.forget();
    expect(watch.session).toBeUndefined();
  });

  it('remembers every session that there was, as its nodes name it', () => {
    const watch = new SessionWatch();
    watch.connection()(response);
    watch.forget();
    // Of a server with a large number, which sets the first bit.
    watch.connection()(hex(`00000025 00000000 00000fa0 f000000000000001 00000010 ${password} 00`));
    watch.connection()(response);
    watch.connection()(expired);
    expect([...watch.ids]).toEqual(['1000abcdef012345', 'f000000000000001']);
  });
});

describe('the end of a session from without', () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

  /** Resolves with where it listens. `answer` has the sender and all that came on the connection. */
  async function serve(answer: (socket: Socket, came: Buffer) => void) {
    server = createServer((socket) => {
      let came = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (bytes) => answer(socket, (came = Buffer.concat([came, bytes]))));
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as { port: number }).port };
  }

  const asks = hex(`0000002c 00000000 0000000000000000 00002710 1000abcdef012345 00000010 ${password}`);
  const closes = hex('00000008 00000001 fffffff5');

  it('takes it over by its password and closes it', async () => {
    let all: Buffer = Buffer.alloc(0);
    const where = await serve((socket, came) => {
      all = came;
      if (came.length === asks.length) socket.write(response);
      else if (came.length === asks.length + closes.length) socket.end(hex('00000010'));
    });
    expect(await closeSession(where, session)).toBe(true);
    expect(all).toEqual(Buffer.concat([asks, closes]));
  });

  it('says whether there was one', async () => {
    const where = await serve((socket) => socket.end(expired));
    expect(await closeSession(where, session)).toBe(false);
  });

  it('says what stands in the way', async () => {
    const where = await serve((socket) => socket.end());
    await expect(closeSession(where, session)).rejects.toThrow('closed the connection before it had answered');
    await new Promise<void>((resolve) => server!.close(() => resolve()));
    await expect(closeSession(where, session)).rejects.toThrow(ChaosError);
  });
});
