import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session, type SessionOptions } from 'node:http2';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate } from '../support/certificates.js';
import type { Outcome } from '../../src/actors/bus/types.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { delivery, FakeBudget, fakeReceipt, type Asked } from '../http/support.js';
import { encode, GrpcClient, testGrpc, type TestGrpc } from './support.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(...options: Parameters<typeof testGrpc>): Promise<TestGrpc> {
  const grpc = await testGrpc(...options);
  cleanups.push(() => grpc.close());
  return grpc;
}

const eventually = (read: () => unknown) => expect.poll(read, { timeout: 10_000, interval: 5 });

/** A bus that answers when the test says so. */
function heldBack({ bus }: TestGrpc) {
  const waiting: { asked: Asked; answer: (outcome: Outcome<unknown>) => void }[] = [];
  bus.answer = (asked) => new Promise((answer) => waiting.push({ asked, answer }));
  return {
    waiting,
    arrived: (count = 1) => eventually(() => waiting.length).toBe(count),
    answer: (value: unknown, at = 0) => waiting[at]!.answer({ kind: 'reply', value }),
    signal: (at = 0) => waiting[at]!.asked.options.signal!,
  };
}

const poll = { topic: 't', group: 'g', no_ack: true };

/** A connection whose every frame is in the test's hands. */
async function rawSession({ listener }: TestGrpc, settings: SessionOptions['settings'] = {}) {
  const session = connectHttp2(`http://${listener.address}`, { settings });
  session.on('error', () => {});
  cleanups.push(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** `body` undefined: nothing is sent, and the request does not end. */
function rawCall(session: ClientHttp2Session, method: string, body?: Buffer, headers: Record<string, string> = {}) {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/KafkaPixy/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const got: { status?: number; grpcStatus?: string; message?: string; closed?: number } = {};
  const take = (told: Record<string, unknown>) => {
    if (told[':status'] !== undefined) got.status = Number(told[':status']);
    if (told['grpc-status'] !== undefined) got.grpcStatus = String(told['grpc-status']);
    if (told['grpc-message'] !== undefined) got.message = decodeURI(String(told['grpc-message']));
  };
  stream
    .on('response', take)
    .on('trailers', take)
    .on('error', () => {});
  stream.on('close', () => (got.closed = stream.rstCode)).resume();
  if (body) stream.end(body);
  return { stream, got };
}

describe('a call that its client has given up', () => {
  it('withdraws its question when it is cancelled', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const { call, called } = grpc.client.begin('ConsumeNAck', poll);
    await bus.arrived();
    expect(bus.signal().aborted).toBe(false);
    call.cancel();
    expect((await called).code).toBe(1);
    await eventually(() => bus.signal().aborted).toBe(true);
  });

  it('withdraws its question when the deadline of the client has passed', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const called = grpc.client.call('ConsumeNAck', poll, { deadline: Date.now() + 300 });
    await bus.arrived();
    expect((await called).code).toBe(4);
    await eventually(() => bus.signal().aborted).toBe(true);
  });

  it('is not taken for one because its deadline is a month away', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const session = await rawSession(grpc);
    const headers = { 'grpc-timeout': '2592000S' };
    const { got } = rawCall(session, 'GetOffsets', encode('GetOffsets', poll), headers);
    await bus.arrived();
    // Its timer would have fired before those of a later one.
    await grpc.client.call('Produce', poll, { deadline: Date.now() + 50 });
    expect(got.grpcStatus).toBeUndefined();
    bus.answer([]);
    await eventually(() => got.grpcStatus).toBe('0');
  });

  it('withdraws its question when the connection closes', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const session = await rawSession(grpc);
    rawCall(session, 'ConsumeNAck', encode('ConsumeNAck', poll));
    await bus.arrived();
    session.destroy();
    await eventually(() => bus.signal().aborted).toBe(true);
  });

  it('gives back the message that comes all the same', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const { call } = grpc.client.begin('ConsumeNAck', { ...poll, auto_ack: true });
    await bus.arrived();
    call.cancel();
    await eventually(() => bus.signal().aborted).toBe(true);
    const receipt = fakeReceipt();
    bus.answer(delivery({ receipt }));
    await eventually(() => receipt.told).toEqual(['returned']);
  });

  it('is not begun when its connection ends before its request does', async () => {
    const grpc = await start();
    const session = await rawSession(grpc);
    const request = encode('Produce', { topic: 't' });
    rawCall(session, 'Produce').stream.write(request);
    await eventually(() => grpc.budget.taken).toBe(request.length);
    session.destroy();
    await eventually(() => grpc.budget.taken).toBe(0);
    grpc.bus.replies([]);
    await grpc.client.answer('GetOffsets', poll);
    expect(grpc.bus.asked.map(({ request: { type } }) => type)).toEqual(['offsets.get']);
  });
});

