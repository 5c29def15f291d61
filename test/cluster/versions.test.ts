import { describe, expect, it } from 'vitest';
import { cacheFolder, pomOf } from '../../src/cluster/jars.js';
import { replicaAssignment } from '../../src/cluster/topic-nodes.js';
import { compareVersions, coordinatesOf, DEFAULT_KAFKA_VERSION, releaseOf } from '../../src/cluster/versions.js';

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
    const folder = (env: Record<string, string>) => cacheFolder({ env, temporaryFolder: '/t' });
    expect(folder({ XDG_CACHE_HOME: '/c', HOME: '/h' })).toBe('/c/kafka-pixy/cluster');
    expect(folder({ XDG_CACHE_HOME: '', HOME: '/h' })).toBe('/h/.cache/kafka-pixy/cluster');
    expect(folder({})).toBe('/t/.cache/kafka-pixy/cluster');
  });
});
