import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { errorTable, type ErrorCode } from '../../src/errors/table.js';
import { statusOf } from '../../src/grpc/status.js';
import { testGrpc, type GrpcClient, type TestGrpc } from './support.js';

let grpc: TestGrpc;
let client: GrpcClient;
beforeAll(async () => {
  grpc = await testGrpc({ clusters: { default: {}, off: { consumer: { disabled: true } } } });
  ({ client } = grpc);
});
afterAll(() => grpc.close());
beforeEach(() => {
  grpc.bus.asked.length = 0;
  grpc.bus.answer = () => {
    throw new Error('nothing was to be asked');
  };
});

const refuse = (error: PixyError) => {
  grpc.bus.answer = () => ({ kind: 'refused', error });
};
const late = (reason?: string) => {
  grpc.bus.answer = () => ({ kind: 'deadline', reason });
};

const methods = [
  'Produce',
  'ConsumeNAck',
  'Ack',
  'GetOffsets',
  'SetOffsets',
  'ListTopics',
  'ListConsumers',
  'GetTopicMetadata',
] as const;
const rq = { topic: 't', group: 'g', offsets: [{ partition: 0 }], no_ack: true };

describe('every method', () => {
  it.each(methods)('%s answers INVALID_ARGUMENT for an unknown cluster, before all else', async (method) => {
    const told = await client.error(method, { ...rq, cluster: '100%d', topic: '/', group: '/' });
    expect(told).toBe('3 proxy `100%d` does not exist');
  });

  it.each(methods.filter((name) => name !== 'ListTopics'))(
    '%s answers INVALID_ARGUMENT for what no topic can be named',
    async (method) => {
      for (const topic of ['', 'a/b', '..']) {
        expect(await client.error(method, { ...rq, topic })).toMatch(/^3 bad topic/);
      }
    },
  );

  it.each(['ConsumeNAck', 'Ack', 'GetOffsets', 'SetOffsets'])(
    '%s answers INVALID_ARGUMENT for a group that ZooKeeper could not hold, the empty one too',
    async (method) => {
      for (const group of ['', 'a/b']) expect(await client.error(method, { ...rq, group })).toMatch(/^3 bad consumer/);
    },
  );

  it.each(methods)('%s answers UNAVAILABLE while the daemon shuts down', async (method) => {
    refuse(new PixyError('shutting-down', {}));
    expect(await client.error(method, rq)).toBe('14 service is shutting down');
  });

  it.each(methods)('%s answers INTERNAL for a defect, whose text stays in the log', async (method) => {
    grpc.logged.length = 0;
    grpc.bus.answer = () => {
      throw new Error('secret');
    };
    expect(await client.error(method, rq)).toBe('13 internal error');
    expect(grpc.logged).toMatchObject([{ level: 50, method, err: { message: 'secret' } }]);
  });

  it('names the row of the table in a trailer', async () => {
    refuse(new PixyError('unknown-topic', {}));
    const { trailers } = await client.call('GetOffsets', rq);
    expect(trailers['x-pixy-error']).toBe('unknown-topic');
  });

  it('cuts a text that no trailer could hold, and tells any character', async () => {
    const text = await client.error('Produce', { ...rq, cluster: `ä\n%s${'😀'.repeat(3000)}` });
    expect(text.startsWith('3 proxy `ä\n%s😀')).toBe(true);
    expect(text.length).toBeLessThan(2100);
  });
});

describe('Produce', () => {
  it('answers INVALID_ARGUMENT for a topic that the brokers do not know', async () => {
    refuse(new PixyError('produce-unknown-topic', {}));
    expect(await client.error('Produce', rq)).toBe(
      '3 kafka server: Request was for a topic or partition that does not exist on this broker.',
    );
  });

  it('answers INVALID_ARGUMENT for headers that the brokers cannot store', async () => {
    refuse(new PixyError('headers-unsupported', {}));
    expect(await client.error('Produce', rq)).toMatch(/^3 headers are not supported with this version of Kafka\./);
  });

  it('answers INTERNAL for any other failure, with its text as it is (bug 5 of the original)', async () => {
    refuse(new PixyError('produce-refused', { reason: '100%d of %s' }));
    expect(await client.error('Produce', rq)).toBe('13 kafka server: the message was refused: 100%d of %s');
    refuse(new PixyError('message-too-large', {}));
    expect(await client.error('Produce', rq)).toBe(
      '13 kafka server: Message was too large, server rejected it to avoid allocation error.',
    );
  });

  it('says that nothing was written, or that nobody knows, when its time is over', async () => {
    late('not-sent');
    expect(await client.call('Produce', rq)).toMatchObject({
      code: 13,
      details: 'kafka: client has run out of available brokers to talk to (Is your cluster reachable?)',
      trailers: { 'x-pixy-error': 'kafka-unreachable', 'x-pixy-reason': 'not-sent' },
    });
    late();
    expect(await client.call('Produce', rq)).toMatchObject({
      code: 13,
      trailers: { 'x-pixy-error': 'outcome-unknown', 'x-pixy-reason': 'no-answer' },
    });
  });

  it('answers an error in async_mode where the message was not accepted, as HTTP does', async () => {
    refuse(new PixyError('produce-queue-full', {}));
    expect(await client.error('Produce', { ...rq, async_mode: true })).toMatch(/^14 too many messages wait/);
  });
});

