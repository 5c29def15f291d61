import { afterEach, describe, expect, it } from 'vitest';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const load = (address: string) => world.bus.actors().find((actor) => actor.address === `c/${address}`)?.load;

describe('the numbers of producing', () => {
  it('say what waits, what is on its way, and how long it took to be written', async () => {
    world = await produceWorld();
    void world.post('first');
    await world.runFor(10);
    world.kafka.script.push('late');
    void world.send('a');
    await world.runFor(5);
    for (const value of ['b', 'c']) void world.send(value);
    await world.runFor(5);
    expect(load('producer/orders')).toMatchObject({ accepted: 3, kept: 0, batchers: 1, partitions: 2 });
    expect(load('producer/orders')!['acceptedBytes']).toBe(world.budget.held('accepted-not-written'));
    expect(load('producer/orders/0')).toMatchObject({ waiting: 2, inFlight: 1, failures: 0, batches: 1, messages: 1 });
    expect(Number(load('producer/orders/0')!['inFlightBytes'])).toBeGreaterThan(0);
    expect(load('sender/1')).toMatchObject({ ready: 0, inFlightBatches: 1, requests: 1, failures: 0, lastMs: 1 });
    await world.runFor(10_100);
    expect(load('producer/orders')).toMatchObject({ accepted: 0, acceptedBytes: 0 });
    expect(load('producer/orders/0')).toEqual({
      waiting: 0,
      inFlight: 0,
      inFlightBytes: 0,
      failures: 0,
      batches: 3,
      messages: 4,
      lastBatch: 2,
      lastMs: 1,
      maxMs: 10_001,
      meanMs: 3334.3,
    });
    expect(load('sender/1')).toMatchObject({ inFlightBatches: 0, requests: 3, lastMs: 1, meanMs: 3334.3 });
  });

  it('count a batch that is written in the end once, with all its tries, and one that is refused not at all', async () => {
    world = await produceWorld({ retryBackoffMs: 100, retryMax: 2 });
    world.kafka.script.push('connection-lost');
    void world.send('a');
    await world.runFor(50);
    expect(load('producer/orders/0')).toMatchObject({ inFlight: 1, failures: 1, batches: 0 });
    expect(load('sender/1')).toMatchObject({ requests: 0, failures: 1 });
    await world.runFor(1000);
    expect(load('producer/orders/0')).toMatchObject({ inFlight: 0, failures: 0, batches: 1 });
    expect(Number(load('producer/orders/0')!['lastMs'])).toBeGreaterThan(100);
    world.kafka.script.push(() => 'TOPIC_AUTHORIZATION_FAILED');
    void world.send('b');
    await world.runFor(1000);
    expect(load('producer/orders/0')).toMatchObject({ inFlight: 0, batches: 1, messages: 1 });
  });

  it('say what waits for the partitions of a topic to be known', async () => {
    world = await produceWorld();
    world.kafka.slowMetadataMs = 500;
    for (const value of ['a', 'b']) void world.send(value);
    await world.runFor(100);
    expect(load('producer/orders')).toMatchObject({ accepted: 2, kept: 2, batchers: 0, partitions: 0 });
    await world.runFor(1000);
    expect(load('producer/orders')).toMatchObject({ accepted: 0, kept: 0, batchers: 1, partitions: 2 });
  });
});
