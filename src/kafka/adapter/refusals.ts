import { KafkaFailure } from '../port.js';
import type { SaslCredentials, TlsCredentials } from './credentials.js';

/**
 * What a refusal looks like, and which configuration key it is about. Keys are written as in a configuration file, below
 * the cluster. What was seen of brokers 0.8 to 4.x is said at each.
 */

const untrusted: ReadonlySet<string> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const outOfTime: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Where a socket to a broker stands when it fails. */
export interface SocketState {
  /** The TCP connection was made. */
  readonly connected: boolean;
  /** The TLS handshake is done, as far as we are concerned: with TLS 1.3 the broker judges our certificate after it. */
  readonly secured: boolean;
  /** Something was answered at this address once, so its settings cannot be at fault. */
  readonly served: boolean;
}

interface TlsError extends Error {
  readonly code?: string;
  readonly reason?: string;
}

const denied = (message: string, cause?: unknown) => new KafkaFailure('access-denied', message, { cause });

/** What a socket's error says of TLS; `undefined`: nothing. */
export function tlsRefusal(
  error: TlsError,
  address: string,
  tls: TlsCredentials,
  { connected, secured, served }: SocketState,
): KafkaFailure | undefined {
  const { code = '', message } = error;
  if (untrusted.has(code)) {
    return denied(
      `the certificate of ${address} is not trusted (${message}): kafka.ca_certificate_file has to hold the CA that signed it`,
      error,
    );
  }
  if (outOfTime.has(code)) {
    return denied(
      `the certificate of ${address} cannot be used now (${message}): have it renewed, or do without any check by kafka.insecure`,
      error,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return denied(
      `the certificate of ${address} is for another host (${hostReason(error)}): use a name that it holds in kafka.seed_peers and in the broker's advertised.listeners, or do without any check by kafka.insecure`,
      error,
    );
  }
  if (/ALERT/.test(code)) return alertRefusal(error, address, tls);
  // A plain listener takes the first bytes of TLS for the length of a huge request.
  if (code === 'ECONNRESET' && connected && !secured && !served) {
    return denied(
      `${address} hung up on the TLS handshake: if it is no TLS listener, set kafka.tls to false or name another in kafka.seed_peers; if it is one, correct kafka.client_certificate_file`,
      error,
    );
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST/.test(code)) {
    return denied(
      `${address} does not answer by TLS: set kafka.tls to false, or name its TLS listener in kafka.seed_peers`,
      error,
    );
  }
  return undefined;
}

const hostReason = ({ reason, message }: TlsError) => (reason ?? message).replace(/[:\s]+$/, '');

/** Brokers on Java 17: `bad certificate` for none, `certificate unknown` for one that they do not trust. */
function alertRefusal(error: TlsError, address: string, tls: TlsCredentials): KafkaFailure {
  const alert = error.reason ?? error.message;
  if (!/certificate|unknown ca|handshake failure|access denied/i.test(alert)) {
    return denied(`${address} breaks the TLS handshake off (${alert}): kafka.tls cannot work with this broker`, error);
  }
  return tls.hasClientCertificate
    ? denied(
        `${address} refuses our certificate (${alert}): kafka.client_certificate_file has to be signed by a CA that the broker trusts`,
        error,
      )
    : denied(
        `${address} wants a client certificate (${alert}): set kafka.client_certificate_file and kafka.client_key_file`,
        error,
      );
}

export function tlsWanted(address: string): KafkaFailure {
  return denied(`${address} speaks TLS: set kafka.tls to true`);
}

/** A broker says which versions it speaks to anybody, and hangs up on the next request of somebody who has not logged in. */
export function saslWanted(address: string): KafkaFailure {
  return denied(
    `${address} hung up on the first request, as one does that wants SASL: set net.sasl.enable to true, with net.sasl.user and net.sasl.password`,
  );
}

/**
 * One before Kafka 0.10 hangs up on the question for versions; one that also does so on metadata is none. After it has judged
 * a certificate by TLS 1.3, its alert may be lost when it hangs up on what was sent meanwhile: 2.8 is seen to.
 */
export function somethingWanted(address: string, tls: TlsCredentials | undefined): KafkaFailure {
  const encryption = !tls
    ? 'TLS, set kafka.tls to true'
    : tls.hasClientCertificate
      ? 'another client certificate, correct kafka.client_certificate_file'
      : 'a client certificate, set kafka.client_certificate_file and kafka.client_key_file';
  return denied(
    `${address} hung up on every request: if it wants ${encryption}; if it wants SASL, set net.sasl.enable to true; otherwise it is no Kafka broker that kafka.version allows`,
  );
}

export const saslRefusal = {
  notWanted: (address: string) =>
    denied(`${address} takes no SASL: set net.sasl.enable to false, or name its SASL listener in kafka.seed_peers`),
  mechanism: (address: string, { mechanism }: SaslCredentials, offered: readonly string[]) =>
    denied(
      `${address} does not take ${mechanism}: net.sasl.mechanism has to be one of those that it offers, ${offered.join(', ') || 'none'}`,
    ),
  credentials: (address: string, { user }: SaslCredentials, reason: string, alsoPossible = '') =>
    denied(
      `${address} refuses the user ${JSON.stringify(user)} (${reason}): correct net.sasl.user or net.sasl.password${alsoPossible}`,
    ),
  unproven: (address: string, reason: string) =>
    denied(
      `${address} does not prove that it knows the password (${reason}): what answers there is not the broker that net.sasl.user belongs to`,
    ),
  tooOld: (address: string, { mechanism }: SaslCredentials) =>
    denied(
      `${address} is too old for ${mechanism}: net.sasl.mechanism has to be PLAIN before Kafka 0.10.2, or kafka.version has to be left out`,
    ),
};
