import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyStore, makeAuthority, makeCertificate } from '../../scripts/cluster/certificates.js';
import { brokerProperties } from '../../scripts/cluster/configuration.js';
import {
  checkSecurity,
  laySecurity,
  secureListeners,
  securityProperties,
  SECURE_LISTENERS_TOTAL,
} from '../../scripts/cluster/security.js';
import { releaseOf } from '../../scripts/cluster/versions.js';

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

  it('have an address of each broker, and files that a client can read', async () => {
    const ports = [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ];
    const secure = await laySecurity(folder, '127.0.0.1', ports);
    expect(secure).toMatchObject({ ssl: '127.0.0.1:1,127.0.0.1:6', saslPlaintext: '127.0.0.1:5,127.0.0.1:10' });
    const read = async (path: string) => new X509Certificate(await readFile(path));
    const [ca, other, client, otherClient] = await Promise.all(
      [secure.caFile, secure.otherCaFile, secure.clientCertFile, secure.otherClientCertFile].map(read),
    );
    expect(client!.verify(ca!.publicKey)).toBe(true);
    expect(otherClient!.verify(ca!.publicKey)).toBe(false);
    expect(otherClient!.verify(other!.publicKey)).toBe(true);
  });

  it('stand beside the plain one, which the brokers go on using among themselves', () => {
    const ports = Array.from({ length: SECURE_LISTENERS_TOTAL }, (_, at) => 9001 + at);
    const endpoint = { host: '127.0.0.1', port: 9000 };
    const lines = brokerProperties(releaseOf('4.4.0'), {
      id: 1,
      endpoint,
      zookeeper: endpoint,
      controller: { id: 100, endpoint: { host: '127.0.0.1', port: 9100 } },
      secure: { listeners: secureListeners('127.0.0.1', ports), properties: securityProperties('/folder') },
      brokersTotal: 1,
      minInSyncReplicas: 1,
      dataFolder: '/data',
    }).split('\n');
    const value = (key: string) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
    expect(value('listeners')?.split(',')).toEqual(
      expect.arrayContaining(['PLAINTEXT://127.0.0.1:9000', 'SSL://127.0.0.1:9001']),
    );
    // A broker that is no controller must know the protocol of the controller's listener all the same.
    expect(value('listener.security.protocol.map')?.split(',')).toEqual(
      expect.arrayContaining(['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', 'MUTUAL_SSL:SSL', 'SASL_SSL:SASL_SSL']),
    );
    expect(value('listener.name.mutual_ssl.ssl.client.auth')).toBe('required');
    expect(value('sasl.enabled.mechanisms')).toBe('PLAIN,SCRAM-SHA-256,SCRAM-SHA-512');
  });

  it('are refused for brokers that are too old for them', () => {
    expect(() => checkSecurity(releaseOf('1.1.1'))).toThrow('from Kafka 2.8.0 on');
    checkSecurity(releaseOf('2.8.2'));
  });
});
