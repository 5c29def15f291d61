import { afterEach, describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import type { ActorKind, Address } from '../../../src/actors/bus/types.js';
import { addressOf } from '../../../src/actors/addresses.js';
import { suspectTopic, unwatchTopic, watchTopic } from '../../../src/actors/metadata/watch-topic.js';
import type { TopicChanged, TopicView } from '../../../src/machines/topic-view.js';
import { produceWorld, type ProduceWorld } from '../produce/produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const listenerMachine = setup({
  types: { context: {} as { views: TopicView[] }, input: {} as { views: TopicView[] }, events: {} as TopicChanged },
  actions: { note: ({ context, event }) => void context.views.push(event.view) },
}).createMachine({
  id: 'listener',
  context: ({ input }) => input,
  on: { 'topic.changed': { actions: 'note' } },
});

const listenerKind: ActorKind<typeof listenerMachine, TopicView[]> = {
  name: 'listener',
  machine: listenerMachine,
  restart: { backoffMs: 10, backoffMaxMs: 10, restartsMax: 3, windowMs: 1000 },
  mailboxRequestsMax: 0,
  build: (_shell, views) => ({ input: { views } }),
};

/** An actor that watches, and what it was told. */
function listener(name: string) {
  const address = `c/${name}` as Address<TopicChanged>;
  const views: TopicView[] = [];
  world.bus.spawn(listenerKind, address, views);
  const teller = { address, tell: world.bus.tell.bind(world.bus) };
  return {
    address,
    views,
    watch: (topic: string) => watchTopic(teller, 'c', topic),
    unwatch: (topic: string) => unwatchTopic(teller, 'c', topic),
    suspect: (topic: string) => suspectTopic(teller, 'c', topic),
    told: () => views.map(({ state, partitions }) => `${state} ${partitions.map(({ leader }) => leader).join()}`),
  };
}

const metadataState = () => world.state(addressOf.metadata('c'));

