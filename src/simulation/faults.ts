import type { BrokerErrorName } from '../kafka/port.js';
import type { KafkaApi } from '../embedded/request-faults.js';
import type { Random } from '../host/host.js';

/** What can be done to a simulated world, in the words of the field. Numbers name brokers and daemons, from 1. */
export type Fault =
  | { readonly kind: 'broker-down'; readonly broker: number }
  | { readonly kind: 'broker-slow'; readonly broker: number; readonly delayMs: number }
  | { readonly kind: 'broker-frozen'; readonly broker: number }
  | { readonly kind: 'leader-moved'; readonly topic: string; readonly partition: number; readonly broker: number }
  /** So many followers of each partition of the topic are stuck. */
  | { readonly kind: 'in-sync-shrunk'; readonly topic: string; readonly followers: number }
  /** Of each partition of the topic, a follower is stuck; when it is taken back, that one leads. */
  | { readonly kind: 'unclean-election'; readonly topic: string }
  | { readonly kind: 'connections-cut'; readonly daemon: number }
  | { readonly kind: 'connections-half-open'; readonly daemon: number }
  | { readonly kind: 'connections-slow'; readonly daemon: number; readonly delayMs: number }
  | { readonly kind: 'request-lost'; readonly api: KafkaApi; readonly times: number }
  | { readonly kind: 'reply-lost'; readonly api: KafkaApi; readonly times: number }
  | {
      readonly kind: 'request-refused';
      readonly api: KafkaApi;
      readonly error: BrokerErrorName;
      readonly times: number;
    }
  | { readonly kind: 'session-expired'; readonly daemon: number }
  | { readonly kind: 'zookeeper-down' }
  | { readonly kind: 'zookeeper-frozen' }
  | { readonly kind: 'zookeeper-cut'; readonly daemon: number }
  | { readonly kind: 'watches-late'; readonly delayMs: number }
  | { readonly kind: 'daemon-killed'; readonly daemon: number }
  | { readonly kind: 'daemon-stopped'; readonly daemon: number }
  | { readonly kind: 'daemon-paused'; readonly daemon: number }
  | { readonly kind: 'clock-jumped'; readonly daemon: number; readonly byMs: number }
  | { readonly kind: 'timers-late'; readonly daemon: number; readonly lateMsMax: number }
  | { readonly kind: 'client-gone'; readonly client: number }
  | { readonly kind: 'client-slow'; readonly client: number }
  /** Many polls and posts at once, each failure followed at once by the next try. */
  | { readonly kind: 'client-storm'; readonly client: number }
  /** `nth`: of the living actors of that daemon, in the order of their addresses, modulo their number. */
  | { readonly kind: 'actor-crashed'; readonly daemon: number; readonly nth: number }
  | { readonly kind: 'actor-slow'; readonly daemon: number; readonly nth: number }
  | { readonly kind: 'mailbox-full'; readonly daemon: number; readonly nth: number };

export type FaultKind = Fault['kind'];

export interface PlannedFault {
  readonly atMs: number;
  /** Until it is taken back; 0: it happens at once. */
  readonly forMs: number;
  readonly fault: Fault;
}

interface FaultyWorld {
  readonly daemons: number;
  readonly brokers: number;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
}

const upTo = (random: Random, max: number): number => 1 + Math.floor(random.next() * max);
const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random.next() * items.length)]!;

const losable: readonly KafkaApi[] = ['produce', 'fetch', 'commitOffsets', 'fetchOffsets', 'metadata', 'listOffsets'];
const refusals: readonly { readonly api: KafkaApi; readonly error: BrokerErrorName }[] = [
  { api: 'produce', error: 'NOT_LEADER_FOR_PARTITION' },
  { api: 'produce', error: 'NOT_ENOUGH_REPLICAS' },
  { api: 'commitOffsets', error: 'NOT_COORDINATOR' },
  { api: 'fetchOffsets', error: 'NOT_COORDINATOR' },
  { api: 'fetch', error: 'NOT_LEADER_FOR_PARTITION' },
];

