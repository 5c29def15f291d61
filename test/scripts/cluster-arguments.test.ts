import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../scripts/cluster/arguments.js';

describe('the arguments of the cluster command', () => {
  it('starts one broker of the default version on free ports when told no more', () => {
    expect(parseCommand(['up'])).toEqual({
      type: 'up',
      name: 'default',
      kafka: '3.9.1',
      brokers: 1,
      minInSyncReplicas: 1,
      kafkaPort: undefined,
      zookeeperPort: undefined,
    });
  });

  it('takes every option, with a space or an equals sign', () => {
    const argv = ['up', '--kafka=2.8.2', '--brokers', '3', '--min-insync-replicas', '2', '--kafka-port', '9092'];
    expect(parseCommand([...argv, '--zookeeper-port=2181', '--name', 'x_1'])).toEqual({
      type: 'up',
      name: 'x_1',
      kafka: '2.8.2',
      brokers: 3,
      minInSyncReplicas: 2,
      kafkaPort: 9092,
      zookeeperPort: 2181,
    });
  });

  it('creates a topic on a named cluster', () => {
    expect(parseCommand(['topic', 'orders', '--partitions', '8', '--name', 'x'])).toEqual({
      type: 'topic',
      name: 'x',
      topic: 'orders',
      partitions: 8,
    });
  });

  it.each([
    [['topic'], 'which topic'],
    [['topic', 'a', 'b'], 'what is "b"'],
    [['topic', 'a', '--partitions', '0'], '--partitions'],
    [[], 'Say what to do'],
    [['start'], 'Say what to do'],
    [['up', 'down'], 'One command at a time'],
    [['up', '--brokers', '0'], 'whole number from 1 to 3'],
    [['up', '--brokers', '4'], 'whole number from 1 to 3'],
    [['up', '--brokers', '1.5'], 'whole number from 1 to 3'],
    [['up', '--min-insync-replicas', '2'], 'whole number from 1 to 1'],
    [['up', '--kafka-port', '70000'], '--kafka-port'],
    // The third broker would need port 65536.
    [['up', '--brokers', '3', '--kafka-port', '65534'], 'whole number from 1 to 65533'],
    [['down', '--name', '../x'], '--name'],
    [['up', '--bogus'], '--bogus'],
  ])('refuses %j: %s', (argv, why) => {
    expect(() => parseCommand(argv)).toThrow(why);
  });

  it('explains itself', () => {
    expect(parseCommand(['--help'])).toEqual({ type: 'help' });
    expect(parseCommand(['up', '-h'])).toEqual({ type: 'help' });
  });
});
