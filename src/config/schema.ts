import { z } from 'zod';
import { PixyError } from '../errors/pixy-error.js';
import { isTcpAddress, parseAddress } from './address.js';

const KiB = 1024;
const MiB = 1024 * KiB;

/** The text of a schema's error is what is allowed there: `bad-option` says it as it stands. */
const wholeFrom = (min: number, max: number, allowed = `a whole number from ${min} to ${max}`) =>
  z.number({ error: allowed }).refine((n) => Number.isSafeInteger(n) && n >= min && n <= max, { error: allowed });
const whole = (min: number, max: number, standard: number) => wholeFrom(min, max).default(standard);

const hourMs = 3_600_000;
const weekMs = 7 * 24 * hourMs;
const durationFrom = (min: number, max: number) =>
  wholeFrom(min, max, `a duration from ${min}ms to ${max / hourMs}h, as in 500ms, 15s or 1m`);
const durationMs = (standard: number, min = 1) => durationFrom(min, weekMs).default(standard);

const text = z.string({ error: 'a text' });
const onOff = (standard: boolean) => z.boolean({ error: 'true or false' }).default(standard);

const isPeer = (address: string) => !address.startsWith(':') && (parseAddress(address)?.port ?? 0) > 0;
const peerError = { error: 'host:port with a port from 1 to 65535' };
const peer = text.refine(isPeer, peerError);
/** As the original's client, which adds the port that ZooKeeper is known by. */
const zooKeeperPeer = text
  .overwrite((address) => (/^[^\s:/]+$/.test(address) ? `${address}:2181` : address))
  .refine(isPeer, peerError);
const peersOf = (one: typeof peer, standard: string) => {
  const allowed = 'a list of one host:port or more';
  return z.array(one, { error: allowed }).min(1, { error: allowed }).default([standard]);
};
/** Paths to PEM files; empty: none. */
const pemFile = text.default('');
const oneOf = <const T extends readonly [string, ...string[]]>(values: T, standard: NoInfer<T[number]>) =>
  z.enum(values, { error: `one of ${values.join(', ')}` }).default(standard);

/** Three numbers, or four of those that begin with 0. */
export function isKafkaVersion(version: string): boolean {
  return /^(?:0\.(?:8\.2|9\.0|1[01]\.\d)\.\d{1,2}|[1-9]\.\d{1,2}\.\d{1,2})$/.test(version);
}

const kafkaSchema = z.object({
  seedPeers: peersOf(peer, 'localhost:9092'),
  /** Empty: each broker is asked what it speaks. Otherwise nothing newer than this is used; before 0.10 without asking. */
  version: text
    .refine((version) => version === '' || isKafkaVersion(version), {
      error: 'a version of Kafka from 0.8.2.0 on, as in 0.10.2.1 or 3.9.1; none to ask the brokers',
    })
    .default(''),
  tls: z
    .object({
      enabled: onOff(false),
      caCertificateFile: pemFile,
      clientCertificateFile: pemFile,
      clientKeyFile: pemFile,
      /** The brokers' certificates are not checked. */
      insecure: onOff(false),
    })
    .prefault({}),
  sasl: z
    .object({
      enabled: onOff(false),
      mechanism: oneOf(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], 'PLAIN'),
      user: text.default(''),
      password: text.default(''),
    })
    .superRefine(({ enabled, user }, context) => {
      if (enabled && user === '')
        context.addIssue({ code: 'custom', path: ['user'], message: 'a user, where SASL is enabled' });
    })
    .prefault({}),
  /** How often topics are looked up while all is well: a topic that grew is noticed within it. */
  metadataRefreshMs: durationMs(60_000),
});

const zooKeeperSchema = z.object({
  seedPeers: peersOf(zooKeeperPeer, 'localhost:2181'),
  /** Empty, or a path that every node lies below. */
  chroot: text
    // A slash at the end names the same node as none.
    .overwrite((path) => path.replace(/\/$/, ''))
    .refine((path) => path === '' || /^(?:\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}]+)+$/u.test(path), {
      error: 'empty, or a path like /kafka without a slash at its end',
    })
    .default(''),
  /** What is asked of the server, which may clamp it. Claims and member nodes of a dead daemon live that long. */
  sessionTimeoutMs: durationMs(15_000, 500),
});

