import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/actors/bus/types.js';
import { delivery, fakeReceipt, type Asked } from '../http/support.js';
import { testGrpc, type GrpcClient, type TestGrpc } from './support.js';

let grpc: TestGrpc;
let client: GrpcClient;
beforeAll(async () => {
  grpc = await testGrpc();
  ({ client } = grpc);
});
afterAll(() => grpc.close());
beforeEach(() => {
  grpc.bus.asked.length = 0;
  grpc.bus.replies(null);
});

const asked = (): Asked => grpc.bus.asked.at(-1)!;
const reply = (value: unknown): Outcome<unknown> => ({ kind: 'reply', value });

describe('Produce', () => {
  const written = { partition: 3, offset: Number.MAX_SAFE_INTEGER };

  it('answers partition and offset of the written message, every digit of them', async () => {
    grpc.bus.replies(written);
    const answer = await client.answer('Produce', {
      topic: 't',
      key_value: Buffer.from('k'),
      message: Buffer.from([0, 255]),
      headers: [
        { key: 'Any-cAse', value: Buffer.from('1') },
        { key: '', value: Buffer.alloc(0) },
        { key: 'Any-cAse', value: Buffer.from('2') },
      ],
    });
    expect(answer).toEqual({ partition: 3, offset: '9007199254740991' });
    expect(asked().address).toBe('default/producer/t');
    expect(asked().request).toEqual({
      type: 'produce',
      key: Buffer.from('k'),
      value: Buffer.from([0, 255]),
      headers: [
        { key: 'Any-cAse', value: Buffer.from('1') },
        { key: '', value: Buffer.alloc(0) },
        { key: 'Any-cAse', value: Buffer.from('2') },
      ],
      sync: true,
    });
  });

  it('takes no key where key_undefined is set, whatever the key is', async () => {
    grpc.bus.replies(written);
    await client.answer('Produce', { topic: 't', key_undefined: true, key_value: Buffer.from('k') });
    expect(asked().request['key']).toBeNull();
  });

  it('takes an empty key as a key, which is stored as one (bug 6 of the original)', async () => {
    grpc.bus.replies(written);
    await client.answer('Produce', { topic: 't', message: Buffer.from('v') });
    expect(asked().request['key']).toEqual(Buffer.alloc(0));
  });

  it('takes a message without bytes as an empty one', async () => {
    grpc.bus.replies(written);
    await client.answer('Produce', { topic: 't', key_undefined: true });
    expect(asked().request['value']).toEqual(Buffer.alloc(0));
  });

  it('answers -1 and -1 in async_mode, as soon as the message is accepted', async () => {
    grpc.bus.replies({ accepted: true });
    const answer = await client.answer('Produce', { topic: 't', key_undefined: true, async_mode: true });
    expect(answer).toEqual({ partition: -1, offset: '-1' });
    expect(asked().request['sync']).toBe(false);
  });

  it('keeps no more of a request than the message', async () => {
    grpc.bus.replies(written);
    await client.answer('Produce', {
      topic: 't',
      key_value: Buffer.from('k'),
      message: Buffer.from('v'),
      headers: [{ key: 'h', value: Buffer.alloc(100_000) }],
    });
    const { key, value } = asked().request as unknown as { key: Buffer; value: Buffer };
    for (const bytes of [key, value]) expect(bytes.buffer.byteLength).toBeLessThan(100_000);
  });
});

