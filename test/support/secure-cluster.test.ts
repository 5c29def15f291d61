import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyStore, makeAuthority, makeCertificate } from './certificates.js';
import { layCertificates } from './secure-cluster.js';

describe('the certificates of a secure cluster', { timeout: 30_000 }, () => {
  it('are signed by their authority for the hosts they were asked for', async () => {
    const authority = await makeAuthority('an authority');
    const made = await makeCertificate(authority, 'a server', { names: ['localhost'], addresses: ['127.0.0.1'] });
    const [ca, server] = [new X509Certificate(authority.certificate), new X509Certificate(made.certificate)];
    expect(ca.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkHost('elsewhere')).toBeUndefined();
    const other = new X509Certificate((await makeAuthority('an authority')).certificate);
    expect(server.verify(other.publicKey)).toBe(false);
  });

  it('open a connection from the key store and with the client certificate', async () => {
    const authority = await makeAuthority('an authority');
    const [server, client] = await Promise.all([
      makeCertificate(authority, 'a server', { addresses: ['127.0.0.1'] }),
      makeCertificate(authority, 'a client'),
    ]);
    const ca = authority.certificate;
    const pfx = keyStore(server, 'secret');
    const listener = createServer({ pfx, passphrase: 'secret', ca, requestCert: true }, (socket) =>
      socket.end(String(socket.getPeerCertificate().subject.CN)),
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca, cert: client.certificate, key: client.key });
    let heard = '';
    for await (const chunk of socket) heard += String(chunk);
    await new Promise((resolve) => listener.close(resolve));
    expect(heard).toBe('a client');
  });
});

describe('the secure listeners of a cluster', { timeout: 30_000 }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cluster-security-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('have files that a client can read', async () => {
    const secure = await layCertificates(folder);
    const read = async (path: string) => new X509Certificate(await readFile(path));
    const [ca, other, client, otherClient] = await Promise.all(
      [secure.caFile, secure.otherCaFile, secure.clientCertFile, secure.otherClientCertFile].map(read),
    );
    expect(client!.verify(ca!.publicKey)).toBe(true);
    expect(otherClient!.verify(ca!.publicKey)).toBe(false);
    expect(otherClient!.verify(other!.publicKey)).toBe(true);
  });
});
