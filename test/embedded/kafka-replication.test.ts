import { describe, expect, it } from 'vitest';
import type { BatchSequence, Kafka } from '../../src/kafka/port.js';
import { bench, calm, fetch, kafkaClient, outcome, produce, record, values } from './support.js';

const lagMs = 1_000;

/** Three replicas of one partition, led by broker 1. */
async function replicated(inSyncReplicasMin = 1) {
  const { world, host } = bench({ brokers: 3, limits: { replicaLagMaxMs: lagMs } });
  const config = { 'min.insync.replicas': String(inSyncReplicasMin) };
  world.createTopic('t', 1, { replicationFactor: 3, config });
  const kafka = await kafkaClient(world);
  const partition = () => world.describe().kafka.topics[0]!.partitions[0]!;
  const read = async (broker: number) => values(await fetch(kafka, 0, { broker, maxWaitMs: 0 }));
  return { world, host, kafka, partition, read, faults: world.faults.kafka };
}

const produceAs = (kafka: Kafka, value: string, sequence: BatchSequence, broker: number, requiredAcks: -1 | 1 = -1) => {
  const partitions = [{ topic: 't', partition: 0, records: [record(value)], sequence }];
  return kafka.produce(broker, { requiredAcks, timeoutMs: 5_000, partitions }, calm());
};

