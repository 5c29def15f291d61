import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { API, array, int16, int32, int64, metadataAnswer, string, versionsAnswer } from './fake-broker.js';
import { offsetsAnswer, ranges } from './fake-world.js';

/** How the login's tokens travel: as requests (1.0 on), bare after a handshake (0.10), bare at once (before). */
export type TokenStyle = 'requests' | 'bare' | 'bare-at-once';

export interface SecureBrokerOptions {
  /** All that it ever says, to whatever comes first; then it hangs up. */
  readonly lastWords?: Buffer;
  readonly tls?: TlsOptions;
  readonly sasl?: {
    readonly mechanisms: readonly string[];
    readonly user: string;
    password: string;
    readonly style: TokenStyle;
    readonly lifetimeMs?: number;
    /** Takes no notice of the first token. */
    silent?: boolean;
    /** What it says at the end of SCRAM instead of its signature. */
    lastWord?: string;
  };
}

export interface SecureBroker {
  readonly address: string;
  readonly port: number;
  /** API keys in the order in which they came, with the socket's number from 1; tokens that are bare as `token`. */
  readonly heard: readonly { readonly socket: number; readonly what: number | 'token' }[];
  /** Ends each socket at its first byte, as one that is on its way down. */
  hangsUp: boolean;
  stop(): Promise<void>;
}

const SASL = { handshake: 17, authenticate: 36 };
const bytes = (value: Buffer): Buffer => Buffer.concat([int32(value.length), value]);