describe('ConsumeNAck', () => {
  const rq = { topic: 't', group: 'g' };
  const consumed = () => grpc.bus.asked.filter(({ request }) => request.type === 'consume');
  const acked = () => grpc.bus.asked.filter(({ request }) => request.type === 'ack');
  const answerAll = (...deliveries: ReturnType<typeof delivery>[]) => {
    grpc.bus.answer = ({ request }) => reply(request.type === 'ack' ? null : (deliveries.shift() ?? delivery()));
  };

  it('answers the message with its headers in the case and order that they have', async () => {
    const headers = [
      { key: 'b-B', value: Buffer.from([0]) },
      { key: 'A', value: null },
    ];
    const offset = Number.MAX_SAFE_INTEGER;
    answerAll(delivery({ key: Buffer.from('k'), value: Buffer.from('v'), partition: 5, offset, headers }));
    expect(await client.answer('ConsumeNAck', { ...rq, no_ack: true })).toEqual({
      partition: 5,
      offset: '9007199254740991',
      key_value: Buffer.from('k'),
      key_undefined: false,
      message: Buffer.from('v'),
      headers: [
        { key: 'b-B', value: Buffer.from([0]) },
        { key: 'A', value: Buffer.alloc(0) },
      ],
    });
    expect(consumed()[0]!.address).toBe('default/group/g/topic/t');
  });

  it('tells a message without a key from one with an empty key', async () => {
    answerAll(delivery({ key: null }), delivery({ key: Buffer.alloc(0), value: null }));
    const none = { key_value: Buffer.alloc(0), key_undefined: true, message: Buffer.from('v') };
    expect(await client.answer('ConsumeNAck', { ...rq, no_ack: true })).toMatchObject(none);
    const empty = { key_value: Buffer.alloc(0), key_undefined: false, message: Buffer.alloc(0) };
    expect(await client.answer('ConsumeNAck', { ...rq, no_ack: true })).toMatchObject(empty);
  });

  it('acknowledges nothing with no_ack, which wins over all else', async () => {
    answerAll();
    await client.answer('ConsumeNAck', { ...rq, no_ack: true, auto_ack: true, ack_partition: -1, ack_offset: -5 });
    expect(consumed().map(({ request }) => request)).toEqual([{ type: 'consume', ack: 'none' }]);
    expect(acked()).toEqual([]);
  });

  it('acknowledges the message that it answers with auto_ack, which wins over the numbers', async () => {
    answerAll();
    await client.answer('ConsumeNAck', { ...rq, auto_ack: true, ack_partition: 3, ack_offset: 5 });
    expect(consumed().map(({ request }) => request)).toEqual([{ type: 'consume', ack: 'auto' }]);
    expect(acked()).toEqual([]);
  });

  it('acknowledges the message of the numbers before it takes the next, which it does not acknowledge', async () => {
    answerAll();
    const ack_offset = String(Number.MAX_SAFE_INTEGER);
    await client.answer('ConsumeNAck', { ...rq, cluster: 'east', ack_partition: 3, ack_offset });
    expect(grpc.bus.asked.map(({ address, request }) => [address, request])).toEqual([
      ['east/group/g/topic/t/partition/3', { type: 'ack', offset: Number.MAX_SAFE_INTEGER }],
      ['east/group/g/topic/t', { type: 'consume', ack: 'none' }],
    ]);
  });

  it('acknowledges partition 0, offset 0 where nothing is said; owners ignore it if that was never offered', async () => {
    answerAll();
    await client.answer('ConsumeNAck', rq);
    expect(acked().map(({ address, request }) => [address, request])).toEqual([
      ['default/group/g/topic/t/partition/0', { type: 'ack', offset: 0 }],
    ]);
  });

  it('answers the message whatever becomes of the ack, which is logged', async () => {
    grpc.logged.length = 0;
    for (const outcome of [{ kind: 'deadline', reason: undefined }, { kind: 'cancelled' }] as const) {
      grpc.bus.answer = ({ request }) => (request.type === 'ack' ? outcome : reply(delivery()));
      expect(await client.answer('ConsumeNAck', rq)).toMatchObject({ message: Buffer.from('v') });
    }
    grpc.bus.answer = ({ request }) => {
      if (request.type === 'ack') throw new Error('broken');
      return reply(delivery());
    };
    expect(await client.answer('ConsumeNAck', rq)).toMatchObject({ message: Buffer.from('v') });
    expect(grpc.logged.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'an ack failed'],
      [40, 'an ack failed'],
      [50, 'an ack failed for an inner defect'],
    ]);
  });

  it('tells the receipt that the answer was written once it was', async () => {
    const receipt = fakeReceipt();
    answerAll(delivery({ receipt }));
    await client.answer('ConsumeNAck', { ...rq, auto_ack: true });
    await expect.poll(() => receipt.told, { timeout: 10_000 }).toEqual(['written']);
  });
});

describe('Ack', () => {
  it('hands the ack to the owner of the partition and answers nothing', async () => {
    const request = { topic: 't', group: 'g', partition: 7, offset: '9007199254740991' };
    expect(await client.answer('Ack', request)).toEqual({});
    expect(asked().address).toBe('default/group/g/topic/t/partition/7');
    expect(asked().request).toEqual({ type: 'ack', offset: Number.MAX_SAFE_INTEGER });
  });
});

