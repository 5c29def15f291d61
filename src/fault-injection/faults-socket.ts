import { createServer } from 'node:http';
import type { Logger } from 'pino';
import type { Bus } from '../actors/bus/types.js';
import { startListeningForOwner } from '../net/unix-socket.js';
import { createFaultsApp } from './app.js';

export interface FaultsSocketOptions {
  /** Of the socket file. */
  readonly path: string;
  /** Made with `faultsAllowed`. */
  readonly bus: Bus;
  readonly log: Logger;
  /** How this program is called, for the line that says how to use another path. */
  readonly command: string;
}

export interface FaultsSocket {
  /** Cuts whoever is connected, and removes the file. Never rejects; a second call waits for the same end. */
  close(): Promise<void>;
}

const connectionsMax = 20;
const requestTimeoutMs = 10_000;

/**
 * Lets programs of this user have faults happen inside the daemon, by a Unix domain socket and nothing else: what can
 * crash actors must not be within reach of a network. @throws PixyError `address-taken`, `cannot-listen`
 */
export async function openFaultsSocket({ path, bus, log, command }: FaultsSocketOptions): Promise<FaultsSocket> {
  const server = createServer({
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: 1000,
  });
  server.maxConnections = connectionsMax;
  server.on('request', createFaultsApp({ bus, log }).callback() as (...args: unknown[]) => void);
  // The daemon does its work all the same; the log has it.
  const onFailed = (): void => {};
  await startListeningForOwner(server, { path, flag: 'allowFaults' }, { command, log, onFailed });
  log.warn(
    { socket: path },
    'faults are allowed: whoever may use this socket can crash and slow down what works inside this daemon',
  );
  let closed: Promise<void> | undefined;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { close: () => (closed ??= close()) };
}
