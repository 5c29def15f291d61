import { fileURLToPath } from 'node:url';
import {
  credentials,
  makeGenericClientConstructor,
  Metadata,
  type CallOptions,
  type Client,
  type ClientUnaryCall,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { pino } from 'pino';
import { validateConfig, type ConfigInput } from '../../src/config/config.js';
import type { ServerCertificate } from '../../src/config/server-certificate.js';
import { listenForGrpc, type GrpcListener } from '../../src/grpc/server.js';
import { realHost } from '../../src/host/real-host.js';
import { FakeBudget, FakeBus } from '../http/support.js';

const proto = fileURLToPath(new URL('client.proto', import.meta.url));

/** 64-bit numbers as texts, so that every digit shows. */
const definition = loadSync(proto, { keepCase: true, longs: String, defaults: true })[
  'KafkaPixy'
] as unknown as ServiceDefinition;

/** A request as it is framed on the wire. */
export function encode(method: string, request: object, { compress = (bytes: Buffer) => bytes } = {}): Buffer {
  const plain = definition[method]!.requestSerialize(request) as Buffer;
  const bytes = compress(plain);
  const head = Buffer.alloc(5);
  head.writeUInt8(bytes === plain ? 0 : 1, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const Stub = makeGenericClientConstructor(definition, 'KafkaPixy');

type Method = (
  request: object,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, answer: unknown) => void,
) => ClientUnaryCall;

/** What a call came to. `answer` is `undefined` after an error; texts of trailers by name. */
export interface Called<R = unknown> {
  readonly code: number;
  readonly details: string;
  readonly answer: R | undefined;
  readonly trailers: Record<string, string>;
}

const texts = (metadata: Metadata): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]));

/** A client that was made from `client.proto`. */
export class GrpcClient {
  readonly #stub: Client & Record<string, unknown>;

  /** @param ca PEM of who signed the server's certificate; not given: plain text */
  constructor(address: string, ca?: Buffer) {
    this.#stub = new Stub(address, ca ? credentials.createSsl(ca) : credentials.createInsecure()) as never;
  }

  /** The call, to be cancelled, and what becomes of it. */
  begin<R>(
    method: string,
    request: object,
    options: CallOptions & { readonly headers?: Record<string, string> } = {},
  ): { readonly call: ClientUnaryCall; readonly called: Promise<Called<R>> } {
    const { headers = {}, ...callOptions } = options;
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    let call!: ClientUnaryCall;
    const called = new Promise<Called<R>>((resolve) => {
      let trailers: Record<string, string> = {};
      let outcome: Omit<Called<R>, 'trailers'> | undefined;
      let ended = false;
      const end = () => {
        if (outcome && ended) resolve({ ...outcome, trailers });
      };
      call = (this.#stub[method] as Method).call(
        this.#stub,
        request,
        metadata,
        { deadline: Date.now() + 20_000, ...callOptions },
        (error, answer) => {
          outcome = { code: error?.code ?? 0, details: error?.details ?? 'OK', answer: answer as R | undefined };
          end();
        },
      );
      call.on('status', (told) => {
        trailers = texts(told.metadata);
        ended = true;
        end();
      });
    });
    return { call, called };
  }

  call<R>(method: string, request: object, options: CallOptions & { headers?: Record<string, string> } = {}) {
    return this.begin<R>(method, request, options).called;
  }

  /** The answer. Throws for an error. */
  async answer<R>(method: string, request: object): Promise<R> {
    const { code, details, answer } = await this.call<R>(method, request);
    if (code !== 0) throw new Error(`${method} answered ${code} ${details}`);
    return answer!;
  }

  /** The error as `code details`. Throws when there was none. */
  async error(method: string, request: object): Promise<string> {
    const { code, details } = await this.call(method, request);
    if (code === 0) throw new Error(`${method} went well`);
    return `${code} ${details}`;
  }

  close(): void {
    this.#stub.close();
  }
}

export interface TestGrpc {
  readonly bus: FakeBus;
  readonly budget: FakeBudget;
  readonly client: GrpcClient;
  readonly listener: GrpcListener;
  readonly logged: Record<string, unknown>[];
  close(): Promise<void>;
}

/** The real listener before a bus whose answers a test chooses. */
export async function testGrpc(
  input: ConfigInput = {},
  { budget = new FakeBudget(), certificate }: { budget?: FakeBudget; certificate?: ServerCertificate } = {},
): Promise<TestGrpc> {
  const bus = new FakeBus();
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const config = validateConfig({ clusters: { default: {}, east: {} }, grpcAddr: '127.0.0.1:0', ...input });
  const listener = await listenForGrpc({
    ...{ bus, budget, config, log, certificate },
    clock: realHost().clock,
    command: 'run',
    onFailed: () => {},
  });
  const client = new GrpcClient(listener.address, certificate?.cert);
  const close = async () => {
    client.close();
    await listener.close(1000);
  };
  return { bus, budget, client, listener, logged, close };
}
