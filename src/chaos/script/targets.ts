import { meantName } from './mistakes.js';

/** Whom a fault strikes; `N`: how brokers and daemons, which are counted from 1, are named. */
interface TargetsBy<N> {
  readonly broker: { readonly type: 'broker'; readonly broker: N };
  readonly zookeeper: { readonly type: 'zookeeper' };
  readonly daemon: { readonly type: 'daemon'; readonly daemon: N };
  readonly daemonToBroker: { readonly type: 'daemon-to-broker'; readonly daemon: N; readonly broker: N };
  readonly daemonToZooKeeper: { readonly type: 'daemon-to-zookeeper'; readonly daemon: N };
  readonly clientsToDaemon: { readonly type: 'clients-to-daemon'; readonly daemon: N };
  /** `pattern`: of addresses of actors, with `*` for any characters within one name. */
  readonly actors: { readonly type: 'actors'; readonly daemon: N; readonly pattern: string };
}

export type Target = TargetsBy<number>[keyof TargetsBy<number>];

/** One by its number, one that the seed chooses, or all of them at once. */
export type Choice = number | 'any' | 'every';
export type WrittenTarget = TargetsBy<Choice>[keyof TargetsBy<Choice>];

export const processForms = 'broker 1, daemon 2, every daemon or zookeeper';
export const linkForms =
  'daemon 1 -> broker 2, daemon 1 -> zookeeper, clients -> daemon 1, or with every in place of a number';
export const daemonForms = 'daemon 1 or every daemon';

/** Reads `broker 1`, `any daemon`, `zookeeper`. */
export function parseProcess(text: string): WrittenTarget | undefined {
  const end = parseEnd(text);
  if (end === undefined || end.noun === 'clients') return undefined;
  if (end.noun === 'zookeeper') return { type: 'zookeeper' };
  return end.noun === 'broker' ? { type: 'broker', broker: end.which } : { type: 'daemon', daemon: end.which };
}

export function parseDaemon(text: string): WrittenTarget | undefined {
  const target = parseProcess(text);
  return target?.type === 'daemon' ? target : undefined;
}

/** Reads `daemon 1 -> every broker`, `any daemon -> zookeeper`, `clients -> daemon 1`. */
export function parseLink(text: string): WrittenTarget | undefined {
  const [from, to, ...more] = text.split('->').map((part) => parseEnd(part.trim()));
  if (!from || !to || more.length > 0) return undefined;
  if (from.noun === 'clients')
    return to.noun === 'daemon' ? { type: 'clients-to-daemon', daemon: to.which } : undefined;
  if (from.noun !== 'daemon') return undefined;
  if (to.noun === 'zookeeper') return { type: 'daemon-to-zookeeper', daemon: from.which };
  return to.noun === 'broker' ? { type: 'daemon-to-broker', daemon: from.which, broker: to.which } : undefined;
}

type End =
  | { readonly noun: 'broker' | 'daemon'; readonly which: Choice }
  | { readonly noun: 'zookeeper' }
  | { readonly noun: 'clients' };

function parseEnd(text: string): End | undefined {
  if (text === 'zookeeper' || text === 'clients') return { noun: text };
  const { noun, number, many } =
    /^(?:(?<many>any|every) )?(?<noun>broker|daemon)(?: (?<number>\d{1,3}))?$/.exec(text)?.groups ?? {};
  if (noun === undefined || (many === undefined) === (number === undefined)) return undefined;
  return { noun: noun as 'broker' | 'daemon', which: (many as 'any' | 'every' | undefined) ?? Number(number) };
}

const words = ['any', 'every', 'broker', 'daemon', 'zookeeper', 'clients', '->'];
/** What else people call them. */
const otherWords: Readonly<Record<string, string>> = {
  all: 'every',
  each: 'every',
  random: 'any',
  kafka: 'broker',
  node: 'broker',
  zk: 'zookeeper',
  proxy: 'daemon',
  '=>': '->',
  '→': '->',
  to: '->',
};

/** What a text that is no target would be with its words set right; `undefined`: that makes none either. */
export function meantTarget(text: string, parse: (text: string) => WrittenTarget | undefined): string | undefined {
  const parts = text.toLowerCase().match(/\d+|[a-z_]+|->|=>|→/g) ?? [];
  const right = parts
    .map((part) => (/^\d+$/.test(part) ? part : (otherWords[part] ?? meantName(part.replace('_', ''), words) ?? part)))
    .join(' ');
  return parse(right) ? right : undefined;
}

export interface WorldSize {
  readonly brokers: number;
  readonly daemons: number;
}

/** The targets that are meant. `draw` gives a number from 1 to its argument, for `any`. */
export function targetsOf(written: WrittenTarget, size: WorldSize, draw: (max: number) => number): Target[] {
  const some = (choice: Choice, max: number): number[] => {
    if (choice === 'every') return Array.from({ length: max }, (_, at) => at + 1);
    return [choice === 'any' ? draw(max) : choice];
  };
  switch (written.type) {
    case 'zookeeper':
      return [written];
    case 'broker':
      return some(written.broker, size.brokers).map((broker) => ({ type: 'broker', broker }));
    case 'daemon-to-broker': {
      const daemons = some(written.daemon, size.daemons);
      const brokers = some(written.broker, size.brokers);
      return daemons.flatMap((daemon) => brokers.map((broker) => ({ type: written.type, daemon, broker })));
    }
    case 'daemon':
    case 'daemon-to-zookeeper':
    case 'clients-to-daemon':
      return some(written.daemon, size.daemons).map((daemon) => ({ type: written.type, daemon }));
    case 'actors': {
      const { pattern } = written;
      return some(written.daemon, size.daemons).map((daemon) => ({ type: 'actors', daemon, pattern }));
    }
  }
}

/** As it is written in a script. */
export function describeTarget(target: Target | WrittenTarget): string {
  const one = (noun: string, which: Choice) => (typeof which === 'number' ? `${noun} ${which}` : `${which} ${noun}`);
  switch (target.type) {
    case 'zookeeper':
      return 'zookeeper';
    case 'broker':
      return one('broker', target.broker);
    case 'daemon':
      return one('daemon', target.daemon);
    case 'daemon-to-broker':
      return `${one('daemon', target.daemon)} -> ${one('broker', target.broker)}`;
    case 'daemon-to-zookeeper':
      return `${one('daemon', target.daemon)} -> zookeeper`;
    case 'clients-to-daemon':
      return `clients -> ${one('daemon', target.daemon)}`;
    case 'actors':
      return `${target.pattern} in ${one('daemon', target.daemon)}`;
  }
}
