import { addressOf } from '../../../src/actors/addresses.js';
import { afterEach, describe, expect, it } from 'vitest';
import { suspectTopic } from '../../../src/actors/metadata/watch-topic.js';
import { produceWorld, type ProduceWorld } from './produce-world.js';

let world: ProduceWorld;
afterEach(() => world.close());

const producer = 'c/producer/orders';
const batcher = 'c/producer/orders/0';
const sender = 'c/sender/1';
const values = (log: string[]) => [...new Set(log)];

/** A world whose actors have all been started by one message. */
async function warmWorld(...settings: Parameters<typeof produceWorld>): Promise<ProduceWorld> {
  const made = await produceWorld(...settings);
  void made.post('0');
  await made.runFor(10);
  return made;
}

describe('retries', () => {
  it('keeps the order of a partition whatever fails', async () => {
    world = await warmWorld();
    world.kafka.script.push(
      'unreachable',
      () => 'NOT_LEADER_FOR_PARTITION',
      'lost',
      () => 'NOT_ENOUGH_REPLICAS',
      'timeout',
    );
    const sent = Array.from({ length: 30 }, (_, at) => `v${at}`);
    for (const value of sent) {
      void world.send(value);
      await world.runFor(20);
    }
    await world.runFor(20_000);
    expect(values(world.written())).toEqual(['0', ...sent]);
  });

  it('writes the very same batch again when its answer was lost, and nothing overtakes it', async () => {
    world = await warmWorld({ idempotent: false });
    world.kafka.script.push('lost');
    const first = world.post('a');
    await world.host.clock.settle();
    void world.send('b');
    await world.runFor(1000);
    expect(world.written()).toEqual(['0', 'a', 'a', 'b']);
    expect(await first).toBe('0@2');
  });

  it('gives back only the partition that failed', async () => {
    world = await produceWorld();
    world.kafka.topics.set('orders', [1, 1]);
    world.kafka.script.push((_, partition) => (partition === 1 ? 'NOT_ENOUGH_REPLICAS' : null));
    void world.send('a');
    void world.send('b', { key: 'l' });
    await world.runFor(2000);
    expect(world.written(0)).toEqual(['a']);
    expect(world.written(1)).toEqual(['b']);
    expect(world.kafka.requests.map(({ batches }) => batches)).toEqual([['orders/0:a', 'orders/1:b'], ['orders/1:b']]);
  });

  it('follows a leader at once when the metadata know of it', async () => {
    world = await warmWorld();
    await world.runFor(300);
    world.kafka.topics.set('orders', [2, 2]);
    const reply = world.post('a');
    await world.runFor(90);
    expect(await reply).toBe('0@1');
    expect(world.kafka.requests.map(({ broker }) => broker)).toEqual([1, 1, 2]);
    expect(world.log.filter(({ msg }) => msg === 'leaders moved')).toHaveLength(1);
  });

  it('writes in order what it accepted while Kafka was away for longer than any deadline', async () => {
    world = await warmWorld();
    world.kafka.away = true;
    const sync = world.post('s', { deadlineMs: 5000 });
    const sent = Array.from({ length: 10 }, (_, at) => `v${at}`);
    for (const value of sent) {
      expect(await world.send(value)).toBe('accepted');
      await world.runFor(6000);
    }
    expect(await sync).toBe('deadline not-sent');
    world.kafka.away = false;
    await world.runFor(8000);
    expect(world.written()).toEqual(['0', ...sent]);
    expect(world.log.filter(({ msg }) => msg === 'Kafka is reachable')).toHaveLength(2);
    expect(world.log.filter(({ msg }) => String(msg).startsWith('Kafka is not reachable'))).toHaveLength(1);
  });

  it('goes round a broker that the cluster does not know any more', async () => {
    world = await warmWorld();
    world.kafka.script.push('unknown-broker');
    const reply = world.post('a');
    await world.host.clock.settle();
    await world.runFor(1);
    expect(world.bus.holds(sender as never)).toBe(false);
    await world.runFor(1000);
    expect(await reply).toBe('0@1');
  });

  it('refuses what a broker cannot do', async () => {
    world = await warmWorld();
    world.kafka.script.push('unsupported');
    const reply = world.post('a');
    await world.runFor(200);
    expect(await reply).toBe('kafka-access-denied');
  });

  it('leaves a broker that does not answer alone for a moment, for all its partitions', async () => {
    world = await warmWorld();
    world.kafka.topics.set('more', [1]);
    void world.post('m', { topic: 'more' });
    await world.runFor(300);
    world.kafka.requests.length = 0;
    world.kafka.script.push('unreachable');
    void world.send('a');
    await world.runFor(2);
    void world.send('n', { topic: 'more' });
    await world.runFor(90);
    expect(world.kafka.requests).toHaveLength(1);
    await world.runFor(500);
    expect(world.written(0, 'more')).toEqual(['m', 'n']);
  });
});

