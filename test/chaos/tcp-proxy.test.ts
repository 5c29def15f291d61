import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../../src/chaos/tcp-proxy.js';
import { realHost } from '../../src/host/real-host.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import type { Clock } from '../../src/host/host.js';
import { eventually } from '../support/real-daemon.js';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A server that gives back what it gets, and what it has heard. */
async function echoServer() {
  const sockets = new Set<Socket>();
  const heard = { connections: 0, ends: 0, bytes: 0 };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    heard.connections++;
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      heard.bytes += bytes.length;
      socket.write(bytes);
    });
    socket.on('end', () => {
      heard.ends++;
      socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  endings.push(close);
  return { port: (server.address() as AddressInfo).port, sockets, heard, close };
}

async function proxyTo(port: number, clock: Clock = realHost().clock, connectionsMax?: number): Promise<TcpProxy> {
  const target = { host: '127.0.0.1', port };
  const proxy = await TcpProxy.start({ target, clock, ...(connectionsMax !== undefined && { connectionsMax }) });
  endings.push(() => proxy.close());
  return proxy;
}

/** A client, and what has come to it. */
async function clientOf(proxy: TcpProxy) {
  const [host, port] = proxy.address.split(':');
  const socket = connect({ host: host!, port: Number(port), allowHalfOpen: true });
  const client = { socket, text: '', end: 'none' };
  socket.on('data', (bytes) => (client.text += bytes.toString()));
  socket.on('end', () => (client.end = 'FIN'));
  socket.on('error', (error: NodeJS.ErrnoException) => (client.end = error.code ?? 'error'));
  endings.push(async () => socket.destroy());
  // A connection may be reset before its client knows that it has one.
  await until(() => !socket.connecting, 'it is connected, or refused');
  return client;
}

const until = (condition: () => boolean, what: string): Promise<true> =>
  eventually(async () => (condition() ? true : undefined), what);

describe('a TCP proxy', () => {
  it('passes everything both ways, counts it, and passes the end of each way on', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port);
    const client = await clientOf(proxy);
    client.socket.write('hello ');
    client.socket.end('world');
    await until(() => client.end === 'FIN', 'the end has come back');
    expect(client.text).toBe('hello world');
    client.socket.destroy();
    await until(() => proxy.statistics.open === 0 && server.sockets.size === 0, 'both connections are closed');
    expect(proxy.statistics).toEqual({ accepted: 1, refused: 0, open: 0, bytesToTarget: 11, bytesToClients: 11 });
  });

  it('passes more than fits on the way, in order', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port);
    const client = await clientOf(proxy);
    const sent = Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join('');
    client.socket.end(sent);
    await until(() => client.end === 'FIN', 'the end has come back');
    expect(client.text === sent).toBe(true);
  });

  it.each([
    ['reset', 'ECONNRESET'],
    ['close', 'FIN'],
  ] as const)('cuts by %s what stands and what comes, until it passes again', async (how, end) => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port);
    const before = await clientOf(proxy);
    before.socket.write('x');
    await until(() => before.text === 'x', 'it passes');
    proxy.mode = { type: 'cut', how };
    await until(() => before.end === end && server.sockets.size === 0, 'both sides have learnt it');
    const during = await clientOf(proxy);
    await until(() => during.end === end, 'a new connection is ended');
    expect(server.heard.connections).toBe(1);
    expect(proxy.statistics).toMatchObject({ accepted: 1, refused: 1, open: 0 });
    proxy.mode = { type: 'pass' };
    const after = await clientOf(proxy);
    after.socket.write('y');
    await until(() => after.text === 'y', 'it passes again');
  });

  it('holds everything while it is half-open, and hands it over when it is healed', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port);
    const standing = await clientOf(proxy);
    standing.socket.write('a');
    await until(() => standing.text === 'a', 'it passes');
    proxy.mode = { type: 'half-open' };
    standing.socket.write('b');
    for (const socket of server.sockets) socket.write('c');
    const held = await clientOf(proxy);
    held.socket.write('d');
    const another = await clientOf(proxy);
    await until(() => proxy.statistics.accepted === 3, 'new connections are taken');
    another.socket.destroy();
    await until(() => proxy.statistics.open === 2, 'who hangs up meanwhile is forgotten');
    expect([standing.text, held.text, standing.end, held.end]).toEqual(['a', '', 'none', 'none']);
    expect(server.heard).toMatchObject({ connections: 1, bytes: 1 });
    proxy.mode = { type: 'pass' };
    await until(() => standing.text.length === 3 && held.text === 'd', 'what waited has come');
    expect([...standing.text].sort().join('')).toBe('abc');
    expect(server.heard.connections).toBe(2);
  });

  it('tells nobody who hangs up while it is half-open', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port);
    const [ends, breaks] = [await clientOf(proxy), await clientOf(proxy)];
    await until(() => server.sockets.size === 2, 'the server has both');
    proxy.mode = { type: 'half-open' };
    ends.socket.end('last words');
    for (const socket of server.sockets) socket.resetAndDestroy();
    await until(() => server.sockets.size === 0, 'the server is gone');
    breaks.socket.write('hello?');
    await clientOf(proxy);
    await until(() => proxy.statistics.accepted === 3, 'time has passed');
    expect([ends.end, breaks.end]).toEqual(['none', 'none']);
    proxy.mode = { type: 'pass' };
    await until(() => ends.end !== 'none' && breaks.end !== 'none', 'both have learnt it');
  });

  it('takes no more than it has room for from a sender who nobody hears', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port);
    const client = await clientOf(proxy);
    proxy.mode = { type: 'half-open' };
    const megabytes = 32;
    client.socket.write(Buffer.alloc(megabytes * 1024 * 1024));
    await clientOf(proxy);
    await until(() => proxy.statistics.accepted === 2, 'time has passed');
    // What the system takes into its own buffers is a few MiB.
    expect(client.socket.bytesWritten - client.socket.writableLength).toBeLessThan((megabytes / 2) * 1024 * 1024);
    expect(proxy.statistics.bytesToTarget).toBe(0);
    proxy.mode = { type: 'pass' };
    await until(() => client.text.length === megabytes * 1024 * 1024, 'all of it has come back');
  });

  it('delays every byte by the same time', async () => {
    const server = await echoServer();
    const { clock } = virtualHost();
    const proxy = await proxyTo(server.port, clock);
    proxy.mode = { type: 'delay', delayMs: 100 };
    const client = await clientOf(proxy);
    client.socket.write('there and back');
    await until(() => clock.pendingTimers === 1, 'it is on its way');
    await clock.runFor(99);
    expect(proxy.statistics.bytesToTarget).toBe(0);
    await clock.runFor(1);
    expect(proxy.statistics.bytesToTarget).toBe(14);
    await until(() => clock.pendingTimers === 1, 'the answer is on its way');
    await clock.runFor(99);
    expect(proxy.statistics.bytesToClients).toBe(0);
    await clock.runFor(1);
    await until(() => client.text === 'there and back', 'the answer is there');
  });

  it('lets no more through than the rate', async () => {
    const server = await echoServer();
    const { clock } = virtualHost();
    const proxy = await proxyTo(server.port, clock);
    proxy.mode = { type: 'throttle', bytesPerSecond: 1000 };
    const client = await clientOf(proxy);
    client.socket.write('x'.repeat(5000));
    await until(() => clock.pendingTimers > 0, 'the first bytes have gone');
    expect(proxy.statistics.bytesToTarget).toBe(20);
    await clock.runFor(1000);
    // A second and the first slice.
    expect(proxy.statistics.bytesToTarget).toBe(1020);
    proxy.mode = { type: 'pass' };
    await until(() => client.text.length === 5000, 'all of it has come back');
    expect(clock.pendingTimers).toBe(0);
  });

  it('resets a client when the target cannot be reached', async () => {
    const server = await echoServer();
    await server.close();
    const proxy = await proxyTo(server.port);
    const client = await clientOf(proxy);
    await until(() => client.end === 'ECONNRESET', 'it is refused');
    expect(proxy.statistics).toMatchObject({ accepted: 1, refused: 1, open: 0 });
  });

  it('takes no more connections than it may', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port, realHost().clock, 1);
    await clientOf(proxy);
    const second = await clientOf(proxy);
    await until(() => second.end === 'ECONNRESET', 'the second is refused');
    expect(proxy.statistics).toMatchObject({ accepted: 1, refused: 1, open: 1 });
  });

  it('leaves nothing when it is closed, whatever it was doing', async () => {
    const server = await echoServer();
    const { clock } = virtualHost();
    const proxy = await proxyTo(server.port, clock);
    const client = await clientOf(proxy);
    await until(() => server.sockets.size === 1, 'the server has it');
    proxy.mode = { type: 'delay', delayMs: 1000 };
    client.socket.write('never to arrive');
    await until(() => clock.pendingTimers === 1, 'it is on its way');
    const { address } = proxy;
    await proxy.close();
    await until(() => client.end !== 'none' && server.sockets.size === 0, 'both sides have learnt it');
    expect(clock.pendingTimers).toBe(0);
    const [host, port] = address.split(':');
    const late = connect({ host: host!, port: Number(port) });
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
