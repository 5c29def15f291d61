import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { formatAddress, parseAddress, type TcpAddress } from '../config/config.js';
import type { Clock } from '../host/host.js';
import { startListening, tcpListeningAddress } from '../net/listening.js';
import { createInspectorApp } from './app.js';
import { assetsOf } from './assets.js';
import { streamHead } from './head.js';
import { Hub } from './hub.js';
import type { InspectedDaemon } from './inspected.js';
import { recordFlights } from './recording.js';
import { StatelyFeeds } from './stately.js';
import { statelyViewerOf, Streams, viewerOf } from './stream.js';

export interface InspectorOptions {
  /** `host:port`; port 0: any free one. */
  readonly address: string;
  /** Those that there are now: one may come or go while somebody looks on. */
  readonly daemons: () => readonly InspectedDaemon[];
  readonly clock: Clock;
  readonly log: Logger;
  /** How this program is called, for the line that says how to use another address. */
  readonly command: string;
  /** `kafka-pixy` and its version. */
  readonly product: string;
  /** Somebody who looks on wants the next step of what is shown. */
  readonly onNext?: () => void;
  /** What the build made of the page; as a rule it lies beside this file. */
  readonly pageFolder?: string;
}

/** A page that shows live what happens inside, and what it is fed by. */
export interface Inspector {
  /** `host:port`, with the port that the system chose. */
  readonly address: string;
  /** Tells everybody who looks on, in a sentence, what they ought to know. */
  remark(text: string): void;
  /**
   * Tells those who look on the last, and that it ends; who does not go within `timeoutMs` is cut off. Never rejects; a
   * second call waits for the same end.
   */
  close(timeoutMs: number): Promise<void>;
}

/** Of browsers and others, the page and its files included. */
const connectionsMax = 100;
const headersTimeoutMs = 10_000;

/** Serves the page. @throws PixyError `address-taken`, `cannot-listen` */
export async function startInspector(options: InspectorOptions): Promise<Inspector> {
  const { clock, daemons, log, product } = options;
  const configured = parseAddress(options.address)!;
  const head = { product, wallAtZeroMs: clock.wallMs() - clock.nowMs() };
  const hub = new Hub({ ...head, clock, daemons, onNext: options.onNext });
  const feeds = new StatelyFeeds({ clock, daemons });
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: headersTimeoutMs });
  const listening = (): TcpAddress => ({
    host: configured.host,
    port: (server.address() as AddressInfo | null)?.port ?? configured.port,
  });
  const paths = new Map([
    ['/inspect/stream', viewerOf(hub)],
    ['/inspect/stately', statelyViewerOf(feeds)],
  ]);
  const streams = new Streams(paths, listening);
  const app = createInspectorApp({
    serveAsset: assetsOf(options.pageFolder ?? fileURLToPath(new URL('./page/', import.meta.url))),
    record: () => recordFlights(daemons(), streamHead(daemons(), head)),
    listening,
    log,
  });
  server.maxConnections = connectionsMax;
  server.on('request', app.callback() as (...args: unknown[]) => void);
  server.on('upgrade', (request, socket, first) => streams.upgrade(request, socket, first));
  await startListening(server, tcpListeningAddress(configured, 'inspect'), {
    command: options.command,
    log,
    // The daemon does its work all the same; the log has it.
    onFailed: () => {},
  });
  let closed: Promise<void> | undefined;
  return {
    address: formatAddress(listening()),
    remark: (text) => hub.remark(text),
    close: (timeoutMs) => (closed ??= closeWithin(timeoutMs, server, [hub, feeds], streams, clock)),
  };
}

function closeWithin(
  timeoutMs: number,
  server: Server,
  audiences: readonly { close(): void }[],
  streams: Streams,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => {
      streams.destroyAll();
      server.closeAllConnections();
    }, timeoutMs);
    server.close(() => {
      clock.clearTimeout(timer);
      resolve();
    });
    for (const audience of audiences) audience.close();
    server.closeIdleConnections();
  });
}