describe('a client that leaves', () => {
  it('takes its message along, unless it was sent', async () => {
    world = await warmWorld();
    world.kafka.script.push('unreachable', 'unreachable', 'unreachable', 'unreachable');
    const leaving = new AbortController();
    const first = world.post('a', { deadlineMs: 200 });
    await world.runFor(1);
    const second = world.post('b', { signal: leaving.signal });
    const third = world.post('c');
    await world.runFor(50);
    leaving.abort();
    expect(await second).toBe('cancelled');
    await world.runFor(20_000);
    expect(await first).toBe('deadline not-sent');
    expect(await third).toBe('0@1');
    expect(world.written()).toEqual(['0', 'c']);
  });

  it('is told that the outcome is unknown when its message was sent', async () => {
    world = await warmWorld();
    world.kafka.script.push('lost', 'unreachable', 'unreachable', 'unreachable', 'unreachable');
    const reply = world.post('a', { deadlineMs: 300 });
    await world.runFor(20_000);
    expect(await reply).toBe('deadline sent');
    // Nobody waits for it any more, so it is not written a second time.
    expect(world.written()).toEqual(['0', 'a']);
    expect(world.budget.held('accepted-not-written')).toBe(0);
  });

  it('is told that the outcome is unknown when the producer is stopped while its message is on its way', async () => {
    world = await warmWorld();
    world.kafka.script.push('hang');
    const sent = world.post('a');
    await world.runFor(10);
    const queued = world.post('b');
    await world.runFor(10);
    void world.bus.stop(addressOf.producer('c', 'orders'));
    await world.runFor(20_000);
    expect([await sent, await queued]).toEqual(['outcome-unknown', 'shutting-down']);
    expect(world.written()).not.toContain('b');
  });

  it('leaves nothing behind when the request with its message fails after it left', async () => {
    world = await warmWorld();
    const leaving = new AbortController();
    world.kafka.script.push('timeout');
    const reply = world.post('a', { signal: leaving.signal });
    await world.host.clock.settle();
    leaving.abort();
    expect(await reply).toBe('cancelled');
    await world.runFor(1000);
    expect(world.state(batcher)).toBe('empty');
    expect(world.budget.held('accepted-not-written')).toBe(0);
  });

  it('leaves nothing behind when its message had not found a partition yet', async () => {
    world = await produceWorld();
    world.kafka.away = true;
    const reply = world.post('a', { deadlineMs: 100 });
    await world.runFor(200);
    expect(await reply).toBe('deadline not-sent');
    expect(world.budget.held('accepted-not-written')).toBe(0);
    world.kafka.away = false;
    await world.runFor(10_000);
    expect(world.written()).toEqual([]);
  });

  it('leaves before the batcher had a turn', async () => {
    world = await warmWorld();
    const leaving = new AbortController();
    const reply = world.post('a', { signal: leaving.signal });
    leaving.abort();
    expect(await reply).toBe('cancelled');
    await world.runFor(10);
    expect(world.written()).toEqual(['0']);
    expect(world.state(batcher)).toBe('empty');
  });
});

describe('a crash', () => {
  /** Brings the actors into a state, crashes one, and expects that every message is written, first copies in order. */
  const situations: [string, (world: ProduceWorld) => Promise<void>][] = [
    ['with nothing to do', async () => {}],
    [
      'with a batch in flight and more waiting',
      async (world) => {
        void world.send('a');
        await world.host.clock.settle();
        void world.send('b');
        await world.host.clock.settle();
      },
    ],
    [
      'with a batch in flight whose answer never comes',
      async (world) => {
        world.kafka.script.push('hang');
        void world.send('a');
        await world.runFor(10);
        void world.send('b');
        await world.host.clock.settle();
      },
    ],
    [
      'while backing off',
      async (world) => {
        world.kafka.script.push('unreachable', 'unreachable');
        void world.send('a');
        await world.runFor(10);
        void world.send('b');
        await world.host.clock.settle();
      },
    ],
  ];
  for (const [situation, arrange] of situations) {
    for (const address of [producer, batcher, sender, 'c/metadata']) {
      it(`of ${address} ${situation} loses nothing that was accepted`, async () => {
        world = await warmWorld();
        await arrange(world);
        const sync = world.post('c');
        await world.host.clock.settle();
        await world.crash(address);
        const late = world.post('d');
        void world.send('e');
        await world.runFor(30_000);
        const expected = situation === 'with nothing to do' ? ['0', 'c', 'd', 'e'] : ['0', 'a', 'b', 'c', 'd', 'e'];
        // What had not reached the producer when it crashed was refused, never lost in silence.
        const lost = (await late) === 'actor-ended' ? ['d'] : [];
        expect(values(world.written())).toEqual(expected.filter((value) => !lost.includes(value)));
        expect(await sync).toMatch(/^0@\d$/);
        expect(world.budget.held('accepted-not-written')).toBe(0);
      });
    }
  }

  it('of the producer while it looks up its topic keeps what waits there', async () => {
    world = await produceWorld();
    world.kafka.away = true;
    void world.send('a');
    const reply = world.post('b');
    await world.runFor(10);
    await world.crash(producer);
    await world.runFor(1000);
    world.kafka.away = false;
    await world.runFor(10_000);
    expect(world.written()).toEqual(['a', 'b']);
    expect(await reply).toBe('0@1');
  });

  it('of producer or batcher while draining does not end the draining', async () => {
    world = await warmWorld();
    world.kafka.script.push('unreachable', 'unreachable', 'unreachable');
    void world.send('a');
    await world.runFor(10);
    world.drain();
    await world.runFor(10);
    await world.crash(batcher);
    await world.runFor(10);
    await world.crash(producer);
    await world.runFor(5000);
    expect(world.written()).toEqual(['0', 'a']);
    expect(world.bus.holds(producer as never)).toBe(false);
  });

  it('of a batcher that is empty while draining ends it', async () => {
    world = await warmWorld();
    world.kafka.script.push('hang');
    void world.send('a', { key: 'l' });
    await world.runFor(10);
    await world.crash(batcher);
    world.drain();
    await world.runFor(1000);
    expect(world.bus.holds(batcher as never)).toBe(false);
    expect(world.state(producer)).toEqual({ draining: 'flushing' });
  });

  it('of a sender with a batch in its mailbox is made good by the batcher', async () => {
    world = await warmWorld();
    world.bus.injectFault(sender as never, { kind: 'slow', forMs: 1000 });
    const reply = world.post('a');
    await world.host.clock.settle();
    await world.crash(sender);
    await world.runFor(11_000);
    expect(await reply).toBe('0@1');
    expect(world.written()).toEqual(['0', 'a']);
  });
});

