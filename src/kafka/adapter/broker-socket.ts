import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { KafkaFailure } from '../port.js';
import type { TlsCredentials } from './credentials.js';
import { tlsRefusal, tlsWanted } from './refusals.js';

export interface BrokerSocket {
  readonly socket: Socket;
  /** Why the broker, or TLS, does not let us in, as far as the socket shows. */
  refusal(): KafkaFailure | undefined;
}

export interface BrokerSocketOptions {
  readonly host: string;
  readonly port: number;
  /** For texts. */
  readonly address: string;
  readonly tls: TlsCredentials | undefined;
  /** Something was answered at this address once. */
  readonly served: () => boolean;
  /** The socket can be written to: after the TLS handshake, if there is one. */
  readonly onConnect: () => void;
}

const KEEP_ALIVE_MS = 60_000;

/** Connects at once. Who is asked for a certificate by TLS 1.3 may be refused only after `onConnect`. */
export function openBrokerSocket(options: BrokerSocketOptions): BrokerSocket {
  return options.tls ? openTls(options, options.tls) : openPlain(options);
}

function openPlain({ host, port, address, onConnect }: BrokerSocketOptions): BrokerSocket {
  const socket = createConnection(
    { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
    onConnect,
  );
  let alerted = false;
  socket.once('data', (chunk: Buffer) => (alerted = isTlsAlert(chunk)));
  return { socket, refusal: () => (alerted ? tlsWanted(address) : undefined) };
}

/** What a TLS listener answers to anything else. As the length of an answer it would be 336 MiB. Source: RFC 8446, 5.1. */
const isTlsAlert = (chunk: Buffer) => chunk[0] === 0x15 && chunk[1] === 3;

function openTls(options: BrokerSocketOptions, tls: TlsCredentials): BrokerSocket {
  const { host, port, address, served, onConnect } = options;
  let error: Error | undefined;
  let connected = false;
  let secured = false;
  // Without a server name the certificate is checked against `host`, which for an address there is no name for (RFC 6066).
  const socket = connectTls(
    { host, port, secureContext: tls.context, rejectUnauthorized: !tls.insecure, ...serverName(host) },
    () => {
      secured = true;
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      onConnect();
    },
  );
  socket.once('connect', () => (connected = true));
  socket.once('error', (cause) => (error = cause));
  return {
    socket,
    refusal: () => error && tlsRefusal(error, address, tls, { connected, secured, served: served() }),
  };
}

const serverName = (host: string) => (isIP(host) ? {} : { servername: host });
