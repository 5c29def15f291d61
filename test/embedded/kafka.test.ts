import { describe, expect, it } from 'vitest';
import { bench, calm, fetch, kafkaClient, kindOf, outcome, produce, record, values } from './support.js';

describe('topics', () => {
  it('refuses what cannot be', () => {
    const { world } = bench({ limits: { partitionsMax: 5 } });
    world.createTopic('t', 3);
    for (const name of ['', '.', '..', 'a b', 'a/b', 'x'.repeat(250)]) {
      expect(() => world.createTopic(name, 1), name).toThrow(RangeError);
    }
    expect(() => world.createTopic('t', 1)).toThrow(/exists already/);
    expect(() => world.createTopic('u', 0)).toThrow(RangeError);
    expect(() => world.createTopic('u', 1, { replicationFactor: 2 })).toThrow(/replication factor/);
    expect(() => world.createTopic('u', 3)).toThrow(/partitionsMax/);
    expect(() => world.addPartitions('t', 3)).toThrow(/only grow/);
    expect(() => world.addPartitions('u', 3)).toThrow(/no topic u/);
    expect(() => world.deleteTopic('u')).toThrow(/no topic u/);
    expect(world.topics()).toEqual(['t']);
  });

  it('spreads leaders over the brokers, and grows', async () => {
    const { world } = bench({ brokers: 3 });
    world.createTopic('t', 2, { replicationFactor: 2 });
    world.addPartitions('t', 4);
    const { partitions } = (await world.kafka().metadata(['t'], calm())).topics[0]!;
    expect(partitions.map(({ leader, replicas }) => [leader, replicas])).toEqual([
      [1, [1, 2]],
      [2, [2, 3]],
      [3, [3, 1]],
      [1, [1, 2]],
    ]);
  });

  it('is gone with everything when it is deleted; a poll under way is told', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    await produce(kafka, ['x']);
    await kafka.commitOffsets(1, 'g', [{ topic: 't', partition: 0, offset: 1, metadata: '' }], calm());
    const poll = fetch(kafka, 1, { maxWaitMs: 60_000 });
    await kafka.metadata([], calm());
    world.deleteTopic('t');
    expect(await poll).toMatchObject([{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }]);
    expect(world.describe().kafka).toMatchObject({ retainedBytes: 0, committedOffsets: [], topics: [] });
    world.createTopic('t', 1);
    expect(await produce(kafka, ['y'])).toMatchObject([{ baseOffset: 0 }]);
  });
});

describe('a position that is set past the brokers', () => {
  it('is where the group goes on, though no broker is up, and until somebody commits', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const at = (offset: number) => ({ topic: 't', partition: 0, offset, metadata: '' });
    world.faults.kafka.brokerDown(1);
    world.setCommitted('g', at(0));
    world.faults.kafka.brokerUp(1);
    const kafka = await kafkaClient(world);
    const committed = async (group: string) =>
      (await kafka.fetchOffsets(1, group, [{ topic: 't', partition: 0 }], calm()))[0]!.offset;
    expect([await committed('g'), await committed('other')]).toEqual([0, -1]);
    await kafka.commitOffsets(1, 'g', [at(7)], calm());
    expect(await committed('g')).toBe(7);
  });
});

describe('long polls', () => {
  it('last as long as was asked, in virtual time', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const poll = outcome(fetch(kafka, 0, { maxWaitMs: 3_000 }));
    await host.clock.runFor(2_999);
    expect(poll).toEqual({});
    await host.clock.runFor(1);
    expect(poll.value).toMatchObject([{ error: null, records: [], nextOffset: 0 }]);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('wait for minBytes, and look once for all that is written in a turn', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const poll = outcome(fetch(kafka, 0, { maxWaitMs: 60_000, minBytes: 2_500 }));
    await produce(kafka, ['x'.repeat(1_000)]);
    await host.clock.settle();
    expect(poll).toEqual({});
    await Promise.all([produce(kafka, ['y'.repeat(1_000)]), produce(kafka, ['z'])]);
    await host.clock.settle();
    expect(poll.value).toMatchObject([{ nextOffset: 3 }]);
  });

  it('leave nothing behind when they end, in whatever way', async () => {
    const { world, host } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const controller = new AbortController();
    const partitions = [{ topic: 't', partition: 0, offset: 0, maxBytes: 1_000 }];
    const request = { maxWaitMs: 60_000, minBytes: 1, maxBytes: 1_000, partitions };
    const ends = [
      kindOf(kafka.fetch(1, 'aborted', request, controller.signal)),
      kindOf(kafka.fetch(1, 'closed', request, calm())),
      kindOf(kafka.fetch(1, 'open', request, calm())),
    ];
    await kafka.metadata([], calm());
    expect(host.clock.pendingTimers).toBe(3);
    controller.abort();
    kafka.closeLane('closed');
    expect(host.clock.pendingTimers).toBe(1);
    await kafka.close();
    expect(await Promise.all(ends)).toEqual(['aborted', 'aborted', 'aborted']);
    expect(host.clock.pendingTimers).toBe(0);
    expect(world.describe().kafka.topics[0]!.partitions[0]!.waiting).toBe(0);
    expect(world.describe().clients).toEqual([]);
  });
});

