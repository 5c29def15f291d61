/**
 * Every error that a client or an operator can meet: its status, its text, what was lost, and what to do. `docs/ERRORS.md`
 * is held against this table by a test, in both directions. Texts marked "as the original" are facts of the wire that
 * clients may match on.
 */

interface ErrorEntry<P> {
  /** HTTP status; `null`: the error ends a command with exit code 1 instead of answering a request. */
  readonly status: number | null;
  readonly text: (parameters: P) => string;
  /** What was lost, for the person who reads the table. */
  readonly lost: string;
  /** What to do. */
  readonly remedy: string;
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

const entry = <P>(row: ErrorEntry<P>): ErrorEntry<P> => row;
const nothing = 'Nothing.';

export const errorTable = {
  // --- the request itself
  'unknown-path': entry<object>({
    status: 404,
    text: () => '404 page not found',
    lost: nothing,
    remedy: 'Use one of the documented paths; a slash at the end is not one of them.',
  }),
  'wrong-method': entry<{ method: string; allowed: string }>({
    status: 405,
    text: ({ method, allowed }) => `method ${method} is not allowed here, allowed: ${allowed}`,
    lost: nothing,
    remedy: 'Use a method of the documented route. As in the original, the answer has no body.',
  }),
  'group-count': entry<{ count: number }>({
    status: 400,
    text: ({ count }) => `one consumer group is expected, but ${count} provided`,
    lost: nothing,
    remedy: 'Give exactly one `group` parameter.',
  }),
  'bad-group-name': entry<{ group: string }>({
    status: 400,
    text: ({ group }) =>
      `bad consumer group ${JSON.stringify(group)}: a group is a ZooKeeper node, so it is 1 to 255 characters, without "/", control characters, private-use characters and emoji, and not "." or ".."`,
    lost: nothing,
    remedy: 'Choose another group name.',
  }),
  'bad-topic-name': entry<{ topic: string }>({
    status: 400,
    text: ({ topic }) =>
      `bad topic ${JSON.stringify(topic)}: a topic is 1 to 249 characters of A-Z a-z 0-9 . _ -, and not "." or ".."`,
    lost: nothing,
    remedy: 'Choose a name that Kafka accepts.',
  }),
  'unknown-cluster': entry<{ cluster: string }>({
    status: 400,
    text: ({ cluster }) => `proxy \`${cluster}\` does not exist`,
    lost: nothing,
    remedy: 'Name a configured cluster, or none for the default one.',
  }),
  'unsupported-content-type': entry<{ contentType: string }>({
    status: 400,
    text: ({ contentType }) => `unsupported content type ${contentType}`,
    lost: 'The message was not accepted.',
    remedy: 'Send `text/plain`, `application/json`, `application/octet-stream`, or a form with the field `msg`.',
  }),
  'missing-content-length': entry<object>({
    status: 400,
    text: () => 'missing Content-Length header',
    lost: 'The message was not accepted.',
    remedy: 'Send a Content-Length, or a chunked body.',
  }),
  'body-cut-short': entry<{ reason: string }>({
    status: 400,
    text: ({ reason }) => `failed to read message: ${reason}`,
    lost: 'The message was not accepted.',
    remedy: 'Send as many bytes as were announced.',
  }),
  'body-too-large': entry<{ limitBytes: number }>({
    status: 400,
    text: ({ limitBytes }) => `request body is larger than the limit of ${limitBytes} bytes`,
    lost: 'The message was not accepted.',
    remedy: 'Send smaller messages, or raise the limit here and at the brokers.',
  }),
  'headers-too-large': entry<object>({
    status: 431,
    text: () => 'the path and headers of a request may have 16384 bytes together',
    lost: nothing,
    remedy: 'Send shorter headers, or a shorter key or group.',
  }),
  'bad-request': entry<{ reason: string }>({
    status: 400,
    text: ({ reason }) => `bad request: ${reason}`,
    lost: nothing,
    remedy: 'Correct the request as the text says.',
  }),
  'bad-offsets-body': entry<{ reason: string }>({
    status: 400,
    text: ({ reason }) => `Failed to parse the request: err=(${reason})`,
    lost: 'No offset was set.',
    remedy: 'Send a JSON array of {"partition": int, "offset": int, "metadata": string}.',
  }),

  'bad-ack-parameter': entry<{ name: string; value: string; why: 'invalid syntax' | 'value out of range' }>({
    status: 400,
    text: ({ name, value, why }) =>
      `bad ${name}: [${value}]: strconv.ParseInt: parsing ${JSON.stringify(value)}: ${why}`,
    lost: nothing,
    remedy: 'Give the numbers of the message that was answered.',
  }),
  'negative-ack-parameter': entry<{ name: string; value: string }>({
    status: 400,
    text: ({ name, value }) => `bad ${name}: [${value}]: must not be negative`,
    lost: nothing,
    remedy: 'Give the numbers of the message that was answered, or `noAck` to acknowledge nothing.',
  }),
  'invalid-ack': entry<{ name: string; value: string }>({
    status: 400,
    text: ({ name, value }) => `invalid ack: bad ${name}: ${value}`,
    lost: nothing,
    remedy: 'Over gRPC: give the numbers of the message that was answered, or set `no_ack` to acknowledge nothing.',
  }),
  'half-an-ack': entry<{ partition: string; offset: string }>({
    status: 400,
    text: ({ partition, offset }) => `${partition} and ${offset} either both should be provided or neither`,
    lost: nothing,
    remedy: 'Give both numbers of the message that is acknowledged.',
  }),
  'empty-message': entry<object>({
    status: 400,
    text: () => 'empty message',
    lost: 'The message was not accepted.',
    remedy: 'Give the form a field `msg` that is not empty.',
  }),
  'bad-record-header': entry<{ header: string }>({
    status: 400,
    text: ({ header }) => `Invalid base64 encoding for header: ${header}`,
    lost: 'The message was not accepted.',
    remedy: 'Encode the value in Base64, the standard alphabet with padding.',
  }),

  // --- produce
  'headers-unsupported': entry<object>({
    status: 400,
    text: () =>
      'headers are not supported with this version of Kafka. Consider changing `kafka.version` (https://github.com/mailgun/kafka-pixy/blob/master/default.yaml#L35)',
    lost: 'The message was not written.',
    remedy: 'Use brokers of Kafka 0.11 or later and a `kafka.version` that allows it, or send no X-Kafka- headers.',
  }),
  'compression-unsupported': entry<{ compression: string }>({
    status: 500,
    text: ({ compression }) => `kafka server: the broker cannot store messages compressed with ${compression}`,
    lost: 'The message was not written.',
    remedy: 'Choose another `producer.compression`: zstd needs Kafka 2.1.',
  }),
  'produce-unknown-topic': entry<object>({
    status: 404,
    text: () => 'kafka server: Request was for a topic or partition that does not exist on this broker.',
    lost: 'The message was not written.',
    remedy: 'Create the topic first: this daemon never does.',
  }),
  'message-too-large': entry<object>({
    status: 500,
    text: () => 'kafka server: Message was too large, server rejected it to avoid allocation error.',
    lost: 'The message was not written.',
    remedy: 'Send smaller messages, or raise max.message.bytes of the topic.',
  }),
  'produce-refused': entry<{ reason: string }>({
    status: 500,
    text: ({ reason }) => `kafka server: the message was refused: ${reason}`,
    lost: 'The message was not written.',
    remedy: 'The name is that of the Kafka protocol; correct what it says.',
  }),
  'kafka-unreachable': entry<object>({
    status: 500,
    text: () => 'kafka: client has run out of available brokers to talk to (Is your cluster reachable?)',
    lost: 'The message was not written.',
    remedy: 'Bring the brokers back, then send the message again.',
  }),
  'outcome-unknown': entry<object>({
    status: 500,
    text: () =>
      'outcome unknown: the message was sent to Kafka but no answer came in time; it may have been written, once or more',
    lost: 'Perhaps the message; perhaps nothing.',
    remedy: 'Send it again if a duplicate is harmless; otherwise look into the topic first.',
  }),
  'produce-queue-full': entry<object>({
    status: 503,
    text: () => 'too many messages wait to be written to Kafka',
    lost: 'The message was not accepted.',
    remedy: 'Send it again after a moment. If it lasts, look whether Kafka is reachable.',
    retryAfterSeconds: 1,
  }),

  // --- consume
  'poll-timeout': entry<object>({
    status: 408,
    text: () => 'long polling timeout',
    lost: nothing,
    remedy: 'Ask again. The header X-Pixy-Reason says why there was none.',
  }),
  'too-many-polls': entry<object>({
    status: 429,
    text: () =>
      'Too many requests. Consider increasing `consumer.channel_buffer_size` (https://github.com/mailgun/kafka-pixy/blob/master/default.yaml#L43)',
    lost: nothing,
    remedy: 'Send fewer consume requests at a time for one group and topic.',
  }),

  'service-disabled': entry<object>({
    status: 503,
    text: () => 'service is disabled by configuration',
    lost: nothing,
    remedy: 'Set `consumer.disabled` to false, or ask another daemon.',
  }),
  'ack-channel-missing': entry<{ group: string; topic: string; partition: number }>({
    status: 500,
    text: ({ group, topic, partition }) => `acks channel missing for {${group} ${topic} ${partition}}`,
    lost: 'The ack; the message comes again.',
    remedy: 'Send an ack to the daemon that gave the message, while it owns the partition.',
  }),
  'ack-timeout': entry<object>({
    status: 500,
    text: () => 'ack timeout',
    lost: 'Perhaps the ack; then the message comes again.',
    remedy: 'Send the ack again.',
  }),

  // --- offsets, consumers and topics
  'unknown-topic': entry<object>({
    status: 404,
    text: () => 'Unknown topic',
    lost: nothing,
    remedy: 'Check the name; this daemon creates no topics.',
  }),
  'offsets-failed': entry<{ reason: string }>({
    status: 500,
    text: ({ reason }) => reason,
    lost: 'Of offsets to be set, some may have been set.',
    remedy: 'Ask again when the brokers are well.',
  }),
  'unknown-consumer-group': entry<{ group: string }>({
    status: 400,
    text: ({ group }) => `unknown consumer group ${group}`,
    lost: nothing,
    remedy: 'The group has no node in ZooKeeper: nobody consumes by that name.',
  }),
  'topic-not-consumed': entry<{ group: string; topic: string }>({
    status: 400,
    text: ({ group, topic }) => `topic ${topic} is not consumed by ${group}`,
    lost: nothing,
    remedy: 'The group exists, but no member of it owns a partition of this topic.',
  }),
  'consumers-failed': entry<{ reason: string }>({
    status: 500,
    text: ({ reason }) => `failed to fetch consumer groups: ${reason}`,
    lost: nothing,
    remedy: 'Ask again when ZooKeeper is well.',
  }),

  'topics-failed': entry<{ reason: string }>({
    status: 500,
    text: ({ reason }) => reason,
    lost: nothing,
    remedy: 'Ask again when the brokers and ZooKeeper are well.',
  }),

  // --- the daemon
  'kafka-access-denied': entry<{ reason: string }>({
    status: 503,
    text: ({ reason }) => `kafka: ${reason}`,
    lost: 'A message that was to be written was not.',
    remedy: 'Correct the configuration key that the text names, and start the daemon again.',
  }),
  'shutting-down': entry<object>({
    status: 503,
    text: () => 'service is shutting down',
    lost: nothing,
    remedy: 'Ask another daemon, or this one after its restart.',
  }),
  'actor-ended': entry<{ address: string }>({
    status: 503,
    text: ({ address }) => `${address} has ended before it could answer, ask again`,
    lost: nothing,
    remedy: 'Ask again: it is started anew.',
    retryAfterSeconds: 1,
  }),
  'no-such-actor': entry<{ address: string }>({
    status: 503,
    text: ({ address }) => `nobody answers at ${address}`,
    lost: nothing,
    remedy: 'A defect of this daemon; ask again, and report it.',
  }),
  'no-actor-matches': entry<{ address: string }>({
    status: 404,
    text: ({ address }) => `no actor of this daemon has the address ${JSON.stringify(address)}`,
    lost: nothing,
    remedy:
      'Of the socket of `--allowFaults`: take an address from its `GET /actors`; `*` stands for a part of one name.',
  }),
  'mailbox-full': entry<{ address: string }>({
    status: 503,
    text: ({ address }) => `too many requests wait at ${address}`,
    lost: nothing,
    remedy: 'Ask again after a moment.',
    retryAfterSeconds: 1,
  }),
  'memory-full': entry<object>({
    status: 503,
    text: () => 'this daemon holds as many bytes as it may',
    lost: 'The message was not accepted.',
    remedy: 'Send it again after a moment, or raise the byte budget.',
    retryAfterSeconds: 1,
  }),
  'too-many-actors': entry<{ what: string; limit: number }>({
    status: 503,
    text: ({ what, limit }) => `this daemon serves ${limit} ${what} already, which is its limit`,
    lost: nothing,
    remedy: 'Use fewer, or wait until idle ones are dropped.',
    retryAfterSeconds: 20,
  }),
  'deadline-passed': entry<object>({
    status: 503,
    text: () => 'the answer did not come in time',
    lost: nothing,
    remedy: 'Ask again after a moment.',
    retryAfterSeconds: 1,
  }),
  internal: entry<object>({
    status: 500,
    text: () => 'internal error',
    lost: 'Perhaps the request; the log has the details.',
    remedy: 'Report it with the log lines around it.',
  }),

  // --- the command
  'address-taken': entry<{ address: string; example: string }>({
    status: null,
    text: ({ address, example }) => `${address} is taken by another program; use another address: ${example}`,
    lost: nothing,
    remedy: 'Use another address.',
  }),
  'cannot-listen': entry<{ address: string; reason: string }>({
    status: null,
    text: ({ address, reason }) => `cannot listen on ${address}: ${reason}`,
    lost: nothing,
    remedy: 'Give an address that this machine has and this user may use.',
  }),
  'bad-pid-file': entry<{ path: string; reason: string }>({
    status: null,
    text: ({ path, reason }) => `cannot write the pid file ${path}: ${reason}`,
    lost: nothing,
    remedy: 'Give a path in a folder that exists and is writable.',
  }),
  'bad-config-file': entry<{ path: string; reason: string }>({
    status: null,
    text: ({ path, reason }) => `Failed to load config: ${path}: ${reason}`,
    lost: nothing,
    remedy: 'Give a file that can be read and holds YAML.',
  }),
  'bad-credentials-file': entry<{ option: string; path: string; reason: string }>({
    status: null,
    text: ({ option, path, reason }) => `${option}: ${path} cannot be used: ${reason}`,
    lost: nothing,
    remedy: 'Give a PEM file that this user may read: a certificate, or the key that belongs to it.',
  }),
  'bad-script': entry<{ path: string; mistakes: string }>({
    status: null,
    text: ({ path, mistakes }) => `${path} is no script that can be run:${mistakes}`,
    lost: nothing,
    remedy: 'Correct the script at the places that are named; docs/CHAOS.md has every key.',
  }),
  'bad-option': entry<{ option: string; value: string; allowed: string }>({
    status: null,
    text: ({ option, value, allowed }) => `${option}: ${JSON.stringify(value)} is not allowed; allowed: ${allowed}`,
    lost: nothing,
    remedy: 'Correct the value.',
  }),
} as const;

export type ErrorCode = keyof typeof errorTable;
export type ErrorParameters<C extends ErrorCode> = Parameters<(typeof errorTable)[C]['text']>[0];
