import { afterEach, describe, expect, it } from 'vitest';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

/** `k` hashes to partition 0 of 2, `l` to 1. */
const toPartition1 = { key: 'l' };

describe('a post', () => {
  it('answers where a sync message lies, without waiting for any timer', async () => {
    world = await produceWorld();
    const first = world.post('a');
    await world.runFor(10);
    expect(await first).toBe('0@0');
    const second = world.post('b', toPartition1);
    await world.runFor(2);
    expect(await second).toBe('1@0');
    expect(world.written(0)).toEqual(['a']);
    expect(world.kafka.requests.map(({ broker }) => broker)).toEqual([1, 2]);
  });

  it('spends four machine events on a lone sync message', async () => {
    world = await produceWorld();
    void world.post('warm-up');
    await world.runFor(10);
    const before = world.records.length;
    const reply = world.post('a');
    await world.runFor(10);
    expect(await reply).toBe('0@1');
    const events = world.records.slice(before).filter(({ type }) => type === 'event');
    expect(events.map((record) => record.type === 'event' && record.event.type)).toEqual([
      'records.accepted',
      'batches.ready',
      'request.answered',
      'batch.settled',
    ]);
  });

  it('answers an async message at once, and groups what comes while a batch is in flight', async () => {
    world = await produceWorld();
    void world.post('warm-up');
    await world.runFor(10);
    world.kafka.requests.length = 0;
    expect(await world.send('a')).toBe('accepted');
    await world.host.clock.settle();
    expect(await Promise.all(['b', 'c', 'd'].map((value) => world.send(value)))).toEqual(Array(3).fill('accepted'));
    await world.runFor(10);
    expect(world.kafka.requests.map(({ batches }) => batches)).toEqual([['orders/0:a'], ['orders/0:b,c,d']]);
  });

  it('keeps messages in order while the topic is being looked up', async () => {
    world = await produceWorld();
    world.kafka.slowMetadataMs = 500;
    const values = Array.from({ length: 20 }, (_, at) => `v${at}`);
    for (const value of values) void world.send(value);
    await world.runFor(1000);
    expect(world.written()).toEqual(values);
  });

  it('spreads messages without a key over the partitions that have a leader', async () => {
    world = await produceWorld();
    world.kafka.topics.set('wide', [1, -1, 1, 1]);
    for (let n = 0; n < 60; n++) void world.send(`v${n}`, { topic: 'wide', key: null });
    await world.runFor(100);
    const counts = [0, 1, 2, 3].map((partition) => world.written(partition, 'wide').length);
    expect(counts[1]).toBe(0);
    expect(counts.filter((count) => count > 5)).toHaveLength(3);
  });

  it('carries the ready batch of every partition of a broker in one request', async () => {
    world = await produceWorld();
    world.kafka.topics.set('orders', [1, 1]);
    world.kafka.slowMetadataMs = 5;
    void world.send('warm-up');
    void world.send('a');
    void world.send('b', toPartition1);
    await world.runFor(20);
    expect(world.kafka.requests[0]!.batches).toEqual(['orders/0:warm-up,a', 'orders/1:b']);
  });

  it('gives messages that wait behind one broker request to the next one', async () => {
    world = await produceWorld();
    world.kafka.topics.set('orders', [1, 1]);
    void world.post('warm-up');
    void world.post('warm-up', toPartition1);
    await world.runFor(10);
    world.kafka.requests.length = 0;
    void world.send('a');
    await world.host.clock.settle();
    void world.send('b', toPartition1);
    await world.runFor(10);
    expect(world.kafka.requests.map(({ batches }) => batches)).toEqual([['orders/0:a'], ['orders/1:b']]);
  });
});

