import { afterEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/actors/addresses.js';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const wrong = 'b:9093 refuses the user "u": correct net.sasl.password';
const errors = () => world.log.filter(({ level }) => level === 50).map(({ msg, reason }) => [msg, reason]);
const running = async <T>(outcome: Promise<T>, durationMs: number): Promise<T> => {
  await world.runFor(durationMs);
  return outcome;
};

describe('a topic while Kafka refuses us', () => {
  it('refuses sync messages at once, and keeps async ones until it is corrected', async () => {
    world = await produceWorld();
    world.kafka.refuses = wrong;
    const waiting = world.post('early');
    expect(await world.send('one')).toBe('accepted');
    expect(await running(waiting, 100)).toBe('kafka-access-denied');
    expect(await world.post('late')).toBe('kafka-access-denied');
    expect(await world.send('two')).toBe('accepted');
    expect(world.written()).toEqual([]);
    world.kafka.refuses = undefined;
    await world.runFor(6000);
    expect(world.written()).toEqual(['one', 'two']);
    const third = world.post('three');
    expect(await running(third, 100)).toBe('0@2');
    expect(world.written()).toEqual(['one', 'two', 'three']);
  });

  it('says why in the words of whoever was asked, once for each changed reason', async () => {
    world = await produceWorld();
    world.kafka.refuses = wrong;
    await world.send('x');
    await world.runFor(60_000);
    expect(errors()).toEqual([['Kafka refuses us; it is tried again', wrong]]);
    world.kafka.refuses = 'another reason';
    await world.runFor(60_000);
    expect(errors().slice(1)).toEqual([['Kafka refuses us; it is tried again', 'another reason']]);
    world.kafka.refuses = undefined;
    world.kafka.away = true;
    await world.runFor(60_000);
    expect(errors().slice(2)).toEqual([['Kafka is not reachable; it is tried again', 'no broker answers']]);
    world.kafka.away = false;
    await world.runFor(60_000);
    expect(world.log.filter(({ msg }) => msg === 'Kafka is reachable')).toHaveLength(1);
    expect(world.written()).toEqual(['x']);
  });

  it('that was known before keeps sync messages for their time, and then tells why none was written', async () => {
    world = await produceWorld();
    expect(await running(world.post('before'), 100)).toBe('0@0');
    world.kafka.refuses = wrong;
    const waiting = world.post('meanwhile', { deadlineMs: 10_000 });
    const corrected = world.post('corrected', { deadlineMs: 30_000 });
    expect(await running(waiting, 10_100)).toBe('kafka-access-denied');
    world.kafka.refuses = undefined;
    await world.runFor(10_000);
    expect(await corrected).toBe('0@1');
    expect(world.written()).toEqual(['before', 'corrected']);
  });

  it('is refused to whoever asks for it next, without a further try', async () => {
    world = await produceWorld();
    world.kafka.refuses = wrong;
    expect(await running(world.post('x'), 100)).toBe('kafka-access-denied');
    expect(await running(world.post('y', { topic: 'other' }), 100)).toBe('kafka-access-denied');
  });

  it('drops nothing silently when the daemon stops', async () => {
    world = await produceWorld({ shutdownTimeoutMs: 2000 });
    world.kafka.refuses = wrong;
    await world.send('x');
    await world.runFor(1000);
    world.drain();
    await world.runFor(5000);
    expect(world.bus.holds(addressOf.producer('c', 'orders'))).toBe(false);
    expect(errors().at(-1)?.[0]).toBe('accepted messages were not written before the end, and are lost');
  });
});
