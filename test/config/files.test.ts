import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultConfig, loadConfig } from '../../src/config/config.js';
import { clusterKeys, topKeys } from '../../src/config/keys.js';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const defaultYaml = pathOf('../../default.yaml');
const originalYaml = pathOf('original-0.18.yaml');

/** Every path down to what is no map, by its keys. */
function leaves(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([key, below]) => [...leaves(below, path === '' ? key : `${path}.${key}`)]),
  );
}

/** Of a file, the keys of the top and those of one proxy. */
function keysOf(path: string, proxy: string) {
  const { proxies, ...top } = parse(readFileSync(path, 'utf8'), { merge: true }) as Record<string, never>;
  return { top: leaves(top), cluster: leaves(proxies![proxy]) };
}

const names = (keys: typeof topKeys) => keys.map(({ key }) => key).sort();

describe('default.yaml', () => {
  const { top, cluster } = keysOf(defaultYaml, 'default');

  it('is what holds without it, and gives no warning', () => {
    const { config, warnings } = loadConfig({ config: defaultYaml }, {});
    expect(config).toEqual(defaultConfig());
    expect(warnings).toEqual([]);
  });

  it('names every key that there is, and no other', () => {
    expect([...top.keys()].sort()).toEqual(names(topKeys));
    expect([...cluster.keys()].sort()).toEqual(names(clusterKeys));
  });

  it('gives each key a value, but for those whose default is made of others', () => {
    const empty = [...top, ...cluster].filter(([, value]) => value === null).map(([key]) => key);
    expect(empty).toEqual(['logging', 'drain_timeout', 'memory_budget_bytes', 'http.max_body_bytes']);
  });

  it('marks as ours the keys that 0.18 does not have', () => {
    const text = readFileSync(defaultYaml, 'utf8');
    const ours = [...topKeys, ...clusterKeys].filter((key) => key.ours);
    expect(ours.length).toBeGreaterThan(10);
    for (const { key } of ours) {
      const [section, name] = [key.split('.')[0]!, key.split('.').at(-1)!];
      const above = (word: string) =>
        new RegExp(`(?:^ *#.*\\n)+(?: *[a-z_]+:.*\\n){0,1} *${word}:`, 'm').exec(text)?.[0] ?? '';
      expect(`${above(section)}${above(name)}`, key).toMatch(/\bours\b/i);
    }
  });

  it('is part of the package', () => {
    const { files } = JSON.parse(readFileSync(pathOf('../../package.json'), 'utf8')) as { files: string[] };
    expect(files).toContain('default.yaml');
  });
});

describe('the table of keys', () => {
  it('reaches everything that can be configured', () => {
    const { clusters, ...top } = defaultConfig();
    const reached = (keys: typeof topKeys) => keys.flatMap(({ path }) => path ?? []).sort();
    expect(reached(topKeys)).toEqual([...leaves(top).keys(), 'logging'].sort());
    expect(reached(clusterKeys)).toEqual([...leaves(clusters['default']).keys()].sort());
  });
});

describe('a file of Kafka-Pixy 0.18', () => {
  const { config, warnings } = loadConfig({ config: originalYaml }, {});

  it('has every key of it, in the file that is tested', () => {
    const { top, cluster } = keysOf(originalYaml, 'east');
    const known = (keys: typeof topKeys) => names(keys.filter((key) => !key.ours));
    expect([...top.keys()].sort()).toEqual(known(topKeys));
    expect([...cluster.keys()].sort()).toEqual(known(clusterKeys));
  });

  it('loads without a warning', () => {
    expect(warnings).toEqual([]);
  });

  it('has each of its values arrive', () => {
    const { clusters, ...top } = config;
    expect(top).toMatchObject({
      grpcAddr: '0.0.0.0:19091',
      tcpAddr: '0.0.0.0:19092',
      unixAddr: '/var/run/kafka-pixy.sock',
      defaultCluster: 'west',
      tls: { certificateFile: '', keyFile: '' },
      logging: [
        { name: 'console', severity: 'info' },
        { name: 'syslog', severity: 'warning' },
      ],
    });
    const ours = defaultConfig().clusters['default']!;
    expect(Object.keys(clusters)).toEqual(['east', 'west']);
    expect(clusters['east']).toEqual({
      clientId: 'AN_ID',
      kafka: { ...ours.kafka, version: '0.10.2.1' },
      net: { dialTimeoutMs: 30_000, readTimeoutMs: 30_000, writeTimeoutMs: 30_000 },
      zookeeper: { seedPeers: ['localhost:2181'], chroot: '', sessionTimeoutMs: 15_000 },
      producer: {
        ...ours.producer,
        queueMessagesMax: 4096,
        maxMessageBytes: 1_000_000,
        compression: 'snappy',
        batchBytesMax: 1024 * 1024,
        retryBackoffMs: 10_000,
        retryBackoffMaxMs: 10_000,
        retryMax: 6,
        requiredAcks: 'wait_for_all',
        shutdownTimeoutMs: 30_000,
        partitioner: 'hash',
        timeoutMs: 10_000,
      },
      consumer: {
        ...ours.consumer,
        disabled: false,
        ackTimeoutMs: 300_000,
        pollsWaitingMax: 64,
        fetchMaxBytes: 1024 * 1024,
        fetchMaxWaitMs: 250,
        longPollingTimeoutMs: 3000,
        pendingMessagesMax: 300,
        retriesMax: -1,
        offsetsCommitIntervalMs: 500,
        retryBackoffMs: 500,
        subscriptionTimeoutMs: 15_000,
      },
    });
    expect(clusters['west']).toEqual({
      ...clusters['east'],
      clientId: 'ANOTHER_ID',
      kafka: { ...ours.kafka, seedPeers: ['kafka-1:9092', 'kafka-2:9092'], version: '1.1.1' },
      zookeeper: { ...ours.zookeeper, seedPeers: ['zk-1:2181', 'zk-2:2182'], chroot: '/kafka' },
    });
  });

  it('leaves time to stop for the longest shutdown of a producer', () => {
    expect(config.drainTimeoutMs).toBe(35_000);
  });
});