/** A broker that lets in only who logs in, by the rules of Kafka; then it answers versions, metadata and offsets. */
export async function startSecureBroker(options: SecureBrokerOptions): Promise<SecureBroker> {
  const sockets = new Set<Socket>();
  const heard: SecureBroker['heard'][number][] = [];
  let opened = 0;
  const broker = { hangsUp: false, port: 0 };
  const onSocket = (socket: Socket) => {
    const number = ++opened;
    const talk = new Talk({ options, broker, socket, hear: (what) => void heard.push({ socket: number, what }) });
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => talk.read(chunk));
  };
  const server: Server = options.tls ? createTlsServer(options.tls, onSocket) : createServer(onSocket);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(broker, {
    port,
    address: `127.0.0.1:${port}`,
    heard,
    stop: () => {
      sockets.forEach((socket) => socket.destroy());
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

interface World {
  readonly options: SecureBrokerOptions;
  readonly broker: { readonly hangsUp: boolean; readonly port: number };
  hear(what: number | 'token'): void;
  readonly socket: Socket;
}

/** One socket's way from a stranger to a client. */
class Talk {
  readonly #world: World;
  #buffered: Buffer = Buffer.alloc(0);
  #mechanism: string | undefined;
  #bare = false;
  #in: boolean;
  #scram: ServerScram | undefined;

  constructor(world: World) {
    this.#world = world;
    const { sasl } = world.options;
    this.#in = sasl === undefined;
    if (sasl?.style === 'bare-at-once') {
      this.#mechanism = 'PLAIN';
      this.#bare = true;
    }
  }

  read(chunk: Buffer): void {
    const { broker, options, socket } = this.#world;
    if (broker.hangsUp) return void socket.destroy();
    if (options.lastWords) return void socket.end(options.lastWords);
    this.#buffered = Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= 4 && this.#buffered.length >= 4 + this.#buffered.readUInt32BE(0)) {
      const frame = this.#buffered.subarray(4, 4 + this.#buffered.readUInt32BE(0));
      this.#buffered = this.#buffered.subarray(4 + frame.length);
      if (this.#bare && !this.#in) this.#readToken(frame);
      else this.#readRequest(frame);
    }
    // The first bytes of TLS are the length of a huge request to one who does not speak it.
    if (this.#buffered.length >= 4 && this.#buffered.readUInt32BE(0) > 100_000_000) this.#world.socket.destroy();
  }

  #readToken(token: Buffer): void {
    const { sasl } = this.#world.options;
    // One before 0.10 takes the question for versions for a token, and hangs up on it.
    const isRequest = token.length > 4 && token.readInt16BE(0) === API.versions;
    if (!isRequest) this.#world.hear('token');
    if (sasl!.silent) return;
    const answer = isRequest ? undefined : this.#judge(token);
    if (answer === undefined) this.#world.socket.destroy();
    else this.#world.socket.write(bytes(answer));
  }

  #readRequest(frame: Buffer): void {
    const { broker, hear, options, socket } = this.#world;
    const apiKey = frame.readInt16BE(0);
    const body = frame.subarray(10 + Math.max(0, frame.readInt16BE(8)));
    hear(apiKey);
    const answer = (payload: Buffer) =>
      void socket.write(Buffer.concat([int32(4 + payload.length), frame.subarray(4, 8), payload]));
    if (apiKey === API.versions) return answer(versionsAnswer(this.#versions()));
    if (apiKey === SASL.handshake) return answer(this.#shakeHands(body));
    if (apiKey === SASL.authenticate) {
      if (!options.sasl!.silent) answer(this.#authenticate(body));
      return;
    }
    if (!this.#in) return void socket.destroy();
    answer(apiKey === API.metadata ? metadataAnswer(broker.port) : offsetsAnswer);
  }

  #versions(): Record<number, readonly [number, number]> {
    const { sasl } = this.#world.options;
    if (sasl?.style === 'bare') return { ...ranges, [SASL.handshake]: [0, 0] };
    return { ...ranges, [SASL.handshake]: [0, 1], [SASL.authenticate]: [0, 1] };
  }

  #shakeHands(body: Buffer): Buffer {
    const { sasl } = this.#world.options;
    if (!sasl) return Buffer.concat([int16(34), array([])]);
    const mechanism = body.subarray(2).toString();
    const known = sasl.mechanisms.includes(mechanism);
    if (known) {
      this.#mechanism = mechanism;
      this.#bare = sasl.style === 'bare';
    }
    return Buffer.concat([int16(known ? 0 : 33), array(sasl.mechanisms.map(string))]);
  }

  #authenticate(body: Buffer): Buffer {
    const answer = this.#judge(body.subarray(4));
    const refused = answer === undefined;
    return Buffer.concat([
      int16(refused ? 58 : 0),
      string(refused ? 'Authentication failed: Invalid username or password' : ''),
      bytes(answer ?? Buffer.alloc(0)),
      int64(this.#world.options.sasl!.lifetimeMs ?? 0),
    ]);
  }

  /** `undefined`: the token is wrong. */
  #judge(token: Buffer): Buffer | undefined {
    const { user, password, lastWord } = this.#world.options.sasl!;
    if (this.#mechanism === 'PLAIN') {
      this.#in = token.equals(Buffer.from(`\0${user}\0${password}`));
      return this.#in ? Buffer.alloc(0) : undefined;
    }
    if (!this.#scram) {
      this.#scram = new ServerScram(this.#mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', token.toString());
      return this.#scram.challenge();
    }
    const signature = this.#scram.sign(token.toString(), user, password);
    this.#in = signature !== undefined;
    return signature === undefined ? undefined : Buffer.from(lastWord ?? `v=${signature}`);
  }
}

const attribute = (message: string, name: string) => new RegExp(`(?:^|,)${name}=([^,]*)`).exec(message)?.[1] ?? '';

/** The server's half of SCRAM. Source: RFC 5802. */
class ServerScram {
  readonly #digest: string;
  readonly #clientFirst: string;
  readonly #serverFirst: string;

  constructor(digest: 'sha256' | 'sha512', clientFirst: string) {
    this.#digest = digest;
    this.#clientFirst = clientFirst.slice('n,,'.length);
    const salt = Buffer.from('salt of the server').toString('base64');
    this.#serverFirst = `r=${attribute(this.#clientFirst, 'r')}and-ours,s=${salt},i=4096`;
  }

  challenge(): Buffer {
    return Buffer.from(this.#serverFirst);
  }

  /** `undefined`: it is another user, or the proof is wrong. */
  sign(clientFinal: string, user: string, password: string): string | undefined {
    const hmac = (key: Buffer, data: string) => createHmac(this.#digest, key).update(data).digest();
    const length = createHash(this.#digest).digest().length;
    const salted = pbkdf2Sync(password, 'salt of the server', 4096, length, this.#digest);
    const [withoutProof = '', proof = ''] = clientFinal.split(',p=');
    const exchanged = `${this.#clientFirst},${this.#serverFirst},${withoutProof}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash(this.#digest).update(clientKey).digest(), exchanged);
    const right = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!)).toString('base64');
    const name = attribute(this.#clientFirst, 'n').replaceAll('=2C', ',').replaceAll('=3D', '=');
    if (proof !== right || name !== user) return undefined;
    return hmac(hmac(salted, 'Server Key'), exchanged).toString('base64');
  }
}