/** Of each connection to a broker. */
const netSchema = z.object({
  dialTimeoutMs: durationMs(2000),
  /** How long an answer may take, beyond what a request lets the broker wait. */
  readTimeoutMs: durationMs(10_000),
  /** Kept for configurations of the original: a request that is not taken is one that is not answered. */
  writeTimeoutMs: durationMs(10_000),
});

const producerSchema = z.object({
  /** Key, value and headers with their overhead; brokers have a limit of their own. */
  maxMessageBytes: whole(1, 64 * MiB, 1_000_000),
  /** wait_for_all: every in-sync replica has it; wait_for_local: the leader; no_response: it was sent, offsets read as 0. */
  requiredAcks: oneOf(['wait_for_all', 'wait_for_local', 'no_response'], 'wait_for_all'),
  /** hash: FNV-1a of the key, as the original; murmur2: as the Java clients. Without a key both choose by chance. */
  partitioner: oneOf(['hash', 'random', 'roundrobin', 'murmur2'], 'hash'),
  compression: oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'snappy'),
  /** Where the broker can (0.11): a batch that is sent again is not written twice. */
  idempotent: onOff(true),
  /** How long the leader may wait for its in-sync replicas. */
  timeoutMs: durationMs(10_000),
  /** How long a sync request may take in all, an outage of Kafka included. */
  syncTimeoutMs: durationMs(30_000),
  /** After the first failure of a batch; twice as long after each further one, up to the longest. */
  retryBackoffMs: durationMs(100),
  retryBackoffMaxMs: durationMs(2000),
  /** Failed writes of a batch after which its messages are given up; -1: what was accepted is tried for ever. */
  retryMax: wholeFrom(-1, 1_000_000)
    .refine((n) => n !== 0, { error: 'a whole number from 1 to 1000000, or -1' })
    .default(-1),
  /** How long accepted messages may take to be written when the daemon stops, within its drain timeout. */
  shutdownTimeoutMs: durationMs(10_000, 0),
  /** What writes a topic, a partition or to a broker is given up when nothing came for so long. */
  idleTimeoutMs: durationMs(60_000),
  /** Accepted and not yet written, for each topic. */
  queueMessagesMax: whole(1, 10_000_000, 65_536),
  /** Of one batch of one partition. */
  batchBytesMax: whole(1, 64 * MiB, MiB),
});

/** The longest wait is never shorter than the first one. */
const consistentProducerSchema = producerSchema.transform((producer) => ({
  ...producer,
  retryBackoffMaxMs: Math.max(producer.retryBackoffMaxMs, producer.retryBackoffMs),
}));

const consumerSchema = z.object({
  disabled: onOff(false),
  /** What was offered and not acknowledged comes again after that long. */
  ackTimeoutMs: durationMs(300_000),
  /** Offers after the first one; then a message is given up: acknowledged by the daemon, and logged. -1: never. */
  retriesMax: whole(-1, 1_000_000, -1),
  /** How long a partition that goes to another member waits for acknowledgements of what is offered. */
  releaseTimeoutMs: durationMs(5000, 0),
  /** How long a consume request may wait for a message. */
  longPollingTimeoutMs: durationMs(3000),
  /** A topic of a group that nobody asks for so long is given up. As in v0.11 of the original. */
  subscriptionTimeoutMs: durationMs(20_000),
  offsetsCommitIntervalMs: durationMs(500),
  retryBackoffMs: durationMs(500),
  /** The original takes 0 as well; asking without a pause would help nobody. */
  fetchMaxWaitMs: durationFrom(0, weekMs)
    .overwrite((ms) => Math.max(1, ms))
    .default(250),
  /** For each partition of a fetch; the first message comes even when it is larger. */
  fetchMaxBytes: whole(1, 64 * MiB, MiB),
  /** Offered and not acknowledged, for each partition: beyond it nothing new is read. */
  pendingMessagesMax: whole(1, 1_000_000, 300),
  /** Consume requests that may wait at a time for one group and topic. */
  pollsWaitingMax: whole(1, 1_000_000, 1000),
});