describe('ConsumeNAck', () => {
  it('answers NOT_FOUND when there was no message in time, and why', async () => {
    late('rebalancing');
    expect(await client.call('ConsumeNAck', rq)).toMatchObject({
      code: 5,
      details: 'long polling timeout',
      trailers: { 'x-pixy-error': 'poll-timeout', 'x-pixy-reason': 'rebalancing' },
    });
    late();
    expect((await client.call('ConsumeNAck', rq)).trailers['x-pixy-reason']).toBe('no-message');
  });

  it('answers RESOURCE_EXHAUSTED when too many requests wait', async () => {
    refuse(new PixyError('too-many-polls', {}));
    expect(await client.error('ConsumeNAck', rq)).toMatch(
      /^8 Too many requests\. Consider increasing `consumer\.channel_buffer_size`/,
    );
  });

  it('answers INVALID_ARGUMENT for an ack with a negative number, and asks for no message', async () => {
    const ack = { topic: 't', group: 'g', ack_partition: -1, ack_offset: -1 };
    expect(await client.error('ConsumeNAck', ack)).toBe('3 invalid ack: bad partition: -1');
    expect(await client.error('ConsumeNAck', { ...ack, ack_partition: 0 })).toBe('3 invalid ack: bad offset: -1');
    expect(grpc.bus.asked).toEqual([]);
  });

  it('answers INVALID_ARGUMENT for an ack of an offset beyond 2^53 - 1', async () => {
    const ack = { topic: 't', group: 'g', ack_offset: '9007199254740992' };
    expect(await client.error('ConsumeNAck', ack)).toBe('3 bad request: an offset is at most 9007199254740991');
  });

  it('answers UNAVAILABLE where consuming is switched off, after its parameters were looked at', async () => {
    const off = { ...rq, cluster: 'off' };
    expect(await client.error('ConsumeNAck', off)).toBe('14 service is disabled by configuration');
    expect(await client.error('ConsumeNAck', { ...off, no_ack: false, ack_offset: -3 })).toBe(
      '3 invalid ack: bad offset: -3',
    );
  });
});

describe('Ack', () => {
  it('answers INVALID_ARGUMENT for negative numbers', async () => {
    expect(await client.error('Ack', { ...rq, partition: -1 })).toBe('3 invalid ack: bad partition: -1');
    expect(await client.error('Ack', { ...rq, offset: -7 })).toBe('3 invalid ack: bad offset: -7');
  });

  it('answers INTERNAL where no owner of the partition lives here (bug 5 of the original: 500)', async () => {
    refuse(new PixyError('ack-channel-missing', { group: 'foo', topic: 'test.4', partition: 0 }));
    expect(await client.error('Ack', rq)).toBe('13 acks channel missing for {foo test.4 0}');
  });

  it('answers INTERNAL when the ack was not taken in time', async () => {
    late();
    expect(await client.error('Ack', rq)).toBe('13 ack timeout');
  });
});

describe('offsets', () => {
  it.each(['GetOffsets', 'SetOffsets'])('%s answers NOT_FOUND for an unknown topic', async (method) => {
    refuse(new PixyError('unknown-topic', {}));
    expect(await client.error(method, rq)).toBe('5 Unknown topic');
  });

  it.each(['GetOffsets', 'SetOffsets'])('%s answers INTERNAL for any other failure', async (method) => {
    refuse(new PixyError('offsets-failed', { reason: 'failed to get coordinator: 50%' }));
    expect(await client.error(method, rq)).toBe('13 failed to get coordinator: 50%');
  });

  it.each(['GetOffsets', 'SetOffsets', 'ListTopics', 'GetTopicMetadata', 'ListConsumers'])(
    '%s answers UNAVAILABLE when the answer did not come in time',
    async (method) => {
      late();
      expect(await client.error(method, rq)).toBe('14 the answer did not come in time');
    },
  );

  it('are not set at all where one is beyond 53 bits: INVALID_ARGUMENT', async () => {
    for (const offset of ['9007199254740992', '-9223372036854775808']) {
      const offsets = [{ partition: 0 }, { partition: 4, offset }];
      expect(await client.error('SetOffsets', { ...rq, offsets })).toBe(
        '3 bad request: the offset of partition 4 is not from -9007199254740991 to 9007199254740991',
      );
    }
    expect(grpc.bus.asked).toEqual([]);
  });
});

