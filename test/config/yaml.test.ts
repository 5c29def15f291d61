import { describe, expect, it } from 'vitest';
import { defaultConfig, loadConfig } from '../../src/config/config.js';
import { configFile, oneProxy } from './support.js';

const { path, load, bad } = configFile();
const clusterOf = (section: string) => load(oneProxy(section)).config.clusters['a']!;

describe('what the file may hold', () => {
  it('takes the first proxy of the file as the default one, also where its name is a number', () => {
    const { config } = load('proxies: {zeta: {}, 1: {}, alpha: {}}');
    expect(config.defaultCluster).toBe('zeta');
    expect(Object.keys(config.clusters).sort()).toEqual(['1', 'alpha', 'zeta']);
    expect(load('default_cluster: alpha\nproxies: {zeta: {}, alpha: {}}').config.defaultCluster).toBe('alpha');
  });

  it.each(['a:', 'a: ~', 'a: {}'])('takes every default for a proxy that holds nothing: %s', (proxy) => {
    expect(load(`proxies:\n  ${proxy}`).config.clusters).toEqual({ a: defaultConfig().clusters['default'] });
  });

  it('switches a listener off where its address is empty', () => {
    const { config } = load('tcp_addr: ""\ngrpc_addr:\nunix_addr: /run/pixy.sock\nproxies: {a: }');
    expect(config).toMatchObject({ tcpAddr: '', grpcAddr: '', unixAddr: '/run/pixy.sock' });
  });

  it('takes what is no path and holds a colon for unix_addr', () => {
    expect(load('unix_addr: 127.0.0.1:7000\nproxies: {a: }').config.unixAddr).toBe('127.0.0.1:7000');
    expect(load('unix_addr: /run/a:b\nproxies: {a: }').config.unixAddr).toBe('/run/a:b');
  });

  it.each([
    ['15s', 15_000],
    ['"1m30s"', 90_000],
    ['1500000000', 1500],
    ['2_000_000_000', 2000],
    ['3000us', 3],
    ['10us', 1],
  ])('reads the duration %s', (text, ms) => {
    expect(clusterOf(`consumer: {ack_timeout: ${text}}`).consumer.ackTimeoutMs).toBe(ms);
  });

  it('says so when a bare number is less than a millisecond', () => {
    expect(load(oneProxy('consumer: {ack_timeout: 300}')).warnings).toEqual([
      'proxies.a.consumer.ack_timeout: 300 is less than a millisecond, as a bare number counts nanoseconds; write 300s for seconds',
    ]);
    expect(load(oneProxy('producer: {flush_frequency: 0}')).warnings).toEqual([]);
  });

  it.each(['true', 'True', 'yes', 'on', '"true"'])('reads the switch %s', (text) => {
    expect(clusterOf(`kafka: {tls: ${text}, insecure: no}`).kafka.tls).toMatchObject({
      enabled: true,
      insecure: false,
    });
  });

  it.each([
    ['8_192', 8192],
    ['0x2000', 8192],
    ['8192.0', 8192],
    ['1e4', 10_000],
    ['"8192"', 8192],
  ])('reads the whole number %s', (text, value) => {
    expect(clusterOf(`producer: {channel_buffer_size: ${text}}`).producer.queueMessagesMax).toBe(value);
  });

  it('keeps a name, a user and a password as they were written, numbers and all', () => {
    const cluster = clusterOf('client_id: 007\nnet: {sasl: {enable: true, user: 1e3, password: 0x10}}');
    expect(cluster.clientId).toBe('007');
    expect(cluster.kafka.sasl).toMatchObject({ enabled: true, user: '1e3', password: '0x10' });
  });

  it('takes the default for a flush_bytes of 0 and for numbers and switches that are left empty', () => {
    const { producer, kafka } = defaultConfig().clusters['default']!;
    expect(clusterOf('producer: {flush_bytes: 0, retry_max: , compression: ~}\nkafka: {tls: }')).toMatchObject({
      producer,
      kafka,
    });
  });

  it('asks without a pause where fetch_max_wait is 0, as far as that is wise', () => {
    expect(clusterOf('consumer: {fetch_max_wait: 0}').consumer.fetchMaxWaitMs).toBe(1);
  });

  it('waits at least a first retry_backoff before each further one', () => {
    const producer = 'producer: {retry_backoff: 10s, retry_backoff_max: 5s}';
    expect(clusterOf(producer).producer).toMatchObject({ retryBackoffMs: 10_000, retryBackoffMaxMs: 10_000 });
  });

  it('lets bodies be as large as the largest message of any proxy, and leaves time for the longest shutdown', () => {
    const { config } = load(
      'proxies: {a: {producer: {max_message_bytes: 5000000}}, b: {producer: {shutdown_timeout: 1m}}}',
    );
    expect(config.http.maxBodyBytes).toBe(5_000_000 + 64 * 1024);
    expect(config.memoryBudgetBytes).toBe(16 * config.http.maxBodyBytes);
    expect(config.drainTimeoutMs).toBe(65_000);
    expect(load('drain_timeout: 3s\nproxies: {a: }').config.drainTimeoutMs).toBe(3000);
  });

  it('follows aliases and merge keys, the own key before the merged one', () => {
    const { config } = load(`
base: &base
  kafka: &kafka {seed_peers: [k:1]}
  client_id: base
proxies:
  a: {<<: *base, client_id: a}
  b: {<<: [{client_id: b}, *base]}
  c: {kafka: *kafka}
`);
    const seen = Object.values(config.clusters).map(({ clientId, kafka }) => [clientId, kafka.seedPeers[0]]);
    expect(seen).toEqual([
      ['a', 'k:1'],
      ['b', 'k:1'],
      ['', 'k:1'],
    ]);
  });

  it('takes severities in the words of the original, and leaves out loggers that do nothing there either', () => {
    const { config, warnings } = load(`
logging:
  - {name: json, severity: WARN}
  - {name: udplog, severity: info, params: {host: x}}
  - {name: syslog}
proxies: {a: }
`);
    expect(config.logging).toEqual([
      { name: 'json', severity: 'warning' },
      { name: 'syslog', severity: 'info' },
    ]);
    expect(warnings).toEqual(['unknown logger udplog is ignored; there are console, json, syslog']);
    expect(load('logging: []\nproxies: {a: }').config.logging).toEqual([]);
  });
});

