import { describe, expect, it } from 'vitest';
import {
  defaultConfig,
  kafkaClientId,
  loadConfig,
  memberId,
  validateConfig,
  type FlagValues,
} from '../../src/config/config.js';
import { formatAddress, parseAddress } from '../../src/config/address.js';
import { parseDurationMs } from '../../src/config/duration.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { virtualHost } from '../../src/host/virtual-host.js';

const configFromFlags = (flags: FlagValues) => loadConfig(flags, {}).config;

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof PixyError && error.code === 'bad-option') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('defaults', () => {
  it('holds those of the original', () => {
    const config = defaultConfig();
    expect(config).toMatchObject({
      tcpAddr: '0.0.0.0:19092',
      unixAddr: '',
      pidFile: '',
      defaultCluster: 'default',
      drainTimeoutMs: 15_000,
      memoryBudgetBytes: 64 * 1024 * 1024,
    });
    expect(config.clusters).toMatchObject({
      default: {
        kafka: { seedPeers: ['localhost:9092'], metadataRefreshMs: 60_000 },
        zookeeper: { seedPeers: ['localhost:2181'], chroot: '', sessionTimeoutMs: 15_000 },
        producer: expect.objectContaining({ maxMessageBytes: 1_000_000, timeoutMs: 10_000 }),
        consumer: expect.objectContaining({
          longPollingTimeoutMs: 3000,
          subscriptionTimeoutMs: 20_000,
          offsetsCommitIntervalMs: 500,
          retryBackoffMs: 500,
          fetchMaxWaitMs: 250,
          fetchMaxBytes: 1024 * 1024,
          pendingMessagesMax: 300,
        }),
      },
    });
  });

  it('lets a body be larger than the largest message', () => {
    const config = defaultConfig();
    expect(config.http.maxBodyBytes).toBeGreaterThan(config.clusters['default']!.producer.maxMessageBytes);
  });
});

describe('flags', () => {
  it('splits peers and takes the chroot from the first slash', () => {
    const { clusters } = configFromFlags({ kafkaPeers: 'a:1, b:2', zookeeperPeers: 'x:3,[::1]:4/kafka/east/' });
    expect(clusters['default']!.kafka.seedPeers).toEqual(['a:1', 'b:2']);
    expect(clusters['default']!.zookeeper).toMatchObject({ seedPeers: ['x:3', '[::1]:4'], chroot: '/kafka/east' });
    expect(configFromFlags({ zookeeperPeers: 'x:3/' }).clusters['default']!.zookeeper.chroot).toBe('');
  });

  it('takes an empty value as not given, as the original does', () => {
    const empty = { kafkaPeers: '', zookeeperPeers: '', tcpAddr: '', unixAddr: '', pidFile: '', drainTimeout: '' };
    expect(configFromFlags(empty)).toEqual(defaultConfig());
  });

  it('takes addresses, the pid file and the bound of draining', () => {
    const config = configFromFlags({ tcpAddr: ':0', unixAddr: '/run/pixy', pidFile: 'p', drainTimeout: '1m30s' });
    expect(config).toMatchObject({ tcpAddr: ':0', unixAddr: '/run/pixy', pidFile: 'p', drainTimeoutMs: 90_000 });
  });

  it.each([
    ['true', '127.0.0.1:19093'],
    ['on', '127.0.0.1:19093'],
    ['8080', '127.0.0.1:8080'],
    ['0', '127.0.0.1:0'],
    ['pixy.example:8080', 'pixy.example:8080'],
    [':8080', ':8080'],
    ['', ''],
    ['false', ''],
  ])('reads --inspect=%s as the address %j of the inspector', (inspect, inspectAddr) => {
    expect(configFromFlags({ inspect }).inspectAddr).toBe(inspectAddr);
  });

  it.each([
    [{ inspect: 'here' }, '--inspect: "here" is not allowed; allowed: host:port, or empty for none'],
    [{ inspect: '70000' }, '--inspect: "70000" is not allowed'],
    [{ kafkaPeers: 'localhost' }, '--kafkaPeers: "localhost" is not allowed; allowed: host:port'],
    [{ kafkaPeers: 'a:1,,b:2' }, '--kafkaPeers: "" is not allowed'],
    [{ kafkaPeers: 'a:0' }, '--kafkaPeers: "a:0" is not allowed'],
    [{ kafkaPeers: ':9092' }, '--kafkaPeers: ":9092" is not allowed'],
    [{ zookeeperPeers: '/kafka' }, '--zookeeperPeers: "" is not allowed'],
    [{ zookeeperPeers: 'a:1/x//y' }, '--zookeeperPeers: "/x//y" is not allowed; allowed: empty, or a path like /kafka'],
    [{ zookeeperPeers: 'a:1/x/../y' }, '--zookeeperPeers: "/x/../y" is not allowed'],
    [{ tcpAddr: 'localhost' }, '--tcpAddr: "localhost" is not allowed; allowed: host:port'],
    [{ tcpAddr: '0.0.0.0:70000' }, '--tcpAddr: "0.0.0.0:70000" is not allowed'],
    [{ unixAddr: '/x'.repeat(60) }, 'allowed: a path of at most 107 bytes'],
    [{ allowFaults: ':19094' }, '--allowFaults: ":19094" is not allowed; allowed: a path of a Unix domain socket'],
    [{ allowFaults: '19094' }, 'for faults are never allowed over TCP; empty for none'],
    [{ allowFaults: '[::1]:19094' }, 'for faults are never allowed over TCP; empty for none'],
    [{ drainTimeout: '15' }, '--drainTimeout: "15" is not allowed; allowed: a duration from 1ms to 168h'],
    [{ drainTimeout: '200h' }, '--drainTimeout: "200h" is not allowed; allowed: a duration from 1ms to 168h'],
    [{ grpcAddr: 'x' }, '--grpcAddr: "x" is not allowed; allowed: host:port, or empty for none'],
    [
      { unixAddr: 'host:x' },
      '--unixAddr: "host:x" is not allowed; allowed: a path, or host:port where it holds a colon',
    ],
    [{ tls: 'perhaps' }, '--tls: "perhaps" is not allowed; allowed: true or false'],
    [{ insecureTLS: 'x' }, '--insecureTLS: "x" is not allowed; allowed: true or false'],
    [
      { logging: '[{"name":"json","severity":"loud"}]' },
      '--logging[0].severity: "loud" is not allowed; allowed: one of debug',
    ],
    [{ logging: '{"name":"json"}' }, '--logging: "{…}" is not allowed; allowed: a list of loggers'],
    [{ logging: 'console' }, '--logging: "console" is not allowed; allowed: a list of loggers'],
  ])('refuses %j', (flags, text) => {
    expect(refusal(() => configFromFlags(flags))).toContain(text);
  });
});