describe('an answer', () => {
  it('that the client has no room for is not written, and its message goes back when the connection ends', async () => {
    const grpc = await start();
    const receipt = fakeReceipt();
    grpc.bus.replies(delivery({ receipt }));
    const session = await rawSession(grpc, { initialWindowSize: 0 });
    const { got } = rawCall(session, 'ConsumeNAck', encode('ConsumeNAck', { ...poll, auto_ack: true }));
    await eventually(() => got.status).toBe(200);
    expect([got.grpcStatus, receipt.told]).toEqual([undefined, []]);
    session.destroy();
    await eventually(() => receipt.told).toEqual(['returned']);
  });

  it('is written once the client makes room', async () => {
    const grpc = await start();
    const receipt = fakeReceipt();
    grpc.bus.replies(delivery({ receipt }));
    const session = await rawSession(grpc, { initialWindowSize: 0 });
    const { got } = rawCall(session, 'ConsumeNAck', encode('ConsumeNAck', { ...poll, auto_ack: true }));
    await eventually(() => got.status).toBe(200);
    expect(receipt.told).toEqual([]);
    session.settings({ initialWindowSize: 65_535 });
    await eventually(() => [got.grpcStatus, receipt.told]).toEqual(['0', ['written']]);
  });

  it('goes back when the client resets the call before it is complete', async () => {
    const grpc = await start();
    const receipt = fakeReceipt();
    grpc.bus.replies(delivery({ receipt }));
    const session = await rawSession(grpc, { initialWindowSize: 0 });
    const { stream, got } = rawCall(session, 'ConsumeNAck', encode('ConsumeNAck', { ...poll, auto_ack: true }));
    await eventually(() => got.status).toBe(200);
    stream.close(constants.NGHTTP2_NO_ERROR);
    await eventually(() => receipt.told).toEqual(['returned']);
  });
});

