import { afterEach, describe, expect, it } from 'vitest';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const lines = (start: string) => world.log.filter(({ msg }) => String(msg).startsWith(start));

describe('required_acks', () => {
  it.each([
    ['wait_for_all', -1],
    ['wait_for_local', 1],
    ['no_response', 0],
  ] as const)('%s is asked for as %i', async (requiredAcks, acks) => {
    world = await produceWorld({ requiredAcks });
    void world.send('a');
    await world.runFor(100);
    expect(world.kafka.options).toEqual([{ requiredAcks: acks, timeoutMs: 10_000, compression: 'snappy' }]);
  });

  it('no_response reports the offset of every sync message as 0', async () => {
    world = await produceWorld({ requiredAcks: 'no_response' });
    const replies = [world.post('a'), world.post('b'), world.post('c')];
    await world.runFor(100);
    expect(await Promise.all(replies)).toEqual(['0@0', '0@0', '0@0']);
  });
});

describe('compression and timeout', () => {
  it('go with every request', async () => {
    world = await produceWorld({ compression: 'zstd', timeoutMs: 3000 });
    void world.send('a');
    await world.runFor(100);
    expect(world.kafka.options).toEqual([{ requiredAcks: -1, timeoutMs: 3000, compression: 'zstd' }]);
  });

  it('a codec that the broker cannot store is refused by its name', async () => {
    world = await produceWorld({ compression: 'zstd' });
    world.kafka.script.push(() => 'UNSUPPORTED_COMPRESSION_TYPE');
    const reply = world.post('a');
    await world.runFor(100);
    expect(await reply).toBe('compression-unsupported');
  });
});

describe('partitioner', () => {
  it('roundrobin takes one partition after the other, whatever the key', async () => {
    world = await produceWorld({ partitioner: 'roundrobin' });
    for (const value of ['a', 'b', 'c', 'd']) void world.send(value, { key: 'same' });
    await world.runFor(100);
    expect([world.written(0), world.written(1)]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });
});

describe('retry_max', () => {
  const fail = (times: number) => Array.from({ length: times }, () => 'unreachable' as const);

  it('is unlimited as it comes: what was accepted is tried for ever', async () => {
    world = await produceWorld();
    world.kafka.script.push(...fail(500));
    void world.send('a');
    await world.runFor(1_200_000);
    expect(world.written()).toEqual(['a']);
  });

  it('gives up after that many repetitions: a sync post is told so, and what waits behind it is written', async () => {
    world = await produceWorld({ retryMax: 2, idempotent: false });
    world.kafka.script.push(...fail(3));
    const sync = world.post('a');
    await world.runFor(10);
    void world.send('b');
    await world.runFor(10_000);
    expect(await sync).toBe('kafka-unreachable');
    expect(world.written()).toEqual(['b']);
  });

  it('logs how many accepted messages it gave up', async () => {
    world = await produceWorld({ retryMax: 1 });
    world.kafka.script.push(...fail(2));
    void world.send('a');
    await world.runFor(10_000);
    expect(world.written()).toEqual([]);
    expect(lines('accepted messages were dropped')).toMatchObject([{ topic: 'orders', partition: 0, messages: 1 }]);
  });

  it('says that the outcome is unknown when one of the attempts may have been written', async () => {
    world = await produceWorld({ retryMax: 1 });
    world.kafka.script.push('lost', 'unreachable');
    const reply = world.post('a');
    await world.runFor(10_000);
    expect(await reply).toBe('outcome-unknown');
  });

  it('says what the broker said last when it was reached', async () => {
    world = await produceWorld({ retryMax: 1 });
    world.kafka.script.push(
      () => 'NOT_ENOUGH_REPLICAS',
      () => 'NOT_ENOUGH_REPLICAS',
    );
    const reply = world.post('a');
    await world.runFor(10_000);
    expect(await reply).toBe('produce-refused');
  });

  it('counts a partition without a leader, and an identity that nobody gives', async () => {
    world = await produceWorld({ retryMax: 3 });
    world.kafka.topics.set('orders', [-1, 2]);
    world.kafka.identityScript.push(...fail(4));
    const replies = [world.post('a'), world.post('b', { key: 'l' })];
    await world.runFor(20_000);
    expect(await Promise.all(replies)).toEqual(['kafka-unreachable', 'kafka-unreachable']);
  });
});

const headers = [{ key: 'h', value: Buffer.from('v') }];

describe('record headers', () => {
  it('that the broker cannot keep are refused, and only the messages that have them', async () => {
    world = await produceWorld();
    world.kafka.refusesHeaders = true;
    void world.send('0');
    await world.runFor(100);
    const replies = [
      world.post('a'),
      world.post('b', { headers }),
      world.post('c', { headers }),
      world.post('d'),
      world.post('e', { headers }),
    ];
    await world.runFor(10_000);
    expect(await Promise.all(replies)).toEqual([
      '0@1',
      'headers-unsupported',
      'headers-unsupported',
      '0@2',
      'headers-unsupported',
    ]);
    expect(world.written()).toEqual(['0', 'a', 'd']);
  });
});

describe('kafka.version', () => {
  it.each([
    ['0.10.2.1', 'headers-unsupported', 'accepted'],
    ['0.11.0.0', '0@0', 'accepted'],
  ])(
    '%s: a sync message with headers gets %s, an async one is %s as in the original',
    async (version, sync, async_) => {
      world = await produceWorld({}, undefined, version);
      const replies = [world.post('a', { headers }), world.send('b', { headers })];
      await world.runFor(100);
      expect(await Promise.all(replies)).toEqual([sync, async_]);
      await world.runFor(2000);
      expect(lines('accepted messages were dropped')).toHaveLength(sync === '0@0' ? 0 : 1);
    },
  );
});

describe('flush_bytes and flush_frequency', () => {
  it('are upper bounds: a lone message is written at once', async () => {
    world = await produceWorld();
    void world.send('0');
    await world.runFor(100);
    const reply = world.post('a');
    await world.runFor(1);
    expect(await reply).toBe('0@1');
  });
});

describe('shutdown_timeout', () => {
  it('bounds the writing of what was accepted; what is left then is lost, and said to be', async () => {
    world = await produceWorld({ shutdownTimeoutMs: 3000 });
    void world.send('a');
    await world.runFor(100);
    world.kafka.away = true;
    void world.send('b');
    void world.send('c');
    await world.runFor(100);
    world.drain();
    await world.runFor(2800);
    expect(world.bus.holds('c/producer/orders' as never)).toBe(true);
    await world.runFor(300);
    expect(world.bus.holds('c/producer/orders' as never)).toBe(false);
    expect(lines('accepted messages were not written before the end')).toMatchObject([
      { topic: 'orders', messages: 2 },
    ]);
  });
});