describe('validateConfig', () => {
  it('names the option at fault by its path', () => {
    expect(refusal(() => validateConfig({ http: { maxBodyBytes: 0.5 } }))).toBe(
      'http.maxBodyBytes: "0.5" is not allowed; allowed: a whole number from 1 to 67108864',
    );
    expect(refusal(() => validateConfig({ http: { connectionsMax: 'x' as never } }))).toContain(
      'http.connectionsMax: "x"',
    );
  });

  it('refuses a default cluster that is not configured, and takes the first one where none is named', () => {
    const clusters = { east: {}, west: {} };
    expect(refusal(() => validateConfig({ clusters, defaultCluster: 'north' }))).toContain(
      'defaultCluster: "north" is not allowed; allowed: one of the configured clusters: east, west',
    );
    expect(validateConfig({ clusters }).defaultCluster).toBe('east');
  });

  it('refuses to serve nowhere', () => {
    expect(refusal(() => validateConfig({ tcpAddr: '', grpcAddr: '' }))).toContain(
      'tcpAddr: "" is not allowed; allowed: at least one API server should be configured',
    );
    expect(validateConfig({ tcpAddr: '', unixAddr: '/run/pixy' }).tcpAddr).toBe('');
  });
});

describe('addresses and durations', () => {
  it.each([
    ['localhost:80', { host: 'localhost', port: 80 }],
    [':80', { host: '0.0.0.0', port: 80 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['::1:80', undefined],
    ['a:', undefined],
    ['a b:1', undefined],
    ['a:-1', undefined],
  ])('reads the address %j', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it('writes an IPv6 address in brackets', () => {
    expect([formatAddress({ host: '::1', port: 1 }), formatAddress({ host: 'a', port: 1 })]).toEqual([
      '[::1]:1',
      'a:1',
    ]);
  });

  it.each([
    ['500ms', 500],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['+2s', 2000],
    ['0', 0],
    ['0s', 0],
    ['3000us', 3],
    ['3000µs', 3],
    ['2000000ns', 2],
    ['7ns', 1],
    ['.s', undefined],
    ['1d', undefined],
    ['15', undefined],
    ['', undefined],
    ['-1s', undefined],
    ['1s x', undefined],
  ])('reads the duration %j', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
});

describe('ids', () => {
  const { identity } = virtualHost(1, { hostname: 'h1', pid: 42, startedAtWallMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });

  it('makes a member id of host, process and start, and another for each further daemon', () => {
    expect(memberId(identity)).toBe('pixy_h1_42_2026-01-02T03:04:05Z');
    expect([memberId(identity, 2), memberId(identity, 3)]).toEqual([
      'pixy_h1_42_2026-01-02T03:04:05Z_2',
      'pixy_h1_42_2026-01-02T03:04:05Z_3',
    ]);
  });

  it('takes the configured client id as the member id', () => {
    expect([memberId(identity, 1, 'pixy-east'), memberId(identity, 2, 'pixy-east')]).toEqual([
      'pixy-east',
      'pixy-east_2',
    ]);
  });

  it('makes a client id that brokers accept', () => {
    expect(kafkaClientId('pixy_hé_42_2026-01-02T03:04:05Z')).toBe('pixy_h-_42_2026-01-02T03-04-05Z');
  });
});
