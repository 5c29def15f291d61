import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeAuthority, makeCertificate, type CertificateAndKey } from '../support/certificates.js';
import type { ConfigInput } from '../../src/config/config.js';
import { readServerCertificate } from '../../src/config/server-certificate.js';
import { realHost } from '../../src/host/real-host.js';
import { listen } from '../../src/http/server.js';
import { delivery, fakeReceipt, testHttp } from './support.js';

let folder: string;
let authority: CertificateAndKey;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixy-tls-'));
  authority = await makeAuthority('authority');
  const server = await makeCertificate(authority, 'localhost', { names: ['localhost'], addresses: ['127.0.0.1'] });
  const other = await makeCertificate(authority, 'other');
  await writeFile(path('certificate.pem'), server.certificate);
  await writeFile(path('key.pem'), server.key);
  await writeFile(path('other-key.pem'), other.key);
  await writeFile(path('no.pem'), 'not PEM');
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(input: ConfigInput = {}) {
  const tls = { certificateFile: path('certificate.pem'), keyFile: path('key.pem') };
  const http = testHttp({ tcpAddr: '127.0.0.1:0', ...input });
  const certificate = readServerCertificate(tls);
  const { clock } = realHost();
  const log = pino({ level: 'silent' });
  const listeners = await listen({ ...http, clock, log, certificate, command: 'run', onFailed: () => {} });
  cleanups.push(() => listeners.close(0));
  const port = Number(listeners.addresses[0]!.split(':').at(-1));
  return { ...http, listeners, port };
}

interface Got {
  readonly status: number | undefined;
  readonly body: string;
}

function get(options: RequestOptions, send: typeof plainRequest = request): Promise<Got> {
  return new Promise((resolve, reject) => {
    const req = send({ ca: authority.certificate, path: '/_ping', agent: false, ...options }, (res) => {
      let body = '';
      res.setEncoding('utf8').on('data', (part: string) => (body += part));
      res.on('end', () => resolve({ status: res.statusCode, body }));
    });
    req.on('error', reject).end();
  });
}

async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate, ...options });
  cleanups.push(() => Promise.resolve(socket.destroy()));
  await once(socket, 'secureConnect');
  return socket;
}

const closed = (socket: { readonly destroyed: boolean }) =>
  vi.waitFor(() => expect(socket.destroyed).toBe(true), { timeout: 10_000 });

describe('the TCP listener with a certificate', () => {
  it('serves HTTP by TLS', async () => {
    const { port } = await start();
    expect(await get({ port, host: '127.0.0.1' })).toEqual({ status: 200, body: 'pong' });
  });

  it('speaks HTTP/1.1 where the original offers HTTP/2 as well: clients agree on it in the handshake', async () => {
    const { port } = await start();
    expect((await dial(port, { ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe('http/1.1');
  });

  it('refuses TLS before 1.2', async () => {
    const { port } = await start();
    const old = dial(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await expect(old).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    expect((await dial(port, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
  });

  it('answers no plain HTTP, and goes on serving', async () => {
    const { port } = await start();
    await expect(get({ port, host: '127.0.0.1' }, plainRequest)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await get({ port, host: '127.0.0.1' })).status).toBe(200);
  });

  it('answers what is no request by TLS as well', async () => {
    const { port } = await start();
    const socket = await dial(port);
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.write('nonsense\r\n\r\n');
    await closed(socket);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });

  it('gives back the message of a client that has gone, and settles that of one that has read it', async () => {
    const { bus, port } = await start();
    const poll = 'GET /topics/t/messages?group=g HTTP/1.1\r\nHost: x\r\n\r\n';
    const [read, lost] = [fakeReceipt(), fakeReceipt()];
    bus.replies(delivery({ receipt: read }));
    const reader = await dial(port);
    reader.resume().write(poll);
    await vi.waitFor(() => expect(read.told).toEqual(['written']), { timeout: 10_000 });
    bus.answer = ({ options }) =>
      new Promise((resolve) => {
        const value = delivery({ receipt: lost });
        options.signal!.addEventListener('abort', () => resolve({ kind: 'reply', value }));
      });
    const leaver = await dial(port);
    leaver.write(poll);
    await vi.waitFor(() => expect(bus.asked.length).toBe(2), { timeout: 10_000 });
    leaver.destroy();
    await vi.waitFor(() => expect(lost.told).toEqual(['returned']), { timeout: 10_000 });
  });

  it('closes silent connections at once, before, in and after their handshake, and lets an open request finish', async () => {
    const { bus, listeners, port } = await start();
    const silent = connectPlain({ port, host: '127.0.0.1' });
    await once(silent, 'connect');
    const inHandshake = connectPlain({ port, host: '127.0.0.1' });
    await once(inHandshake, 'connect');
    // The head of a TLS record that never comes to its end.
    inHandshake.write(Buffer.from([0x16, 3, 1, 1, 0, 1]));
    const done = await dial(port);
    let give!: () => void;
    bus.answer = () => new Promise((resolve) => (give = () => resolve({ kind: 'reply', value: delivery() })));
    const open = get({ port, host: '127.0.0.1', path: '/topics/t/messages?group=g' });
    await vi.waitFor(() => expect(bus.asked.length).toBe(1), { timeout: 10_000 });
    // The bound is far beyond the test's own: it passes only if nobody silent is waited for.
    const end = listeners.close(3_600_000);
    for (const socket of [silent.resume(), inHandshake.resume(), done.resume()]) await closed(socket);
    give();
    expect((await open).status).toBe(200);
    await end;
  });

  it('leaves the Unix socket in plain text, open to all who may enter its folder, and removes its file', async () => {
    const socketPath = path('s');
    const { listeners } = await start({ unixAddr: socketPath });
    expect((await stat(socketPath)).mode & 0o777).toBe(0o777);
    expect(await get({ socketPath }, plainRequest)).toEqual({ status: 200, body: 'pong' });
    await listeners.close(0);
    await expect(stat(socketPath)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the certificate of the listeners', () => {
  it.each([
    ['', 'key.pem', 'tls.certificate_path: (none) cannot be used: tls.key_path is set, this is not'],
    ['certificate.pem', '', 'tls.key_path: (none) cannot be used: tls.certificate_path is set, this is not'],
    ['missing', 'key.pem', 'tls.certificate_path: FOLDER/missing cannot be used: it cannot be read: ENOENT'],
    ['certificate.pem', 'missing', 'tls.key_path: FOLDER/missing cannot be used: it cannot be read: ENOENT'],
    ['no.pem', 'key.pem', 'tls.certificate_path: FOLDER/no.pem cannot be used: it is no certificate in PEM'],
    [
      'certificate.pem',
      'no.pem',
      'tls.key_path: FOLDER/no.pem cannot be used: it is not the key of FOLDER/certificate.pem',
    ],
    [
      'certificate.pem',
      'other-key.pem',
      'tls.key_path: FOLDER/other-key.pem cannot be used: it is not the key of FOLDER/certificate.pem',
    ],
  ])('is refused in one line when it cannot be used: certificate %j, key %j', (certificate, key, line) => {
    const tls = { certificateFile: certificate && path(certificate), keyFile: key && path(key) };
    expect(() => readServerCertificate(tls)).toThrow(line.replaceAll('FOLDER', folder));
  });

  it('is none when neither file is named', () => {
    expect(readServerCertificate({ certificateFile: '', keyFile: '' })).toBeUndefined();
  });
});
