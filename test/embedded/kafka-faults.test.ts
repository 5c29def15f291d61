import { describe, expect, it } from 'vitest';
import { bench, calm, fetch, kafkaClient, kindOf, outcome, produce, values } from './support.js';

describe('Kafka faults', () => {
  it('broker down: what is under way is lost, later calls never leave, and it comes back with its log', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    await produce(kafka, ['before']);
    const poll = outcome(fetch(kafka, 1, { maxWaitMs: 60_000 }));
    const write = outcome(produce(kafka, ['on its way']));
    world.faults.kafka.brokerDown(1);
    await host.clock.settle();
    expect(poll.failure?.kind).toBe('connection-lost');
    expect(write.failure?.kind).toBe('connection-lost');
    expect(await kindOf(produce(kafka, ['refused']))).toBe('unreachable');
    expect(await kindOf(kafka.metadata(['t'], calm()))).toBe('unreachable');
    expect(await kindOf(kafka.findCoordinator('g', calm()))).toBe('unreachable');
    world.faults.kafka.brokerUp(1);
    expect((await kafka.metadata(['t'], calm())).topics[0]!.partitions[0]!.leader).toBe(1);
    expect(values(await fetch(kafka, 0))).toEqual(['before']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('broker down and up before a request arrives: it is lost all the same', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const write = kindOf(produce(kafka, ['x']));
    world.faults.kafka.brokerDown(1);
    world.faults.kafka.brokerUp(1);
    expect(await write).toBe('connection-lost');
    expect(await fetch(kafka, 0, { maxWaitMs: 0 })).toMatchObject([{ highWatermark: 0 }]);
  });

  it('broker down: an in-sync replica leads, and keeps what was written; offsets move with the coordinator', async () => {
    const { world } = bench({ brokers: 3 });
    world.createTopic('t', 1, { replicationFactor: 2 });
    const kafka = await kafkaClient(world);
    await produce(kafka, ['kept']);
    expect(await kafka.findCoordinator('g', calm())).toBe(1);
    await kafka.commitOffsets(1, 'g', [{ topic: 't', partition: 0, offset: 1, metadata: 'm' }], calm());
    world.faults.kafka.brokerDown(1);
    const { brokers, topics } = await kafka.metadata(['t'], calm());
    expect(brokers.map(({ id }) => id)).toEqual([2, 3]);
    expect(topics[0]!.partitions).toEqual([
      { partition: 0, leader: 2, replicas: [1, 2], inSyncReplicas: [2], error: null },
    ]);
    expect(values(await fetch(kafka, 0, { broker: 2 }))).toEqual(['kept']);
    expect(await kafka.findCoordinator('g', calm())).toBe(2);
    expect(await kafka.fetchOffsets(2, 'g', [{ topic: 't', partition: 0 }], calm())).toMatchObject([
      { offset: 1, metadata: 'm' },
    ]);
    world.faults.kafka.brokerUp(1);
    expect((await kafka.metadata(['t'], calm())).topics[0]!.partitions[0]).toMatchObject({
      leader: 2,
      inSyncReplicas: [1, 2],
    });
  });

  it('all replicas down: nobody leads until the last in-sync one is back', async () => {
    const { world } = bench({ brokers: 3 });
    world.createTopic('t', 1, { replicationFactor: 2 });
    const kafka = await kafkaClient(world);
    const partition = async () => (await kafka.metadata(['t'], calm())).topics[0]!.partitions[0]!;
    world.faults.kafka.brokerDown(1);
    world.faults.kafka.brokerDown(2);
    expect(await partition()).toMatchObject({ leader: -1, error: 'LEADER_NOT_AVAILABLE' });
    world.faults.kafka.brokerUp(1);
    expect((await partition()).leader).toBe(-1);
    world.faults.kafka.brokerUp(2);
    expect(await partition()).toMatchObject({ leader: 2, inSyncReplicas: [1, 2], error: null });
  });

  it('leader moved: a poll under way ends with the news, and the old leader refuses', async () => {
    const { world } = bench({ brokers: 2 });
    world.createTopic('t', 1, { replicationFactor: 2 });
    const kafka = await kafkaClient(world);
    const poll = fetch(kafka, 0, { maxWaitMs: 60_000 });
    await kafka.metadata([], calm());
    world.faults.kafka.leaderMoved('t', 0, 2);
    expect(await poll).toMatchObject([{ error: 'NOT_LEADER_FOR_PARTITION', highWatermark: -1 }]);
    expect(await produce(kafka, ['x'])).toMatchObject([{ error: 'NOT_LEADER_FOR_PARTITION', baseOffset: -1 }]);
    expect(await produce(kafka, ['x'], { broker: 2 })).toMatchObject([{ error: null, baseOffset: 0 }]);
    world.faults.kafka.leaderMoved('t', 0, -1);
    expect((await kafka.metadata(['t'], calm())).topics[0]!.partitions[0]!.error).toBe('LEADER_NOT_AVAILABLE');
    world.faults.kafka.brokerDown(1);
    expect(() => world.faults.kafka.leaderMoved('t', 0, 1)).toThrow(RangeError);
  });

  it('request lost: nothing was written', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    world.faults.kafka.requestLost({ api: 'produce' });
    expect(await kindOf(produce(kafka, ['lost']))).toBe('connection-lost');
    await produce(kafka, ['again']);
    expect(values(await fetch(kafka, 0))).toEqual(['again']);
  });

  it('reply lost: it was written, but the caller cannot know', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    world.faults.kafka.replyLost({ api: 'produce' });
    const failure = await produce(kafka, ['twice']).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'connection-lost', outcomeUnknown: true });
    await produce(kafka, ['twice']);
    expect(values(await fetch(kafka, 0))).toEqual(['twice', 'twice']);
  });

  it('reply lost: with acks 0 there was none', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    world.faults.kafka.replyLost({ api: 'produce' });
    const partitions = [{ topic: 't', partition: 0, records: [] }];
    await expect(kafka.produce(1, { requiredAcks: 0, timeoutMs: 1_000, partitions }, calm())).resolves.toHaveLength(1);
  });

  it('request faults meet what they match, as often as they were asked for', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const [first, second] = [await kafkaClient(world, 'd1'), await kafkaClient(world, 'd2')];
    world.faults.kafka.requestRefused({ client: 'd2', api: 'produce' }, 'NOT_ENOUGH_REPLICAS', 2);
    expect(await produce(first, ['a'])).toMatchObject([{ error: null }]);
    expect(await fetch(second, 0)).toMatchObject([{ error: null }]);
    for (const error of ['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS', null]) {
      expect(await produce(second, ['b'])).toMatchObject([{ error }]);
    }
    expect(values(await fetch(first, 0))).toEqual(['a', 'b']);
    world.faults.kafka.requestRefused({ api: 'findCoordinator' }, 'COORDINATOR_NOT_AVAILABLE');
    expect(await first.findCoordinator('g', calm()).catch((error: unknown) => error)).toMatchObject({
      kind: 'broker',
      brokerError: 'COORDINATOR_NOT_AVAILABLE',
    });
    world.faults.kafka.requestLost({}, 5);
    world.faults.kafka.clearRequests();
    await expect(first.metadata([], calm())).resolves.toBeDefined();
  });

  it('broker slow: answers come late; beyond the deadline the caller gives up and the write is made', async () => {
    const { world, host } = bench({ limits: { replyMarginMs: 100, metadataTimeoutMs: 800 } });
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    world.faults.kafka.brokerSlow(1, 500);
    const inTime = outcome(produce(kafka, ['in time'], { timeoutMs: 401 }));
    const late = outcome(produce(kafka, ['late'], { timeoutMs: 300 }));
    await host.clock.runFor(399);
    expect([inTime, late]).toEqual([{}, {}]);
    await host.clock.runFor(1);
    expect(late.failure).toMatchObject({ kind: 'timeout', outcomeUnknown: true });
    expect(inTime).toEqual({});
    await host.clock.runFor(100);
    expect(inTime.value).toMatchObject([{ baseOffset: 0 }]);
    world.faults.kafka.brokerSlow(1, 900);
    const metadata = outcome(kafka.metadata([], calm()));
    await host.clock.runFor(800);
    expect(metadata.failure?.kind).toBe('timeout');
    world.faults.kafka.brokerSlow(1, 0);
    expect(values(await fetch(kafka, 0))).toEqual(['in time', 'late']);
    await host.clock.runFor(100);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('client killed: it hears nothing more, others go on, and its name may live again', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const [dying, living] = [await kafkaClient(world, 'd1'), await kafkaClient(world, 'd2')];
    const polls = [fetch(dying, 0, { maxWaitMs: 60_000 }), fetch(living, 0, { maxWaitMs: 60_000 })];
    const lost = kindOf(polls[0]!);
    await living.metadata([], calm());
    world.faults.clientKilled('d1');
    expect(await lost).toBe('aborted');
    expect(await kindOf(dying.metadata([], calm()))).toBe('aborted');
    const again = await kafkaClient(world, 'd1');
    await produce(again, ['x']);
    expect(values(await polls[1]!)).toEqual(['x']);
    expect(world.describe().clients).toEqual(['d1', 'd2']);
    expect(world.describe().kafka.topics[0]!.partitions[0]!.waiting).toBe(0);
  });
});
