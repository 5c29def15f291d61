import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate } from '../support/certificates.js';
import { readCredentials } from '../../src/kafka/adapter/credentials.js';
import type { PixyError } from '../../src/errors/pixy-error.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  const authority = await makeAuthority('an authority');
  const [client, other] = await Promise.all([
    makeCertificate(authority, 'client'),
    makeCertificate(authority, 'other'),
  ]);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const files = {
    'ca.pem': authority.certificate,
    'two-cas.pem': `for old brokers\n${authority.certificate}\nfor new ones\n${other.certificate}`,
    'client.pem': client.certificate,
    'client.key': client.key,
    'other.key': other.key,
    'locked.key': privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }),
    'text.pem': 'not a certificate\n',
    'broken.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'broken.key': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    'empty.pem': '',
    'huge.pem': 'x'.repeat(5 * 1024 * 1024),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Files {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

function read({ ca, cert, key }: Files, more: { enabled?: boolean; insecure?: boolean } = {}) {
  const path = (name: string | undefined) => (name === undefined ? '' : at(name));
  const files = { caCertificateFile: path(ca), clientCertificateFile: path(cert), clientKeyFile: path(key) };
  return readCredentials(
    {
      tls: { enabled: true, insecure: false, ...more, ...files },
      sasl: { enabled: false, mechanism: 'PLAIN', user: 'u', password: 'p' },
    },
    (file) => `the option of ${file}`,
  );
}

function refused(files: Files, enabled = true): string {
  try {
    read(files, { enabled });
  } catch (error) {
    expect((error as PixyError).code).toBe('bad-credentials-file');
    expect((error as PixyError).status).toBeNull();
    return (error as PixyError).message.replaceAll(`${folder}/`, '').replaceAll(folder, 'the folder');
  }
  throw new Error('nothing was refused');
}

describe('files with credentials', () => {
  it('are taken: a CA or several in one file, a certificate and its key, or none of them', () => {
    expect(read({}).tls).toMatchObject({ hasClientCertificate: false, insecure: false });
    expect(read({ ca: 'ca.pem' }).tls).toMatchObject({ hasClientCertificate: false });
    const tls = read({ ca: 'two-cas.pem', cert: 'client.pem', key: 'client.key' }, { insecure: true }).tls;
    expect(tls).toMatchObject({ hasClientCertificate: true, insecure: true });
  });

  it.each<[string, Files, string]>([
    [
      'is missing',
      { ca: 'nowhere.pem' },
      'the option of caCertificateFile: nowhere.pem cannot be used: there is no such file',
    ],
    [
      'lies below a file',
      { ca: 'ca.pem/x' },
      'the option of caCertificateFile: ca.pem/x cannot be used: there is no such file',
    ],
    ['is a folder', { ca: '.' }, 'the option of caCertificateFile: the folder cannot be used: it is a folder'],
    [
      'is empty',
      { ca: 'empty.pem' },
      'the option of caCertificateFile: empty.pem cannot be used: it holds no certificate in PEM form',
    ],
    [
      'is no PEM',
      { ca: 'text.pem' },
      'the option of caCertificateFile: text.pem cannot be used: it holds no certificate in PEM form',
    ],
    [
      'holds no certificate but a key',
      { ca: 'client.key' },
      'the option of caCertificateFile: client.key cannot be used: it holds no certificate in PEM form',
    ],
    [
      'holds a broken certificate',
      { ca: 'broken.pem' },
      'the option of caCertificateFile: broken.pem cannot be used: it holds a certificate that cannot be read',
    ],
    [
      'is far too large',
      { ca: 'huge.pem' },
      'the option of caCertificateFile: huge.pem cannot be used: it has more than 4194304 bytes',
    ],
    [
      'lacks its key',
      { cert: 'client.pem' },
      'the option of clientCertificateFile: client.pem cannot be used: it needs a key, in the option of clientKeyFile',
    ],
    [
      'lacks its certificate',
      { key: 'client.key' },
      'the option of clientKeyFile: client.key cannot be used: it needs a certificate, in the option of clientCertificateFile',
    ],
    [
      'is a certificate where a key should be',
      { cert: 'client.pem', key: 'client.pem' },
      'the option of clientKeyFile: client.pem cannot be used: it holds no private key in PEM form',
    ],
    [
      'is a broken key',
      { cert: 'client.pem', key: 'broken.key' },
      'the option of clientKeyFile: broken.key cannot be used: it holds a private key that cannot be read',
    ],
    [
      'is a key with a passphrase',
      { cert: 'client.pem', key: 'locked.key' },
      'the option of clientKeyFile: locked.key cannot be used: the key is protected by a passphrase; give one without',
    ],
    [
      'is the key of another certificate',
      { cert: 'client.pem', key: 'other.key' },
      'the option of clientKeyFile: other.key cannot be used: it is not the key of the certificate in the option of clientCertificateFile',
    ],
  ])('of which one %s are refused in one line that names the option', (_, files, message) => {
    expect(refused(files)).toBe(message);
    expect(message).not.toContain('\n');
  });

  it('are checked also when TLS is off, as in the original', () => {
    expect(refused({ ca: 'nowhere.pem' }, false)).toContain('there is no such file');
    expect(read({ ca: 'ca.pem' }, { enabled: false }).tls).toBeUndefined();
  });
});
