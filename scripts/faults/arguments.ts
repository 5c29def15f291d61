import { parseArgs } from 'node:util';

export const USAGE = `npm run faults [-- OPTION...]
Three daemons on a real Kafka and ZooKeeper of their own, under load, while brokers, ZooKeeper and daemons fail.
  --seconds N     begin rounds of faults as long as N seconds have not passed; one round at least (default 0)
  --brokers N     1, or 3 with three replicas of which two must have a message (default 3)
  --quiet N       seconds of calm before each fault (default 5)
  --keep          leave the logs of the daemons and the history, and say where
  --help          this text
Ends with exit code 1 when a guarantee was broken.`;

export interface Arguments {
  readonly seconds: number;
  readonly brokers: 1 | 3;
  readonly quiet: number;
  readonly keep: boolean;
  readonly help: boolean;
}

/** Throws an error of one line when the arguments are wrong. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seconds: { type: 'string', default: '0' },
      brokers: { type: 'string', default: '3' },
      quiet: { type: 'string', default: '5' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.brokers !== '1' && values.brokers !== '3')
    throw new Error(`--brokers takes 1 or 3, not "${values.brokers}".`);
  return {
    seconds: wholeNumber('seconds', values.seconds),
    brokers: values.brokers === '1' ? 1 : 3,
    quiet: wholeNumber('quiet', values.quiet),
    keep: values.keep,
    help: values.help,
  };
}

const secondsMax = 86_400;

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > secondsMax)
    throw new Error(`--${option} takes whole seconds, up to ${secondsMax}, not "${text}".`);
  return Number(text);
}