it('starts no poll for a fetch that was given up on its way', async () => {
  const { world, host } = bench();
  world.createTopic('t', 1);
  const kafka = await kafkaClient(world);
  const ended = kindOf(fetch(kafka, 0, { lane: 'left', maxWaitMs: 60_000 }));
  kafka.closeLane('left');
  expect(await ended).toBe('aborted');
  await host.clock.settle();
  expect(world.describe().kafka.topics[0]!.partitions[0]!.waiting).toBe(0);
  expect(host.clock.pendingTimers).toBe(0);
});

describe('records', () => {
  it('are copied in: neither writer nor log sees what the other does with its memory', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const slab = Buffer.alloc(1_000_000, 'a');
    const value = slab.subarray(0, 4);
    const partitions = [{ topic: 't', partition: 0, records: [{ ...record(''), value }] }];
    await kafka.produce(1, { requiredAcks: -1, timeoutMs: 1_000, partitions }, calm());
    slab.fill('b');
    const [result] = await fetch(kafka, 0);
    expect(result!.records[0]!.value!.toString()).toBe('aaaa');
    expect(result!.records[0]!.value!.buffer.byteLength).toBe(4);
    expect(result!.retainedBytes).toBeLessThan(1_000);
  });

  it('count every buffer that they keep alive', async () => {
    const { world } = bench();
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    await produce(
      kafka,
      Array.from({ length: 200 }, () => Buffer.alloc(1_000, 'x')),
    );
    const [all] = await fetch(kafka, 0);
    const buffers = (records: typeof all) => new Set(records!.records.map(({ value }) => value!.buffer));
    const bytesOf = (records: typeof all) => [...buffers(records)].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(buffers(all).size).toBeGreaterThan(1);
    expect(all!.retainedBytes).toBeGreaterThanOrEqual(bytesOf(all));
    const [one] = await fetch(kafka, 0, { maxBytes: 1 });
    expect(one!.records).toHaveLength(1);
    expect(one!.retainedBytes).toBeGreaterThanOrEqual(bytesOf(one));
    expect(bytesOf(one)).toBeLessThan(100_000);
  });

  it('share the bytes of an answer between its partitions, one record of each at least', async () => {
    const { world } = bench();
    world.createTopic('t', 2);
    const kafka = await kafkaClient(world);
    for (const partition of [0, 1])
      await produce(
        kafka,
        ['a', 'b', 'c', 'd'].map((v) => v.repeat(1_000)),
        { partition },
      );
    const partitions = [0, 1].map((partition) => ({ topic: 't', partition, offset: 0, maxBytes: 1_000_000 }));
    const results = await fetch(kafka, 0, { partitions, maxBytes: 4_000 });
    expect(results.map(({ records }) => records.length)).toEqual([3, 1]);
    const perPartition = partitions.map((p) => ({ ...p, maxBytes: 3_000 }));
    const limited = await fetch(kafka, 0, { partitions: perPartition });
    expect(limited.map(({ nextOffset }) => nextOffset)).toEqual([2, 2]);
  });

  it('may fill a batch up to its limit', async () => {
    const { world } = bench({ limits: { batchBytesMax: 1_000 } });
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    expect(await produce(kafka, ['x'.repeat(918)])).toMatchObject([{ error: null }]);
    expect(await produce(kafka, ['x'.repeat(919)])).toMatchObject([{ error: 'MESSAGE_TOO_LARGE' }]);
    expect(await produce(kafka, ['x'.repeat(500), 'x'.repeat(500)])).toMatchObject([{ error: 'MESSAGE_TOO_LARGE' }]);
  });
});

