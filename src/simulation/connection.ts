import { IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface SimulatedRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface SimulatedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The server's end of a client's connection: what is written to it lies there until the client reads. */
class ServerSocket extends Duplex {
  readonly #received: Buffer[] = [];
  #held: (() => void)[] = [];
  /** The client reads nothing for now: what is written is not handed over, and waits. */
  stalled = false;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const take = () => {
      this.#received.push(chunk);
      done();
    };
    if (this.stalled) this.#held.push(take);
    else take();
  }

  readOn(): void {
    this.stalled = false;
    const held = this.#held;
    this.#held = [];
    for (const take of held) take();
  }

  /** What came since the last call. */
  takeReceived(): string {
    return Buffer.concat(this.#received.splice(0)).toString('utf8');
  }

  // What Node's HTTP asks of a socket beyond a stream.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

/**
 * One client's connection to a daemon, without a network: Node's own request and response objects over a stream in memory,
 * handed to the very handlers that a real server calls. One request at a time, as most clients do.
 */
export class SimulatedConnection {
  readonly #socket = new ServerSocket();
  readonly #handle: RequestListener;

  constructor(handle: RequestListener) {
    this.#handle = handle;
    // What a handler does with a broken connection is the handler's business.
    this.#socket.on('error', () => {});
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** The server has handed the answer over, which is all that it can know; `undefined`: the connection ended before that. */
  request({ method, url, headers = {}, body }: SimulatedRequest): Promise<SimulatedAnswer | undefined> {
    const socket = this.#socket as unknown as Socket;
    const req = new IncomingMessage(socket);
    req.method = method;
    req.url = url;
    req.httpVersion = '1.1';
    req.httpVersionMajor = 1;
    req.httpVersionMinor = 1;
    // Else its end would be taken for that of the connection.
    req.complete = true;
    req.headers.host = 'simulated';
    if (body !== undefined) req.headers['content-length'] = String(body.length);
    for (const name in headers) req.headers[name] = headers[name];
    if (body !== undefined) req.push(body);
    req.push(null);
    const res = new ServerResponse(req);
    return new Promise((resolve) => {
      const onClose = () => {
        if (!req.readableEnded) req.destroy();
        resolve(undefined);
      };
      if (socket.destroyed) return onClose();
      socket.once('close', onClose);
      res.assignSocket(socket);
      res.once('finish', () => {
        socket.off('close', onClose);
        res.detachSocket(socket);
        const received = this.#socket.takeReceived();
        resolve(new ReceivedAnswer(res.statusCode, received));
      });
      this.#handle(req, res);
    });
  }

  /** The client reads nothing until `readOn`. */
  stall(): void {
    this.#socket.stalled = true;
  }

  readOn(): void {
    this.#socket.readOn();
  }

  /** The client is gone, or the network between. */
  close(): void {
    this.#socket.destroy();
  }
}

/** Its headers are read when somebody asks for them: of most answers, nobody does. */
class ReceivedAnswer implements SimulatedAnswer {
  readonly status: number;
  readonly body: string;
  readonly #head: string;

  constructor(status: number, received: string) {
    const end = received.indexOf('\r\n\r\n');
    this.status = status;
    this.body = received.slice(end + 4);
    this.#head = received.slice(0, end);
  }

  get headers(): Readonly<Record<string, string>> {
    const lines = this.#head.split('\r\n').slice(1);
    return Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
  }
}
