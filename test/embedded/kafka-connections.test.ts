import { describe, expect, it } from 'vitest';
import { pausableHost } from '../../src/host/pausable-host.js';
import { bench, calm, fetch, kafkaClient, kindOf, outcome, produce, values } from './support.js';

async function twoClients() {
  const { world, host } = bench({ limits: { replyMarginMs: 100 } });
  world.createTopic('t', 1);
  const [struck, other] = [await kafkaClient(world, 'd1'), await kafkaClient(world, 'd2')];
  return { world, host, struck, other, faults: world.faults.kafka };
}

describe('connections of one client to Kafka', () => {
  it('cut: all that is on its way is lost, once, and others are not struck', async () => {
    const { host, struck, other, faults } = await twoClients();
    const poll = outcome(fetch(struck, 0, { maxWaitMs: 60_000 }));
    const polledByOther = outcome(fetch(other, 0, { maxWaitMs: 60_000 }));
    await host.clock.settle();
    const write = kindOf(produce(struck, ['never arrives']));
    faults.connectionsCut('d1');
    expect(await write).toBe('connection-lost');
    expect(poll.failure?.kind).toBe('connection-lost');
    await produce(struck, ['over a new connection']);
    await host.clock.settle();
    expect(values(polledByOther.value!)).toEqual(['over a new connection']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('half-open: requests end by their own deadline, and what was given up never arrives', async () => {
    const { world, host, struck, other, faults } = await twoClients();
    faults.connectionsHalfOpen('d1');
    const write = outcome(produce(struck, ['given up'], { timeoutMs: 400 }));
    await host.clock.runFor(499);
    expect(write).toEqual({});
    await host.clock.runFor(1);
    expect(write.failure?.kind).toBe('timeout');
    expect(await produce(other, ['of another'])).toMatchObject([{ baseOffset: 0 }]);
    faults.connectionsHealed('d1');
    expect(values(await fetch(struck, 0))).toEqual(['of another']);
    expect(world.describe().kafka.topics[0]!.partitions[0]!.endOffset).toBe(1);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('half-open and healed in time: what was on its way arrives, in both directions', async () => {
    const { host, struck, other, faults } = await twoClients();
    const poll = outcome(fetch(struck, 0, { maxWaitMs: 60_000 }));
    await host.clock.settle();
    faults.connectionsHalfOpen('d1');
    const write = outcome(produce(struck, ['b']));
    await produce(other, ['a']);
    await host.clock.runFor(1_000);
    expect([poll, write]).toEqual([{}, {}]);
    faults.connectionsHealed('d1');
    await host.clock.settle();
    expect(values(poll.value!)).toEqual(['a']);
    expect(write.value).toMatchObject([{ baseOffset: 1 }]);
  });

  it('half-open: that a broker went down is learned when it is healed', async () => {
    const { world, host, struck, faults } = await twoClients();
    const poll = outcome(fetch(struck, 0, { maxWaitMs: 60_000 }));
    await host.clock.settle();
    faults.connectionsHalfOpen('d1');
    faults.brokerDown(1);
    await host.clock.settle();
    expect(poll).toEqual({});
    faults.connectionsHealed('d1');
    await host.clock.settle();
    expect(poll.failure?.kind).toBe('connection-lost');
    expect(world.describe().kafka.topics[0]!.partitions[0]!.waiting).toBe(0);
  });

  it('slow: each request arrives later, of that client', async () => {
    const { host, struck, other, faults } = await twoClients();
    faults.connectionsSlow('d1', 300);
    const slow = outcome(produce(struck, ['second']));
    await produce(other, ['first']);
    await host.clock.runFor(299);
    expect(slow).toEqual({});
    await host.clock.runFor(1);
    expect(slow.value).toMatchObject([{ baseOffset: 1 }]);
    faults.connectionsSlow('d1', 0);
    await struck.metadata([], calm());
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('a process that stands still takes no answer, though the brokers go on', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const process = pausableHost(host);
    const kafka = await kafkaClient(world.seenFrom(process), 'd1');
    world.faults.kafka.brokerSlow(1, 100);
    const write = outcome(produce(kafka, ['x']));
    await host.clock.settle();
    process.pause();
    await host.clock.runFor(1_000);
    expect(world.describe().kafka.topics[0]!.partitions[0]!.endOffset).toBe(1);
    expect(write).toEqual({});
    process.resume();
    await host.clock.settle();
    expect(write.value).toMatchObject([{ error: null }]);
  });
});
