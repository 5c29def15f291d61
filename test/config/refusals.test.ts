import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { fileBytesMax } from '../../src/config/document.js';
import { clusterKeys, topKeys } from '../../src/config/keys.js';
import { configFile, oneProxy } from './support.js';

const { folder, load, bad, refusal } = configFile();

/** A value that is refused, by key, and what is said to be allowed. */
const refused: readonly (readonly [key: string, value: string, allowed: RegExp])[] = [
  ['client_id', 'a b', /A-Z a-z 0-9/],
  ['client_id', '[x]', /A-Z|a text/],
  ['kafka.seed_peers', 'x:1', /a list of one host:port/],
  ['kafka.seed_peers', '[]', /a list of one host:port/],
  ['kafka.version', '0.7.2', /a version of Kafka from 0.8.2.0 on/],
  ['kafka.version', '10', /a version of Kafka/],
  ['kafka.tls', 'perhaps', /true or false/],
  ['kafka.insecure', '2', /true or false/],
  ['kafka.ca_certificate_file', '{a: b}', /a text/],
  ['kafka.client_certificate_file', '[a]', /a text/],
  ['kafka.client_key_file', '[a]', /a text/],
  ['kafka.metadata_refresh', '0s', /a duration from 1ms/],
  ['zoo_keeper.seed_peers', '[]', /a list of one host:port/],
  ['zoo_keeper.chroot', 'kafka', /a path like \/kafka/],
  ['zoo_keeper.session_timeout', '10ms', /a duration from 500ms/],
  ['net.dial_timeout', '0s', /a duration from 1ms/],
  ['net.read_timeout', '0', /a duration from 1ms/],
  ['net.write_timeout', '-1s', /a duration from 1ms/],
  ['net.sasl.enable', 'x', /true or false/],
  ['net.sasl.handshake', 'x', /true or false/],
  ['net.sasl.mechanism', 'GSSAPI', /one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/],
  ['net.sasl.user', '[a]', /a text/],
  ['net.sasl.password', '[a]', /a text/],
  ['producer.channel_buffer_size', '0', /a whole number from 1/],
  ['producer.max_message_bytes', '0', /a whole number from 1/],
  ['producer.compression', 'lzma', /one of none, gzip, snappy, lz4, zstd/],
  ['producer.flush_bytes', '-1', /a whole number from 1/],
  ['producer.flush_frequency', '-1s', /a duration/],
  ['producer.retry_backoff', '0s', /a duration from 1ms/],
  ['producer.retry_backoff_max', 'x', /a duration from 1ms/],
  ['producer.retry_max', '0', /a whole number from 1 to 1000000, or -1/],
  ['producer.required_acks', 'all', /one of wait_for_all, wait_for_local, no_response/],
  ['producer.shutdown_timeout', '-1s', /a duration from 0ms/],
  ['producer.partitioner', 'sticky', /one of hash, random, roundrobin, murmur2/],
  ['producer.timeout', '0s', /a duration from 1ms/],
  ['producer.idempotent', '5', /true or false/],
  ['producer.sync_timeout', '0s', /a duration from 1ms/],
  ['producer.idle_timeout', '[1s]', /a duration from 1ms/],
  ['consumer.disabled', 'x', /true or false/],
  ['consumer.ack_timeout', '0s', /a duration from 1ms/],
  ['consumer.channel_buffer_size', '0', /a whole number from 1/],
  ['consumer.fetch_max_bytes', '0', /a whole number from 1/],
  ['consumer.fetch_max_wait', 'soon', /a duration from 0ms/],
  ['consumer.long_polling_timeout', '0s', /a duration from 1ms/],
  ['consumer.max_pending_messages', '0', /a whole number from 1/],
  ['consumer.max_retries', '-2', /a whole number from -1/],
  ['consumer.offsets_commit_interval', '0s', /a duration from 1ms/],
  ['consumer.rebalance_delay', 'x', /a duration/],
  ['consumer.retry_backoff', '0s', /a duration from 1ms/],
  ['consumer.subscription_timeout', '0s', /a duration from 1ms/],
  ['consumer.release_timeout', '-1s', /a duration from 0ms/],
];

