import { once } from 'node:events';
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../src/actors/bus/types.js';
import type { ConfigInput } from '../../src/config/config.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { listen, type HttpListeners } from '../../src/http/server.js';
import { realHost } from '../../src/host/real-host.js';
import { pino } from 'pino';
import { delivery, fakeReceipt, testHttp } from './support.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(input: ConfigInput = {}) {
  const http = testHttp({ tcpAddr: '127.0.0.1:0', ...input });
  const log = pino({ level: 'silent' });
  const listeners = await listen({ ...http, clock: realHost().clock, log, command: 'run', onFailed: () => {} });
  cleanups.push(() => listeners.close(0));
  return { ...http, listeners, client: () => dial(listeners) };
}

/** A client that writes bytes and reads text. */
async function dial({ addresses }: HttpListeners) {
  const address = addresses[0]!;
  const socket = connect(address.includes('/') ? { path: address } : { port: Number(address.split(':').at(-1)) });
  cleanups.push(() => Promise.resolve(socket.destroy()));
  await once(socket, 'connect');
  socket.setEncoding('utf8').on('error', () => {});
  let text = '';
  let ended = false;
  socket.on('data', (part: string) => (text += part));
  socket.on('close', () => (ended = true));
  return {
    socket,
    write: (...lines: string[]) => void socket.write(lines.join('\r\n')),
    /** What came so far, once it holds `part`. */
    reads: (part: string) => vi.waitFor(() => (text.includes(part) ? text : fail(text)), { timeout: 10_000 }),
    ended: () => vi.waitFor(() => (ended ? text : fail(text)), { timeout: 10_000 }),
  };
}

function fail(text: string): never {
  throw new Error(`still waiting; came so far: ${text}`);
}

const until = (condition: () => boolean) => vi.waitFor(() => condition() || fail(''), { timeout: 10_000 });

const post = (url = '/topics/t/messages') => [`POST ${url} HTTP/1.1`, 'Host: x', 'Content-Type: text/plain'];
const poll = ['GET /topics/t/messages?group=g HTTP/1.1', 'Host: x', '', ''];

/** An answer that a test gives when it wants to. */
function later() {
  let give!: (outcome: Outcome<unknown>) => void;
  const outcome = new Promise<Outcome<unknown>>((resolve) => (give = resolve));
  return { give, answer: () => outcome };
}