describe('what is odd is warned of', () => {
  it.each([
    ['tcp_adr: x', 'unknown key tcp_adr is ignored; the nearest known key is tcp_addr'],
    ['tls.key_path: x', 'unknown key "tls.key_path" is ignored; the nearest known key is tls.key_path'],
    [
      'logging: [{name: json, severty: info}]',
      'unknown key logging[0].severty is ignored; the nearest known key is logging[0].severity',
    ],
    ['proxie: {a: {}}', 'unknown key proxie is ignored; the nearest known key is proxies'],
    ['tls: {cert_path: x}', 'unknown key tls.cert_path is ignored; the nearest known key is tls.key_path'],
    [
      'proxies: {a: {consumer: {akc_timeout: 5s}}}',
      'unknown key proxies.a.consumer.akc_timeout is ignored; the nearest known key is proxies.a.consumer.ack_timeout',
    ],
    [
      'proxies: {a: {consumer: {ackTimeout: 5s}}}',
      'unknown key proxies.a.consumer.ackTimeout is ignored; the nearest known key is proxies.a.consumer.ack_timeout',
    ],
    [
      'proxies: {a: {ack_timeout: 5s}}',
      'unknown key proxies.a.ack_timeout is ignored; the nearest known key is proxies.a.consumer.ack_timeout',
    ],
    [
      'proxies: {a: {zookeeper: {seed_peers: [x]}}}',
      'unknown key proxies.a.zookeeper is ignored; the nearest known key is proxies.a.zoo_keeper',
    ],
    [
      'proxies: {a: {producer: {partitoner: [x]}}}',
      'unknown key proxies.a.producer.partitoner is ignored; the nearest known key is proxies.a.producer.partitioner',
    ],
  ])('ignores an unknown key, and names the nearest known one: %s', (yaml, warning) => {
    const proxies = yaml.includes('proxies:') ? '' : '\nproxies: {a: }';
    expect(load(`${yaml}${proxies}`).warnings).toEqual([warning]);
  });

  it('says which key is given twice, and takes the last one', () => {
    const { config, warnings } = load('tcp_addr: :1\ntcp_addr: :2\nproxies: {a: {client_id: x, client_id: y}}');
    expect(config.tcpAddr).toBe(':2');
    expect(config.clusters['a']!.clientId).toBe('y');
    expect(warnings).toEqual([
      'tcp_addr is given twice; the last one counts',
      'proxies.a.client_id is given twice; the last one counts',
    ]);
  });

  it('takes the first of several documents', () => {
    const { config, warnings } = load('---\nproxies: {a: }\n---\nproxies: {b: }\n');
    expect(Object.keys(config.clusters)).toEqual(['a']);
    expect(warnings).toEqual([`${path()} holds several YAML documents; only the first one counts`]);
  });

  it('gives a count in place of the warnings beyond a hundred', () => {
    const keys = Array.from({ length: 130 }, (_, at) => `key${at}: 1`).join('\n');
    const { warnings } = load(`${keys}\nproxies: {a: }`);
    expect(warnings).toHaveLength(101);
    expect(warnings.at(-1)).toBe('30 more warnings about the configuration are left out');
  });
});