describe('offsets', () => {
  it('are answered with every field, by partition', async () => {
    grpc.bus.replies([
      {
        ...{ partition: 0, begin: 1, end: Number.MAX_SAFE_INTEGER, count: 3, offset: 4, lag: -5 },
        ...{ metadata: 'BB', sparseAcks: '1-2' },
      },
      { partition: 1, begin: 0, end: 0, count: 0, offset: -1, lag: 0, metadata: '', sparseAcks: '' },
    ]);
    expect(await client.answer('GetOffsets', { topic: 't', group: 'g', cluster: 'east' })).toEqual({
      offsets: [
        {
          ...{ partition: 0, begin: '1', end: '9007199254740991', count: '3', offset: '4', lag: '-5' },
          ...{ metadata: 'BB', sparse_acks: '1-2' },
        },
        {
          ...{ partition: 1, begin: '0', end: '0', count: '0', offset: '-1', lag: '0' },
          ...{ metadata: '', sparse_acks: '' },
        },
      ],
    });
    expect(asked().address).toBe('east/offsets');
    expect(asked().request).toEqual({ type: 'offsets.get', topic: 't', group: 'g' });
  });

  it('are set by partition, offset and metadata; other fields do not count', async () => {
    grpc.bus.replies({ foreignOwners: {} });
    const { code, answer, trailers } = await client.call('SetOffsets', {
      topic: 't',
      group: 'g',
      offsets: [
        {
          partition: 1,
          offset: '9007199254740991',
          metadata: 'm',
          begin: 5,
          end: 6,
          count: 7,
          lag: 8,
          sparse_acks: 'x',
        },
        { partition: 2, offset: -2 },
        { partition: 3 },
      ],
    });
    expect([code, answer]).toEqual([0, {}]);
    expect(trailers['x-pixy-warning']).toBeUndefined();
    expect(asked().request).toEqual({
      type: 'offsets.set',
      topic: 't',
      group: 'g',
      offsets: [
        { partition: 1, offset: Number.MAX_SAFE_INTEGER, metadata: 'm' },
        { partition: 2, offset: -2, metadata: '' },
        { partition: 3, offset: 0, metadata: '' },
      ],
    });
  });

  it('are not set where none are given', async () => {
    expect(await client.answer('SetOffsets', { topic: 't', group: 'g' })).toEqual({});
    expect(grpc.bus.asked).toEqual([]);
  });

  it('that a foreign owner may overwrite are answered with a warning among the trailers', async () => {
    grpc.bus.replies({ foreignOwners: { kp_hö: [0, 1], other: [2] } });
    const { code, trailers } = await client.call('SetOffsets', {
      topic: 't',
      group: 'g',
      offsets: [{ partition: 0, offset: 1 }],
    });
    expect(code).toBe(0);
    expect(trailers['x-pixy-warning']).toBe(
      'the offsets are committed, but these owners of partitions may overwrite them: kp_h? (0, 1); other (2)',
    );
  });
});

describe('topics', () => {
  const config = { version: 1, config: { 'retention.ms': '5' } };
  const partitions = [{ partition: 0, leader: -1, replicas: [1, 2], isr: [] }];

  it('are listed with their configuration always, and with partitions where asked for', async () => {
    grpc.bus.replies([
      { topic: 'a', config, partitions },
      { topic: 'b', config: { version: 0, config: {} }, partitions: undefined },
    ]);
    expect(await client.answer('ListTopics', { with_partitions: true })).toEqual({
      topics: {
        a: { ...config, partitions },
        b: { version: 0, config: {}, partitions: [] },
      },
    });
    expect(asked().address).toBe('default/topics');
    expect(asked().request).toEqual({ type: 'topics.list', withPartitions: true, withConfig: true });
    await client.answer('ListTopics', { cluster: 'east' });
    expect(asked().address).toBe('east/topics');
    expect(asked().request).toEqual({ type: 'topics.list', withPartitions: false, withConfig: true });
  });

  it('are described one by one, with their configuration always', async () => {
    grpc.bus.replies({ topic: 'a', config, partitions });
    const answer = await client.answer('GetTopicMetadata', { topic: 'a', with_partitions: true });
    expect(answer).toEqual({ ...config, partitions });
    expect(asked().request).toEqual({ type: 'topics.get', topic: 'a', withPartitions: true });
    grpc.bus.replies({ topic: 'a', config, partitions: undefined });
    expect(await client.answer('GetTopicMetadata', { topic: 'a' })).toEqual({ ...config, partitions: [] });
    expect(asked().request['withPartitions']).toBe(false);
  });
});

describe('consumers', () => {
  it('are listed by group, member and partition, of one group or of all', async () => {
    grpc.bus.replies({ g: { m1: [0, 1], m2: [] }, h: {} });
    expect(await client.answer('ListConsumers', { topic: 't' })).toEqual({
      groups: { g: { consumers: { m1: { partitions: [0, 1] }, m2: { partitions: [] } } }, h: { consumers: {} } },
    });
    expect(asked().address).toBe('default/consumers');
    expect(asked().request).toEqual({ type: 'consumers.list', topic: 't', group: undefined });
    await client.answer('ListConsumers', { topic: 't', group: 'g', cluster: 'east' });
    expect(asked().address).toBe('east/consumers');
    expect(asked().request).toEqual({ type: 'consumers.list', topic: 't', group: 'g' });
  });
});
