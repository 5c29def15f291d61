import { afterEach, describe, expect, it } from 'vitest';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const sendAll = async (count: number, pauseMs: number): Promise<string[]> => {
  const values = Array.from({ length: count }, (_, at) => `v${at}`);
  for (const value of values) {
    void world.send(value);
    await world.runFor(pauseMs);
  }
  return values;
};

describe('an idempotent producer', () => {
  it('has one copy of each message written, in order, whatever answers are lost', async () => {
    world = await produceWorld();
    world.kafka.script.push('ok', 'lost', 'ok', 'timeout', 'lost', 'lost', 'unreachable', 'hang', 'ok', 'lost', 'late');
    const sent = await sendAll(40, 30);
    await world.runFor(60_000);
    expect(world.written()).toEqual(sent);
    expect(world.kafka.identities).toBe(1);
  });

  it('answers a sync post whose first answer was lost with the offset of the one copy', async () => {
    world = await produceWorld();
    world.kafka.script.push('lost');
    const reply = world.post('a');
    await world.runFor(1000);
    expect(await reply).toBe('0@0');
    expect(world.written()).toEqual(['a']);
  });

  it('asks once who it is, for all partitions of the topic', async () => {
    world = await produceWorld();
    void world.send('a');
    void world.send('b', { key: 'l' });
    await world.runFor(100);
    void world.send('c');
    await world.runFor(100);
    expect(world.kafka.identities).toBe(1);
    expect(world.kafka.sequences.sort()).toEqual(['1:0', '1:0', '1:1']);
  });

  it('counts on after a batch that the broker refused for good', async () => {
    world = await produceWorld();
    void world.send('a');
    await world.runFor(100);
    world.kafka.script.push(() => 'TOPIC_AUTHORIZATION_FAILED');
    const refused = world.post('b');
    await world.runFor(100);
    void world.send('c');
    await world.runFor(100);
    expect(await refused).toBe('produce-refused');
    expect(world.written()).toEqual(['a', 'c']);
    expect(world.kafka.sequences).toEqual(['1:0', '1:1']);
  });

  it('takes another identity after a batch was given up that may have been written', async () => {
    world = await produceWorld();
    void world.send('a');
    await world.runFor(100);
    world.kafka.script.push('lost', ...Array.from({ length: 20 }, () => 'unreachable' as const));
    const given = world.post('b', { deadlineMs: 500 });
    await world.runFor(5000);
    world.kafka.script.length = 0;
    void world.send('c');
    await world.runFor(5000);
    expect(await given).toBe('deadline sent');
    // Under its old number `c` would have been taken for a repetition of `b`, and dropped.
    expect(world.written()).toEqual(['a', 'b', 'c']);
    expect(world.kafka.sequences.at(-1)).toBe('2:0');
  });

  it('takes another identity when the brokers have forgotten it', async () => {
    world = await produceWorld();
    void world.send('a');
    await world.runFor(100);
    world.kafka.forgetProducers();
    void world.send('b');
    await world.runFor(1000);
    void world.send('c');
    await world.runFor(1000);
    expect(world.written()).toEqual(['a', 'b', 'c']);
    expect(world.kafka.sequences).toEqual(['1:0', '1:1', '2:0', '2:1']);
  });

  it('takes another identity after it was given up as idle, as its count begins anew', async () => {
    world = await produceWorld({ idleTimeoutMs: 1000 });
    void world.send('a');
    await world.runFor(10_000);
    expect(world.bus.holds('c/producer/orders' as never)).toBe(false);
    void world.send('b');
    await world.runFor(100);
    expect(world.written()).toEqual(['a', 'b']);
    expect(world.kafka.sequences).toEqual(['1:0', '2:0']);
  });

  it('keeps its count when batcher and sender crash with a batch on its way', async () => {
    world = await produceWorld();
    void world.send('a');
    await world.runFor(100);
    world.kafka.script.push('lost');
    void world.send('b');
    await world.runFor(1);
    await world.crash('c/sender/1');
    await world.crash('c/producer/orders/0');
    void world.send('c');
    await world.runFor(30_000);
    expect(world.written()).toEqual(['a', 'b', 'c']);
  });

  it('splits what is too large without losing the count', async () => {
    world = await produceWorld();
    void world.send('a');
    await world.runFor(100);
    world.kafka.maxBatchBytes = 2;
    world.kafka.script.push('late');
    void world.send('b');
    for (const value of ['c', 'd', 'e', 'f']) void world.send(value);
    await world.runFor(30_000);
    expect(world.written()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(world.kafka.identities).toBe(1);
  });

  it('takes a duplicate that is too old to be placed for written', async () => {
    world = await produceWorld();
    world.kafka.script.push(() => 'DUPLICATE_SEQUENCE_NUMBER');
    const reply = world.post('a');
    await world.runFor(100);
    expect(await reply).toBe('0@-1');
  });

  it('waits for its identity as for any answer of a broker, and goes on when one comes', async () => {
    world = await produceWorld();
    world.kafka.identityScript.push('unreachable', 'timeout', 'slow');
    const reply = world.post('a');
    await world.runFor(5000);
    expect(await reply).toBe('0@0');
    expect(world.kafka.sequences).toEqual(['1:0']);
  });

  it('writes without one to brokers that give none, and asks them once', async () => {
    world = await produceWorld();
    world.kafka.identityScript.push('unsupported');
    void world.send('a');
    void world.send('b', { key: 'l' });
    await world.runFor(1000);
    expect([world.written(0), world.written(1)]).toEqual([['a'], ['b']]);
    expect([world.kafka.sequences, world.kafka.identities]).toEqual([[], 0]);
    expect(world.log.filter(({ msg }) => String(msg).startsWith('the brokers give no producer id'))).toHaveLength(1);
  });

  it.each([{ idempotent: false }, { requiredAcks: 'wait_for_local' as const }])('is none with %j', async (producer) => {
    world = await produceWorld(producer);
    void world.send('a');
    await world.runFor(100);
    expect(world.written()).toEqual(['a']);
    expect(world.kafka.identities).toBe(0);
  });
});