describe('topics and consumers', () => {
  it('GetTopicMetadata answers NOT_FOUND for an unknown topic', async () => {
    refuse(new PixyError('unknown-topic', {}));
    expect(await client.error('GetTopicMetadata', rq)).toBe('5 Unknown topic');
  });

  it.each(['GetTopicMetadata', 'ListTopics'])(
    '%s answers NOT_FOUND for a missing node, else INTERNAL',
    async (name) => {
      const reason = 'failed to fetch topic configuration: zk: node does not exist';
      refuse(new PixyError('topics-failed', { reason }));
      expect(await client.error(name, rq)).toBe(`5 ${reason}`);
      refuse(new PixyError('topics-failed', { reason: 'failed to refresh metadata: x' }));
      expect(await client.error(name, rq)).toBe('13 failed to refresh metadata: x');
    },
  );

  it('ListConsumers answers NOT_FOUND for an unknown group and a topic that it does not consume', async () => {
    refuse(new PixyError('unknown-consumer-group', { group: 'g' }));
    expect(await client.error('ListConsumers', rq)).toBe('5 unknown consumer group g');
    refuse(new PixyError('topic-not-consumed', { group: 'g', topic: 't' }));
    expect(await client.error('ListConsumers', rq)).toBe('5 topic t is not consumed by g');
  });

  it('ListConsumers answers INTERNAL for failures of ZooKeeper, with a group too (bug 3 of the original)', async () => {
    refuse(new PixyError('consumers-failed', { reason: 'zk: could not connect to a server' }));
    expect(await client.error('ListConsumers', rq)).toBe(
      '13 failed to fetch consumer groups: zk: could not connect to a server',
    );
    refuse(new PixyError('consumers-failed', { reason: 'zk: node does not exist' }));
    expect(await client.error('ListConsumers', { topic: 't' })).toBe(
      '5 failed to fetch consumer groups: zk: node does not exist',
    );
  });
});

/** gRPC status by row of the table of errors; those that end a command instead answer nobody. */
const statuses: Readonly<Record<number, readonly ErrorCode[]>> = {
  3: [
    ...(['group-count', 'bad-group-name', 'bad-topic-name', 'unknown-cluster', 'bad-request'] as const),
    ...(['bad-ack-parameter', 'negative-ack-parameter', 'invalid-ack', 'half-an-ack', 'bad-record-header'] as const),
    ...(['unsupported-content-type', 'missing-content-length', 'body-cut-short', 'bad-offsets-body'] as const),
    ...(['empty-message', 'headers-unsupported', 'produce-unknown-topic'] as const),
  ],
  5: [
    'unknown-path',
    'poll-timeout',
    'unknown-topic',
    'unknown-consumer-group',
    'topic-not-consumed',
    'no-actor-matches',
  ],
  8: ['body-too-large', 'headers-too-large', 'too-many-polls'],
  12: ['wrong-method'],
  13: [
    ...(['compression-unsupported', 'message-too-large', 'produce-refused', 'kafka-unreachable'] as const),
    ...(['outcome-unknown', 'ack-channel-missing', 'ack-timeout', 'offsets-failed', 'consumers-failed'] as const),
    ...(['topics-failed', 'internal'] as const),
  ],
  14: [
    ...(['produce-queue-full', 'service-disabled', 'kafka-access-denied', 'shutting-down', 'actor-ended'] as const),
    ...(['no-such-actor', 'mailbox-full', 'memory-full', 'too-many-actors', 'deadline-passed'] as const),
  ],
};

describe('the table of errors', () => {
  const codes = (Object.keys(errorTable) as ErrorCode[]).filter((code) => errorTable[code].status !== null);

  it.each(codes)('%s has its gRPC status', (code) => {
    const expected = Object.entries(statuses).find(([, listed]) => listed.includes(code))?.[0];
    expect({ [code]: statusOf(new PixyError(code, {} as never)) }).toEqual({ [code]: Number(expected) });
  });
});
