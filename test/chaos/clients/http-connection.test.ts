import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openHttpConnection } from '../../../src/chaos/clients/http-connection.js';
import { realHost } from '../../../src/host/real-host.js';

const { clock } = realHost();
const request = { method: 'GET', path: '/x', giveUpMs: 20_000 } as const;

/** A server that answers each request by what `onRequest` does with its text and socket. */
async function serve(onRequest: (text: string, socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => onRequest(data.toString(), socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = openHttpConnection(`127.0.0.1:${port}`, clock);
  const close = async (): Promise<void> => {
    connection.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { connection, sockets, close, port };
}

describe('a connection of a client', () => {
  it('is kept for the next request, and has the whole answer', async () => {
    const texts: string[] = [];
    const { connection, sockets, close } = await serve((text, socket) => {
      texts.push(text);
      socket.write('HTTP/1.1 503 Not now\r\nX-Pixy-Error: produce-queue-full\r\nContent-Length: 4\r\n\r\nfull');
    });
    const answer = { kind: 'answer', status: 503, code: 'produce-queue-full', body: 'full' };
    expect(await connection.send({ ...request, method: 'POST', body: '{"a":1}' })).toEqual(answer);
    expect(await connection.send(request)).toEqual(answer);
    expect(sockets.length).toBe(1);
    expect(texts[0]).toMatch(/^POST \/x HTTP\/1.1\r\ncontent-type: text\/plain\r\ncontent-length: 7\r\n[^]*\{"a":1\}$/);
    await close();
  });

  it.each([
    ['before the answer', ''],
    ['in the middle of the head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
  ])('can be cut: %s', async (_, part) => {
    const { connection, close } = await serve((_text, socket) => socket.end(part));
    expect(await connection.send(request)).toMatchObject({ kind: 'cut' });
    await close();
  });

  it('is made anew after it was cut', async () => {
    let isFirst = true;
    const { connection, close, sockets } = await serve((_text, socket) => {
      if (!isFirst) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
      isFirst = false;
    });
    expect(await connection.send(request)).toMatchObject({ kind: 'cut' });
    expect(await connection.send(request)).toMatchObject({ kind: 'answer', body: 'ok' });
    expect(sockets.length).toBe(2);
    await close();
  });

  it('is given up when nothing comes', async () => {
    const { connection, close } = await serve(() => {});
    const answer = await connection.send({ ...request, giveUpMs: 20 });
    expect(answer).toEqual({ kind: 'cut', why: 'nothing came for 20 ms' });
    await close();
  });

  it('tells that nothing was sent where nobody listens', async () => {
    const { connection, close, port } = await serve(() => {});
    await close();
    expect(await connection.send(request)).toEqual({ kind: 'ended' });
    const another = openHttpConnection(`127.0.0.1:${port}`, clock);
    expect(await another.send(request)).toMatchObject({ kind: 'not sent' });
    another.close();
  });

  it('ends what is under way when it is closed', async () => {
    const { connection, close } = await serve(() => connection.close());
    expect(await connection.send(request)).toEqual({ kind: 'ended' });
    await close();
  });
});
