import type { Logger } from 'pino';
import { addressOf } from './actors/addresses.js';
import type { Bus } from './actors/bus/types.js';
import { kafkaClientId, memberId, type ClusterConfig, type Config } from './config/config.js';
import { readServerCertificate } from './config/server-certificate.js';
import { assemble, type Assembly } from './daemon/assembly.js';
import type { EmbeddedWorld } from './embedded/world.js';
import type { FaultsSocket } from './fault-injection/faults-socket.js';
import type { Host } from './host/host.js';
import { listenForGrpc, type GrpcListener } from './grpc/server.js';
import { listen, type HttpListeners } from './http/server.js';
import { crashDumps, defaultDumpFolder } from './inspector/dumps.js';
import { streamHead } from './inspector/head.js';
import type { InspectedDaemon } from './inspector/inspected.js';
import type { Inspector } from './inspector/inspector.js';
import { readCredentials, type KafkaCredentials } from './kafka/adapter/credentials.js';
import { createKafkaAdapter } from './kafka/adapter/kafka-adapter.js';
import type { Kafka } from './kafka/port.js';
import { createZooKeeperAdapter } from './zookeeper/adapter/adapter.js';
import type { ZooKeeper } from './zookeeper/port.js';

export interface DaemonOptions {
  readonly config: Config;
  readonly host: Host;
  readonly log: Logger;
  /** How this program is called, for the line that says how to use another address. */
  readonly command: string;
  /** Name and version, for the inspector; `kafka-pixy` where it is not given. */
  readonly product?: string;
  /** The embedded Kafka and ZooKeeper instead of real ones; every cluster of the configuration is this one world. */
  readonly world?: EmbeddedWorld;
  /** Which of several daemons of this process it is, from 1: in front of its addresses (`d1`), and from 2 on part of its member id. */
  readonly ordinal?: number;
  /** What the person who set it calls a path of the configuration, like `clusters`, `east`, `kafka`, `tls`, `clientKeyFile`. */
  readonly optionAt?: (path: readonly string[]) => string | undefined;
  /** The tree of actors failed too often, or a listener did, and the daemon has drained: the process had better end. */
  readonly onFatal: (error: unknown) => void;
}

/** One daemon. */
export interface Daemon {
  readonly bus: Bus;
  /** Where it listens for HTTP. */
  readonly addresses: readonly string[];
  /** `host:port` where it listens for gRPC; `undefined`: nowhere. */
  readonly grpcAddress: string | undefined;
  /** `host:port` where it serves the inspector; `undefined`: nowhere. */
  readonly inspectAddress: string | undefined;
  /** Its member id in every group of the default cluster. */
  readonly memberId: string;
  /** Its member id in every group, by cluster. */
  readonly memberIds: Readonly<Record<string, string>>;
  /**
   * Finishes what was accepted, refuses the rest, and ends. Takes at most the drain timeout of the configuration. A second
   * call waits for the same end.
   */
  drain(): Promise<void>;
}

/** What an inspector has of a daemon, be it the daemon's own or one for several daemons of a process. */
export function inspected({
  bus,
  memberIds,
  addresses,
}: Pick<Daemon, 'bus' | 'memberIds' | 'addresses'>): InspectedDaemon {
  return { bus, memberIds, listens: () => addresses };
}

/** Of the drain timeout, what is kept for the end itself: closing sessions, then connections. */
const endingShare = 1 / 5;
const endingMaxMs = 2000;

const zooKeeperLimits = (config: ClusterConfig) => ({
  operationTimeoutMs: config.zookeeper.sessionTimeoutMs,
  pendingOperationsMax: 10_000,
});

/** As keys of a configuration file. */
const credentialsKeys = {
  caCertificateFile: 'ca_certificate_file',
  clientCertificateFile: 'client_certificate_file',
  clientKeyFile: 'client_key_file',
} as const;

/** Of each cluster, by its name; those of the embedded one are not looked at. @throws PixyError */
function credentialsOf({ config, world, optionAt }: DaemonOptions): ReadonlyMap<string, KafkaCredentials> {
  if (world) return new Map();
  return new Map(
    Object.entries(config.clusters).map(([cluster, { kafka }]) => [
      cluster,
      readCredentials(
        kafka,
        (file) =>
          optionAt?.(['clusters', cluster, 'kafka', 'tls', file]) ??
          `proxies.${cluster}.kafka.${credentialsKeys[file]}`,
      ),
    ]),
  );
}

function portsOf(
  { world, host, log }: DaemonOptions,
  config: ClusterConfig,
  member: string,
  credentials: KafkaCredentials | undefined,
): { kafka: Kafka; zookeeper: ZooKeeper } {
  if (world) return { kafka: world.kafka(member), zookeeper: world.zookeeper(config.zookeeper.chroot, member) };
  return {
    kafka: createKafkaAdapter({
      seedPeers: config.kafka.seedPeers,
      clientId: kafkaClientId(member),
      kafkaVersion: config.kafka.version,
      ...(credentials && { credentials }),
      host,
      logger: log,
      limits: { connectTimeoutMs: config.net.dialTimeoutMs, requestTimeoutMs: config.net.readTimeoutMs },
    }),
    zookeeper: createZooKeeperAdapter({
      servers: config.zookeeper.seedPeers.join(','),
      chroot: config.zookeeper.chroot,
      host,
      logger: log,
      limits: zooKeeperLimits(config),
    }),
  };
}