describe('replication', () => {
  it('a follower that is stuck keeps a write from being acknowledged and read, until it is out of sync', async () => {
    const { host, kafka, partition, read, faults } = await replicated();
    await produce(kafka, ['a']);
    faults.replicaStuck('t', 0, 3);
    const write = outcome(produce(kafka, ['b']));
    const latest = async () =>
      (await kafka.listOffsets(1, [{ topic: 't', partition: 0 }], 'latest', calm()))[0]!.offset;
    await host.clock.runFor(lagMs - 1);
    expect(write).toEqual({});
    expect(await read(1)).toEqual(['a']);
    expect(await latest()).toBe(1);
    expect(partition()).toMatchObject({ highWatermark: 1, endOffset: 2, inSyncReplicas: [1, 2, 3] });
    await host.clock.runFor(1);
    expect(write.value).toMatchObject([{ error: null, baseOffset: 1 }]);
    expect(await read(1)).toEqual(['a', 'b']);
    expect(await latest()).toBe(2);
    expect(partition().inSyncReplicas).toEqual([1, 2]);
    faults.replicaFollows('t', 0, 3);
    expect(partition()).toMatchObject({ highWatermark: 2, inSyncReplicas: [1, 2, 3], waiting: 0 });
  });

  it('a follower that lacks nothing is in sync, however long it has been stuck', async () => {
    const { host, kafka, partition, faults } = await replicated();
    faults.replicaStuck('t', 0, 3);
    await host.clock.runFor(lagMs * 2);
    expect(partition().inSyncReplicas).toEqual([1, 2, 3]);
    await produce(kafka, ['a']);
    expect(partition().inSyncReplicas).toEqual([1, 2]);
  });

  it('a poll waits for the high watermark, and wakes when the follower is there', async () => {
    const { host, kafka, faults } = await replicated();
    faults.replicaStuck('t', 0, 3);
    const poll = outcome(fetch(kafka, 0, { maxWaitMs: 60_000 }));
    await produceAs(kafka, 'a', { id: 1, epoch: 0, baseSequence: 0 }, 1, 1);
    await host.clock.settle();
    expect(poll).toEqual({});
    faults.replicaFollows('t', 0, 3);
    await host.clock.settle();
    expect(values(poll.value!)).toEqual(['a']);
  });

  it('a write that waits for replicas for too long is answered with REQUEST_TIMED_OUT, and stays', async () => {
    const { host, kafka, partition, faults } = await replicated();
    faults.replicaStuck('t', 0, 3);
    const write = outcome(produce(kafka, ['a'], { timeoutMs: lagMs / 2 }));
    await host.clock.runFor(lagMs / 2);
    expect(write.value).toMatchObject([{ error: 'REQUEST_TIMED_OUT', baseOffset: -1 }]);
    expect(partition()).toMatchObject({ endOffset: 1, waiting: 0 });
  });

  it('too few in sync: refused before it is written, or after, when they are found out only then', async () => {
    const { host, kafka, partition, faults } = await replicated(2);
    faults.replicaStuck('t', 0, 2);
    faults.replicaStuck('t', 0, 3);
    const write = outcome(produce(kafka, ['a']));
    await host.clock.runFor(lagMs);
    expect(write.value).toMatchObject([{ error: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' }]);
    expect(await produce(kafka, ['b'])).toMatchObject([{ error: 'NOT_ENOUGH_REPLICAS', baseOffset: -1 }]);
    expect(partition()).toMatchObject({ endOffset: 1, inSyncReplicas: [1] });
    expect(await produceAs(kafka, 'c', { id: 1, epoch: 0, baseSequence: 0 }, 1, 1)).toMatchObject([{ error: null }]);
    faults.replicaFollows('t', 0, 2);
    expect(await produce(kafka, ['d'])).toMatchObject([{ error: null, baseOffset: 2 }]);
  });

  it('a write that waits when its leader ceases to lead is answered so, and the new leader may lack it', async () => {
    const { world, host, kafka, read, faults } = await replicated();
    await produce(kafka, ['a']);
    faults.replicaStuck('t', 0, 3);
    const write = outcome(produce(kafka, ['b']));
    await host.clock.settle();
    faults.leaderMoved('t', 0, 3);
    await host.clock.settle();
    expect(write.value).toMatchObject([{ error: 'NOT_LEADER_FOR_PARTITION' }]);
    expect(await read(3)).toEqual(['a']);
    // Nobody had been told that it was written.
    expect(world.truncations()).toMatchObject([{ fromOffset: 1, toOffset: 2, acknowledgedOffset: 1 }]);
  });

  it('leader down: the in-sync follower that leads then has everything that was acknowledged', async () => {
    const { host, kafka, partition, read, faults } = await replicated();
    faults.replicaStuck('t', 0, 2);
    const write = outcome(produce(kafka, ['a']));
    await host.clock.runFor(lagMs);
    expect(write.value).toMatchObject([{ error: null }]);
    expect(() => faults.leaderMoved('t', 0, 2)).toThrow(RangeError);
    faults.brokerDown(1);
    expect(partition()).toMatchObject({ leader: 3, inSyncReplicas: [3] });
    expect(await read(3)).toEqual(['a']);
    faults.brokerDown(3);
    expect(partition().leader).toBe(-1);
    faults.brokerUp(3);
    faults.replicaFollows('t', 0, 2);
    faults.brokerUp(1);
    expect(partition()).toMatchObject({ leader: 3, highWatermark: 1, inSyncReplicas: [1, 2, 3] });
  });

  it('unclean election: the log is cut off where the new leader has its end, and it is told what was promised', async () => {
    const { world, host, kafka, partition, read, faults } = await replicated();
    await produce(kafka, ['a']);
    faults.replicaStuck('t', 0, 3);
    const acknowledged = outcome(produce(kafka, ['b']));
    await host.clock.runFor(lagMs);
    expect(acknowledged.value).toMatchObject([{ error: null }]);
    faults.replicaStuck('t', 0, 2);
    await produceAs(kafka, 'c', { id: 1, epoch: 0, baseSequence: 0 }, 1, 1);
    faults.uncleanElection('t', 0, 3);
    expect(partition()).toMatchObject({ leader: 3, endOffset: 1, highWatermark: 1, inSyncReplicas: [1, 3] });
    expect(await read(3)).toEqual(['a']);
    expect(world.truncations()).toEqual([
      {
        topic: 't',
        partition: 0,
        atMs: lagMs,
        fromOffset: 1,
        toOffset: 3,
        acknowledgedOffset: 2,
        bytes: expect.any(Number),
        values: [Buffer.from('b'), Buffer.from('c')],
      },
    ]);
    expect(world.describe().kafka.retainedBytes).toBe(partition().bytes);
    expect(await fetch(kafka, 3, { broker: 3 })).toMatchObject([{ error: 'OFFSET_OUT_OF_RANGE' }]);
    expect(await produce(kafka, ['d'], { broker: 3 })).toMatchObject([{ baseOffset: 1 }]);
    // Another follower of the new leader lost what it had beyond it, and stays stuck.
    faults.uncleanElection('t', 0, 2);
    expect(await read(2)).toEqual(['a']);
  });

  it('unclean election: what is known of a producer is what the cut log tells', async () => {
    const { host, kafka, faults } = await replicated();
    const batch = (baseSequence: number) => ({ id: 7, epoch: 0, baseSequence });
    await produceAs(kafka, 'a', batch(0), 1);
    faults.replicaStuck('t', 0, 3);
    const cut = produceAs(kafka, 'b', batch(1), 1);
    await host.clock.runFor(lagMs);
    await cut;
    faults.uncleanElection('t', 0, 3);
    expect(await produceAs(kafka, 'c', batch(2), 3)).toMatchObject([{ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }]);
    expect(await produceAs(kafka, 'a', batch(0), 3)).toMatchObject([{ error: null, baseOffset: 0 }]);
    expect(await produceAs(kafka, 'b', batch(1), 3)).toMatchObject([{ error: null, baseOffset: 1 }]);
  });

  it('an election of what is no replica, or down, is none', async () => {
    const { world, faults } = await replicated();
    world.createTopic('u', 1, { replicationFactor: 2 });
    expect(() => faults.uncleanElection('u', 0, 3)).toThrow(RangeError);
    faults.brokerDown(2);
    expect(() => faults.uncleanElection('u', 0, 2)).toThrow(RangeError);
    expect(() => faults.replicaStuck('u', 1, 1)).toThrow(RangeError);
    expect(world.truncations()).toEqual([]);
  });
});

describe('broker frozen', () => {
  it('takes requests, and does all at once when it is thawed', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const poll = outcome(fetch(kafka, 0, { maxWaitMs: 1_000 }));
    await host.clock.settle();
    world.faults.kafka.brokerFrozen(1);
    const writes = [outcome(produce(kafka, ['a'])), outcome(produce(kafka, ['b']))];
    await host.clock.runFor(1_500);
    expect([poll, ...writes]).toEqual([{}, {}, {}]);
    world.faults.kafka.brokerThawed(1);
    await host.clock.settle();
    expect(writes.map(({ value }) => value![0]!.baseOffset)).toEqual([0, 1]);
    expect(values(poll.value!)).toEqual(['a', 'b']);
    expect(world.describe().kafka.topics[0]!.partitions[0]!.waiting).toBe(0);
  });

  it('requests end by their own deadline, and are done all the same', async () => {
    const { world, host } = bench({ limits: { replyMarginMs: 100 } });
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const poll = outcome(fetch(kafka, 0, { maxWaitMs: 1_000 }));
    await host.clock.runFor(200);
    world.faults.kafka.brokerFrozen(1);
    const write = outcome(produce(kafka, ['a'], { timeoutMs: 400 }));
    await host.clock.runFor(500);
    expect(write.failure).toMatchObject({ kind: 'timeout', outcomeUnknown: true });
    await host.clock.runFor(399);
    expect(poll).toEqual({});
    await host.clock.runFor(1);
    expect(poll.failure?.kind).toBe('timeout');
    world.faults.kafka.brokerThawed(1);
    expect(values(await fetch(kafka, 0))).toEqual(['a']);
  });

  it('others answer what any broker can, and lead after a while; it learns so when it is thawed', async () => {
    const { world, host } = bench({ brokers: 2, limits: { metadataTimeoutMs: 300, brokerSessionTimeoutMs: 1_000 } });
    world.createTopic('t', 1, { replicationFactor: 2 });
    const kafka = await kafkaClient(world);
    world.faults.kafka.brokerFrozen(1);
    const write = outcome(produce(kafka, ['old']));
    const metadata = outcome(kafka.metadata(['t'], calm()));
    await host.clock.runFor(300);
    expect(metadata.value).toMatchObject({ topics: [{ partitions: [{ leader: 1 }] }] });
    await host.clock.runFor(700);
    expect(world.describe().kafka.topics[0]!.partitions[0]).toMatchObject({ leader: 2, inSyncReplicas: [2] });
    const coordinator = outcome(kafka.findCoordinator('g', calm()));
    await host.clock.runFor(300);
    expect(coordinator.value).toBe(2);
    expect(await produce(kafka, ['new'], { broker: 2 })).toMatchObject([{ error: null, baseOffset: 0 }]);
    world.faults.kafka.brokerThawed(1);
    await host.clock.settle();
    expect(write.value).toMatchObject([{ error: 'NOT_LEADER_FOR_PARTITION' }]);
    expect(world.describe().kafka.topics[0]!.partitions[0]).toMatchObject({ leader: 2, inSyncReplicas: [1, 2] });
  });

  it('its replicas are stuck: a write elsewhere waits for them', async () => {
    const { world, host } = bench({ brokers: 2, limits: { replicaLagMaxMs: 2_000 } });
    world.createTopic('t', 1, { replicationFactor: 2 });
    const kafka = await kafkaClient(world);
    world.faults.kafka.brokerFrozen(2);
    const write = outcome(produce(kafka, ['a']));
    await host.clock.runFor(1_999);
    expect(write).toEqual({});
    await host.clock.runFor(1);
    expect(write.value).toMatchObject([{ error: null }]);
  });

  it('killed while frozen: what it was asked for is lost, and its next process works', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    world.faults.kafka.brokerFrozen(1);
    const write = outcome(produce(kafka, ['a']));
    await host.clock.settle();
    world.faults.kafka.brokerDown(1);
    world.faults.kafka.brokerUp(1);
    world.faults.kafka.brokerThawed(1);
    await host.clock.settle();
    expect(write.failure?.kind).toBe('connection-lost');
    expect(await produce(kafka, ['b'])).toMatchObject([{ error: null, baseOffset: 0 }]);
  });
});
