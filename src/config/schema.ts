import { z } from 'zod';
import { PixyError } from '../errors/pixy-error.js';
import { parseAddress } from './address.js';

const KiB = 1024;
const MiB = 1024 * KiB;

/** The text of a schema's error is what is allowed there: `bad-option` says it as it stands. */
const whole = (min: number, max: number, standard: number, allowedText?: string) => {
  const allowed = allowedText ?? `a whole number from ${min} to ${max}`;
  return z
    .number({ error: allowed })
    .refine((n) => Number.isSafeInteger(n) && n >= min && n <= max, { error: allowed })
    .default(standard);
};

const hourMs = 3_600_000;
const durationMs = (standard: number, min = 1, max = hourMs) =>
  whole(min, max, standard, `a duration from ${min}ms to ${max / 60_000}m, as in 500ms, 15s or 1m`);

const peer = z.string().refine((text) => !text.startsWith(':') && (parseAddress(text)?.port ?? 0) > 0, {
  error: 'host:port with a port from 1 to 65535',
});
const peers = (standard: string) => z.array(peer).min(1, { error: 'one host:port or more' }).default([standard]);

const kafkaSchema = z.object({
  seedPeers: peers('localhost:9092'),
  /** How often topics are looked up while all is well: a topic that grew is noticed within it. */
  metadataRefreshMs: durationMs(60_000),
});

const zooKeeperSchema = z.object({
  seedPeers: peers('localhost:2181'),
  /** Empty, or a path that every node lies below. */
  chroot: z
    .string()
    .refine((path) => path === '' || /^(?:\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}]+)+$/u.test(path), {
      error: 'empty, or a path like /kafka without a slash at its end',
    })
    .default(''),
  /** What is asked of the server, which may clamp it. Claims and member nodes of a dead daemon live that long. */
  sessionTimeoutMs: durationMs(15_000, 500),
});

const producerSchema = z.object({
  /** Key, value and headers with their overhead; brokers have a limit of their own. */
  maxMessageBytes: whole(1, 64 * MiB, 1_000_000),
  /** How long the leader may wait for its in-sync replicas. */
  timeoutMs: durationMs(10_000),
  /** How long a sync request may take in all, an outage of Kafka included. */
  syncTimeoutMs: durationMs(30_000),
  /** After the first failure of a batch; twice as long after each further one. Accepted messages are tried for ever. */
  retryBackoffMs: durationMs(100),
  retryBackoffMaxMs: durationMs(2000),
  /** What writes a topic, a partition or to a broker is given up when nothing came for so long. */
  idleTimeoutMs: durationMs(60_000),
  /** Accepted and not yet written, for each topic. */
  queueMessagesMax: whole(1, 10_000_000, 65_536),
  /** Of one batch of one partition. */
  batchBytesMax: whole(1, 64 * MiB, MiB),
});

const consumerSchema = z.object({
  /** How long a consume request may wait for a message. */
  longPollingTimeoutMs: durationMs(3000),
  /** A topic of a group that nobody asks for so long is given up. As in v0.11 of the original. */
  subscriptionTimeoutMs: durationMs(20_000),
  offsetsCommitIntervalMs: durationMs(500),
  retryBackoffMs: durationMs(500),
  fetchMaxWaitMs: durationMs(250),
  /** For each partition of a fetch; the first message comes even when it is larger. */
  fetchMaxBytes: whole(1, 64 * MiB, MiB),
  /** Offered and not acknowledged, for each partition: beyond it nothing new is read. */
  pendingMessagesMax: whole(1, 100_000, 300),
  /** Consume requests that may wait at a time for one group and topic. */
  pollsWaitingMax: whole(1, 100_000, 1000),
});

const clusterSchema = z.object({
  kafka: kafkaSchema.prefault({}),
  zookeeper: zooKeeperSchema.prefault({}),
  producer: producerSchema.prefault({}),
  consumer: consumerSchema.prefault({}),
});

