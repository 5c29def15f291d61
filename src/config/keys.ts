import { parseDurationMs } from './duration.js';

/** How the text of a value becomes what the schema takes. What cannot goes on as text, for the schema to refuse. */
export type ValueKind = 'text' | 'choice' | 'switch' | 'whole' | 'size' | 'duration' | 'texts' | 'loggers';

export interface Key {
  /** In the file, below the top or below `proxies.<cluster>`. */
  readonly key: string;
  /** In the configuration, below the top or below `clusters.<cluster>`; `null`: checked, and means nothing here. */
  readonly path: string | null;
  readonly kind: ValueKind;
  /** The original has no such key. */
  readonly ours?: true;
}

const key = (name: string, path: string | null, kind: ValueKind): Key => ({ key: name, path, kind });
const ours = (name: string, path: string, kind: ValueKind): Key => ({ key: name, path, kind, ours: true });

/** Every key of the file beside `proxies`, and where it goes. */
export const topKeys: readonly Key[] = [
  key('grpc_addr', 'grpcAddr', 'text'),
  key('tcp_addr', 'tcpAddr', 'text'),
  key('unix_addr', 'unixAddr', 'text'),
  key('default_cluster', 'defaultCluster', 'text'),
  key('tls.certificate_path', 'tls.certificateFile', 'text'),
  key('tls.key_path', 'tls.keyFile', 'text'),
  key('logging', 'logging', 'loggers'),
  ours('pid_file', 'pidFile', 'text'),
  ours('inspect_addr', 'inspectAddr', 'text'),
  ours('dump_dir', 'dumpDir', 'text'),
  ours('allow_faults', 'allowFaults', 'text'),
  ours('drain_timeout', 'drainTimeoutMs', 'duration'),
  ours('memory_budget_bytes', 'memoryBudgetBytes', 'whole'),
  ours('actors_max', 'actorsMax', 'whole'),
  ours('http.connections_max', 'http.connectionsMax', 'whole'),
  ours('http.max_body_bytes', 'http.maxBodyBytes', 'size'),
  ours('http.request_body_timeout', 'http.requestBodyTimeoutMs', 'duration'),
  ours('http.headers_timeout', 'http.headersTimeoutMs', 'duration'),
  ours('http.keep_alive_timeout', 'http.keepAliveTimeoutMs', 'duration'),
  ours('http.admin_timeout', 'http.adminTimeoutMs', 'duration'),
];

