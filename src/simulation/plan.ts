import { seededRandom } from '../host/virtual-host.js';
import type { Random } from '../host/host.js';
import { chooseErrand, type PlannedErrand } from './errands.js';
import { chooseFault, type PlannedFault } from './faults.js';
import type { AckMode } from '../verdict/history.js';

/** One message that a client posts; a refusal or silence has it posted again. */
export interface PlannedPost {
  readonly atMs: number;
  readonly client: string;
  readonly topic: string;
  readonly key: string;
  readonly sync: boolean;
}

export interface PlannedGroup {
  readonly name: string;
  readonly mode: AckMode;
  readonly topics: readonly string[];
}

/** A topic gets more partitions. */
export interface PlannedGrowth {
  readonly atMs: number;
  readonly topic: string;
  /** How many it has then. */
  readonly partitions: number;
}

/** Nobody asks for messages of a group for a while: its subscriptions end where that is long enough. */
export interface PlannedRest {
  readonly atMs: number;
  readonly forMs: number;
  readonly group: string;
}

/** Everything that a run does of its own will, as data: the same plan gives the same run. */
export interface Plan {
  readonly seed: number;
  readonly brokers: number;
  readonly daemons: number;
  /** A daemon that is started again has the member id of before, as one with a configured client id. */
  readonly keepsMemberIds: boolean;
  /** The daemons' limits are so low that they are reached. */
  readonly lowLimits: boolean;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly groups: readonly PlannedGroup[];
  /** Each posts, and consumes for every group. */
  readonly clients: readonly string[];
  readonly durationMs: number;
  readonly posts: readonly PlannedPost[];
  readonly errands: readonly PlannedErrand[];
  readonly growths: readonly PlannedGrowth[];
  readonly rests: readonly PlannedRest[];
  readonly faults: readonly PlannedFault[];
}

export interface WorldSize {
  readonly daemons: number;
  readonly clients: number;
  readonly messages: number;
  readonly errands: number;
  readonly faults: number;
  readonly durationMs: number;
}

export const standardSize: WorldSize = {
  daemons: 3,
  clients: 3,
  messages: 200,
  errands: 10,
  faults: 5,
  durationMs: 60_000,
};

/** Of each client: few, so that many a message has one before it with its key. */
const keysPerTopic = 4;
/** Nothing is broken in the beginning, so that everybody gets to know the group, nor near the end. */
const calmStartMs = 2000;
const calmEndShare = 0.15;
/** Of the topics, how many get more partitions. */
const growthShare = 0.2;
/** Of the groups, how many rest. */
const restShare = 0.3;
/** Of the plans, how many stop all daemons at once. */
const wholeStopShare = 0.1;

export const chance = (random: Random, share: number): boolean => random.next() < share;
export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random.next() * items.length)]!;
export const between = (random: Random, min: number, max: number): number =>
  Math.floor(min + random.next() * (max - min + 1));

/** Everybody is told to stop at once, as when a new version is brought out; none hands over to another. */
function stopOfAll(random: Random, daemons: number, atMs: number): PlannedFault[] {
  const forMs = between(random, 1, 10_000);
  return Array.from({ length: daemons }, (_, at) => ({
    atMs,
    forMs,
    fault: { kind: 'daemon-stopped', daemon: at + 1 },
  }));
}

/** The plan of a seed. */
export function planOf(seed: number, size: WorldSize = standardSize): Plan {
  const random = seededRandom(seed);
  const topics = [
    { name: 'orders', partitions: 4 },
    { name: 'clicks', partitions: 4 },
  ];
  const clients = Array.from({ length: size.clients }, (_, at) => `c${at + 1}`);
  const posts = Array.from({ length: size.messages }, (): PlannedPost => {
    const { name } = pick(random, topics);
    return {
      atMs: between(random, 0, size.durationMs),
      client: pick(random, clients),
      topic: name,
      key: `${name}-${between(random, 1, keysPerTopic)}`,
      sync: chance(random, 0.6),
    };
  });
  const world = { daemons: size.daemons, brokers: 3, topics };
  const lastMs = size.durationMs * (1 - calmEndShare);
  const groups: readonly PlannedGroup[] = [
    { name: 'auto', mode: 'auto', topics: ['orders'] },
    { name: 'later', mode: 'later', topics: ['clicks'] },
  ];
  const errands = Array.from({ length: size.errands }, (): PlannedErrand => ({
    atMs: between(random, calmStartMs, lastMs),
    client: pick(random, clients),
    errand: chooseErrand(random, { topics, groups }),
  }));
  const growths = topics
    .filter(() => chance(random, growthShare))
    .map(({ name, partitions }): PlannedGrowth => ({
      atMs: between(random, calmStartMs, lastMs),
      topic: name,
      partitions: partitions + between(random, 1, 3),
    }));
  const rests = groups
    .filter(() => chance(random, restShare))
    .map(({ name }): PlannedRest => ({
      atMs: between(random, calmStartMs, lastMs),
      forMs: between(random, 1000, 15_000),
      group: name,
    }));
  const faults = Array.from({ length: size.faults }, () =>
    chooseFault(random, between(random, calmStartMs, lastMs), world),
  );
  if (chance(random, wholeStopShare))
    faults.push(...stopOfAll(random, size.daemons, between(random, calmStartMs, lastMs)));
  return {
    seed,
    brokers: 3,
    daemons: size.daemons,
    keepsMemberIds: chance(random, 0.5),
    lowLimits: chance(random, 0.25),
    topics,
    groups,
    clients,
    durationMs: size.durationMs,
    posts: posts.sort((a, b) => a.atMs - b.atMs),
    errands: errands.sort((a, b) => a.atMs - b.atMs),
    growths,
    rests,
    faults: faults.sort((a, b) => a.atMs - b.atMs),
  };
}