const httpSchema = z.object({
  connectionsMax: whole(1, 1_000_000, 10_000),
  /** A message of the largest size and then some, so that what is too large for Kafka is refused in Kafka's words. */
  maxBodyBytes: whole(1, 64 * MiB, MiB + 64 * KiB),
  requestBodyTimeoutMs: durationMs(30_000),
  headersTimeoutMs: durationMs(30_000),
  /** An idle connection is kept that long; longer than load balancers use to, so that they are the first to close. */
  keepAliveTimeoutMs: durationMs(75_000),
  /** How long offsets and consumers may be looked up, or offsets be set. */
  adminTimeoutMs: durationMs(10_000),
});

/** The longest path of a Unix domain socket that Linux takes, in bytes. */
const unixPathBytesMax = 107;

const configSchema = z
  .object({
    tcpAddr: z
      .string()
      .refine((text) => text === '' || parseAddress(text) !== undefined, { error: 'host:port, or empty for none' })
      .default('0.0.0.0:19092'),
    /** Path of a Unix domain socket; empty: none. */
    unixAddr: z
      .string()
      .refine((path) => Buffer.byteLength(path) <= unixPathBytesMax && !path.includes('\0'), {
        error: `a path of at most ${unixPathBytesMax} bytes`,
      })
      .default(''),
    /** Empty: none is written. */
    pidFile: z.string().default(''),
    /** From the signal to the exit, at the longest. */
    drainTimeoutMs: durationMs(15_000),
    /**
     * One for the process: bodies, accepted messages, fetched and offered ones. Resident memory under a flood is about 120
     * MiB and one and a half times of what is held, for garbage and for what the allocator does not give back.
     */
    memoryBudgetBytes: whole(MiB, 64 * 1024 * MiB, 80 * MiB),
    actorsMax: whole(1, 1_000_000, 50_000),
    http: httpSchema.prefault({}),
    /** By name. */
    clusters: z
      .record(
        z.string().regex(/^[^/\p{Cc}]{1,100}$/u, { error: 'a name of 1 to 100 characters without a slash' }),
        clusterSchema,
      )
      .refine((clusters) => Object.keys(clusters).length > 0, { error: 'one cluster or more' })
      .prefault({ default: {} }),
    /** The cluster of paths that name none; empty: the first one. */
    defaultCluster: z.string().default(''),
  })
  .superRefine(({ tcpAddr, unixAddr, clusters, defaultCluster }, context) => {
    if (tcpAddr === '' && unixAddr === '') {
      context.addIssue({ code: 'custom', path: ['tcpAddr'], message: 'an address, as there is no Unix socket either' });
    }
    if (defaultCluster !== '' && !Object.hasOwn(clusters, defaultCluster)) {
      const message = `one of the configured clusters: ${Object.keys(clusters).join(', ')}`;
      context.addIssue({ code: 'custom', path: ['defaultCluster'], message });
    }
  })
  .transform((config) => ({
    ...config,
    defaultCluster: config.defaultCluster || Object.keys(config.clusters)[0]!,
  }));

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Everything that can be set, complete and checked. Durations are milliseconds, sizes bytes. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
export type ClusterConfig = Config['clusters'][string];
/** The same with every default left out. */
export type ConfigInput = DeepReadonly<z.input<typeof configSchema>>;

/**
 * Fills in the defaults. Throws `bad-option` for the first option at fault; `optionAt` names it for the person who set it,
 * from its path like `http.maxBodyBytes`.
 */
export function validateConfig(input: ConfigInput, optionAt = (path: string) => path): Config {
  const result = configSchema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
  const value = typeof found === 'string' ? found : (JSON.stringify(found) ?? '');
  throw new PixyError('bad-option', { option: optionAt(issue.path.join('.')), value, allowed: issue.message });
}

/** One cluster named `default` on this machine, and every default. */
export function defaultConfig(): Config {
  return validateConfig({});
}