describe('the memory limit', () => {
  const retainedBytesMax = 200_000;

  it('drops the oldest records of the largest partition', async () => {
    const { world } = bench({ limits: { retainedBytesMax } });
    world.createTopic('t', 1);
    world.createTopic('small', 1);
    const kafka = await kafkaClient(world);
    await produce(kafka, ['kept'], { topic: 'small' });
    for (let i = 0; i < 1_000; i++) {
      await produce(kafka, [`${i}`.padEnd(1_000)]);
      expect(world.describe().kafka.retainedBytes).toBeLessThanOrEqual(retainedBytesMax);
    }
    expect(values(await fetch(kafka, 0, { topic: 'small' }))).toEqual(['kept']);
    const [{ offset: oldest }, { offset: next }] = [
      (await kafka.listOffsets(1, [{ topic: 't', partition: 0 }], 'earliest', calm()))[0]!,
      (await kafka.listOffsets(1, [{ topic: 't', partition: 0 }], 'latest', calm()))[0]!,
    ];
    expect(next).toBe(1_000);
    expect(oldest).toBeGreaterThan(800);
    expect(oldest).toBeLessThan(900);
    expect(await fetch(kafka, oldest - 1)).toMatchObject([{ error: 'OFFSET_OUT_OF_RANGE' }]);
    const [rest] = await fetch(kafka, oldest);
    expect(rest!.records.map(({ offset }) => offset)).toEqual(
      Array.from({ length: next - oldest }, (_, i) => oldest + i),
    );
    expect(rest!.records.map(({ value }) => Number(value!.toString()))).toEqual(rest!.records.map((r) => r.offset));
  });

  it('takes from several large partitions, so that none is emptied for another', async () => {
    const { world } = bench({ limits: { retainedBytesMax } });
    world.createTopic('t', 4);
    const kafka = await kafkaClient(world);
    const half = Array.from({ length: 78 }, () => 'x'.repeat(1_000));
    await produce(kafka, half, { partition: 0 });
    await produce(kafka, half, { partition: 1 });
    await produce(
      kafka,
      Array.from({ length: 100 }, () => 'x'.repeat(1_000)),
      { partition: 2 },
    );
    const left = world
      .describe()
      .kafka.topics[0]!.partitions.map(({ startOffset, endOffset }) => endOffset - startOffset);
    for (const records of left.slice(0, 3)) expect(records).toBeGreaterThan(20);
    expect(left[3]).toBe(0);
  });

  it('counts what empty messages cost as well', async () => {
    const { world } = bench({ limits: { retainedBytesMax } });
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    for (let i = 0; i < 50; i++) await produce(kafka, Array<string>(100).fill(''));
    expect(world.describe().kafka.retainedBytes).toBeLessThanOrEqual(retainedBytesMax);
    expect(world.describe().kafka.topics[0]!.partitions[0]!.startOffset).toBeGreaterThan(0);
  });

  it('forgets a poll that waits for what was dropped', async () => {
    const { world } = bench({ limits: { retainedBytesMax } });
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    await produce(kafka, ['x'.repeat(1_000)]);
    const poll = fetch(kafka, 0, { maxWaitMs: 60_000, minBytes: 1_000_000 });
    await kafka.metadata([], calm());
    await produce(
      kafka,
      Array.from({ length: 300 }, () => 'x'.repeat(1_000)),
    );
    expect(await poll).toMatchObject([{ error: 'OFFSET_OUT_OF_RANGE' }]);
  });
});

describe('committed offsets', () => {
  it('forget what was committed longest ago at their limit', async () => {
    const { world } = bench({ limits: { committedOffsetsMax: 2 } });
    world.createTopic('t', 3);
    const kafka = await kafkaClient(world);
    const commit = (partition: number, offset: number) =>
      kafka.commitOffsets(1, 'g', [{ topic: 't', partition, offset, metadata: '' }], calm());
    await commit(0, 1);
    await commit(1, 1);
    await commit(0, 2);
    await commit(2, 1);
    const asked = [0, 1, 2].map((partition) => ({ topic: 't', partition }));
    expect((await kafka.fetchOffsets(1, 'g', asked, calm())).map(({ offset }) => offset)).toEqual([2, -1, 1]);
  });

  it('measure metadata in bytes, not in characters', async () => {
    const { world } = bench({ limits: { offsetMetadataBytesMax: 4 } });
    world.createTopic('t', 1);
    const kafka = await kafkaClient(world);
    const commit = async (metadata: string) =>
      (await kafka.commitOffsets(1, 'g', [{ topic: 't', partition: 0, offset: 1, metadata }], calm()))[0]!.error;
    expect(await commit('ääx')).toBe('OFFSET_METADATA_TOO_LARGE');
    expect(await commit('ää')).toBeNull();
  });
});

it('refuses a broker that no answer has named, as a client without its address must', async () => {
  const { world } = bench({ brokers: 2 });
  const kafka = world.kafka();
  expect(await kindOf(kafka.listOffsets(1, [], 'latest', calm()))).toBe('unknown-broker');
  world.faults.kafka.brokerDown(2);
  await kafka.metadata([], calm());
  expect(await kindOf(kafka.listOffsets(1, [], 'latest', calm()))).toBe('it succeeded');
  expect(await kindOf(kafka.listOffsets(2, [], 'latest', calm()))).toBe('unknown-broker');
});

it('limits the request faults that wait', () => {
  const { world } = bench({ limits: { requestFaultsMax: 1 } });
  world.faults.kafka.requestLost({ api: 'fetch' });
  expect(() => world.faults.kafka.replyLost({ api: 'fetch' })).toThrow(/requestFaultsMax/);
});
