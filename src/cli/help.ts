import { flagTable } from '../config/config.js';
import { chaosFlagTable } from './chaos-flags.js';
import { demoFlagTable } from './demo-flags.js';

/** What `--help` says of every command; flags with what they are when they are not given, in brackets. */
export function helpText(version: string): string {
  const names = Object.keys(flagTable) as (keyof typeof flagTable)[];
  const width = Math.max(...names.map((name) => name.length));
  const lineOf = ([name, text]: readonly [string, string]): string => `  --${name.padEnd(width)}  ${text}`;
  return [
    `kafka-pixy ${version}: Kafka over plain HTTP`,
    '',
    'Usage:',
    '  kafka-pixy [flags]                   against real brokers and ZooKeeper',
    '  kafka-pixy dev [flags]               on an embedded Kafka and ZooKeeper, in memory, with a demo topic',
    '  kafka-pixy demo rebalance [flags]    three daemons that rebalance, step by step, with a page that shows it',
    '  kafka-pixy chaos run SCRIPT...       breaks what a chaos script says, and says whether messages were safe',
    '  kafka-pixy chaos check SCRIPT...     reads a chaos script, and says what it does or what is wrong with it',
    '',
    'Flags, with one dash or two, and a space or "=" before the value:',
    ...Object.entries(flagTable).map(lineOf),
    lineOf(['help', 'this text']),
    lineOf(['version', 'the version']),
    '',
    'Flags of the demo, besides --inspect, --logging, --kafkaPeers and --zookeeperPeers:',
    ...Object.entries(demoFlagTable).map(lineOf),
    '',
    'Flags of chaos run, which ends with 0 if all was well, 1 if a guarantee was broken, 2 if a script could not be run;',
    'chaos check has --seed alone:',
    ...Object.entries(chaosFlagTable).map(lineOf),
    '',
  ].join('\n');
}
