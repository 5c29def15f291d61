import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/actors/bus/types.js';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const batcher = 'c/producer/orders/0' as Address<never>;

/** One message is written, so that the next has a number above 0. */
async function begun(): Promise<void> {
  world = await produceWorld();
  void world.send('a');
  await world.runFor(100);
}

/** The broker has answered, and the answer has not come to the batcher yet, when the client's time is over. */
async function overtaken(values: readonly string[]): Promise<Promise<string>[]> {
  const replies = values.map((value, at) => world.post(value, { deadlineMs: at === 0 ? 50 : 10_000 }));
  await world.host.clock.settle();
  world.bus.injectFault(batcher, { kind: 'slow', forMs: 200 });
  await world.runFor(1000);
  return replies;
}

describe('a message whose client leaves between the answer of the broker and its delivery', () => {
  it('is not taken for one that was never sent, and its number is not given to the next, which would be dropped', async () => {
    await begun();
    const [left] = await overtaken(['b']);
    expect(await left).toBe('deadline sent');
    const next = world.post('c');
    await world.runFor(1000);
    expect(await next).toBe('0@2');
    expect(world.written()).toEqual(['a', 'b', 'c']);
  });

  it('does not shift the offsets that the others of its batch are told', async () => {
    await begun();
    world.kafka.script.push('late');
    void world.send('b');
    await world.runFor(9_970);
    const replies = ['c', 'd', 'e'].map((value, at) => world.post(value, { deadlineMs: at === 0 ? 50 : 20_000 }));
    await world.runUntil(() => world.kafka.requests.length === 3);
    world.bus.injectFault(batcher, { kind: 'slow', forMs: 200 });
    await world.runFor(1000);
    expect(await Promise.all(replies)).toEqual(['deadline sent', '0@3', '0@4']);
    expect(world.written()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('a batch whose leader was deposed after it had written it', () => {
  it('keeps its number from the next when it is given up, which would be dropped as its repetition', async () => {
    await begun();
    world.kafka.script.push('deposed', ...Array.from({ length: 20 }, () => 'unreachable' as const));
    const given = world.post('b', { deadlineMs: 300 });
    await world.runFor(5000);
    world.kafka.script.length = 0;
    const next = world.post('c');
    await world.runFor(5000);
    expect(await given).toBe('deadline sent');
    expect(await next).toBe('0@2');
    expect(world.written()).toEqual(['a', 'b', 'c']);
  });
});