/** How each kind is chosen: what exactly, and for how long. */
const choices: {
  readonly [K in FaultKind]: (
    random: Random,
    world: FaultyWorld,
  ) => { readonly fault: Fault & { kind: K }; readonly forMs: number };
} = {
  'broker-down': (random, { brokers }) => ({
    fault: { kind: 'broker-down', broker: upTo(random, brokers) },
    forMs: upTo(random, 8000),
  }),
  'broker-slow': (random, { brokers }) => ({
    fault: { kind: 'broker-slow', broker: upTo(random, brokers), delayMs: upTo(random, 3000) },
    forMs: upTo(random, 8000),
  }),
  'broker-frozen': (random, { brokers }) => ({
    fault: { kind: 'broker-frozen', broker: upTo(random, brokers) },
    forMs: upTo(random, 12_000),
  }),
  'leader-moved': (random, { brokers, topics }) => {
    const { name: topic, partitions } = oneOf(random, topics);
    const partition = upTo(random, partitions) - 1;
    return { fault: { kind: 'leader-moved', topic, partition, broker: upTo(random, brokers) }, forMs: 0 };
  },
  'in-sync-shrunk': (random, { topics }) => ({
    fault: { kind: 'in-sync-shrunk', topic: oneOf(random, topics).name, followers: upTo(random, 2) },
    forMs: upTo(random, 10_000),
  }),
  'unclean-election': (random, { topics }) => ({
    fault: { kind: 'unclean-election', topic: oneOf(random, topics).name },
    forMs: upTo(random, 10_000),
  }),
  'connections-cut': (random, { daemons }) => ({
    fault: { kind: 'connections-cut', daemon: upTo(random, daemons) },
    forMs: 0,
  }),
  'connections-half-open': (random, { daemons }) => ({
    fault: { kind: 'connections-half-open', daemon: upTo(random, daemons) },
    forMs: upTo(random, 12_000),
  }),
  'connections-slow': (random, { daemons }) => ({
    fault: { kind: 'connections-slow', daemon: upTo(random, daemons), delayMs: upTo(random, 2000) },
    forMs: upTo(random, 10_000),
  }),
  'request-lost': (random) => ({
    fault: { kind: 'request-lost', api: oneOf(random, losable), times: upTo(random, 5) },
    forMs: 5000,
  }),
  'reply-lost': (random) => ({
    fault: { kind: 'reply-lost', api: oneOf(random, losable), times: upTo(random, 5) },
    forMs: 5000,
  }),
  'request-refused': (random) => ({
    fault: { kind: 'request-refused', ...oneOf(random, refusals), times: upTo(random, 8) },
    forMs: 5000,
  }),
  'session-expired': (random, { daemons }) => ({
    fault: { kind: 'session-expired', daemon: upTo(random, daemons) },
    forMs: 0,
  }),
  'zookeeper-down': (random) => ({ fault: { kind: 'zookeeper-down' }, forMs: upTo(random, 12_000) }),
  'zookeeper-frozen': (random) => ({ fault: { kind: 'zookeeper-frozen' }, forMs: upTo(random, 12_000) }),
  'zookeeper-cut': (random, { daemons }) => ({
    fault: { kind: 'zookeeper-cut', daemon: upTo(random, daemons) },
    forMs: upTo(random, 12_000),
  }),
  'watches-late': (random) => ({
    fault: { kind: 'watches-late', delayMs: upTo(random, 3000) },
    forMs: upTo(random, 10_000),
  }),
  'daemon-killed': (random, { daemons }) => ({
    fault: { kind: 'daemon-killed', daemon: upTo(random, daemons) },
    forMs: upTo(random, 10_000),
  }),
  'daemon-stopped': (random, { daemons }) => ({
    fault: { kind: 'daemon-stopped', daemon: upTo(random, daemons) },
    forMs: upTo(random, 10_000),
  }),
  'daemon-paused': (random, { daemons }) => ({
    fault: { kind: 'daemon-paused', daemon: upTo(random, daemons) },
    forMs: upTo(random, 12_000),
  }),
  'clock-jumped': (random, { daemons }) => ({
    fault: { kind: 'clock-jumped', daemon: upTo(random, daemons), byMs: (upTo(random, 360) - 180) * 60_000 },
    forMs: upTo(random, 10_000),
  }),
  'timers-late': (random, { daemons }) => ({
    fault: { kind: 'timers-late', daemon: upTo(random, daemons), lateMsMax: upTo(random, 2000) },
    forMs: upTo(random, 8000),
  }),
  'client-gone': (random) => ({ fault: { kind: 'client-gone', client: upTo(random, 3) }, forMs: 0 }),
  'client-slow': (random) => ({ fault: { kind: 'client-slow', client: upTo(random, 3) }, forMs: upTo(random, 5000) }),
  'client-storm': (random) => ({ fault: { kind: 'client-storm', client: upTo(random, 3) }, forMs: upTo(random, 1500) }),
  'actor-crashed': (random, { daemons }) => ({
    fault: { kind: 'actor-crashed', daemon: upTo(random, daemons), nth: upTo(random, 1000) },
    forMs: 0,
  }),
  'actor-slow': (random, { daemons }) => ({
    fault: { kind: 'actor-slow', daemon: upTo(random, daemons), nth: upTo(random, 1000) },
    forMs: upTo(random, 3000),
  }),
  'mailbox-full': (random, { daemons }) => ({
    fault: { kind: 'mailbox-full', daemon: upTo(random, daemons), nth: upTo(random, 1000) },
    forMs: upTo(random, 3000),
  }),
};

export const faultKinds = Object.keys(choices) as readonly FaultKind[];

export function chooseFault(random: Random, atMs: number, world: FaultyWorld): PlannedFault {
  return { atMs, ...choices[oneOf(random, faultKinds)](random, world) };
}
