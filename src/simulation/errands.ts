import type { Clock, Random } from '../host/host.js';
import type { SimulatedAnswer, SimulatedRequest } from './connection.js';
import type { Recorder } from './recorder.js';

/** What a client does beside posting and consuming: once, whatever becomes of it. */
export type Errand =
  /** Asks for what is at that path, with its query. */
  | { readonly kind: 'look'; readonly url: string }
  /** Posts to a topic that does not exist. */
  | { readonly kind: 'post-nowhere'; readonly sync: boolean }
  /** Asks for the offsets of a group, and sets that of a partition back by so many messages. */
  | {
      readonly kind: 'set-back';
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly back: number;
    };

export interface PlannedErrand {
  readonly atMs: number;
  readonly client: string;
  readonly errand: Errand;
}

interface Errands {
  /** `undefined`: no answer came. */
  readonly ask: (request: SimulatedRequest) => Promise<SimulatedAnswer | undefined>;
  readonly clock: Clock;
  readonly recorder: Recorder;
}

/** A topic that nobody has made. */
const nowhere = 'nowhere';
/** Of one errand that sets a position: more than a partition has as a rule now and then. */
const backMax = 20;

export async function run(errand: Errand, { ask, clock, recorder }: Errands): Promise<void> {
  switch (errand.kind) {
    case 'look':
      await ask({ method: 'GET', url: errand.url });
      return;
    case 'post-nowhere': {
      const url = `/topics/${nowhere}/messages${errand.sync ? '?sync' : ''}`;
      await ask({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: Buffer.from('lost') });
      return;
    }
    case 'set-back': {
      const { group, topic, partition, back } = errand;
      const url = `/topics/${topic}/offsets?group=${group}`;
      const before = await ask({ method: 'GET', url });
      if (before?.status !== 200) return;
      const offsets = JSON.parse(before.body) as { partition: number; offset: number }[];
      const found = offsets.find((each) => each.partition === partition)?.offset ?? -1;
      if (found < 0) return;
      const offset = Math.max(0, found - back);
      const set = recorder.positionSet({ group, topic, partition, offset, sentMs: clock.nowMs() });
      const answer = await ask({ method: 'POST', url, body: Buffer.from(JSON.stringify([{ partition, offset }])) });
      if (answer?.status === 200) set.answeredMs = clock.nowMs();
    }
  }
}

const upTo = (random: Random, max: number): number => Math.floor(random.next() * max);
const oneOf = <T>(random: Random, items: readonly T[]): T => items[upTo(random, items.length)]!;

export interface ErrandWorld {
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly groups: readonly { readonly name: string; readonly topics: readonly string[] }[];
}

const choices: readonly ((random: Random, world: ErrandWorld) => Errand)[] = [
  (random, world) => {
    const { name: group, topics } = oneOf(random, world.groups);
    const topic = oneOf(random, topics);
    const { partitions } = world.topics.find(({ name }) => name === topic)!;
    return { kind: 'set-back', group, topic, partition: upTo(random, partitions), back: upTo(random, backMax) };
  },
  (random) => ({ kind: 'post-nowhere', sync: random.next() < 0.5 }),
  (random, { groups }) => ({ kind: 'look', url: `/topics/${nowhere}/messages?group=${oneOf(random, groups).name}` }),
  (random, { topics }) => ({ kind: 'look', url: `/topics/${oneOf(random, [...topics, { name: nowhere }]).name}` }),
  (random, { topics }) => ({
    kind: 'look',
    url: `/topics/${oneOf(random, [...topics, { name: nowhere }]).name}?withPartitions&withConfig`,
  }),
  (random) => ({ kind: 'look', url: `/topics${oneOf(random, ['', '?withPartitions', '?withConfig'])}` }),
  (random, { topics, groups }) => ({
    kind: 'look',
    url: `/topics/${oneOf(random, [...topics, { name: nowhere }]).name}/offsets?group=${oneOf(random, groups).name}`,
  }),
  (random, { topics, groups }) => ({
    kind: 'look',
    url: `/topics/${oneOf(random, topics).name}/consumers${oneOf(random, ['', `?group=${oneOf(random, groups).name}`])}`,
  }),
];

export function chooseErrand(random: Random, world: ErrandWorld): Errand {
  return oneOf(random, choices)(random, world);
}
