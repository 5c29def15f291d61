import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../../src/cluster/cluster.js';
import type { FurtherListeners, ListenerKind } from '../../src/cluster/listeners.js';
import { realHost } from '../../src/host/real-host.js';
import { keyStore, makeAuthority, makeCertificate } from './certificates.js';

/** Brokers whose listeners ask for TLS, SASL or both, beside the plain one. */

/** Older brokers do not read a CA as PEM. */
export const SECURITY_FROM = '2.8.0';

/** By their names at the broker; the protocol is what Kafka calls `security.protocol`. */
const LISTENERS = [
  { key: 'ssl', name: 'SSL', protocol: 'SSL' },
  { key: 'mutualSsl', name: 'MUTUAL_SSL', protocol: 'SSL' },
  { key: 'misnamedSsl', name: 'MISNAMED_SSL', protocol: 'SSL' },
  { key: 'saslSsl', name: 'SASL_SSL', protocol: 'SASL_SSL' },
  { key: 'saslPlaintext', name: 'SASL_PLAINTEXT', protocol: 'SASL_PLAINTEXT' },
] as const satisfies readonly (ListenerKind & { readonly key: string })[];

type ListenerKey = (typeof LISTENERS)[number]['key'];

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

/** Where the certificates lie, and who the brokers know. */
type SecureFiles = Omit<SecureAddresses, ListenerKey>;

export interface SecureCluster {
  readonly cluster: Cluster;
  readonly secure: SecureAddresses;
}

/** One broker of this version, from 2.8.0 on. The test stops the cluster. */
export async function startSecureCluster(kafka: string): Promise<SecureCluster> {
  let files: SecureFiles | undefined;
  const lay: FurtherListeners['lay'] = async (folder) => {
    files = await layCertificates(folder);
    return securityProperties(folder);
  };
  const scram = { ...USERS.scram, mechanisms: SCRAM_MECHANISMS };
  const cluster = await startCluster({ host: realHost(), kafka, further: { kinds: LISTENERS, lay, scram } });
  const addresses = LISTENERS.map(({ key, name }) => [key, cluster.furtherPeers.get(name)]);
  return { cluster, secure: { ...(Object.fromEntries(addresses) as Record<ListenerKey, string>), ...files! } };
}

/** Makes the certificates in `folder`: of brokers on this machine, and of their clients. */
export async function layCertificates(folder: string): Promise<SecureFiles> {
  const [authority, other] = await Promise.all([makeAuthority('cluster CA'), makeAuthority('other CA')]);
  const [server, misnamed, client, otherClient] = await Promise.all([
    makeCertificate(authority, 'broker', { names: ['localhost'], addresses: ['127.0.0.1'] }),
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
  return {
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

/** What the broker is told about these listeners, apart from their addresses. Source: Kafka's security documentation. */
function securityProperties(folder: string): Record<string, string> {
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