const clusterSchema = z.object({
  /** Member id in every group and client id at the brokers; empty: one that no other daemon has. */
  clientId: text
    .regex(/^[A-Za-z0-9._-]{0,200}$/, { error: 'at most 200 characters of A-Z a-z 0-9 . _ -, or none' })
    .default(''),
  kafka: kafkaSchema.prefault({}),
  net: netSchema.prefault({}),
  zookeeper: zooKeeperSchema.prefault({}),
  producer: consistentProducerSchema.prefault({}),
  consumer: consumerSchema.prefault({}),
});

const httpSchema = z.object({
  connectionsMax: whole(1, 1_000_000, 10_000),
  /** Not given: the largest message of any cluster and then some, so that what is too large is refused in Kafka's words. */
  maxBodyBytes: wholeFrom(1, 64 * MiB).optional(),
  requestBodyTimeoutMs: durationMs(30_000),
  headersTimeoutMs: durationMs(30_000),
  /** An idle connection is kept that long; longer than load balancers use to, so that they are the first to close. */
  keepAliveTimeoutMs: durationMs(75_000),
  /** How long offsets and consumers may be looked up, or offsets be set. */
  adminTimeoutMs: durationMs(10_000),
});

/** Without a drain timeout; what the producers leave of it is for acknowledgements, partitions and connections. */
const drainTimeoutMinMs = 15_000;
const afterShutdownMs = 5000;

const bodyBytesMin = MiB + 64 * KiB;
const budgetBytesMin = 64 * MiB;
/** An eighth of the budget is for bodies, of which two should fit. */
const budgetBytesPerBodyByte = 16;
const bodyMoreBytes = 64 * KiB;

/** The longest path of a Unix domain socket that Linux takes, in bytes. */
const unixPathBytesMax = 107;

const unixPath = text.refine((path) => Buffer.byteLength(path) <= unixPathBytesMax && !path.includes('\0'), {
  error: `a path of at most ${unixPathBytesMax} bytes`,
});

const listenAddress = text.refine((address) => address === '' || parseAddress(address) !== undefined, {
  error: 'host:port, or empty for none',
});

