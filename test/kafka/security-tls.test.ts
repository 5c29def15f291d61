import { beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate, type CertificateAndKey } from '../support/certificates.js';
import { tlsRefusal } from '../../src/kafka/adapter/refusals.js';
import { calm, failure } from '../contracts/kafka-port-world.js';
import { offsets } from './fake-world.js';
import { secureWorld, tlsOf, type TlsFiles } from './secure-world.js';

let ca: string;
let otherCa: string;
let server: CertificateAndKey;
let misnamed: CertificateAndKey;
let client: CertificateAndKey;
let stranger: CertificateAndKey;

beforeAll(async () => {
  const [authority, other] = await Promise.all([makeAuthority('ours'), makeAuthority('other')]);
  [ca, otherCa] = [authority.certificate, other.certificate];
  [server, misnamed, client, stranger] = await Promise.all([
    makeCertificate(authority, 'broker', { addresses: ['127.0.0.1'] }),
    makeCertificate(authority, 'broker', { names: ['elsewhere.invalid'] }),
    makeCertificate(authority, 'client'),
    makeCertificate(other, 'client'),
  ]);
});

const pair = ({ certificate, key }: CertificateAndKey) => ({ cert: certificate, key });
const tlsBroker = (of: CertificateAndKey = server, more: object = {}) => ({ tls: { ...pair(of), ...more } });
const demanding = (more: object = {}) =>
  tlsBroker(server, { ca, requestCert: true, rejectUnauthorized: true, ...more });

describe('TLS to a broker', () => {
  it('carries every request when the CA and the host name of the certificate are right', async () => {
    const { kafka } = await secureWorld(tlsBroker(), { tls: { ca } });
    await kafka.metadata([], calm());
    expect((await offsets(kafka))[0]!.offset).toBe(42);
  });

  it('proves who we are to a broker that asks for a certificate, in each version of TLS', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
      const { kafka } = await secureWorld(demanding({ maxVersion }), { tls: { ca, ...pair(client) } });
      await kafka.metadata([], calm());
    }
  });

  it('carries the login by SASL', async () => {
    const login = { user: 'u', password: 'p' };
    const sasl = { ...login, mechanisms: ['SCRAM-SHA-256'], style: 'requests' } as const;
    const { kafka } = await secureWorld(
      { ...tlsBroker(), sasl: { ...sasl } },
      { tls: { ca }, sasl: { ...login, mechanism: 'SCRAM-SHA-256' } },
    );
    await kafka.metadata([], calm());
  });

  it('checks neither chain nor host name when it may be insecure', async () => {
    const { kafka } = await secureWorld(tlsBroker(misnamed), { tls: { insecure: true } });
    await kafka.metadata([], calm());
  });

  it('refuses a certificate of another CA, and names the file', async () => {
    for (const files of [{ ca: otherCa }, {}] satisfies TlsFiles[]) {
      const { kafka, broker } = await secureWorld(tlsBroker(), { tls: files });
      const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
      expect(message).toContain(`the certificate of ${broker.address} is not trusted`);
      expect(message).toContain('kafka.ca_certificate_file has to hold the CA that signed it');
    }
  });

  it('refuses a certificate for another host, and says where a name is to be corrected', async () => {
    const { kafka } = await secureWorld(tlsBroker(misnamed), { tls: { ca } });
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toMatch(
      /is for another host \(IP: 127\.0\.0\.1 is not in the cert's list\): .*kafka\.seed_peers.*advertised\.listeners/,
    );
  });

  it.each(['TLSv1.2', 'TLSv1.3'])(
    'without the client certificate that a broker wants names the two files (%s)',
    async (maxVersion) => {
      const { kafka } = await secureWorld(demanding({ maxVersion }), { tls: { ca } });
      const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
      expect(message).toContain('wants a client certificate');
      expect(message).toContain('set kafka.client_certificate_file and kafka.client_key_file');
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'])(
    'with a client certificate that makes the broker hang up names the file (%s)',
    async (maxVersion) => {
      const { kafka } = await secureWorld(demanding({ maxVersion }), { tls: { ca, ...pair(stranger) } });
      const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
      expect(message).toContain('correct kafka.client_certificate_file');
    },
  );

  it('at a plain listener is refused, and names the switch', async () => {
    const { kafka, broker } = await secureWorld({}, { tls: { ca } });
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toContain(`${broker.address} hung up on the TLS handshake`);
    expect(message).toContain('set kafka.tls to false');
  });

  it('that is not spoken at a TLS listener is told by its alert, and names the switch', async () => {
    const internalError = Buffer.from([0x15, 3, 3, 0, 2, 2, 80]);
    const { kafka, broker } = await secureWorld({ lastWords: internalError }, {});
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    expect(message).toContain(`${broker.address} speaks TLS: set kafka.tls to true`);
  });

  it('that a broker hangs up on is no refusal once it has answered: it is on its way down', async () => {
    const { kafka, broker } = await secureWorld(tlsBroker(), { tls: { ca } });
    await kafka.metadata([], calm());
    await broker.stop();
    await failure(kafka.metadata([], calm()), 'connection-lost');
    await failure(kafka.metadata([], calm()), 'unreachable');
  });
});

describe('a listener that hangs up on everything', () => {
  it('is told from a broker, with the keys that may be at fault', async () => {
    const { kafka, broker } = await secureWorld({}, {});
    broker.hangsUp = true;
    const { message } = await failure(kafka.metadata([], calm()), 'access-denied');
    for (const key of ['kafka.tls', 'net.sasl.enable', 'kafka.version']) expect(message).toContain(key);
  });

  it('is no refusal where a request was answered before', async () => {
    const { kafka, broker } = await secureWorld({}, {});
    await kafka.metadata([], calm());
    broker.hangsUp = true;
    await failure(kafka.metadata([], calm()), 'connection-lost');
    await failure(kafka.metadata([], calm()), 'unreachable');
  });
});

describe('an error of TLS', () => {
  const before = { connected: true, secured: false, served: false };
  const refusal = (code: string, reason = 'why', state = before, files: TlsFiles = {}) =>
    tlsRefusal(Object.assign(new Error('why'), { code, reason }), 'b:9093', tlsOf(files)!, state)?.message;

  it.each([
    ['CERT_HAS_EXPIRED', 'cannot be used now (why)'],
    ['CERT_NOT_YET_VALID', 'cannot be used now (why)'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is not trusted (why)'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'is not trusted (why)'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not answer by TLS'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'breaks the TLS handshake off (protocol version)'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'wants a client certificate'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'wants a client certificate'],
  ])('%s is a refusal', (code, text) => {
    const [, alert] = /ALERT_(.*)/.exec(code) ?? [];
    expect(refusal(code, alert?.toLowerCase().replaceAll('_', ' '))).toContain(text);
  });

  it('that refuses the certificate that we have names its file', () => {
    const text = refusal(
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
      'sslv3 alert certificate unknown',
      before,
      pair(client),
    );
    expect(text).toContain(
      'refuses our certificate (sslv3 alert certificate unknown): kafka.client_certificate_file has to',
    );
  });

  it.each([
    ['a refused connection', 'ECONNREFUSED', { ...before, connected: false }],
    ['a reset before the connection stood', 'ECONNRESET', { ...before, connected: false }],
    ['a reset in the midst of things', 'ECONNRESET', { ...before, secured: true }],
    ['a reset by a broker that has answered', 'ECONNRESET', { ...before, served: true }],
  ])('that is %s is none', (_, code, state) => {
    expect(refusal(code, 'why', state)).toBeUndefined();
  });
});
