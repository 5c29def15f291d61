import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** Certificates for servers and clients that live for minutes: RSA of 2048 bits, SHA-256, valid for a day. */

const KEY_BITS = 2048;
const DAY_MS = 24 * 60 * 60_000;
/** A certificate made this moment must be valid for a peer whose clock is a little behind. */
const CLOCK_SKEW_MS = 60 * 60_000;

/** X.509 and PKCS #8, as PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

const makeKeys = promisify(generateKeyPair);

/** A certificate authority that signs itself. */
export async function makeAuthority(commonName: string): Promise<CertificateAndKey> {
  const extensions = [
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ];
  return sign(commonName, extensions, undefined);
}

/** For a server that is reached by these DNS names and IP addresses; a client's has none. */
export async function makeCertificate(
  authority: CertificateAndKey,
  commonName: string,
  hosts: { readonly names?: readonly string[]; readonly addresses?: readonly string[] } = {},
): Promise<CertificateAndKey> {
  const altNames = [
    ...(hosts.names ?? []).map((value) => ({ type: SAN_DNS, value })),
    ...(hosts.addresses ?? []).map((ip) => ({ type: SAN_IP, ip })),
  ];
  const extensions = [
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    ...(altNames.length > 0 ? [{ name: 'subjectAltName', altNames }] : []),
  ];
  return sign(commonName, extensions, authority);
}

/** PKCS #12, which every JVM takes; a key as PEM needs 3.0 of Kafka, or a cipher that its JVM lacks. */
export function keyStore({ certificate, key }: CertificateAndKey, password: string): Buffer {
  const { pki, pkcs12, asn1 } = forge;
  const store = pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(key), pki.certificateFromPem(certificate), password);
  return Buffer.from(asn1.toDer(store).getBytes(), 'latin1');
}

/** GeneralName's choices in RFC 5280, 4.2.1.6. */
const SAN_DNS = 2;
const SAN_IP = 7;

async function sign(
  commonName: string,
  extensions: readonly object[],
  authority: CertificateAndKey | undefined,
): Promise<CertificateAndKey> {
  const keys = await makeKeys('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey);
  // Positive, as RFC 5280, 4.1.2.2 asks: the first bit is not set.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - CLOCK_SKEW_MS);
  certificate.validity.notAfter = new Date(Date.now() + DAY_MS);
  const subject = [{ name: 'commonName', value: commonName }];
  certificate.setSubject(subject);
  certificate.setIssuer(
    authority === undefined ? subject : forge.pki.certificateFromPem(authority.certificate).subject.attributes,
  );
  certificate.setExtensions([...extensions]);
  certificate.sign(forge.pki.privateKeyFromPem(authority?.key ?? keys.privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: keys.privateKey };
}
