import { type Socket } from 'node:net';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { BudgetShare } from '../actors/byte-budget.js';
import type { ServerCertificate } from '../config/server-certificate.js';
import type { Clock } from '../host/host.js';
import { unary } from './call.js';
import { acknowledge, consumeAndAck } from './consume.js';
import { listConsumers } from './consumers.js';
import type { GrpcEnvironment } from './environment.js';
import { guardCalls } from './guarded-call.js';
import { getOffsets, setOffsets } from './offsets.js';
import { produce } from './produce.js';
import { loadService } from './service.js';
import { getTopicMetadata, listTopics } from './topics.js';

export interface GrpcServiceOptions extends GrpcEnvironment {
  readonly clock: Clock;
  /** For requests on their way in. */
  readonly budget: BudgetShare;
  /** `undefined`: plain text. */
  readonly certificate: ServerCertificate | undefined;
}

/** The service on connections that somebody else accepts. */
export interface GrpcService {
  serve(socket: Socket): void;
  /** Takes no new calls; connections end when theirs are answered. */
  tryShutdown(): void;
  forceShutdown(): void;
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

/** Throws when the description of the service cannot be read. */
export function createGrpcService(options: GrpcServiceOptions): GrpcService {
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
  return {
    serve: (socket) => injectConnection(socket),
    tryShutdown: () => grpc.tryShutdown(() => {}),
    forceShutdown: () => grpc.forceShutdown(),
  };
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
