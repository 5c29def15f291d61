import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { ClusterConfig } from '../../config/config.js';
import { PixyError } from '../../errors/pixy-error.js';

/** With what a connection to a broker is opened. */
export interface KafkaCredentials {
  /** `undefined`: plain text. */
  readonly tls: TlsCredentials | undefined;
  /** `undefined`: nobody logs in. */
  readonly sasl: SaslCredentials | undefined;
}

export interface TlsCredentials {
  /** CA, certificate and key, read once for all connections. */
  readonly context: SecureContext;
  /** Neither the chain of the broker's certificate nor its host name is checked. */
  readonly insecure: boolean;
  readonly hasClientCertificate: boolean;
}

export interface SaslCredentials {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly user: string;
  readonly password: string;
}

export type CredentialsFile = 'caCertificateFile' | 'clientCertificateFile' | 'clientKeyFile';

/**
 * Reads and checks the files of one cluster; as in the original they are checked also when TLS is off. `optionAt` names the
 * option for the person who set it. @throws PixyError `bad-credentials-file`
 */
export function readCredentials(
  { tls, sasl }: Pick<ClusterConfig['kafka'], 'tls' | 'sasl'>,
  optionAt: (file: CredentialsFile) => string,
): KafkaCredentials {
  const files = new CredentialsFiles(tls, optionAt);
  const ca = files.certificates('caCertificateFile');
  const certificates = files.certificates('clientCertificateFile');
  const key = files.key('clientKeyFile');
  if (certificates && !key) files.refuse('clientCertificateFile', `it needs a key, in ${optionAt('clientKeyFile')}`);
  if (key && !certificates)
    files.refuse('clientKeyFile', `it needs a certificate, in ${optionAt('clientCertificateFile')}`);
  if (certificates && key && !certificates.first.checkPrivateKey(key.object)) {
    files.refuse('clientKeyFile', `it is not the key of the certificate in ${optionAt('clientCertificateFile')}`);
  }
  const context = files.context({
    ...(ca && { ca: ca.pem }),
    ...(certificates && key && { cert: certificates.pem, key: key.pem }),
  });
  return {
    tls: tls.enabled
      ? { context, insecure: tls.insecure, hasClientCertificate: certificates !== undefined }
      : undefined,
    sasl: sasl.enabled ? { mechanism: sasl.mechanism, user: sasl.user, password: sasl.password } : undefined,
  };
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** No chain or bundle of CAs comes near; a device or a wrong path may. */
const fileBytesMax = 4 * 1024 * 1024;

class CredentialsFiles {
  readonly #paths: Readonly<Record<CredentialsFile, string>>;
  readonly #optionAt: (file: CredentialsFile) => string;

  constructor(paths: Readonly<Record<CredentialsFile, string>>, optionAt: (file: CredentialsFile) => string) {
    this.#paths = paths;
    this.#optionAt = optionAt;
  }

  certificates(file: CredentialsFile): { pem: string; first: X509Certificate } | undefined {
    const pem = this.#read(file);
    if (pem === undefined) return undefined;
    const blocks = pem.match(certificateBlock) ?? [];
    if (blocks.length === 0) this.refuse(file, 'it holds no certificate in PEM form');
    try {
      const [first] = blocks.map((block) => new X509Certificate(block));
      return { pem, first: first! };
    } catch (cause) {
      return this.refuse(file, 'it holds a certificate that cannot be read', cause);
    }
  }

  key(file: CredentialsFile): { pem: string; object: KeyObject } | undefined {
    const pem = this.#read(file);
    if (pem === undefined) return undefined;
    if (/ENCRYPTED/.test(pem)) this.refuse(file, 'the key is protected by a passphrase; give one without');
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) this.refuse(file, 'it holds no private key in PEM form');
    try {
      return { pem, object: createPrivateKey(pem) };
    } catch (cause) {
      return this.refuse(file, 'it holds a private key that cannot be read', cause);
    }
  }

  /** OpenSSL has its own demands, such as the length of a key. */
  context(parts: { ca?: string; cert?: string; key?: string }): SecureContext {
    try {
      return createSecureContext(parts);
    } catch (cause) {
      return this.refuse(parts.cert ? 'clientCertificateFile' : 'caCertificateFile', (cause as Error).message, cause);
    }
  }

  refuse(file: CredentialsFile, reason: string, cause?: unknown): never {
    throw new PixyError(
      'bad-credentials-file',
      { option: this.#optionAt(file), path: this.#paths[file], reason },
      { cause },
    );
  }

  #read(file: CredentialsFile): string | undefined {
    const path = this.#paths[file];
    if (path === '') return undefined;
    try {
      const bytes = readFileSync(path);
      return bytes.length > fileBytesMax
        ? this.refuse(file, `it has more than ${fileBytesMax} bytes`)
        : bytes.toString();
    } catch (cause) {
      if (cause instanceof PixyError) throw cause;
      return this.refuse(file, whyUnreadable(cause as NodeJS.ErrnoException), cause);
    }
  }
}

function whyUnreadable({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  return code === 'EISDIR' ? 'it is a folder' : message;
}
