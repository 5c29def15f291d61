import { chmod } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import { formatAddress, isTcpAddress, parseAddress, type Config } from '../config/config.js';
import type { ServerCertificate } from '../config/server-certificate.js';
import type { Clock } from '../host/host.js';
import { startListening, tcpListeningAddress, type ListeningAddress, type ListeningOptions } from '../net/listening.js';
import { removeStaleSocket } from '../net/unix-socket.js';
import { answerClientError } from './client-error.js';
import { FreshConnections } from './fresh-connections.js';

export interface ListenerOptions extends ListeningOptions {
  readonly app: Koa;
  readonly config: Pick<Config, 'tcpAddr' | 'unixAddr' | 'http'>;
  readonly clock: Clock;
  /** With it HTTP over TCP is served by TLS alone; the Unix socket never is. */
  readonly certificate?: ServerCertificate | undefined;
}

export interface HttpListeners {
  /** Where it listens, the port that the system chose included: `host:port`, and the path of the Unix socket. */
  readonly addresses: readonly string[];
  /**
   * Stops accepting at once, closes idle connections, lets open requests finish for at most `timeoutMs`, then cuts what
   * is left. Never rejects; a second call waits for the same end.
   */
  close(timeoutMs: number): Promise<void>;
}

/** Listens on the TCP address and the Unix socket, whichever are set. @throws PixyError `address-taken`, `cannot-listen`. */
export async function listen(options: ListenerOptions): Promise<HttpListeners> {
  const { tcpAddr, unixAddr } = options.config;
  const listeners: Listener[] = [];
  try {
    if (tcpAddr !== '') listeners.push(await listenOnTcp('tcpAddr', options));
    if (isTcpAddress(unixAddr)) listeners.push(await listenOnTcp('unixAddr', options));
    else if (unixAddr !== '') listeners.push(await listenOnUnix(unixAddr, options));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close(0)));
    throw error;
  }
  return {
    addresses: listeners.map(({ address }) => address),
    close: async (timeoutMs) => void (await Promise.all(listeners.map((listener) => listener.close(timeoutMs)))),
  };
}

interface Listener {
  /** The port that the system chose included. */
  readonly address: string;
  close(timeoutMs: number): Promise<void>;
}

/** As in the original, `unixAddr` is served in plain text also where it is a TCP address. */
async function listenOnTcp(option: 'tcpAddr' | 'unixAddr', options: ListenerOptions): Promise<Listener> {
  const configured = parseAddress(options.config[option])!;
  const server = createHttpServer(options, option === 'tcpAddr' ? options.certificate : undefined);
  const started = await start(server, tcpListeningAddress(configured, option), options);
  const bound = { host: configured.host, port: (started.server.address() as AddressInfo).port };
  return listener(started, formatAddress(bound), options.clock);
}

async function listenOnUnix(path: string, options: ListenerOptions): Promise<Listener> {
  await removeStaleSocket(path);
  const at = { where: { path }, address: path, instead: `--unixAddr ${path}.2` };
  const started = await start(createHttpServer(options), at, options);
  // As the original: who may enter the folder may use the socket.
  await chmod(path, 0o777);
  return listener(started, path, options.clock);
}

type HttpServer = Server | TlsServer;

function createHttpServer({ config: { http } }: ListenerOptions, certificate?: ServerCertificate): HttpServer {
  const options = {
    headersTimeout: http.headersTimeoutMs,
    // Of the whole request. Node looks at both timeouts once in this interval.
    requestTimeout: Math.max(http.requestBodyTimeoutMs, http.headersTimeoutMs),
    connectionsCheckingInterval: Math.min(1000, http.requestBodyTimeoutMs),
    keepAliveTimeout: http.keepAliveTimeoutMs,
    noDelay: true,
    keepAlive: true,
  };
  const server = certificate
    ? createTlsServer({
        ...options,
        ...certificate,
        minVersion: 'TLSv1.2',
        handshakeTimeout: http.headersTimeoutMs,
      })
    : createServer(options);
  server.maxConnections = http.connectionsMax;
  // Beyond the count Node drops headers silently, and record headers with them. Their bytes are bounded all the same.
  server.maxHeadersCount = 0;
  return server;
}

interface Started {
  readonly server: HttpServer;
  readonly fresh: FreshConnections;
  /** Responses whose handler is at work. */
  readonly open: ReadonlySet<ServerResponse>;
}

async function start(server: HttpServer, at: ListeningAddress, options: ListenerOptions): Promise<Started> {
  const fresh = new FreshConnections(server, { byTls: server instanceof TlsServer });
  const open = new Set<ServerResponse>();
  const handle = options.app.callback();
  const onRequest: RequestListener = (req, res) => {
    fresh.delete(req.socket);
    if (!server.listening) res.setHeader('Connection', 'close');
    open.add(res);
    void handle(req, res).then(() => open.delete(res));
  };
  server.on('request', onRequest);
  // The handlers themselves tell the client to go on, once they have looked at the length.
  server.on('checkContinue', onRequest);
  server.on('clientError', answerClientError);
  await startListening(server, at, options);
  return { server, fresh, open };
}

/** How often connections that fell idle are looked for while the listener closes: Node does not close them by itself. */
const idleCheckMs = 20;

function listener({ server, fresh, open }: Started, address: string, clock: Clock): Listener {
  let closed: Promise<void> | undefined;
  const closeWithin = (timeoutMs: number) =>
    new Promise<void>((resolve) => {
      const endAtMs = clock.nowMs() + timeoutMs;
      let timer: unknown;
      const cutOrWait = () => {
        server.closeIdleConnections();
        if (clock.nowMs() >= endAtMs) server.closeAllConnections();
        else timer = clock.setTimeout(cutOrWait, Math.min(idleCheckMs, endAtMs - clock.nowMs()));
      };
      server.close(() => {
        clock.clearTimeout(timer);
        resolve();
      });
      fresh.destroyAll();
      // So that no client sends its next request on a connection that is about to end.
      for (const res of open) if (!res.headersSent) res.setHeader('Connection', 'close');
      cutOrWait();
    });
  return { address, close: (timeoutMs) => (closed ??= closeWithin(timeoutMs)) };
}