describe('topic metadata', () => {
  it('tells a watcher at once when it is known, and then of each change only', async () => {
    world = await produceWorld();
    const a = listener('a');
    a.watch('orders');
    await world.runFor(10);
    const b = listener('b');
    b.watch('orders');
    await world.host.clock.settle();
    expect([a.told(), b.told()]).toEqual([['known 1,2'], ['known 1,2']]);
    await world.runFor(120_000);
    expect(a.told()).toHaveLength(1);
    world.kafka.topics.set('orders', [2, 2]);
    await world.runFor(61_000);
    world.kafka.topics.set('orders', [2, 2, 1]);
    await world.runFor(61_000);
    expect(a.told()).toEqual(['known 1,2', 'known 2,2', 'known 2,2,1']);
    expect(b.told()).toEqual(a.told());
  });

  it('looks up all watched topics in one request, one request at a time', async () => {
    world = await produceWorld();
    world.kafka.slowMetadataMs = 100;
    const a = listener('a');
    a.watch('orders');
    await world.runFor(10);
    a.watch('second');
    a.watch('third');
    await world.runFor(300);
    expect(world.kafka.lookups.slice(0, 2)).toEqual([['orders'], ['orders', 'second', 'third']]);
  });

  it('asks at once for a topic that is newly watched, whatever it does', async () => {
    world = await produceWorld();
    for (const topic of ['t0', 't1', 't2', 't3', 't4']) world.kafka.topics.set(topic, [1]);
    const a = listener('a');
    a.watch('t0');
    await world.runFor(5);
    a.watch('t1'); // resting
    await world.runFor(5);
    expect(metadataState()).toBe('resting');
    await world.runFor(500);
    expect(metadataState()).toBe('fresh');
    a.watch('t2');
    await world.runFor(5);
    world.kafka.topics.set('t3', [-1]);
    a.watch('t3');
    await world.runFor(500);
    expect(metadataState()).toBe('unsettled');
    a.watch('t4');
    await world.runFor(5);
    expect(a.views.map(({ topic }) => topic)).toEqual(['t0', 't1', 't2', 't3', 't4']);
  });

  it('asks again soon after a suspicion, once for a burst of them', async () => {
    world = await produceWorld();
    const a = listener('a');
    a.watch('orders');
    await world.runFor(10);
    for (let n = 0; n < 10; n++) a.suspect('orders'); // resting
    await world.runFor(500);
    expect(world.kafka.lookups).toHaveLength(2);
    expect(metadataState()).toBe('fresh');
    world.kafka.slowMetadataMs = 50;
    a.suspect('orders'); // fresh
    await world.runFor(10);
    a.suspect('orders'); // while the request that it caused is under way
    await world.runFor(500);
    expect(world.kafka.lookups).toHaveLength(4);
    world.kafka.topics.set('orders', [1, -1]);
    a.suspect('orders');
    await world.runFor(400);
    expect(metadataState()).toBe('unsettled');
    const before = world.kafka.lookups.length;
    a.suspect('orders');
    await world.runFor(10);
    expect(world.kafka.lookups).toHaveLength(before + 1);
  });

  it('asks every second while a partition has no leader', async () => {
    world = await produceWorld();
    world.kafka.topics.set('orders', [1, -1]);
    const a = listener('a');
    a.watch('orders');
    await world.runFor(5000);
    expect(world.kafka.lookups.length).toBeGreaterThanOrEqual(4);
    world.kafka.topics.set('orders', [1, 2]);
    await world.runFor(2000);
    expect(a.told()).toEqual(['known 1,-1', 'known 1,2']);
  });

  it('tells of an outage once, backs off, and tells when it is over', async () => {
    world = await produceWorld();
    const a = listener('a');
    a.watch('orders');
    await world.runFor(1000);
    world.kafka.away = true;
    a.suspect('orders');
    await world.runFor(60_000);
    const tries = world.kafka.lookups.length;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(25);
    const b = listener('b');
    b.watch('orders');
    b.watch('never-seen');
    await world.host.clock.settle();
    expect(b.told()).toEqual(['unreachable 1,2', 'unreachable ']);
    world.kafka.away = false;
    await world.runFor(5100);
    expect(a.told()).toEqual(['known 1,2', 'unreachable 1,2', 'known 1,2']);
  });

  it('does not believe a broker that knows of no broker', async () => {
    world = await produceWorld();
    world.kafka.emptyCluster = true;
    world.kafka.topics.clear();
    const a = listener('a');
    a.watch('orders');
    await world.runFor(3000);
    world.kafka.emptyCluster = false;
    world.kafka.topics.set('orders', [1]);
    await world.runFor(3000);
    expect(a.told()).toEqual(['unreachable ', 'known 1']);
  });

  it('asks for nothing when nobody watches any more, in whatever state', async () => {
    world = await produceWorld();
    const a = listener('a');
    const cycle = async (waitMs: number, state: string) => {
      a.watch('orders');
      await world.runFor(waitMs);
      expect(metadataState()).toBe(state);
      a.unwatch('orders');
      await world.runFor(10);
      expect(metadataState()).toBe('idle');
    };
    await cycle(10, 'resting');
    await cycle(1000, 'fresh');
    world.kafka.slowMetadataMs = 5;
    await cycle(1, 'refreshing');
    world.kafka.topics.set('orders', [-1]);
    await cycle(400, 'unsettled');
    world.kafka.away = true;
    await cycle(10, 'unreachable');
    const before = world.kafka.lookups.length;
    await world.runFor(120_000);
    expect(world.kafka.lookups).toHaveLength(before);
  });

  it('forgets watchers that ended without a word', async () => {
    world = await produceWorld();
    const a = listener('a');
    a.watch('orders');
    await world.runFor(1000);
    await Promise.all([world.bus.stop(a.address as Address<never>), world.runFor(1)]);
    await world.runFor(61_000);
    expect(world.kafka.lookups).toEqual([['orders']]);
    expect(metadataState()).toBe('idle');
  });

  it('goes on after a crash with all its watchers', async () => {
    world = await produceWorld();
    const a = listener('a');
    a.watch('orders');
    await world.runFor(1000);
    await world.crash(addressOf.metadata('c'));
    world.kafka.topics.set('orders', [2, 2]);
    await world.runFor(1000);
    expect(a.told()).toEqual(['known 1,2', 'known 2,2']);
  });

  it('answers an invalid topic name as unknown at once', async () => {
    world = await produceWorld();
    const metadata = world.kafka.metadata.bind(world.kafka);
    world.kafka.metadata = async (topics, signal) => {
      const answer = await metadata(topics, signal);
      return { ...answer, topics: answer.topics.map((topic) => ({ ...topic, error: 'INVALID_TOPIC' as const })) };
    };
    const a = listener('a');
    a.watch('...');
    await world.runFor(10);
    expect(a.told()).toEqual(['unknown ']);
  });

  it('answers a topic beyond its limit as unknown, and says so in the log', async () => {
    world = await produceWorld();
    const a = listener('a');
    for (let n = 0; n <= 10_000; n++) a.watch(`t${n}`);
    // More events than the bus delivers before it lets I/O run.
    const isTold = () => a.views.some(({ state }) => state === 'unknown');
    for (let rounds = 0; rounds < 100 && !isTold(); rounds++) await world.host.clock.settle();
    expect(a.views.filter(({ state }) => state === 'unknown').map(({ topic }) => topic)).toEqual(['t10000']);
    expect(world.log.filter(({ msg }) => String(msg).startsWith('too many topics'))).toHaveLength(1);
  });
});