describe('flags and the environment', () => {
  const yaml = `
tcp_addr: :1
default_cluster: b
proxies:
  a: {kafka: {version: 1.1.1, seed_peers: [a:1]}, zoo_keeper: {chroot: /a}}
  b: {zoo_keeper: {chroot: /b}}
`;

  it('takes a flag before the file, and flags about Kafka for the default cluster only', () => {
    const { config } = load(yaml, {
      tcpAddr: ':2',
      grpcAddr: ':3',
      unixAddr: '/run/pixy.sock',
      pidFile: 'pid',
      inspect: ':4',
      dumpDir: 'dumps',
      allowFaults: '/run/faults.sock',
      kafkaPeers: 'x:1,y:2',
      zookeeperPeers: 'z:3',
      tls: 'true',
      insecureTLS: 'true',
      caCertFile: 'ca',
      clientCertFile: 'cert',
      clientCertKeyFile: 'key',
      logging: '[{"name":"json","severity":"error"}]',
      drainTimeout: '9s',
    });
    expect(config).toMatchObject({
      tcpAddr: ':2',
      grpcAddr: ':3',
      unixAddr: '/run/pixy.sock',
      pidFile: 'pid',
      inspectAddr: ':4',
      dumpDir: 'dumps',
      allowFaults: '/run/faults.sock',
      drainTimeoutMs: 9000,
      logging: [{ name: 'json', severity: 'error' }],
      clusters: {
        a: { kafka: { seedPeers: ['a:1'], tls: { enabled: false, caCertificateFile: '' } } },
        b: {
          kafka: {
            seedPeers: ['x:1', 'y:2'],
            tls: {
              enabled: true,
              insecure: true,
              caCertificateFile: 'ca',
              clientCertificateFile: 'cert',
              clientKeyFile: 'key',
            },
          },
          zookeeper: { seedPeers: ['z:3'], chroot: '/b' },
        },
      },
    });
    expect(load(yaml, { zookeeperPeers: 'z:3/c' }).config.clusters['b']!.zookeeper.chroot).toBe('/c');
  });

  it('keeps what the file says where a flag is empty', () => {
    expect(load(yaml, { tcpAddr: '', kafkaPeers: '' }).config).toEqual(load(yaml).config);
  });

  it('names the flag, and not the key, when the flag is at fault', () => {
    expect(bad(yaml, { tcpAddr: 'x' }).text).toMatch(/^--tcpAddr: "x"/);
    expect(bad(yaml, { kafkaPeers: 'x' }).text).toMatch(/^--kafkaPeers: "x"/);
  });

  it('names an option as it was written: by its flag, or by its key', () => {
    const { optionAt } = load(yaml, { caCertFile: 'ca' });
    const file = (cluster: string) => optionAt(['clusters', cluster, 'kafka', 'tls', 'caCertificateFile']);
    expect([file('a'), file('b')]).toEqual(['proxies.a.kafka.ca_certificate_file', '--caCertFile']);
  });

  it('does not make up a default cluster that flags speak about', () => {
    const { text } = bad('default_cluster: north\nproxies: {a: }', { kafkaPeers: 'x:1' });
    expect(text).toContain('default_cluster: "north" is not allowed; allowed: one of the configured clusters: a');
  });

  it('takes KAFKA_VERSION for clusters that name no version', () => {
    const { clusters } = load(yaml, {}, { KAFKA_VERSION: '0.11.0.3' }).config;
    expect([clusters['a']!.kafka.version, clusters['b']!.kafka.version]).toEqual(['1.1.1', '0.11.0.3']);
    expect(loadConfig({}, { KAFKA_VERSION: '2.3.0' }).config.clusters['default']!.kafka.version).toBe('2.3.0');
  });

  it('ignores a KAFKA_VERSION that is none, and says so', () => {
    const { config, warnings } = loadConfig({}, { KAFKA_VERSION: 'newest' });
    expect(config).toEqual(defaultConfig());
    expect(warnings).toEqual(['KAFKA_VERSION "newest" is no version, and is ignored']);
  });

  // As its list of 0.18 has them, and each release from then on.
  it.each(
    '0.8.2.2 0.9.0.0 0.9.0.1 0.10.0.0 0.10.0.1 0.10.1.0 0.10.2.0 0.10.2.1 0.10.2.2 0.11.0.0 0.11.0.1 0.11.0.2 0.11.0.3 1.0.0 1.0.1 1.0.2 1.1.0 1.1.1 2.0.0 2.0.1 2.1.0 2.1.1 2.2.0 2.2.1 2.3.0 2.8.2 3.9.1 4.0.0 4.1.0'.split(
      ' ',
    ),
  )('knows Kafka %s', (version) => {
    expect(clusterOf(`kafka: {version: ${version}}`).kafka.version).toBe(version);
  });
});