describe('what Kafka does not know', () => {
  it('answers a sync post to an unknown topic in about a second, and the next one at once', async () => {
    world = await produceWorld();
    const first = world.post('a', { topic: 'nope' });
    await world.runUntil(() => world.state('c/producer/nope') === 'unknownTopic');
    expect(world.host.clock.nowMs()).toBeGreaterThanOrEqual(750);
    expect(world.host.clock.nowMs()).toBeLessThan(1200);
    expect(await first).toBe('produce-unknown-topic');
    const second = world.post('b', { topic: 'nope' });
    await world.host.clock.settle();
    expect(await second).toBe('produce-unknown-topic');
  });

  it('accepts async posts to it, as the original, and says once how many were dropped', async () => {
    world = await produceWorld();
    for (let n = 0; n < 5; n++) void world.send('a', { topic: 'nope' });
    await world.runFor(1000);
    for (let n = 0; n < 3; n++) expect(await world.send('a', { topic: 'nope' })).toBe('accepted');
    await world.runFor(2000);
    const lines = world.log.filter(({ msg }) => String(msg).startsWith('accepted messages were dropped'));
    expect(lines.map(({ messages }) => messages)).toEqual([8]);
  });

  it('writes to a topic that appears later', async () => {
    world = await produceWorld();
    const early = world.post('a', { topic: 'late' });
    await world.runFor(2000);
    expect(await early).toBe('produce-unknown-topic');
    world.kafka.topics.set('late', [1]);
    await world.runFor(2000);
    const later = world.post('b', { topic: 'late' });
    await world.runFor(10);
    expect(await later).toBe('0@0');
  });

  it('waits for a topic that is being created, and for partitions to get a leader', async () => {
    world = await produceWorld();
    world.kafka.topics.set('new', []);
    const reply = world.post('a', { topic: 'new' });
    await world.runFor(1500);
    world.kafka.topics.set('new', [-1]);
    await world.runFor(1500);
    world.kafka.topics.set('new', [2]);
    await world.runFor(4000);
    expect(await reply).toBe('0@0');
  });

  it('keeps what it accepted while a broker that just started knows of no topic, then writes it', async () => {
    world = await produceWorld();
    void world.post('warm-up');
    await world.runFor(10);
    const kept = world.kafka.topics.get('orders')!;
    world.kafka.topics.delete('orders');
    void world.send('a');
    const reply = world.post('b');
    await world.runFor(5000);
    world.kafka.topics.set('orders', kept);
    await world.runFor(5000);
    expect(await reply).toBe('0@2');
    expect(world.written()).toEqual(['warm-up', 'a', 'b']);
  });

  it('gives up on a topic that was deleted: sync posts get their answer, lost async ones a line', async () => {
    world = await produceWorld();
    void world.post('warm-up');
    await world.runFor(10);
    world.kafka.topics.delete('orders');
    void world.send('a');
    const reply = world.post('b');
    await world.runFor(20_000);
    expect(await reply).toBe('produce-unknown-topic');
    expect(world.log.filter(({ messages }) => messages === 1)).toHaveLength(1);
    expect(world.log.filter(({ msg }) => String(msg).startsWith('topic lost'))).toHaveLength(1);
  });

  it('goes back to waiting when the topic was unknown and then no broker answers', async () => {
    world = await produceWorld();
    void world.post('a', { topic: 'nope' });
    await world.runUntil(() => world.state('c/producer/nope') === 'unknownTopic');
    world.kafka.away = true;
    await world.runUntil(() => world.state('c/producer/nope') === 'resolving');
    const reply = world.post('b', { topic: 'nope' });
    world.kafka.away = false;
    world.kafka.topics.set('nope', [1]);
    await world.runFor(10_000);
    expect(await reply).toBe('0@0');
  });
});