describe('a request', () => {
  it('larger than 1 MiB is refused with RESOURCE_EXHAUSTED, one of 1 MiB is taken', async () => {
    const grpc = await start();
    grpc.bus.replies({ partition: 0, offset: 0 });
    // Of the field itself: its tag and length; and the topic.
    const frame = 1 + 3 + 3;
    const request = (bytes: number) => ({ topic: 't', message: Buffer.alloc(bytes - frame) });
    const { code, details } = await grpc.client.call('Produce', request(1_048_577));
    expect([code, details]).toEqual([8, 'Received message larger than max (1048577 vs 1048576)']);
    expect(grpc.bus.asked).toEqual([]);
    await grpc.client.answer('Produce', request(1_048_576));
    expect((grpc.bus.asked[0]!.request['value'] as Buffer).length).toBe(1_048_576 - frame);
    await eventually(() => grpc.budget.taken).toBe(0);
    expect(grpc.budget.takenMost).toBeGreaterThan(1_000_000);
  });

  it('that is compressed is refused with UNIMPLEMENTED, as by the original', async () => {
    const grpc = await start();
    const body = encode('Produce', { topic: 't' }, { compress: gzipSync });
    const { got } = rawCall(await rawSession(grpc), 'Produce', body, { 'grpc-encoding': 'gzip' });
    await eventually(() => got).toMatchObject({
      grpcStatus: '12',
      message: 'grpc: Decompressor is not installed for grpc-encoding "gzip"',
    });
  });

  it('that is no message of this kind is refused with INTERNAL', async () => {
    const grpc = await start();
    const body = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), Buffer.from([0xff, 0xff, 0xff])]);
    const { got } = rawCall(await rawSession(grpc), 'Produce', body);
    await eventually(() => got.grpcStatus).toBe('13');
    expect(grpc.bus.asked).toEqual([]);
  });

  it('to a method that is none is refused with UNIMPLEMENTED, one that is not gRPC with 415', async () => {
    const grpc = await start();
    expect(await grpc.client.error('Unheard', {})).toBe(
      '12 The server does not implement the method /KafkaPixy/Unheard',
    );
    const { got } = rawCall(await rawSession(grpc), 'Produce', Buffer.alloc(0), { 'content-type': 'application/json' });
    await eventually(() => got.status).toBe(415);
  });

  it('that finds no room in memory is refused with UNAVAILABLE, and what it took is given back', async () => {
    const budget = new FakeBudget(1000);
    const grpc = await start({}, { budget });
    const session = await rawSession(grpc);
    const large = rawCall(session, 'Produce');
    large.stream.write(encode('Produce', { topic: 't', message: Buffer.alloc(5000) }).subarray(0, 900));
    await eventually(() => budget.taken).toBe(900);
    large.stream.write(Buffer.alloc(500));
    await eventually(() => large.got).toMatchObject({
      grpcStatus: '14',
      message: 'this daemon holds as many bytes as it may',
      // It need not send the rest, and could hold nothing here if it never ended.
      closed: constants.NGHTTP2_NO_ERROR,
    });
    await eventually(() => budget.taken).toBe(0);
    grpc.bus.replies({ partition: 0, offset: 0 });
    const small = rawCall(session, 'Produce', encode('Produce', { topic: 't', message: Buffer.alloc(500) }));
    await eventually(() => small.got.grpcStatus).toBe('0');
    expect(grpc.bus.asked).toHaveLength(1);
  });

  it('whose rest does not come in time is refused and its call ended', async () => {
    const grpc = await start({ http: { requestBodyTimeoutMs: 200 } });
    const { stream, got } = rawCall(await rawSession(grpc), 'Produce');
    stream.write(encode('Produce', { topic: 't', message: Buffer.alloc(5000) }).subarray(0, 900));
    await eventually(() => got).toMatchObject({
      grpcStatus: '3',
      message: 'failed to read message: it was not here after 200 ms',
      closed: constants.NGHTTP2_NO_ERROR,
    });
    await eventually(() => grpc.budget.taken).toBe(0);
  });
});

