import type { ClientListener, NamedListener } from './listeners.js';
import type { Endpoint } from './probes.js';
import type { Release } from './versions.js';

/** Settings for small, quick servers whose data is thrown away. Sources: the configuration references of the two. */

/** ZooKeeper grants session timeouts of 2 to 20 ticks unless told otherwise. */
const TICK_MS = 500;
const SESSION_TIMEOUT_MIN_MS = 1_000;
const SESSION_TIMEOUT_MAX_MS = 60_000;

/** After a kill, the broker's registration blocks its restart for as long as this. */
export const BROKER_SESSION_TIMEOUT_MS = 6_000;

/** A node of the brokers' own quorum, where they have one. */
export interface Controller {
  readonly id: number;
  readonly endpoint: Endpoint;
}

export interface BrokerSettings {
  readonly id: number;
  readonly endpoint: Endpoint;
  readonly zookeeper: Endpoint;
  /** Where the metadata are with the brokers; with the id of this broker, it is the controller too. */
  readonly controller?: Controller;
  /** Of clients that have one of their own, beside the plain listener. */
  readonly clientListeners?: readonly ClientListener[];
  /** Beside the plain listener. */
  readonly further?: {
    readonly listeners: readonly NamedListener[];
    readonly properties: Readonly<Record<string, string>>;
  };
  readonly brokersTotal: number;
  readonly minInSyncReplicas: number;
  readonly dataFolder: string;
}

const REPLICAS_MAX = 3;
const CONTROLLER_LISTENER = 'CONTROLLER';

export function brokerProperties(release: Release, settings: BrokerSettings): string {
  const { brokersTotal, minInSyncReplicas, dataFolder } = settings;
  const replicas = Math.min(brokersTotal, REPLICAS_MAX);
  return properties({
    ...(release.metadataIn === 'kraft' ? quorumProperties(settings) : zooKeeperClientProperties(settings)),
    ...(release.endpoint === 'host-and-port' ? portProperties(settings) : listenerProperties(settings)),
    ...settings.further?.properties,
    'log.dirs': dataFolder,
    'auto.create.topics.enable': false,
    'delete.topic.enable': true,
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSyncReplicas,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'num.recovery.threads.per.data.dir': 1,
    // The cleaner's buffer lies on the heap; its default of 128 MiB would be half of it.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    'log.cleaner.threads': 1,
    'controlled.shutdown.max.retries': 1,
    'controlled.shutdown.retry.backoff.ms': 200,
  });
}

function zooKeeperClientProperties({ id, zookeeper }: BrokerSettings): Record<string, string | number> {
  return {
    'broker.id': id,
    'zookeeper.connect': `${zookeeper.host}:${zookeeper.port}`,
    'zookeeper.session.timeout.ms': BROKER_SESSION_TIMEOUT_MS,
    'zookeeper.connection.timeout.ms': 20_000,
  };
}

function quorumProperties({ id, controller }: BrokerSettings): Record<string, string | number> {
  return {
    'node.id': id,
    'process.roles': id === controller?.id ? 'broker,controller' : 'broker',
    ...votersOf(controller),
    'broker.session.timeout.ms': BROKER_SESSION_TIMEOUT_MS,
    'broker.heartbeat.interval.ms': 500,
  };
}

function votersOf(controller: Controller | undefined): Record<string, string> {
  if (controller === undefined) throw new Error('Brokers that keep their metadata themselves need a controller.');
  const { id, endpoint } = controller;
  return {
    'controller.listener.names': CONTROLLER_LISTENER,
    'controller.quorum.voters': `${id}@${endpoint.host}:${endpoint.port}`,
  };
}

function portProperties({ endpoint }: BrokerSettings): Record<string, string | number> {
  return { 'host.name': endpoint.host, port: endpoint.port };
}

function listenerProperties(settings: BrokerSettings): Record<string, string> {
  const { id, endpoint, clientListeners = [], controller, further } = settings;
  const plain: NamedListener = { name: 'PLAINTEXT', protocol: 'PLAINTEXT', ...endpoint };
  const beside = [...clientListeners, ...(further?.listeners ?? [])];
  const own = id === controller?.id ? [controllerListener(controller)] : [];
  const known = [plain, ...beside, ...(controller === undefined ? [] : [controllerListener(controller)])];
  const told = clientListeners.map((listener) => ({ ...listener, port: listener.advertisedPort }));
  return {
    listeners: addresses([plain, ...beside, ...own]),
    ...(told.length > 0 && { 'advertised.listeners': addresses([plain, ...told, ...(further?.listeners ?? [])]) }),
    ...(beside.length > 0 && {
      'listener.security.protocol.map': known.map(({ name, protocol }) => `${name}:${protocol}`).join(','),
    }),
  };
}

function addresses(listeners: readonly NamedListener[]): string {
  return listeners.map(({ name, host, port }) => `${name}://${host}:${port}`).join(',');
}

function controllerListener({ endpoint }: Controller): NamedListener {
  return { name: CONTROLLER_LISTENER, protocol: 'PLAINTEXT', ...endpoint };
}

/** For a node that is a controller and nothing else. */
export function controllerProperties(controller: Controller, dataFolder: string): string {
  const { host, port } = controller.endpoint;
  return properties({
    'node.id': controller.id,
    'process.roles': 'controller',
    ...votersOf(controller),
    listeners: `${CONTROLLER_LISTENER}://${host}:${port}`,
    'log.dirs': dataFolder,
  });
}

export function zooKeeperProperties(endpoint: Endpoint, dataFolder: string): string {
  return properties({
    dataDir: dataFolder,
    clientPort: endpoint.port,
    clientPortAddress: endpoint.host,
    tickTime: TICK_MS,
    minSessionTimeout: SESSION_TIMEOUT_MIN_MS,
    maxSessionTimeout: SESSION_TIMEOUT_MAX_MS,
    // All clients come from one address; the default allows 60 of them.
    maxClientCnxns: 0,
    'admin.enableServer': false,
    '4lw.commands.whitelist': 'srvr,dump',
  });
}

/** The log goes to standard output, and so to the server's file. */
export function loggingProperties(): string {
  return properties({
    'log4j.rootLogger': 'INFO, stdout',
    'log4j.appender.stdout': 'org.apache.log4j.ConsoleAppender',
    'log4j.appender.stdout.layout': 'org.apache.log4j.PatternLayout',
    'log4j.appender.stdout.layout.ConversionPattern': '%d{ISO8601} %p %m (%c{1})%n',
    // A page of settings at each start, which hides what matters.
    'log4j.logger.kafka.server.KafkaConfig': 'WARN',
    'log4j.logger.org.apache.zookeeper.server.ZooKeeperServer': 'WARN',
  });
}

export interface JavaProgram {
  readonly mainClass: string;
  readonly heapMiB: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

/** Quick to start and small: these servers live for minutes. */
export function javaArguments(jarFolder: string, loggingPath: string, program: JavaProgram): string[] {
  return [
    `-Xmx${program.heapMiB}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Djava.net.preferIPv4Stack=true',
    `-Dlog4j.configuration=file:${loggingPath}`,
    ...Object.entries(program.properties).map(([key, value]) => `-D${key}=${value}`),
    '-cp',
    `${jarFolder}/*`,
    program.mainClass,
    ...program.args,
  ];
}

function properties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