describe('limits', () => {
  it('counts 36 bytes for a message itself, and allows equality', async () => {
    world = await produceWorld({ maxMessageBytes: 100 });
    const fits = world.post('x'.repeat(100 - 36 - 1));
    expect(await world.post('x'.repeat(100 - 36))).toBe('message-too-large');
    expect(await world.send('x'.repeat(100 - 36))).toBe('accepted');
    await world.runFor(2000);
    expect(await fits).toBe('0@0');
    expect(world.written()).toHaveLength(1);
    expect(world.log.some(({ messages }) => messages === 1)).toBe(true);
  });

  it('refuses beyond the number of messages it may keep, sync and async alike', async () => {
    world = await produceWorld({ queueMessagesMax: 2 });
    world.kafka.away = true;
    expect([await world.send('a'), await world.send('b'), await world.send('c'), await world.post('d')]).toEqual([
      'accepted',
      'accepted',
      'produce-queue-full',
      'produce-queue-full',
    ]);
    world.kafka.away = false;
    await world.runFor(10_000);
    expect(world.written()).toEqual(['a', 'b']);
    expect(await world.send('e')).toBe('accepted');
    await world.runFor(10);
  });

  it('refuses beyond its share of bytes', async () => {
    world = await produceWorld({}, 16_384);
    world.kafka.away = true;
    expect(await world.send('x'.repeat(9000))).toBe('accepted');
    expect(await world.send('y')).toBe('produce-queue-full');
    world.kafka.away = false;
    await world.runFor(10_000);
    expect(await world.send('y')).toBe('accepted');
    await world.runFor(10);
    expect(world.written()).toHaveLength(2);
  });

  it('cuts batches at their limit of bytes', async () => {
    world = await produceWorld({ batchBytesMax: 150 });
    world.kafka.slowMetadataMs = 10;
    for (const value of ['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'gg']) void world.send(value);
    await world.runFor(100);
    const sizes = world.kafka.requests.map(({ batches }) => batches[0]!.split(',').length);
    expect(sizes).toEqual([3, 3, 1]);
    expect(world.written()).toEqual(['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'gg']);
  });

  it('refuses only the message that is too large, in the middle of a batch', async () => {
    world = await produceWorld();
    world.kafka.maxBatchBytes = 5;
    world.kafka.slowMetadataMs = 10;
    const replies = ['a', 'b', 'xxxxxx', 'c', 'd'].map((value) => world.post(value));
    await world.runFor(100);
    expect(await Promise.all(replies)).toEqual(['0@0', '0@1', 'message-too-large', '0@2', '0@3']);
    expect(world.written()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses a batch that Kafka will never take, and goes on with the next', async () => {
    world = await produceWorld();
    world.kafka.script.push(() => 'TOPIC_AUTHORIZATION_FAILED');
    const refused = world.post('a');
    await world.runFor(10);
    expect(await refused).toBe('produce-refused');
    void world.send('b');
    await world.runFor(10);
    expect(world.written()).toEqual(['b']);
  });
});

describe('going away', () => {
  it('gives up batcher, sender and producer after the idle time, and starts them anew', async () => {
    world = await produceWorld({ idleTimeoutMs: 1000 });
    void world.post('a');
    await world.runFor(10);
    expect(world.bus.actors()).toHaveLength(5);
    await world.runFor(5000);
    expect(world.bus.actors().map(({ kind }) => kind)).toEqual(['root', 'topic-metadata']);
    expect(world.state('c/metadata')).toBe('idle');
    const reply = world.post('b');
    await world.runFor(10);
    expect(await reply).toBe('0@1');
  });

  it('stays while something waits', async () => {
    world = await produceWorld({ idleTimeoutMs: 1000 });
    world.kafka.away = true;
    void world.send('a');
    await world.runFor(5000);
    expect(world.state('c/producer/orders')).toBe('resolving');
    world.kafka.away = false;
    await world.runUntil(() => world.written().length === 1);
  });

  it('stays when a message comes in the moment in which it would leave', async () => {
    world = await produceWorld({ idleTimeoutMs: 1000 });
    void world.post('a');
    await world.runFor(10);
    let late: Promise<string> | undefined;
    world.bus.tap((record) => {
      if (record.type === 'event' && record.event.type === 'quiet.passed' && record.address === 'c/producer/orders') {
        late ??= world.post('b');
      }
    });
    await world.runUntil(() => late !== undefined);
    await world.runFor(10);
    expect(await late).toBe('0@1');
    expect(world.state('c/producer/orders')).toBe('routing');
  });

  it('drains when it was about to leave', async () => {
    world = await produceWorld({ idleTimeoutMs: 1000 });
    void world.post('a');
    await world.runFor(10);
    let drained = false;
    world.bus.tap((record) => {
      if (record.type !== 'event' || record.event.type !== 'quiet.passed') return;
      if (record.address !== 'c/producer/orders' || drained) return;
      drained = true;
      world.drain();
    });
    await world.runFor(5000);
    expect(drained).toBe(true);
    expect(world.bus.holds('c/producer/orders' as never)).toBe(false);
  });

  it('drains: refuses what comes, writes what it has, and ends', async () => {
    world = await produceWorld();
    void world.post('warm-up');
    await world.runFor(10);
    void world.send('a');
    await world.host.clock.settle();
    void world.send('b');
    void world.send('c', toPartition1);
    await world.host.clock.settle();
    world.drain();
    await world.host.clock.settle();
    expect(await world.post('d')).toBe('shutting-down');
    await world.runFor(10);
    expect(world.written()).toEqual(['warm-up', 'a', 'b']);
    expect(world.written(1)).toEqual(['c']);
    expect(world.bus.holds('c/producer/orders' as never)).toBe(false);
  });

  it('drains what waits for its topic once that is known; with nothing, at once', async () => {
    world = await produceWorld();
    world.kafka.away = true;
    void world.send('a');
    await world.runFor(100);
    world.drain();
    await world.runFor(100);
    expect(world.state('c/producer/orders')).toEqual({ draining: 'resolving' });
    world.kafka.away = false;
    await world.runFor(10_000);
    expect(world.written()).toEqual(['a']);
    expect(world.bus.holds('c/producer/orders' as never)).toBe(false);
    world.kafka.away = true;
    world.drain('other');
    await world.host.clock.settle();
    expect(world.bus.holds('c/producer/other' as never)).toBe(false);
  });

  it('drains without a topic: says what is lost, and ends', async () => {
    world = await produceWorld();
    void world.send('a', { topic: 'nope' });
    const reply = world.post('b', { topic: 'nope' });
    await world.runFor(100);
    world.drain('nope');
    await world.runFor(2000);
    expect(await reply).toBe('produce-unknown-topic');
    expect(world.bus.holds('c/producer/nope' as never)).toBe(false);
    expect(world.log.filter(({ messages }) => messages === 1)).toHaveLength(1);
  });

  it('says what is lost when it is stopped with messages that nobody could write', async () => {
    world = await produceWorld();
    world.kafka.away = true;
    void world.send('a');
    const reply = world.post('b');
    await world.runFor(100);
    const stopped = world.bus.stop('c/producer/orders' as never);
    await world.runFor(10);
    await stopped;
    expect(await reply).toBe('shutting-down');
    expect(world.log.filter(({ messages, msg }) => messages === 1 && String(msg).includes('are lost'))).toHaveLength(1);
  });
});