/** Every key of one proxy, and where it goes. */
export const clusterKeys: readonly Key[] = [
  key('client_id', 'clientId', 'text'),

  key('kafka.seed_peers', 'kafka.seedPeers', 'texts'),
  key('kafka.version', 'kafka.version', 'text'),
  key('kafka.tls', 'kafka.tls.enabled', 'switch'),
  key('kafka.ca_certificate_file', 'kafka.tls.caCertificateFile', 'text'),
  key('kafka.client_certificate_file', 'kafka.tls.clientCertificateFile', 'text'),
  key('kafka.client_key_file', 'kafka.tls.clientKeyFile', 'text'),
  key('kafka.insecure', 'kafka.tls.insecure', 'switch'),
  ours('kafka.metadata_refresh', 'kafka.metadataRefreshMs', 'duration'),

  key('zoo_keeper.seed_peers', 'zookeeper.seedPeers', 'texts'),
  key('zoo_keeper.chroot', 'zookeeper.chroot', 'text'),
  key('zoo_keeper.session_timeout', 'zookeeper.sessionTimeoutMs', 'duration'),

  key('net.dial_timeout', 'net.dialTimeoutMs', 'duration'),
  key('net.read_timeout', 'net.readTimeoutMs', 'duration'),
  key('net.write_timeout', 'net.writeTimeoutMs', 'duration'),
  key('net.sasl.enable', 'kafka.sasl.enabled', 'switch'),
  key('net.sasl.handshake', null, 'switch'),
  ours('net.sasl.mechanism', 'kafka.sasl.mechanism', 'choice'),
  key('net.sasl.user', 'kafka.sasl.user', 'text'),
  key('net.sasl.password', 'kafka.sasl.password', 'text'),

  key('producer.channel_buffer_size', 'producer.queueMessagesMax', 'whole'),
  key('producer.max_message_bytes', 'producer.maxMessageBytes', 'whole'),
  key('producer.compression', 'producer.compression', 'choice'),
  key('producer.flush_bytes', 'producer.batchBytesMax', 'size'),
  key('producer.flush_frequency', null, 'duration'),
  key('producer.retry_backoff', 'producer.retryBackoffMs', 'duration'),
  ours('producer.retry_backoff_max', 'producer.retryBackoffMaxMs', 'duration'),
  key('producer.retry_max', 'producer.retryMax', 'whole'),
  key('producer.required_acks', 'producer.requiredAcks', 'choice'),
  key('producer.shutdown_timeout', 'producer.shutdownTimeoutMs', 'duration'),
  key('producer.partitioner', 'producer.partitioner', 'choice'),
  key('producer.timeout', 'producer.timeoutMs', 'duration'),
  ours('producer.idempotent', 'producer.idempotent', 'switch'),
  ours('producer.sync_timeout', 'producer.syncTimeoutMs', 'duration'),
  ours('producer.idle_timeout', 'producer.idleTimeoutMs', 'duration'),

  key('consumer.disabled', 'consumer.disabled', 'switch'),
  key('consumer.ack_timeout', 'consumer.ackTimeoutMs', 'duration'),
  key('consumer.channel_buffer_size', 'consumer.pollsWaitingMax', 'whole'),
  key('consumer.fetch_max_bytes', 'consumer.fetchMaxBytes', 'whole'),
  key('consumer.fetch_max_wait', 'consumer.fetchMaxWaitMs', 'duration'),
  key('consumer.long_polling_timeout', 'consumer.longPollingTimeoutMs', 'duration'),
  key('consumer.max_pending_messages', 'consumer.pendingMessagesMax', 'whole'),
  key('consumer.max_retries', 'consumer.retriesMax', 'whole'),
  key('consumer.offsets_commit_interval', 'consumer.offsetsCommitIntervalMs', 'duration'),
  key('consumer.rebalance_delay', null, 'duration'),
  key('consumer.retry_backoff', 'consumer.retryBackoffMs', 'duration'),
  key('consumer.subscription_timeout', 'consumer.subscriptionTimeoutMs', 'duration'),
  ours('consumer.release_timeout', 'consumer.releaseTimeoutMs', 'duration'),
];

const yes = /^(?:y|yes|on|true|t|1)$/i;
const no = /^(?:n|no|off|false|f|0)$/i;

/** Reads a switch in the words of YAML 1.1, which the original takes, or of a flag; `undefined`: it is none. */
export function parseSwitch(text: string): boolean | undefined {
  if (yes.test(text)) return true;
  return no.test(text) ? false : undefined;
}

/** Whole numbers, with an underscore between digits as in YAML 1.1; `undefined`: it is none. */
function parseWhole(text: string): number | undefined {
  const plain = text.replace(/(?<=\d)_(?=\d)/g, '');
  return /^[+-]?(?:\d+(?:\.0*)?(?:e\+?\d{1,2})?|0x[\da-f]+)$/i.test(plain) ? Number(plain) : undefined;
}

export function isBareNumber(text: string): boolean {
  return /^\+?\d+(?:_\d+)*$/.test(text);
}

/** The original has durations in whole nanoseconds, and reads a bare number as that. */
function parseDuration(text: string): number | undefined {
  return parseDurationMs(isBareNumber(text) ? `${text.replaceAll('_', '')}ns` : text);
}

/** The value of a scalar; what it cannot be stays the text. `undefined`: as if it were not given. */
export function readScalar(kind: ValueKind, text: string): unknown {
  switch (kind) {
    case 'switch':
      return parseSwitch(text) ?? text;
    case 'whole':
      return parseWhole(text) ?? text;
    case 'size': {
      // None is no limit in the original, and the default one here.
      const size = parseWhole(text) ?? text;
      return size === 0 ? undefined : size;
    }
    case 'duration':
      return parseDuration(text) ?? text;
    case 'text':
    case 'choice':
    case 'texts':
    case 'loggers':
      return text;
  }
}
