import { flagTable } from '../config/config.js';

/** What `--help` says of every command; flags with what they are when they are not given, in brackets. */
export function helpText(version: string): string {
  const names = Object.keys(flagTable) as (keyof typeof flagTable)[];
  const width = Math.max(...names.map((name) => name.length));
  return [
    `kafka-pixy ${version}: Kafka over plain HTTP`,
    '',
    'Usage:',
    '  kafka-pixy [flags]        against real brokers and ZooKeeper',
    '  kafka-pixy dev [flags]    on an embedded Kafka and ZooKeeper, in memory, with a demo topic',
    '',
    'Flags, with one dash or two, and a space or "=" before the value:',
    ...names.map((name) => `  --${name.padEnd(width)}  ${flagTable[name]}`),
    `  --${'help'.padEnd(width)}  this text`,
    `  --${'version'.padEnd(width)}  the version`,
    '',
  ].join('\n');
}
