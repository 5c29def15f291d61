import { parseArgs } from 'node:util';
import { BROKERS_MAX } from '../../src/cluster/cluster.js';
import { DEFAULT_KAFKA_VERSION } from '../../src/cluster/versions.js';

export const USAGE = `Starts and stops a real ZooKeeper and Kafka on this machine, with data in a temporary folder.

  npm run cluster -- up [--kafka ${DEFAULT_KAFKA_VERSION}] [--brokers 1] [--min-insync-replicas 1]
                        [--kafka-port N] [--zookeeper-port N] [--name default]
  npm run cluster -- topic TOPIC [--partitions 1] [--name default]
  npm run cluster -- status [--name default]
  npm run cluster -- down [--name default]

Ports not given are free ones. The brokers create no topic by themselves. Needs a JDK (17 or later) and, the first time for a version, Maven.`;

const DEFAULT_NAME = 'default';
const PORT_MAX = 65_535;
/** More would ask too much of brokers as small as these. */
const PARTITIONS_MAX = 1_000;

export type Command =
  | {
      readonly type: 'up';
      readonly name: string;
      readonly kafka: string;
      readonly brokers: number;
      readonly minInSyncReplicas: number;
      readonly kafkaPort: number | undefined;
      readonly zookeeperPort: number | undefined;
    }
  | { readonly type: 'topic'; readonly name: string; readonly topic: string; readonly partitions: number }
  | { readonly type: 'status'; readonly name: string }
  | { readonly type: 'down'; readonly name: string }
  | { readonly type: 'help' };

/** Throws an error of one line when the arguments are wrong. */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      kafka: { type: 'string', default: DEFAULT_KAFKA_VERSION },
      brokers: { type: 'string', default: '1' },
      'min-insync-replicas': { type: 'string', default: '1' },
      'kafka-port': { type: 'string' },
      'zookeeper-port': { type: 'string' },
      partitions: { type: 'string', default: '1' },
      name: { type: 'string', default: DEFAULT_NAME },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [type, ...rest] = positionals;
  if (values.help) return { type: 'help' };
  const [topic, ...more] = type === 'topic' ? rest : [undefined, ...rest];
  if (more.length > 0) throw new Error(`One command at a time: what is "${more.join(' ')}"?`);
  const name = nameOf(values.name);
  switch (type) {
    case 'up': {
      const brokers = wholeNumber('brokers', values.brokers, BROKERS_MAX);
      const port = (option: 'kafka-port' | 'zookeeper-port', max: number) =>
        values[option] === undefined ? undefined : wholeNumber(option, values[option], max);
      return {
        type,
        name,
        kafka: values.kafka,
        brokers,
        minInSyncReplicas: wholeNumber('min-insync-replicas', values['min-insync-replicas'], brokers),
        kafkaPort: port('kafka-port', PORT_MAX - brokers + 1),
        zookeeperPort: port('zookeeper-port', PORT_MAX),
      };
    }
    case 'topic':
      if (topic === undefined) throw new Error('Say which topic to create: topic TOPIC [--partitions N].');
      return { type, name, topic, partitions: wholeNumber('partitions', values.partitions, PARTITIONS_MAX) };
    case 'status':
    case 'down':
      return { type, name };
    default:
      throw new Error(`Say what to do: up, topic, status or down. --help tells more.`);
  }
}

function wholeNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max) {
    throw new Error(`--${option} takes a whole number from 1 to ${max}, not "${text}".`);
  }
  return value;
}

/** The name becomes part of a file's name. */
function nameOf(name: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw new Error(`--name takes up to 64 letters, digits, "-" and "_", not "${name}".`);
  }
  return name;
}
