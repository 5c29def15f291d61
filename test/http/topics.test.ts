import { describe, expect, it } from 'vitest';
import type { TopicDescription } from '../../src/actors/requests.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { testHttp } from './support.js';

const config = { version: 1, config: { 'cleanup.policy': 'compact', note: 'a<b>&c' } };
const partitions = [
  { partition: 0, leader: 1, replicas: [1, 2], isr: [2, 1] },
  { partition: 1, leader: -1, replicas: [2], isr: [] },
];
const bare = (topic: string): TopicDescription => ({ topic, config: undefined, partitions: undefined });

describe('list topics', () => {
  it('answers an array of all names, as the actor sorted them', async () => {
    const { bus, get } = testHttp();
    bus.replies(['10', '2', '__consumer_offsets', 'a.b'].map(bare));
    const answer = await get('/topics');
    expect([answer.statusCode, answer.body]).toEqual([200, '[\n  "10",\n  "2",\n  "__consumer_offsets",\n  "a.b"\n]']);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(bus.asked).toEqual([
      {
        address: 'default/topics',
        request: { type: 'topics.list', withPartitions: false, withConfig: false },
        options: { deadlineMs: 10_000 },
      },
    ]);
  });

  it('answers [] where there are no topics, and {} if more than names was asked for', async () => {
    const { bus, get } = testHttp();
    bus.replies([]);
    expect((await get('/topics')).body).toBe('[]');
    expect((await get('/topics?withConfig')).body).toBe('{}');
  });

  it('answers an object with what was asked for, config before partitions, names sorted', async () => {
    const { bus, get } = testHttp();
    bus.replies([
      { topic: 'b', config: { version: 1, config: {} }, partitions: [] },
      { topic: '10', config, partitions: partitions.slice(1) },
    ]);
    expect((await get('/topics?withPartitions&withConfig')).body).toBe(`{
  "10": {
    "config": {
      "version": 1,
      "config": {
        "cleanup.policy": "compact",
        "note": "a\\u003cb\\u003e\\u0026c"
      }
    },
    "partitions": [
      {
        "partition": 1,
        "leader": -1,
        "replicas": [
          2
        ],
        "isr": []
      }
    ]
  },
  "b": {
    "config": {
      "version": 1,
      "config": {}
    },
    "partitions": []
  }
}`);
  });

  it.each([
    ['?withPartitions', { withPartitions: true, withConfig: false }],
    ['?withConfig=0', { withPartitions: false, withConfig: true }],
    ['?withConfig&withPartitions=false', { withPartitions: true, withConfig: true }],
    ['?withconfig&WithPartitions', { withPartitions: false, withConfig: false }],
  ])('reads the flags of %s, whatever their values', async (query, flags) => {
    const { bus, get } = testHttp();
    bus.replies([]);
    await get(`/clusters/east/topics${query}`);
    expect(bus.asked).toMatchObject([{ address: 'east/topics', request: { type: 'topics.list', ...flags } }]);
  });

  it.each([
    ['/clusters/west/topics', 400, 'unknown-cluster'],
    ['/clusters/a%2Fb/topics', 404, 'unknown-path'],
    ['/topics/', 404, 'unknown-path'],
    ['/clusters/east/topics/', 404, 'unknown-path'],
  ])('answers %s with %i %s', async (path, status, code) => {
    const answer = await testHttp().get(path);
    expect([answer.statusCode, answer.headers['x-pixy-error']]).toEqual([status, code]);
  });
});

describe('get a topic', () => {
  it('answers its configuration always', async () => {
    const { bus, get } = testHttp();
    bus.replies({ topic: 't', config, partitions: undefined });
    expect((await get('/topics/t')).json()).toEqual({ config });
    expect(bus.asked).toEqual([
      {
        address: 'default/topics',
        request: { type: 'topics.get', topic: 't', withPartitions: false },
        options: { deadlineMs: 10_000 },
      },
    ]);
  });

  it('answers its partitions after the configuration, a partition without leader with -1 (defect 4 of the original)', async () => {
    const { bus, get } = testHttp();
    bus.replies({ topic: 't', config: { version: 1, config: {} }, partitions });
    const answer = await get('/clusters/east/topics/t?withPartitions');
    expect(answer.body).toMatch(
      /^\{\n {2}"config": \{\n {4}"version": 1,\n {4}"config": \{\}\n {2}\},\n {2}"partitions": \[\n {4}\{\n {6}"partition": 0,/,
    );
    expect(answer.json()).toEqual({ config: { version: 1, config: {} }, partitions });
    expect(Object.keys(answer.json<{ partitions: object[] }>().partitions[0]!)).toEqual([
      ...['partition', 'leader', 'replicas', 'isr'],
    ]);
    expect(bus.asked).toMatchObject([{ address: 'east/topics', request: { withPartitions: true } }]);
  });

  it('answers 404 for a topic that does not exist, where the original answers 500', async () => {
    const { bus, get } = testHttp();
    bus.answer = () => ({ kind: 'refused', error: new PixyError('unknown-topic', {}) });
    const answer = await get('/topics/t');
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'Unknown topic' }]);
  });

  it.each(['/topics', '/topics/t'])('answers any other failure with 500 and its text: %s', async (path) => {
    const { bus, get } = testHttp();
    const reason = 'failed to fetch topic configuration: zk: node does not exist';
    bus.answer = () => ({ kind: 'refused', error: new PixyError('topics-failed', { reason }) });
    const answer = await get(path);
    expect([answer.statusCode, answer.json()]).toEqual([500, { error: reason }]);
  });

  it.each(['/topics', '/topics/t'])('answers 503 when the answer is late: %s', async (path) => {
    const { bus, get } = testHttp();
    bus.answer = () => ({ kind: 'deadline', reason: undefined });
    expect((await get(path)).statusCode).toBe(503);
  });

  it('refuses a name that Kafka could never have', async () => {
    expect((await testHttp().get('/topics/a%20b')).headers['x-pixy-error']).toBe('bad-topic-name');
  });
});
