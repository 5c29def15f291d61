import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ServerCertificate } from '../config/server-certificate.js';
import { formatAddress, parseAddress } from '../config/config.js';
import type { Clock } from '../host/host.js';
import { startListening, tcpListeningAddress, type ListeningOptions } from '../net/listening.js';
import { unary } from './call.js';
import { acknowledge, consumeAndAck } from './consume.js';
import { listConsumers } from './consumers.js';
import type { ByteBudget, GrpcEnvironment } from './environment.js';
import { guardCalls } from './guarded-call.js';
import { getOffsets, setOffsets } from './offsets.js';
import { produce } from './produce.js';
import { loadService } from './service.js';
import { getTopicMetadata, listTopics } from './topics.js';

export interface GrpcListenerOptions extends GrpcEnvironment, ListeningOptions {
  readonly clock: Clock;
  readonly budget: ByteBudget;
  /** `undefined`: plain text. */
  readonly certificate: ServerCertificate | undefined;
}

export interface GrpcListener {
  /** `host:port`, with the port that the system chose. */
  readonly address: string;
  /**
   * Stops accepting at once, lets open calls finish for at most `timeoutMs`, then cuts what is left. Never rejects; a second
   * call waits for the same end.
   */
  close(timeoutMs: number): Promise<void>;
}

/** Of a request, as in the original. */
const requestBytesMax = 1_048_576;
/** Calls on one connection at a time: as many polls as may wait for one topic of a group, and then some. */
const streamsPerConnectionMax = 2000;
/** Over all connections. */
const callsMax = 20_000;
/** A connection whose other end does not answer for that long is ended, with the polls that it holds. */
const keepAliveMs = 60_000;
const keepAliveTimeoutMs = 20_000;

/** Serves gRPC on the configured address. @throws PixyError `address-taken`, `cannot-listen`. */
export async function listenForGrpc(options: GrpcListenerOptions): Promise<GrpcListener> {
  const { config, clock, budget, certificate } = options;
  const grpc = new Server({
    'grpc.max_receive_message_length': requestBytesMax,
    'grpc.max_concurrent_streams': streamsPerConnectionMax,
    'grpc.keepalive_time_ms': keepAliveMs,
    'grpc.keepalive_timeout_ms': keepAliveTimeoutMs,
    'grpc.enable_channelz': 0,
    interceptors: [guardCalls({ budget, clock, callsMax, requestTimeoutMs: config.http.requestBodyTimeoutMs })],
  });
  grpc.addService(loadService(), methods(options));
  const { injectConnection } = grpc.createConnectionInjector(
    certificate
      ? ServerCredentials.createSsl(null, [{ cert_chain: certificate.cert, private_key: certificate.key }])
      : ServerCredentials.createInsecure(),
  );
  const sockets = new Set<Socket>();
  // A listener of our own: it can bound connections, and tells why it cannot listen.
  const tcp = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    // The library sees to the connection; without a listener a reset before that would end the process.
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    injectConnection(socket);
  });
  tcp.maxConnections = config.http.connectionsMax;
  const configured = parseAddress(config.grpcAddr)!;
  await startListening(tcp, tcpListeningAddress(configured, 'grpcAddr'), options);
  const bound = formatAddress({ host: configured.host, port: (tcp.address() as AddressInfo).port });
  return listener(bound, tcp, grpc, sockets, clock);
}

function methods(environment: GrpcEnvironment): UntypedServiceImplementation {
  const { log } = environment;
  return {
    Produce: unary('Produce', produce(environment), log),
    ConsumeNAck: unary('ConsumeNAck', consumeAndAck(environment), log),
    Ack: unary('Ack', acknowledge(environment), log),
    GetOffsets: unary('GetOffsets', getOffsets(environment), log),
    SetOffsets: unary('SetOffsets', setOffsets(environment), log),
    ListTopics: unary('ListTopics', listTopics(environment), log),
    ListConsumers: unary('ListConsumers', listConsumers(environment), log),
    GetTopicMetadata: unary('GetTopicMetadata', getTopicMetadata(environment), log),
  };
}

function listener(
  address: string,
  tcp: TcpServer,
  grpc: Server,
  sockets: ReadonlySet<Socket>,
  clock: Clock,
): GrpcListener {
  const closeWithin = (timeoutMs: number) =>
    new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => {
        grpc.forceShutdown();
        for (const socket of sockets) socket.destroy();
      }, timeoutMs);
      tcp.close(() => {
        clock.clearTimeout(timer);
        resolve();
      });
      grpc.tryShutdown(() => {});
    });
  let closed: Promise<void> | undefined;
  return { address, close: (timeoutMs) => (closed ??= closeWithin(timeoutMs)) };
}
