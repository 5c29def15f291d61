import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { testHttp } from './support.js';

const produce = ['POST', '/topics/t/messages?sync', 'text/plain', 'v'] as const;
const produceAsync = ['POST', '/topics/t/messages', 'text/plain', 'v'] as const;
const consume = ['GET', '/topics/t/messages?group=g'] as const;
const ack = ['POST', '/topics/t/acks?group=g&partition=0&offset=1'] as const;
const getOffsets = ['GET', '/topics/t/offsets?group=g'] as const;
const setOffsets = ['POST', '/topics/t/offsets?group=g', 'application/json', '[{}]'] as const;
const consumers = ['GET', '/topics/t/consumers?group=g'] as const;
const topics = ['GET', '/topics'] as const;
const topic = ['GET', '/topics/t'] as const;

type Request = readonly [method: 'GET' | 'POST', url: string, contentType?: string, body?: string];

/** Asks once; the actor refuses with `error`. */
async function refused([method, url, contentType, payload]: Request, error: PixyError) {
  const { bus, send } = testHttp();
  bus.answer = () => ({ kind: 'refused', error });
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  const answer = await send({ method, url, headers, ...(payload !== undefined && { payload }) });
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'x-pixy-error': error.code });
  return [answer.statusCode, answer.body];
}

const body = (text: string) => `{\n  "error": "${text}"\n}`;

describe('a request that an actor refuses', () => {
  it.each<[Request, PixyError, number, string]>([
    [
      produce,
      new PixyError('produce-unknown-topic', {}),
      404,
      'kafka server: Request was for a topic or partition that does not exist on this broker.',
    ],
    [
      produce,
      new PixyError('message-too-large', {}),
      500,
      'kafka server: Message was too large, server rejected it to avoid allocation error.',
    ],
    [
      produce,
      new PixyError('kafka-unreachable', {}),
      500,
      'kafka: client has run out of available brokers to talk to (Is your cluster reachable?)',
    ],
    [produce, new PixyError('shutting-down', {}), 503, 'service is shutting down'],
    [
      produce,
      new PixyError('headers-unsupported', {}),
      400,
      'headers are not supported with this version of Kafka. Consider changing `kafka.version` (https://github.com/mailgun/kafka-pixy/blob/master/default.yaml#L35)',
    ],
    [consume, new PixyError('poll-timeout', {}), 408, 'long polling timeout'],
    [
      consume,
      new PixyError('too-many-polls', {}),
      429,
      'Too many requests. Consider increasing `consumer.channel_buffer_size` (https://github.com/mailgun/kafka-pixy/blob/master/default.yaml#L43)',
    ],
    [consume, new PixyError('shutting-down', {}), 503, 'service is shutting down'],
    [
      ack,
      new PixyError('ack-channel-missing', { group: 'g', topic: 't', partition: 0 }),
      500,
      'acks channel missing for {g t 0}',
    ],
    [getOffsets, new PixyError('unknown-topic', {}), 404, 'Unknown topic'],
    [
      getOffsets,
      new PixyError('offsets-failed', { reason: 'failed to get coordinator: kafka server: x' }),
      500,
      'failed to get coordinator: kafka server: x',
    ],
    [setOffsets, new PixyError('unknown-topic', {}), 404, 'Unknown topic'],
    [setOffsets, new PixyError('offsets-failed', { reason: 'kafka server: x' }), 500, 'kafka server: x'],
    [consumers, new PixyError('unknown-consumer-group', { group: 'g' }), 400, 'unknown consumer group g'],
    [consumers, new PixyError('topic-not-consumed', { group: 'g', topic: 't' }), 400, 'topic t is not consumed by g'],
    [
      topics,
      new PixyError('topics-failed', { reason: 'failed to refresh metadata: x' }),
      500,
      'failed to refresh metadata: x',
    ],
    [
      topic,
      new PixyError('topics-failed', { reason: 'failed to fetch topic configuration: zk: x' }),
      500,
      'failed to fetch topic configuration: zk: x',
    ],
  ])('is answered with the status and the text of the original: %j %s', async (request, error, status, text) => {
    expect(await refused(request, error)).toEqual([status, body(text)]);
  });

  it('is answered 500 when ZooKeeper fails for one group, where the original answers 400 (defect 3 of the original)', async () => {
    const error = new PixyError('consumers-failed', { reason: 'zk: could not connect to a server' });
    expect(await refused(consumers, error)).toEqual([
      500,
      body('failed to fetch consumer groups: zk: could not connect to a server'),
    ]);
  });

  it('is answered 503 when an async message comes while shutting down, where the original answers 200 and drops it', async () => {
    expect(await refused(produceAsync, new PixyError('shutting-down', {}))).toEqual([
      503,
      body('service is shutting down'),
    ]);
  });

  it.each<[Request]>([[produce], [consume], [getOffsets], [setOffsets], [topics], [topic]])(
    'is answered 503 with one sentence that names the configuration key when Kafka lets nobody in: %j',
    async (request) => {
      const error = new PixyError('kafka-access-denied', { reason: 'wrong password, see kafka.sasl' });
      expect(await refused(request, error)).toEqual([503, body('kafka: wrong password, see kafka.sasl')]);
    },
  );
});

describe('the text of an error', () => {
  it.each([
    ['/clusters/%3Ca%3E%26b/topics/t/messages?group=g', 'proxy `\\u003ca\\u003e\\u0026b` does not exist'],
    [
      '/topics/t/messages?group=g&ackPartition=%3C%26%3E&ackOffset=1',
      'bad ackPartition: [\\u003c\\u0026\\u003e]: strconv.ParseInt: parsing \\"\\u003c\\u0026\\u003e\\": invalid syntax',
    ],
    [
      '/topics/t/messages?group=g&ackPartition=%E2%80%A8&ackOffset=1',
      'bad ackPartition: [\\u2028]: strconv.ParseInt: parsing \\"\\u2028\\": invalid syntax',
    ],
  ])('is written as Go writes JSON, with <, > and & escaped: %s', async (url, text) => {
    const answer = await testHttp().get(url);
    expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([
      400,
      body(text),
      'application/json',
    ]);
  });
});