const configSchema = z
  .object({
    tcpAddr: listenAddress.default('0.0.0.0:19092'),
    grpcAddr: listenAddress.default('0.0.0.0:19091'),
    /** Both set: HTTP over TCP and gRPC are served by TLS; the Unix socket never is. */
    tls: z.object({ certificateFile: pemFile, keyFile: pemFile }).prefault({}),
    /** Not given: `console` on a terminal, `json` elsewhere. Empty: nothing is written. */
    logging: z
      .array(
        z.object({
          name: oneOf(['console', 'json', 'syslog'], 'console'),
          severity: oneOf(['debug', 'info', 'warning', 'error'], 'info'),
        }),
        { error: 'a list of loggers, each with a name and a severity' },
      )
      .max(10, { error: 'at most 10 loggers' })
      .optional(),
    /** Path of a Unix domain socket; empty: none. What is no path and holds a colon is a TCP address, as in the original. */
    unixAddr: unixPath
      .refine((path) => !isTcpAddress(path) || parseAddress(path) !== undefined, {
        error: 'a path, or host:port where it holds a colon',
      })
      .default(''),
    /** Empty: none is written. */
    pidFile: text.default(''),
    /** Of the inspector and its page; empty: there is none. */
    inspectAddr: listenAddress.default(''),
    /** Where an actor that failed leaves the last of its life; empty: a folder in the system's temporary one. */
    dumpDir: text.default(''),
    /** Path of a Unix domain socket by which faults can be had inside; empty: there are none. */
    allowFaults: unixPath
      .refine((path) => !isTcpAddress(path) && !/^\d+$/.test(path), {
        error: 'a path of a Unix domain socket, for faults are never allowed over TCP; empty for none',
      })
      .default(''),
    /** From the signal to the exit, at the longest. Not given: 15 s, or what the longest shutdown of a producer needs. */
    drainTimeoutMs: durationFrom(1, weekMs).optional(),
    /**
     * One for the process: bodies, accepted messages, fetched and offered ones. Resident memory under a flood is about 120
     * MiB and one and a half times of what is held, for garbage and for what the allocator does not give back. Not given:
     * 64 MiB, or as much as lets two of the largest bodies come at a time.
     */
    memoryBudgetBytes: wholeFrom(MiB, 64 * 1024 * MiB).optional(),
    actorsMax: whole(1, 1_000_000, 50_000),
    http: httpSchema.prefault({}),
    /** By name. */
    clusters: z
      .record(
        text.regex(/^[^/\p{Cc}]{1,100}$/u, { error: 'a name of 1 to 100 characters without a slash' }),
        clusterSchema,
        { error: 'one cluster or more' },
      )
      .refine((clusters) => Object.keys(clusters).length > 0, { error: 'one cluster or more' })
      .prefault({ default: {} }),
    /** The cluster of paths that name none; empty: the first one. */
    defaultCluster: text.default(''),
  })
  .superRefine(({ tcpAddr, grpcAddr, unixAddr, clusters, defaultCluster }, context) => {
    if (tcpAddr === '' && unixAddr === '' && grpcAddr === '') {
      context.addIssue({ code: 'custom', path: ['tcpAddr'], message: 'at least one API server should be configured' });
    }
    if (defaultCluster !== '' && !Object.hasOwn(clusters, defaultCluster)) {
      const message = `one of the configured clusters: ${Object.keys(clusters).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['defaultCluster'], message });
    }
  })
  .transform(({ drainTimeoutMs, ...config }) => {
    const producers = Object.values(config.clusters).map(({ producer }) => producer);
    const messageBytes = Math.max(...producers.map(({ maxMessageBytes }) => maxMessageBytes));
    const shutdownMs = Math.max(...producers.map(({ shutdownTimeoutMs }) => shutdownTimeoutMs));
    const maxBodyBytes = config.http.maxBodyBytes ?? Math.max(bodyBytesMin, messageBytes + bodyMoreBytes);
    return {
      ...config,
      memoryBudgetBytes: config.memoryBudgetBytes ?? Math.max(budgetBytesMin, budgetBytesPerBodyByte * maxBodyBytes),
      defaultCluster: config.defaultCluster || Object.keys(config.clusters)[0]!,
      drainTimeoutMs: drainTimeoutMs ?? Math.max(drainTimeoutMinMs, shutdownMs + afterShutdownMs),
      http: { ...config.http, maxBodyBytes },
    };
  });

/** A value that is not allowed, as the person who set it knows it. */
export interface Written {
  /** `--tcpAddr`, `proxies.east.producer.compression`. */
  readonly option: string;
  /** Not given: as it stands in the configuration. */
  readonly value?: string;
}

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Everything that can be set, complete and checked. Durations are milliseconds, sizes bytes. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
export type ClusterConfig = Config['clusters'][string];
/** The same with every default left out. */
export type ConfigInput = DeepReadonly<z.input<typeof configSchema>>;

/**
 * Fills in the defaults. Throws `bad-option` for the first option at fault; `writtenAt` tells what was written at a path
 * like `http`, `maxBodyBytes`, if somebody knows.
 */
export function validateConfig(
  input: ConfigInput,
  writtenAt: (path: readonly string[]) => Written | undefined = () => undefined,
): Config {
  const result = configSchema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.map(String);
  const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], input);
  const inConfig = typeof found === 'string' ? found : (JSON.stringify(found) ?? '');
  const { option, value = inConfig } = writtenAt(path) ?? { option: path.join('.') };
  // Of a cluster, its name is at fault and not what it holds.
  if (issue.code === 'invalid_key')
    throw new PixyError('bad-option', { option, value: path.at(-1)!, allowed: issue.issues[0]!.message });
  throw new PixyError('bad-option', { option, value, allowed: issue.message });
}

/** One cluster named `default` on this machine, and every default. */
export function defaultConfig(): Config {
  return validateConfig({});
}