describe('a leader that moved while the old one keeps silent', () => {
  it('is found though nobody else asks who leads', async () => {
    world = await warmWorld();
    world.kafka.script.push('hang');
    const reply = world.post('a');
    await world.runFor(100);
    world.kafka.topics.set('orders', [2, 2]);
    await world.runFor(2000);
    expect(world.kafka.requests.slice(1).map(({ broker }) => broker)).toEqual([1]);
    // Overdue, looked for, and the old one heard out.
    await world.runFor(2800);
    expect(await reply).toBe('0@1');
    expect(world.kafka.requests.slice(1).map(({ broker }) => broker)).toEqual([1, 2]);
  });

  it('gets the batch a second later, whenever it was handed to the old one', async () => {
    world = await warmWorld();
    world.kafka.script.push('hang');
    const reply = world.post('a');
    await world.runFor(3000);
    world.kafka.topics.set('orders', [2, 2]);
    suspectTopic({ address: 'x', tell: world.bus.tell.bind(world.bus) }, 'c', 'orders');
    await world.runFor(900);
    expect(world.kafka.requests.slice(1).map(({ broker }) => broker)).toEqual([1]);
    await world.runFor(200);
    expect(await reply).toBe('0@1');
    expect(world.kafka.requests.slice(1).map(({ broker }) => broker)).toEqual([1, 2]);
    await world.runFor(20_000);
    expect(world.written()).toEqual(['0', 'a']);
  });

  it('gets the batch, whose messages stay together whoever leaves', async () => {
    world = await warmWorld({ syncTimeoutMs: 60_000 });
    world.kafka.script.push('late', 'hang');
    const leaving = new AbortController();
    const replies = [world.post('a'), world.post('b', { signal: leaving.signal }), world.post('c')];
    await world.runFor(3000);
    world.kafka.topics.set('orders', [2, 2]);
    suspectTopic({ address: 'x', tell: world.bus.tell.bind(world.bus) }, 'c', 'orders');
    // Handed to the new leader's sender, which gets no answer, while the old one says after a while that it does not lead.
    await world.runFor(6000);
    expect(world.kafka.requests.slice(1).map(({ broker }) => broker)).toEqual([1, 2]);
    await world.runFor(2000);
    leaving.abort();
    await world.runFor(20_000);
    expect(await Promise.all(replies)).toEqual(['0@1', 'cancelled', '0@3']);
    expect(world.written()).toEqual(['0', 'a', 'b', 'c']);
  });
});

describe('a topic that grew', () => {
  it('spreads new messages over the new number of partitions', async () => {
    world = await warmWorld({ idleTimeoutMs: 600_000 });
    world.kafka.topics.set('orders', [1, 2, 1, 1, 1, 1, 1, 1]);
    await world.runFor(61_000);
    for (let n = 0; n < 40; n++) void world.send(`v${n}`, { key: `key-${n}` });
    await world.runFor(100);
    expect(world.written(5).length + world.written(6).length + world.written(7).length).toBeGreaterThan(0);
    expect(world.log.filter(({ msg }) => msg === 'topic has another number of partitions')).toHaveLength(1);
  });
});

describe('a batcher that leaves', () => {
  it('in the moment a message comes is followed by another, which writes it', async () => {
    world = await warmWorld({ idleTimeoutMs: 1000 });
    let late: Promise<string> | undefined;
    world.bus.tap((record) => {
      if (record.type === 'event' && record.event.type === 'quiet.passed' && record.address === batcher) {
        late ??= world.post('a');
      }
    });
    while (!late) {
      // Keeps the producer from leaving as well.
      void world.post('other', { key: 'l' });
      await world.runFor(500);
    }
    await world.runFor(10);
    expect(await late).toBe('0@1');
    expect(world.written()).toEqual(['0', 'a']);
  });
});