/** Where a cluster is, for the log. */
function placeOf({ world }: DaemonOptions, { kafka, zookeeper }: ClusterConfig) {
  if (world) return { kafka: 'embedded', zookeeper: 'embedded' };
  return { kafka: kafka.seedPeers.join(','), zookeeper: `${zookeeper.seedPeers.join(',')}${zookeeper.chroot}` };
}

const productOf = ({ product = 'kafka-pixy' }: DaemonOptions) => product;

/** Writes down the last of an actor that crashed, and of those around it. */
function dumpsOf(options: DaemonOptions, self: () => InspectedDaemon) {
  const { config, host, log } = options;
  const { clock, identity } = host;
  const product = productOf(options);
  const head = () => streamHead([self()], { product, wallAtZeroMs: clock.wallMs() - clock.nowMs() });
  return crashDumps({ folder: config.dumpDir || defaultDumpFolder(identity), head, clock, identity, log });
}

async function inspect(options: DaemonOptions, self: InspectedDaemon): Promise<Inspector> {
  const { config, host, log, command } = options;
  // Most daemons are never looked into.
  const { startInspector } = await import('./inspector/inspector.js');
  const inspector = await startInspector({
    address: config.inspectAddr,
    daemons: () => [self],
    clock: host.clock,
    log,
    command,
    product: productOf(options),
  });
  log.info({ url: `http://${inspector.address}` }, 'the inspector is served');
  return inspector;
}

async function allowFaults({ config, log, command }: DaemonOptions, bus: Bus): Promise<FaultsSocket> {
  // Hardly any daemon ever allows them.
  const { openFaultsSocket } = await import('./fault-injection/faults-socket.js');
  return openFaultsSocket({ path: config.allowFaults, bus, log, command });
}

interface Listeners {
  http?: HttpListeners;
  grpc?: GrpcListener;
  inspector?: Inspector;
  faults?: FaultsSocket;
}

/**
 * Builds and starts one daemon. @throws PixyError when it cannot listen, or a file with credentials cannot be used; nothing
 * is left behind then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, host, log, ordinal } = options;
  const credentials = credentialsOf(options);
  const certificate = readServerCertificate(config.tls);
  const listeners: Listeners = {};
  const endingMs = Math.min(endingMaxMs, config.drainTimeoutMs * endingShare);
  const assembly: Assembly = assemble({
    config,
    host,
    log,
    name: ordinal === undefined ? '' : `d${ordinal}`,
    memberIdOf: ({ clientId }) => memberId(host.identity, ordinal, clientId),
    portsOf: (cluster, clusterConfig, member) => portsOf(options, clusterConfig, member, credentials.get(cluster)),
    addresses: () => [
      ...(listeners.http?.addresses ?? []),
      ...(listeners.grpc ? [`grpc://${listeners.grpc.address}`] : []),
    ],
    endingMs,
    faultsAllowed: config.allowFaults !== '',
    onCrash: dumpsOf(options, () => self()),
    onFatal: options.onFatal,
  });
  const { bus, clusters, environment } = assembly;
  const memberIds = Object.fromEntries(clusters.map(({ cluster, memberId: member }) => [cluster, member]));
  const self = () => inspected({ bus, memberIds, addresses: listeners.http?.addresses ?? [] });
  const endAll = async (): Promise<void> => {
    await Promise.all([
      listeners.http?.close(endingMs / 2),
      listeners.grpc?.close(endingMs / 2),
      listeners.faults?.close(),
    ]);
    await assembly.end();
    // Who looks on sees all of that.
    await listeners.inspector?.close(endingMs / 4);
  };
  const drainAll = async (): Promise<void> => {
    await assembly.settle();
    await endAll();
  };
  let drained: Promise<void> | undefined;
  const drain = () => (drained ??= drainAll());
  // A daemon that cannot be reached any more is of no use to anybody, but what it accepted is.
  const onFailed = (error: Error) => void drain().then(() => options.onFatal(error));
  const listening = { certificate, clock: host.clock, command: options.command, log, onFailed };
  try {
    listeners.http = await listen({ app: assembly.app, config, ...listening });
    if (config.grpcAddr !== '') {
      listeners.grpc = await listenForGrpc({ ...environment, ...listening });
    }
    if (config.allowFaults !== '') listeners.faults = await allowFaults(options, bus);
    if (config.inspectAddr !== '') listeners.inspector = await inspect(options, self());
  } catch (error) {
    await endAll();
    throw error;
  }
  for (const { cluster, memberId, config: clusterConfig } of clusters)
    log.info({ cluster, memberId, ...placeOf(options, clusterConfig) }, 'cluster');
  bus.tell(addressOf.daemon(), { type: 'listening' });

  return {
    bus,
    addresses: listeners.http.addresses,
    grpcAddress: listeners.grpc?.address,
    inspectAddress: listeners.inspector?.address,
    memberId: memberIds[config.defaultCluster]!,
    memberIds,
    drain,
  };
}