describe('the listener', () => {
  it('takes so many connections and no more, and says so in the log', async () => {
    const grpc = await start({ http: { connectionsMax: 1 } });
    const first = await rawSession(grpc);
    const [host, port] = grpc.listener.address.split(':');
    const second = connect(Number(port), host).on('error', () => {});
    cleanups.push(() => second.destroy());
    await eventually(() => second.resume().closed).toBe(true);
    await eventually(() => grpc.logged).toMatchObject([
      { level: 40, msg: 'a connection was refused', connectionsMax: 1 },
    ]);
    expect(first.closed).toBe(false);
  });

  it('says how to use another address when its own is taken, and that it cannot listen', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    cleanups.push(() => taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(testGrpc({ grpcAddr: `127.0.0.1:${port}` })).rejects.toThrow(
      `127.0.0.1:${port} is taken by another program; use another address: run --grpcAddr 127.0.0.1:${port + 1}`,
    );
    await expect(testGrpc({ grpcAddr: '192.0.2.1:1' })).rejects.toMatchObject({ code: 'cannot-listen' });
  });

  it('outlives connections that are cut or speak something else', async () => {
    const grpc = await start();
    const [host, port] = grpc.listener.address.split(':');
    const sockets: Socket[] = [];
    for (const text of ['GET / HTTP/1.1\r\n\r\n', '', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxx']) {
      const socket = connect(Number(port), host);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(text);
      sockets.push(socket);
    }
    for (const socket of sockets) socket.resetAndDestroy();
    grpc.bus.replies([]);
    expect(await grpc.client.answer('GetOffsets', poll)).toEqual({ offsets: [] });
  });

  it('answers what is open while it closes, and takes nothing new', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const called = grpc.client.call('ConsumeNAck', poll);
    await bus.arrived();
    const closed = grpc.listener.close(60_000);
    expect(grpc.listener.close(0)).toBe(closed);
    const [host, port] = grpc.listener.address.split(':');
    const refused = connect(Number(port), host);
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    bus.answer(delivery());
    expect((await called).code).toBe(0);
    await closed;
  });

  it('cuts what is still open when its time is over', async () => {
    const grpc = await start();
    const bus = heldBack(grpc);
    const receipt = fakeReceipt();
    const called = grpc.client.call('ConsumeNAck', poll);
    await bus.arrived();
    const silent = connect(Number(grpc.listener.address.split(':')[1]), '127.0.0.1');
    cleanups.push(() => silent.destroy());
    silent.on('error', () => {});
    await once(silent, 'connect');
    await grpc.listener.close(100);
    expect((await called).code).not.toBe(0);
    await eventually(() => bus.signal().aborted).toBe(true);
    bus.answer(delivery({ receipt }));
    await eventually(() => receipt.told).toEqual(['returned']);
  });

  it('closes at once when nothing is open, idle connections included', async () => {
    const grpc = await start();
    grpc.bus.replies([]);
    await grpc.client.answer('GetOffsets', poll);
    await rawSession(grpc);
    await grpc.listener.close(60_000);
  });
});

describe('TLS', () => {
  it('is spoken by the listener when it has a certificate, from 1.2 on, and nothing else is', async () => {
    const authority = await makeAuthority('authority');
    const server = await makeCertificate(authority, 'server', { names: ['localhost'], addresses: ['127.0.0.1'] });
    const certificate = { cert: Buffer.from(server.certificate), key: Buffer.from(server.key) };
    const grpc = await start({}, { certificate });
    const { address } = grpc.listener;
    grpc.bus.replies([]);
    const clients = {
      trusting: new GrpcClient(address, Buffer.from(authority.certificate)),
      plain: new GrpcClient(address),
      doubting: new GrpcClient(address, Buffer.from((await makeAuthority('another')).certificate)),
    };
    cleanups.push(() => Object.values(clients).forEach((client) => client.close()));
    expect(await clients.trusting.answer('GetOffsets', poll)).toEqual({ offsets: [] });
    expect(await clients.plain.error('GetOffsets', poll)).toMatch(/^14 /);
    expect(await clients.doubting.error('GetOffsets', poll)).toMatch(/^14 /);
    const port = Number(address.split(':')[1]);
    const old = connectTls({ host: 'localhost', port, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' });
    const [error] = (await once(old, 'error')) as [Error];
    expect(error.message).toMatch(/protocol|alert/i);
  }, 60_000);
});

describe('an answer with an error', () => {
  it('is given on a connection that goes on', async () => {
    const grpc = await start();
    const session = await rawSession(grpc);
    grpc.bus.answer = () => ({ kind: 'refused', error: new PixyError('too-many-polls', {}) });
    for (let round = 0; round < 3; round++) {
      const { got } = rawCall(session, 'ConsumeNAck', encode('ConsumeNAck', poll));
      await eventually(() => got.grpcStatus).toBe('8');
    }
    expect(session.closed).toBe(false);
  });
});
