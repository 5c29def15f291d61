import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const CLOSE_SESSION = -11;

/**
 * A TCP proxy before a real ZooKeeper that can do what networks do. It reads the ids and passwords of the sessions that pass, so
 * that a test can have one expired without waiting for its timeout.
 */
export class WireProxy {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<{ client: Socket; upstream: Socket }>();
  readonly #passwords = new Map<string, Buffer>();
  #isCut = false;
  #isStalled = false;
  /** Connections that clients tried, refused ones too. */
  attempts = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** `target`: `host:port`. */
  static async start(target: string): Promise<WireProxy> {
    const [host = '', port] = target.split(':');
    const proxy = new WireProxy({ host, port: Number(port) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends every connection, and each new one as soon as it comes. */
  cut(): void {
    this.#isCut = true;
    for (const { client, upstream } of this.#pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  restore(): void {
    this.#isCut = false;
  }

  /** Connections stay open, and new ones are taken, but nothing passes either way. */
  stall(): void {
    this.#isStalled = true;
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  resume(): void {
    this.#isStalled = false;
    for (const { client, upstream } of this.#pairs) {
      client.resume();
      upstream.resume();
    }
  }

  /** Puts bytes of our own into what the server says. */
  say(bytes: Buffer): void {
    for (const { client } of this.#pairs) client.write(bytes);
  }

  /** Takes the session over and closes it, which its client sees as an expiry. Until that is done, the client is kept away. */
  async expire(sessionId: string): Promise<void> {
    const password = this.#passwords.get(sessionId);
    if (password === undefined) throw new Error(`no session ${sessionId} passed here`);
    this.cut();
    await closeSession(this.#target, sessionId, password);
    this.restore();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    this.attempts += 1;
    client.on('error', () => {});
    if (this.#isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(this.#target);
    const pair = { client, upstream };
    this.#pairs.add(pair);
    upstream.on('error', () => {});
    let head = Buffer.alloc(0);
    upstream.on('data', (bytes) => {
      if (head.length < 44) {
        head = Buffer.concat([head, bytes]);
        if (head.length >= 40)
          this.#passwords.set(head.subarray(12, 20).toString('hex'), Buffer.from(head.subarray(24, 40)));
      }
      client.write(bytes);
    });
    client.on('data', (bytes) => upstream.write(bytes));
    client.on('close', () => {
      upstream.destroy();
      this.#pairs.delete(pair);
    });
    upstream.on('close', () => client.destroy());
    if (this.#isStalled) {
      client.pause();
      upstream.pause();
    }
  }
}

function closeSession(target: { host: string; port: number }, sessionId: string, password: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(target);
    const takeOver = Buffer.alloc(4 + 28 + 16);
    takeOver.writeInt32BE(takeOver.length - 4, 0);
    takeOver.writeInt32BE(10_000, 16);
    takeOver.write(sessionId, 20, 'hex');
    takeOver.writeInt32BE(password.length, 28);
    password.copy(takeOver, 32);
    const close = Buffer.alloc(12);
    close.writeInt32BE(8, 0);
    close.writeInt32BE(1, 4);
    close.writeInt32BE(CLOSE_SESSION, 8);
    socket.once('data', () => socket.write(close));
    socket.once('connect', () => socket.write(takeOver));
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
}
