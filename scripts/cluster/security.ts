import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyStore, makeAuthority, makeCertificate } from './certificates.js';
import type { Endpoint } from './probes.js';
import { compareVersions, type Release } from './versions.js';

/** Listeners that ask for TLS, SASL or both, beside the plain one, which the brokers go on using among themselves. */

const SECURITY_FROM = '2.8.0';

/** By their names at the broker; the protocol is what Kafka calls `security.protocol`. */
const LISTENERS = [
  { key: 'ssl', name: 'SSL', protocol: 'SSL' },
  { key: 'mutualSsl', name: 'MUTUAL_SSL', protocol: 'SSL' },
  { key: 'misnamedSsl', name: 'MISNAMED_SSL', protocol: 'SSL' },
  { key: 'saslSsl', name: 'SASL_SSL', protocol: 'SASL_SSL' },
  { key: 'saslPlaintext', name: 'SASL_PLAINTEXT', protocol: 'SASL_PLAINTEXT' },
] as const;

type ListenerKey = (typeof LISTENERS)[number]['key'];

export const SECURE_LISTENERS_TOTAL = LISTENERS.length;

export interface User {
  readonly user: string;
  readonly password: string;
}

/** Addresses are `host:port`, comma-separated, one for each broker; files are PEM, inside the cluster's folder. */
export interface SecureAddresses extends Readonly<Record<ListenerKey, string>> {
  /** TLS; asks for no client certificate. */
  readonly ssl: string;
  /** TLS; refuses clients without a certificate of the CA. */
  readonly mutualSsl: string;
  /** TLS with a certificate of the CA for another host. */
  readonly misnamedSsl: string;
  /** PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 over TLS. */
  readonly saslSsl: string;
  /** The same three, unencrypted. */
  readonly saslPlaintext: string;
  /** The CA that signed the certificates of the brokers and of the client. */
  readonly caFile: string;
  /** A CA that signed none of the brokers'. */
  readonly otherCaFile: string;
  readonly clientCertFile: string;
  /** PKCS #8, without a passphrase. */
  readonly clientKeyFile: string;
  /** Signed by the other CA. */
  readonly otherClientCertFile: string;
  readonly otherClientKeyFile: string;
  /** The first is known to PLAIN, the other to both SCRAMs. */
  readonly users: { readonly plain: User; readonly scram: User };
}

const USERS = {
  plain: { user: 'plain-user', password: 'plain-password' },
  scram: { user: 'scram-user', password: 'scram-password' },
} as const;

const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export function checkSecurity(release: Release): void {
  if (compareVersions(release.version, SECURITY_FROM) >= 0) return;
  throw new Error(`Secure listeners can be had from Kafka ${SECURITY_FROM} on, not of ${release.version}.`);
}

/** Makes the certificates in `folder`. `ports[i]` are the secure ports of one broker, in the order of the listeners. */
export async function laySecurity(
  folder: string,
  host: string,
  ports: readonly (readonly number[])[],
): Promise<SecureAddresses> {
  const [authority, other] = await Promise.all([makeAuthority('cluster CA'), makeAuthority('other CA')]);
  const [server, misnamed, client, otherClient] = await Promise.all([
    makeCertificate(authority, 'broker', { names: ['localhost'], addresses: [host] }),
    makeCertificate(authority, 'misnamed broker', { names: ['another-host.invalid'] }),
    makeCertificate(authority, 'client'),
    makeCertificate(other, 'client'),
  ]);
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  await write(SERVER_FILE, keyStore(server, STORE_PASSWORD));
  await write(MISNAMED_FILE, keyStore(misnamed, STORE_PASSWORD));
  const addresses = LISTENERS.map(({ key }, at) => [key, ports.map((own) => `${host}:${own[at]}`).join(',')]);
  return {
    ...(Object.fromEntries(addresses) as Record<ListenerKey, string>),
    caFile: await write(CA_FILE, authority.certificate),
    otherCaFile: await write('other-ca.pem', other.certificate),
    clientCertFile: await write('client.pem', client.certificate),
    clientKeyFile: await write('client.key', client.key),
    otherClientCertFile: await write('other-client.pem', otherClient.certificate),
    otherClientKeyFile: await write('other-client.key', otherClient.key),
    users: USERS,
  };
}

const STORE_PASSWORD = 'store-password';
const CA_FILE = 'ca.pem';
const SERVER_FILE = 'server.p12';
const MISNAMED_FILE = 'misnamed.p12';

export interface NamedListener extends Endpoint {
  readonly name: string;
  readonly protocol: string;
}

export function secureListeners(host: string, ports: readonly number[]): NamedListener[] {
  return LISTENERS.map(({ name, protocol }, at) => ({ name, protocol, host, port: ports[at] as number }));
}

/** What the broker is told about these listeners, apart from their addresses. Source: Kafka's security documentation. */
export function securityProperties(folder: string): Record<string, string> {
  const keyStoreAt = (prefix: string, file: string) => ({
    [`${prefix}ssl.keystore.type`]: 'PKCS12',
    [`${prefix}ssl.keystore.location`]: join(folder, file),
    [`${prefix}ssl.keystore.password`]: STORE_PASSWORD,
    [`${prefix}ssl.key.password`]: STORE_PASSWORD,
  });
  const { plain } = USERS;
  const sasl = ['sasl_ssl', 'sasl_plaintext'].flatMap((listener) => [
    [
      `listener.name.${listener}.plain.sasl.jaas.config`,
      `${SECURITY_PACKAGE}.plain.PlainLoginModule required user_${plain.user}="${plain.password}";`,
    ],
    ...SCRAM_MECHANISMS.map((mechanism) => [
      `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`,
      `${SECURITY_PACKAGE}.scram.ScramLoginModule required;`,
    ]),
  ]);
  return {
    ...keyStoreAt('', SERVER_FILE),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, CA_FILE),
    'listener.name.mutual_ssl.ssl.client.auth': 'required',
    ...keyStoreAt('listener.name.misnamed_ssl.', MISNAMED_FILE),
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM_MECHANISMS].join(','),
    ...(Object.fromEntries(sasl) as Record<string, string>),
  };
}

const SECURITY_PACKAGE = 'org.apache.kafka.common.security';

/** For `kafka-storage format`, which gives a new cluster its first credentials. */
export function scramArguments(): string[] {
  const { user, password } = USERS.scram;
  return SCRAM_MECHANISMS.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${user},password=${password}]`]);
}

/** For `kafka-configs`, which writes them where ZooKeeper keeps them. */
export function scramConfigArguments(zookeeper: Endpoint): string[] {
  const { user, password } = USERS.scram;
  const credentials = SCRAM_MECHANISMS.map((mechanism) => `${mechanism}=[password=${password}]`).join(',');
  const where = ['--zookeeper', `${zookeeper.host}:${zookeeper.port}`, '--entity-type', 'users'];
  return [...where, '--entity-name', user, '--alter', '--add-config', credentials];
}