describe('framing', () => {
  it('takes a chunked body, which the original refuses', async () => {
    const { bus, client } = await start();
    bus.replies({ accepted: true });
    const { write, reads } = await client();
    write(...post(), 'Transfer-Encoding: chunked', '', '3', 'abc', '2', 'de', '0', '', '');
    await reads('{}');
    expect(bus.asked[0]!.request['value']).toEqual(Buffer.from('abcde'));
  });

  it('takes a chunked form', async () => {
    const { bus, client } = await start();
    bus.replies({ accepted: true });
    const { write, reads } = await client();
    const form = 'Content-Type: application/x-www-form-urlencoded';
    write(post()[0]!, 'Host: x', form, 'Transfer-Encoding: chunked', '', '5', 'msg=a', '1', 'b', '0', '', '');
    await reads('{}');
    expect(bus.asked[0]!.request['value']).toEqual(Buffer.from('ab'));
  });

  it('refuses a body that is more than chunked, instead of storing it as it is', async () => {
    const { bus, client } = await start();
    const { write, reads } = await client();
    write(...post(), 'Transfer-Encoding: gzip, chunked', '', '1', 'x', '0', '', '');
    await reads('transfer encoding gzip, chunked is not supported');
    expect(bus.asked).toEqual([]);
  });

  it('stops a chunked body at the limit, and gives back what it took', async () => {
    const { bus, budget, client } = await start({ http: { maxBodyBytes: 4 } });
    const { write, reads } = await client();
    write(...post(), 'Transfer-Encoding: chunked', '', '3', 'abc', '2', 'de', '0', '', '');
    expect(await reads('larger than the limit of 4 bytes')).toMatch(/^HTTP\/1\.1 400 /);
    expect([bus.asked, budget.takenMost, budget.taken]).toEqual([[], 3, 0]);
  });

  it('refuses a length over the limit before the body comes', async () => {
    const { client, budget } = await start({ http: { maxBodyBytes: 4 } });
    const { write, reads } = await client();
    write(...post(), 'Content-Length: 1000000000', '', 'x');
    await reads('X-Pixy-Error: body-too-large');
    expect(budget.takenMost).toBe(0);
  });

  it('tells a client that waits for leave to go on, or refuses and closes', async () => {
    const { bus, client } = await start({ http: { maxBodyBytes: 4 } });
    bus.replies({ accepted: true });
    const good = await client();
    good.write(...post(), 'Content-Length: 3', 'Expect: 100-continue', '', '');
    await good.reads('HTTP/1.1 100 Continue');
    good.write('abc');
    await good.reads('HTTP/1.1 200 OK');
    const large = await client();
    large.write(...post(), 'Content-Length: 5', 'Expect: 100-continue', '', '');
    const answer = await large.ended();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Connection: close');
  });

  it('says that a body was shorter than announced', async () => {
    const { bus, budget, client } = await start();
    const { socket, write, ended } = await client();
    write(...post(), 'Content-Length: 10', '', 'abc');
    await until(() => budget.taken === 10);
    socket.end();
    const answer = await ended();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"error": "failed to read message: unexpected EOF"');
    await until(() => budget.taken === 0);
    expect(bus.asked).toEqual([]);
  });

  it('forgets a body whose client is gone, and gives back its bytes', async () => {
    const { bus, budget, client, logged } = await start();
    const { socket, write } = await client();
    write(...post(), 'Content-Length: 10', '', 'abc');
    await until(() => budget.taken === 10);
    socket.resetAndDestroy();
    await until(() => budget.taken === 0);
    expect(bus.asked).toEqual([]);
    expect(logged.filter(({ level }) => (level as number) > 20)).toEqual([]);
  });

  it('cuts off a body that does not come', async () => {
    const { client, budget } = await start({ http: { requestBodyTimeoutMs: 50, headersTimeoutMs: 50 } });
    const { write, ended } = await client();
    write(...post(), 'Content-Length: 10', '', 'abc');
    expect(await ended()).toContain('failed to read message: the request did not arrive in time');
    await until(() => budget.taken === 0);
  });

  it.each([
    [[...post(), 'Content-Length: abc', '', ''], 'HTTP/1.1 400 Bad Request', 'bad request: '],
    [[...post(), 'Content-Length: -1', '', ''], 'HTTP/1.1 400 Bad Request', 'bad request: '],
    [
      [...post(), 'Content-Length: 1', 'Transfer-Encoding: chunked', '', ''],
      'HTTP/1.1 400 Bad Request',
      'bad request: ',
    ],
    [['nonsense', '', ''], 'HTTP/1.1 400 Bad Request', 'bad request: '],
    [['GET /_ping HTTP/1.1', 'Host: x', `A: ${'a'.repeat(20_000)}`, '', ''], 'HTTP/1.1 431 ', '16384 bytes'],
  ])('answers what is no request in plain text and without a stack trace: %j', async (lines, status, text) => {
    const { client } = await start();
    const { write, ended } = await client();
    write(...lines);
    const answer = await ended();
    expect(answer.startsWith(status)).toBe(true);
    expect(answer).toContain('X-Pixy-Error: ');
    expect(answer).toContain(text);
    expect(answer).not.toMatch(/\n\s+at /);
  });

  it('answers a HEAD with 405 and no body, and goes on', async () => {
    const { client } = await start();
    const { write, reads } = await client();
    write('HEAD /topics/t/messages?group=g HTTP/1.1', 'Host: x', '', 'GET /_ping HTTP/1.1', 'Host: x', '', '');
    const text = await reads('pong');
    expect(text).toMatch(/^HTTP\/1\.1 405 [^]*\r\nContent-Length: 0\r\n[^]*?\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('goes on after a body that it did not want', async () => {
    const { client } = await start();
    const { write, reads } = await client();
    write('POST /nowhere HTTP/1.1', 'Host: x', 'Content-Length: 5', '', 'hello', '');
    await reads('404 page not found');
    write('GET /_ping HTTP/1.1', 'Host: x', '', '');
    await reads('pong');
  });

  it('keeps the order of pipelined requests', async () => {
    const { bus, client } = await start();
    const first = later();
    bus.answer = ({ request }) => {
      return request['key'] === null ? first.answer() : { kind: 'reply', value: { accepted: true } };
    };
    const { write, reads } = await client();
    write(...post('/topics/t/messages?sync'), 'Content-Length: 1', '', 'a');
    write(...post('/topics/t/messages?key=k'), 'Content-Length: 1', '', 'b');
    await until(() => bus.asked.length === 2);
    first.give({ kind: 'reply', value: { partition: 4, offset: 2 } });
    expect(await reads('{}')).toMatch(/"partition": 4[^]*\{\}$/);
  });
});

describe('record headers on a connection', () => {
  it('are taken however many there are, repeated ones included', async () => {
    const { bus, client } = await start();
    bus.replies({ accepted: true });
    const { write, reads } = await client();
    write(
      ...post(),
      'Content-Length: 1',
      ...Array<string>(2500).fill('a:'),
      'X-Kafka-B:MQ==',
      'x-kafka-b: Mg== ',
      '',
      'v',
    );
    await reads('{}');
    expect(bus.asked[0]!.request['headers']).toEqual([
      { key: 'B', value: Buffer.from('1') },
      { key: 'B', value: Buffer.from('2') },
    ]);
  });
});

describe('a client that goes away', () => {
  it('cancels its poll', async () => {
    const { bus, client } = await start();
    bus.answer = ({ options }) =>
      new Promise((resolve) => options.signal!.addEventListener('abort', () => resolve({ kind: 'cancelled' })));
    const { socket, write } = await client();
    write(...poll);
    await until(() => bus.asked.length === 1);
    expect(bus.asked[0]!.options.signal!.aborted).toBe(false);
    socket.destroy();
    await until(() => bus.asked[0]!.options.signal!.aborted);
  });

  it('may have more waiting polls on one connection than Node expects listeners', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    cleanups.push(() => Promise.resolve(process.off('warning', onWarning)));
    const { bus, client } = await start();
    bus.answer = ({ options }) =>
      new Promise((resolve) => options.signal!.addEventListener('abort', () => resolve({ kind: 'cancelled' })));
    const { socket, write } = await client();
    for (let i = 0; i < 12; i++) write(...poll);
    await until(() => bus.asked.length === 12);
    socket.destroy();
    await until(() => bus.asked.every(({ options }) => options.signal!.aborted));
    expect(warnings).toEqual([]);
  });

  it.each([1, 12])('gives back the messages that %i pipelined polls were given too late', async (count) => {
    const { bus, client } = await start();
    const message = later();
    bus.answer = message.answer;
    const { socket, write } = await client();
    for (let i = 0; i < count; i++) write(...poll);
    await until(() => bus.asked.length === count);
    socket.destroy();
    await until(() => bus.asked.every(({ options }) => options.signal!.aborted));
    const receipt = fakeReceipt();
    message.give({ kind: 'reply', value: delivery({ receipt }) });
    await until(() => receipt.told.length === count);
    expect(new Set(receipt.told)).toEqual(new Set(['returned']));
  });

  it('gives back a message that waits behind an unanswered pipelined request', async () => {
    const { bus, client } = await start();
    const first = later();
    const receipt = fakeReceipt();
    bus.answer = () => (bus.asked.length === 1 ? first.answer() : { kind: 'reply', value: delivery({ receipt }) });
    const { socket, write } = await client();
    write(...poll, ...poll);
    await until(() => bus.asked.length === 2);
    socket.destroy();
    await until(() => receipt.told.length > 0);
    first.give({ kind: 'cancelled' });
    expect(receipt.told).toEqual(['returned']);
  });

  it('is told apart from one that has read its message', async () => {
    const { bus, client } = await start();
    const receipt = fakeReceipt();
    bus.replies(delivery({ receipt }));
    const { socket, write, reads } = await client();
    write(...poll);
    await reads('"headers": []\n}');
    await until(() => receipt.told.length > 0);
    socket.destroy();
    await until(() => bus.asked[0]!.options.signal!.aborted);
    expect(receipt.told).toEqual(['written']);
  });
});

describe('closing', () => {
  it('closes idle and silent connections at once and refuses new ones', async () => {
    const { listeners, client } = await start();
    const silent = await client();
    const idle = await client();
    idle.write('GET /_ping HTTP/1.1', 'Host: x', '', '');
    await idle.reads('pong');
    // The bound is far beyond the test's own: it passes only if nothing is waited for.
    await listeners.close(3_600_000);
    await Promise.all([silent.ended(), idle.ended()]);
    await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('lets open requests finish, then closes their connections', async () => {
    const { bus, listeners, client } = await start();
    const message = later();
    bus.answer = message.answer;
    const { write, ended } = await client();
    write(...poll);
    await until(() => bus.asked.length === 1);
    const closed = listeners.close(3_600_000);
    message.give({ kind: 'reply', value: delivery() });
    const answer = await ended();
    expect(answer).toContain('"offset": 0');
    expect(answer).toContain('Connection: close');
    await closed;
  });

  it('cuts what is open when its time is over, and takes a second call for the same', async () => {
    const { bus, listeners, client } = await start();
    bus.answer = () => new Promise(() => {});
    const { write, ended } = await client();
    write(...poll);
    await until(() => bus.asked.length === 1);
    await Promise.all([listeners.close(30), listeners.close(3_600_000)]);
    expect(await ended()).toBe('');
  });
});

describe('listening', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'pixy-http-'));
    cleanups.push(() => rm(path, { recursive: true }));
    return path;
  }

  it('serves a Unix socket beside TCP, and removes its file at the end', async () => {
    const unixAddr = join(await folder(), 's');
    const { listeners } = await start({ unixAddr });
    expect(listeners.addresses).toEqual([expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/), unixAddr]);
    expect((await stat(unixAddr)).mode & 0o777).toBe(0o777);
    const { write, reads } = await dial({ ...listeners, addresses: [unixAddr] });
    write('GET /_ping HTTP/1.1', 'Host: x', '', '');
    await reads('pong');
    await listeners.close(0);
    await expect(stat(unixAddr)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says which command uses another address when the port is taken, and listens nowhere', async () => {
    const unixAddr = join(await folder(), 's');
    const { listeners } = await start();
    const port = Number(listeners.addresses[0]!.split(':')[1]);
    const refused = start({ tcpAddr: `127.0.0.1:${port}`, unixAddr });
    await expect(refused).rejects.toThrow(
      `127.0.0.1:${port} is taken by another program; use another address: run --tcpAddr 127.0.0.1:${port + 1}`,
    );
    await expect(stat(unixAddr)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('closes the TCP listener when the Unix socket cannot be had', async () => {
    const unixAddr = join(await folder(), 'missing', 's');
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const refused = start({ tcpAddr: `127.0.0.1:${port}`, unixAddr });
    await expect(refused).rejects.toMatchObject({ code: 'cannot-listen' });
    await expect(refused).rejects.toBeInstanceOf(PixyError);
    const again = createServer().listen(port, '127.0.0.1');
    cleanups.push(() => new Promise((resolve) => again.close(resolve)));
    await once(again, 'listening');
  });

  it('replaces the socket file of a killed daemon, and only that', async () => {
    const path = await folder();
    const stale = join(path, 'stale');
    await leaveStaleSocket(stale);
    expect((await start({ tcpAddr: '', unixAddr: stale })).listeners.addresses).toEqual([stale]);
    await expect(start({ tcpAddr: '', unixAddr: stale })).rejects.toMatchObject({ code: 'address-taken' });
    const file = join(path, 'file');
    await writeFile(file, 'precious');
    await expect(start({ tcpAddr: '', unixAddr: file })).rejects.toMatchObject({ code: 'address-taken' });
    expect((await stat(file)).size).toBe(8);
  });

  /** A socket file with nobody behind it: renamed before the one who made it could remove it. */
  async function leaveStaleSocket(path: string): Promise<void> {
    const server = createServer((socket: Socket) => socket.destroy()).listen(`${path}.live`);
    await once(server, 'listening');
    await rename(`${path}.live`, path);
    await new Promise((resolve) => server.close(resolve));
  }

  it('refuses connections beyond the limit', async () => {
    const { client } = await start({ http: { connectionsMax: 1 } });
    const first = await client();
    const second = await client();
    await second.ended();
    first.write('GET /_ping HTTP/1.1', 'Host: x', '', '');
    await first.reads('pong');
  });
});
