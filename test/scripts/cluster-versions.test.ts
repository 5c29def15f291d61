import { describe, expect, it } from 'vitest';
import {
  brokerProperties,
  controllerProperties,
  javaArguments,
  zooKeeperProperties,
} from '../../scripts/cluster/configuration.js';
import { cacheFolder, pomOf } from '../../scripts/cluster/jars.js';
import { replicaAssignment } from '../../scripts/cluster/topic-nodes.js';
import {
  compareVersions,
  coordinatesOf,
  DEFAULT_KAFKA_VERSION,
  releaseOf,
  TESTED_KAFKA_VERSIONS,
} from '../../scripts/cluster/versions.js';

describe('the table of Kafka versions', () => {
  it('compares by number, not by letter, and takes a missing part for zero', () => {
    expect(compareVersions('0.10.0', '0.9.0')).toBeGreaterThan(0);
    expect(compareVersions('3.9', '3.9.0')).toBe(0);
    expect(compareVersions('3.8.1', '3.9.0')).toBeLessThan(0);
  });

  it.each([
    ['0.8.2.2', 'kafka_2.11'],
    ['0.9.0.1', 'kafka_2.11'],
    ['1.1.1', 'kafka_2.12'],
    ['2.8.2', 'kafka_2.13'],
    [DEFAULT_KAFKA_VERSION, 'kafka_2.13'],
    ['4.4.0', 'kafka_2.13'],
  ])('resolves %s to the broker artifact %s of that version', (version, artifact) => {
    expect(coordinatesOf(releaseOf(version))[0]).toBe(`org.apache.kafka:${artifact}:${version}`);
  });

  it.each([
    ['3.9', 'not a Kafka version'],
    ['latest', 'not a Kafka version'],
    ['3.9.1; rm', 'not a Kafka version'],
    ['0.7.2', 'older than 0.8.2'],
  ])('refuses %s and says why: %s', (version, why) => {
    expect(() => releaseOf(version)).toThrow(why);
  });

  it('brings a ZooKeeper for the consumer groups of brokers that have none', () => {
    const zookeepers = (version: string) =>
      coordinatesOf(releaseOf(version)).filter((coordinate) => coordinate.startsWith('org.apache.zookeeper:'));
    expect(zookeepers('3.9.1')).toEqual([]);
    expect(zookeepers('4.0.0')).toHaveLength(1);
  });

  it('lists the versions under test from the oldest to the newest', () => {
    expect([...TESTED_KAFKA_VERSIONS].sort(compareVersions)).toEqual(TESTED_KAFKA_VERSIONS);
    expect(TESTED_KAFKA_VERSIONS[0]).toBe('0.8.2.2');
    expect(TESTED_KAFKA_VERSIONS.at(-1)).toMatch(/^4\./);
  });
});

describe('the topics of brokers that know no request for one', () => {
  it('have each broker lead in its turn, and no broker hold a partition twice', () => {
    expect(replicaAssignment([1, 2, 3], { partitions: 4, replicationFactor: 2 })).toEqual({
      0: [1, 2],
      1: [2, 3],
      2: [3, 1],
      3: [1, 2],
    });
    expect(() => replicaAssignment([1], { partitions: 1, replicationFactor: 2 })).toThrow('2 replicas');
  });
});

describe('what Maven is asked for', () => {
  it('lists each coordinate as a dependency', () => {
    const pom = pomOf(['g:a:1', 'h:b:2.0']);
    expect(pom.match(/<dependency>/g)).toHaveLength(2);
    expect(pom).toContain('<groupId>h</groupId><artifactId>b</artifactId><version>2.0</version>');
  });

  it('is kept in the cache folder of the user, as XDG says where it lies', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/kafka-pixy/cluster');
    expect(cacheFolder({})).toMatch(/\/\.cache\/kafka-pixy\/cluster$/);
    expect(cacheFolder({ XDG_CACHE_HOME: '' })).toBe(cacheFolder({}));
  });
});

describe('the configuration of the servers', () => {
  const settings = {
    id: 2,
    endpoint: { host: '127.0.0.1', port: 9093 },
    zookeeper: { host: '127.0.0.1', port: 2181 },
    brokersTotal: 2,
    minInSyncReplicas: 2,
    dataFolder: '/data/b2',
  };

  it('replicates on all brokers and creates no topic by itself', () => {
    const lines = brokerProperties(releaseOf('3.9.1'), settings).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'broker.id=2',
        'listeners=PLAINTEXT://127.0.0.1:9093',
        'zookeeper.connect=127.0.0.1:2181',
        'default.replication.factor=2',
        'offsets.topic.replication.factor=2',
        'min.insync.replicas=2',
        'auto.create.topics.enable=false',
      ]),
    );
  });

  it('gives 0.8.2, which knows no listeners, a host and a port', () => {
    const lines = brokerProperties(releaseOf('0.8.2.2'), settings).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['host.name=127.0.0.1', 'port=9093']));
    expect(lines.some((line) => line.startsWith('listeners='))).toBe(false);
  });

  const controller = { id: 100, endpoint: { host: '127.0.0.1', port: 9100 } };

  it('tells a broker of 4.0 and later of its controller, and of no ZooKeeper', () => {
    const lines = brokerProperties(releaseOf('4.4.0'), { ...settings, controller }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'node.id=2',
        'process.roles=broker',
        'controller.quorum.voters=100@127.0.0.1:9100',
        'listeners=PLAINTEXT://127.0.0.1:9093',
      ]),
    );
    expect(lines.filter((line) => /^(zookeeper|broker\.id)/.test(line))).toEqual([]);
    expect(() => brokerProperties(releaseOf('4.4.0'), settings)).toThrow('need a controller');
  });

  it('lets the only broker be the controller too, on a port of its own', () => {
    const own = { ...controller, id: settings.id };
    const lines = brokerProperties(releaseOf('4.4.0'), { ...settings, controller: own }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'process.roles=broker,controller',
        'listeners=PLAINTEXT://127.0.0.1:9093,CONTROLLER://127.0.0.1:9100',
      ]),
    );
  });

  it('gives a controller that is nothing else only its own listener', () => {
    expect(controllerProperties(controller, '/data/c').split('\n')).toEqual(
      expect.arrayContaining(['node.id=100', 'process.roles=controller', 'listeners=CONTROLLER://127.0.0.1:9100']),
    );
  });

  it('lets ZooKeeper grant sessions of one second and any number of clients', () => {
    const lines = zooKeeperProperties(settings.zookeeper, '/data/zk').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['minSessionTimeout=1000', 'maxClientCnxns=0', 'clientPort=2181']));
  });

  it('puts the main class after every option of the virtual machine, and its arguments last', () => {
    const args = javaArguments('/jars', '/log.properties', {
      mainClass: 'kafka.Kafka',
      heapMiB: 64,
      properties: { a: 'b' },
      args: ['/broker.properties'],
    });
    expect(args).toContain('-Xmx64m');
    expect(args).toContain('-Da=b');
    expect(args.slice(-4)).toEqual(['-cp', '/jars/*', 'kafka.Kafka', '/broker.properties']);
  });
});