const refusedAtTop: typeof refused = [
  ['grpc_addr', 'x', /host:port, or empty for none/],
  ['tcp_addr', '[x]', /a text/],
  ['unix_addr', 'host:port', /a path, or host:port where it holds a colon/],
  ['default_cluster', 'north', /one of the configured clusters: a$/],
  ['tls.certificate_path', '[x]', /a text/],
  ['tls.key_path', '{a: b}', /a text/],
  ['logging', 'console', /a list of loggers/],
  ['pid_file', '[x]', /a text/],
  ['inspect_addr', 'here', /host:port, or empty for none/],
  ['dump_dir', '[x]', /a text/],
  ['allow_faults', '127.0.0.1:19094', /a path of a Unix domain socket, for faults are never allowed over TCP/],
  ['drain_timeout', '0s', /a duration from 1ms/],
  ['memory_budget_bytes', '1', /a whole number from 1048576/],
  ['actors_max', '0', /a whole number from 1/],
  ['http.connections_max', '0', /a whole number from 1/],
  ['http.max_body_bytes', '-1', /a whole number from 1/],
  ['http.request_body_timeout', 'x', /a duration from 1ms/],
  ['http.headers_timeout', '0s', /a duration from 1ms/],
  ['http.keep_alive_timeout', '0s', /a duration from 1ms/],
  ['http.admin_timeout', '0s', /a duration from 1ms/],
];

/** `a.b.c` with a value, as maps in one line. */
const flow = (key: string, value: string) =>
  key.split('.').reduceRight((inner, name, at) => (at === 0 ? `${name}: ${inner}` : `{${name}: ${inner}}`), value);
/** As an error shows it: what a list or a map holds is left out. */
const shown = (value: string) => JSON.stringify(value.replace(/^\[.*\]$/, '[…]').replace(/^\{.*\}$/, '{…}'));

describe('a value that is not allowed is told with its key, as it was written, and what is allowed', () => {
  it.each(refused)('refuses %s: %s', (key, value, allowed) => {
    const { code, text } = bad(`proxies: {a: {${flow(key, value)}}}`);
    expect(code).toBe('bad-option');
    expect(text).toContain(`proxies.a.${key}: ${shown(value)} is not allowed; allowed: `);
    expect(text).toMatch(allowed);
  });

  it.each(refusedAtTop)('refuses %s: %s', (key, value, allowed) => {
    const { code, text } = bad(`${flow(key, value)}\nproxies: {a: }`);
    expect(code).toBe('bad-option');
    expect(text).toContain(`${key}: ${shown(value)} is not allowed; allowed: `);
    expect(text).toMatch(allowed);
  });

  it('has a case for each key', () => {
    const keysOf = (cases: typeof refused) => [...new Set(cases.map(([key]) => key))].sort();
    expect(keysOf(refused)).toEqual(clusterKeys.map(({ key }) => key).sort());
    expect(keysOf(refusedAtTop)).toEqual(topKeys.map(({ key }) => key).sort());
  });
});

