import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { TcpAddress } from '../config/config.js';
import { wrongHostText } from './app.js';
import { isOwnHost, isOwnOrigin } from './host-check.js';
import type { Hub } from './hub.js';
import type { StatelyFeeds } from './stately.js';
import { parseViewerFrame, viewerFrameBytesMax } from './viewer-frames.js';
import { closeCodes, type ViewerSocket } from './viewer.js';

/** What serves the socket of a path. */
export type ServeSocket = (socket: WebSocket) => void;

/** Takes over connections of those who want a stream: `paths` tells which there are. */
export class Streams {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: viewerFrameBytesMax,
  });
  readonly #paths: ReadonlyMap<string, ServeSocket>;
  readonly #listening: () => TcpAddress;

  constructor(paths: ReadonlyMap<string, ServeSocket>, listening: () => TcpAddress) {
    this.#paths = paths;
    this.#listening = listening;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // One that breaks before it is a WebSocket has nobody to tell.
    socket.on('error', () => {});
    const { host, origin } = request.headers;
    const serve = this.#paths.get(request.url ?? '');
    if (!isOwnHost(host, this.#listening()))
      return refuse(socket, '421 Misdirected Request', wrongHostText(this.#listening()));
    if (!isOwnOrigin(origin, host))
      return refuse(socket, '403 Forbidden', `A page of ${origin} may not look into this daemon.\n`);
    if (!serve) return refuse(socket, '404 Not Found', 'There is no stream here.\n');
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      // The close that follows tells it all.
      opened.on('error', () => {});
      serve(opened);
    });
  }

  /** At once, those that have been told goodbye and do not go. */
  destroyAll(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }
}

function refuse(socket: Duplex, status: string, text: string): void {
  const lines = [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}

/** Lets a socket look on, by our own protocol. */
export function viewerOf(hub: Hub): ServeSocket {
  return (socket) => {
    const viewer = viewerSocket(socket);
    socket.on('close', () => hub.leave(viewer));
    socket.on('pong', () => hub.heard(viewer));
    socket.on('message', (data: RawData, isBinary) => {
      const frame = isBinary ? undefined : parseViewerFrame((data as Buffer).toString('utf8'));
      if (frame) hub.take(viewer, frame);
      else viewer.close(closeCodes.badFrame, 'That is nothing that this inspector understands; reload the page.');
    });
    hub.join(viewer);
  };
}

/** Lets a socket look on, by the protocol of `@statelyai/inspect`. What it says is not listened to. */
export function statelyViewerOf(feeds: StatelyFeeds): ServeSocket {
  return (socket) => {
    const viewer = viewerSocket(socket);
    socket.on('close', () => feeds.leave(viewer));
    socket.on('pong', () => feeds.heard(viewer));
    feeds.join(viewer);
  };
}

function viewerSocket(socket: WebSocket): ViewerSocket {
  return {
    get waitingBytes() {
      return socket.bufferedAmount;
    },
    send: (frame) => socket.send(frame, { binary: false }, () => {}),
    ping: () => socket.ping(undefined, undefined, () => {}),
    close: (code, reason) => socket.close(code, reason),
    destroy: () => socket.terminate(),
  };
}
