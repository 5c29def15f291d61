import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Request {
  readonly xid: number;
  /** Operation code: 1 create, 3 exists, 4 getData, 11 ping, 101 setWatches, -11 closeSession. */
  readonly operation: number;
  /** The path, where the request begins with one. */
  readonly path: string;
}

export interface Answer {
  /** The server's error code. Default: -101, there is no such node. */
  readonly error?: number;
}

/**
 * A ZooKeeper that says what a test wants, in the binary form of its protocol: what a real one cannot be made to say. Every
 * session has the same id and a timeout of 3 s.
 */
export class FakeServer {
  readonly requests: Request[] = [];
  readonly sockets = new Set<Socket>();
  /** Sockets that came, ever. */
  connections = 0;
  /** What a request is answered; `null` for silence. */
  answer: (request: Request) => Answer | null = () => ({});
  /** What a new connection is answered: a session, the news that it is over, or nothing. */
  greeting: 'session' | 'expired' | 'silence' = 'session';
  readonly #server: Server = createServer((socket) => this.#accept(socket));

  static readonly sessionId = '0123456789abcdef';
  static readonly timeoutMs = 3_000;

  static async start(): Promise<FakeServer> {
    const server = new FakeServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends a frame with this content to everybody. */
  say(content: Buffer): void {
    for (const socket of this.sockets) socket.write(frame(content));
  }

  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    let rest = Buffer.alloc(0);
    let isGreeted = false;
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const content = rest.subarray(4, 4 + rest.readInt32BE(0));
        rest = rest.subarray(4 + content.length);
        if (isGreeted) this.#serve(socket, content);
        else this.#greet(socket);
        isGreeted = true;
      }
    });
  }

  #greet(socket: Socket): void {
    if (this.greeting === 'silence') return;
    const content = Buffer.alloc(36);
    content.writeInt32BE(this.greeting === 'session' ? FakeServer.timeoutMs : 0, 4);
    content.write(FakeServer.sessionId, 8, 'hex');
    content.writeInt32BE(16, 16);
    socket.write(frame(content));
    if (this.greeting === 'expired') socket.end();
  }

  #serve(socket: Socket, content: Buffer): void {
    const operation = content.readInt32BE(4);
    const hasPath = operation > 0 && operation < 11;
    const path = hasPath ? content.toString('utf8', 12, 12 + content.readInt32BE(8)) : '';
    const request: Request = { xid: content.readInt32BE(0), operation, path };
    this.requests.push(request);
    const answer = this.answer(request);
    if (answer === null) return;
    const header = Buffer.alloc(16);
    header.writeInt32BE(request.xid, 0);
    header.writeInt32BE(answer.error ?? -101, 12);
    socket.write(frame(header));
    if (operation === -11) socket.end();
  }
}

function frame(content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(content.length);
  return Buffer.concat([size, content]);
}