describe('what hangs together', () => {
  it.each([
    ['kafka: {seed_peers: ["a:1", "b"]}', 'proxies.a.kafka.seed_peers[1]: "b" is not allowed; allowed: host:port'],
    ['kafka: {seed_peers: ["a:1", [b]]}', 'proxies.a.kafka.seed_peers[1]: "[…]" is not allowed; allowed: '],
    [
      'net: {sasl: {enable: true}}',
      'proxies.a.net.sasl.user: "" is not allowed; allowed: a user, where SASL is enabled',
    ],
    ['consumer: 5', 'proxies.a.consumer: "5" is not allowed; allowed: a map of keys'],
    ['net: {sasl: true}', 'proxies.a.net.sasl: "true" is not allowed; allowed: a map of keys'],
  ])('refuses a proxy with %s', (section, text) => {
    expect(bad(oneProxy(section)).text).toContain(text);
  });

  it.each([
    ['', 'proxies: "" is not allowed; allowed: one cluster or more'],
    ['# nothing but this', 'proxies: "" is not allowed; allowed: one cluster or more'],
    ['tcp_addr: :0', 'proxies: "" is not allowed; allowed: one cluster or more'],
    ['proxies:', 'proxies: "" is not allowed; allowed: one cluster or more'],
    ['proxies: {}', 'proxies: "{…}" is not allowed; allowed: one cluster or more'],
    ['proxies: [a]', 'proxies: "[…]" is not allowed; allowed: one cluster or more'],
    ['proxies: a', 'proxies: "a" is not allowed; allowed: one cluster or more'],
    ['proxies: {a: 5}', 'proxies.a: "5" is not allowed; allowed: a map of keys'],
    ['proxies: {a/b: {}}', 'proxies.a/b: "a/b" is not allowed; allowed: a name of 1 to 100 characters without a slash'],
    ['proxies: {__proto__: {}, a: }', 'proxies.__proto__: "__proto__" is not allowed; allowed: another name'],
    ['tcp_addr: ""\ngrpc_addr: ""\nproxies: {a: }', 'tcp_addr: "" is not allowed; allowed: at least one API server'],
    ['tls: x\nproxies: {a: }', 'tls: "x" is not allowed; allowed: a map of keys'],
    ['logging: [{name: json, severity: loud}]\nproxies: {a: }', 'logging[0].severity: "loud" is not allowed'],
    ['logging: [json]\nproxies: {a: }', 'logging[0]: "json" is not allowed'],
  ])('refuses %j', (yaml, text) => {
    expect(bad(yaml)).toMatchObject({ code: 'bad-option', text: expect.stringContaining(text) as string });
  });

  it('never shows a password', () => {
    const secret = 'hunter2';
    const texts = [
      bad(oneProxy(`net: {sasl: {enable: true, password: ${secret}}}`)).text,
      bad(oneProxy(`net: {sasl: {password: [${secret}]}}`)).text,
      bad(oneProxy(`net: {sasl: {password: "${secret}" ${secret}}}`)).text,
      bad(oneProxy(`net: {sasl: {password: @${secret}}}`)).text,
      bad(oneProxy(`net: {sasl: {password: *${secret}}}`)).text,
      ...load(oneProxy(`net: {sasl: {passwrd: ${secret}}}`)).warnings,
    ];
    expect(texts).toHaveLength(6);
    for (const text of texts) expect(text).not.toContain(secret);
  });
});

describe('a file that is none', () => {
  it.each([
    ['a: b\n c: d', 'line 1, column 4: '],
    ['a: "x\n', 'line 2, column 1: Missing closing "quote'],
    ['proxies:\n  a: {', 'line 2, column 7: '],
    ['x: 1\nproxies: *nowhere', 'line 2, column 10: no anchor'],
    ['{[a]: b}', 'line 1, column 2: a key must be a text'],
    ['<<: 5', 'line 1, column 1: only maps can be merged'],
    ['- a\n- b', 'a map of keys is expected'],
    ['just a text', 'a map of keys is expected'],
    ['a: &a [*a]\nproxies: {b: }', 'line 1, column 8: '],
  ])('refuses %j with line and column', (yaml, text) => {
    expect(bad(yaml)).toMatchObject({
      code: 'bad-config-file',
      text: expect.stringMatching(/^Failed to load config: FILE: line \d+, column \d+: /) as string,
    });
    expect(bad(yaml).text).toContain(text);
  });

  it('says why it cannot be read', () => {
    const missing = join(folder(), 'missing.yaml');
    expect(refusal(() => loadConfig({ config: missing }, {}))).toEqual({
      code: 'bad-config-file',
      text: `Failed to load config: ${missing}: ENOENT: no such file or directory, open '${missing}'`,
    });
    expect(refusal(() => loadConfig({ config: folder() }, {})).text).toContain('EISDIR');
  });

  const many = (text: string) => text.repeat(Math.floor((32 * 1024) / text.length));
  const laughs = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(10)}]`),
    'proxies: {a: }',
  ].join('\n');

  it.each([
    ['too large', 'x'.repeat(fileBytesMax + 1), 'larger than 262144 bytes'],
    ['without an end', '/dev/zero', 'larger than 262144 bytes'],
    ['of brackets', many('['), 'nested deeper than 40 levels'],
    ['of braces', many('{a: '), 'nested deeper than 40 levels'],
    ['of dashes', many('- '), 'nested deeper than 40 levels'],
    ['of keys in keys', many('? '), 'nested deeper than 40 levels'],
    ['of aliases of aliases', laughs, /more than (?:1000 aliases|50000 values)/],
    ['of anchors', many('&a '), 'one anchor'],
    ['of zero bytes', many('\0'), 'a map of keys is expected'],
  ])('is refused, and does not hang: %s', (_, yaml, text) => {
    const { code, text: found } = yaml.startsWith('/dev') ? refusal(() => loadConfig({ config: yaml }, {})) : bad(yaml);
    expect(code).toBe('bad-config-file');
    expect(found).toMatch(text);
  });
});
