import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { delivery, fakeReceipt, testHttp } from './support.js';

const url = '/topics/orders/messages';

describe('consume', () => {
  it('answers the next message, its fields in the order of the original', async () => {
    const { bus, get } = testHttp();
    bus.replies(
      delivery({
        key: Buffer.from('k'),
        value: Buffer.from([0, 255]),
        partition: 2,
        offset: 9_007_199_254_740_991,
        headers: [
          { key: 'a<b>&"', value: Buffer.from('x') },
          { key: '', value: null },
        ],
      }),
    );
    const answer = await get(`${url}?group=g%201`);
    expect(answer.body).toBe(
      `{
  "key": "aw==",
  "value": "AP8=",
  "partition": 2,
  "offset": 9007199254740991,
  "headers": [
    {
      "key": "a\\u003cb\\u003e\\u0026\\"",
      "value": "eA=="
    },
    {
      "key": "",
      "value": null
    }
  ]
}`,
    );
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(answer.body.length),
    });
    expect(bus.asked).toMatchObject([
      { address: 'default/group/g%201/topic/orders', request: { type: 'consume' }, options: { deadlineMs: 3000 } },
    ]);
  });

  it('tells no key from an empty one', async () => {
    const { bus, get } = testHttp();
    bus.replies(delivery({ key: null, value: null }));
    expect((await get(`${url}?group=g`)).body).toBe(
      '{\n  "key": null,\n  "value": null,\n  "partition": 0,\n  "offset": 0,\n  "headers": []\n}',
    );
    bus.replies(delivery({ key: Buffer.alloc(0), value: Buffer.alloc(0) }));
    expect((await get(`${url}?group=g`)).json()).toMatchObject({ key: '', value: '' });
  });

  it('waits as long as its cluster is configured to', async () => {
    const { bus, get } = testHttp({ clusters: { default: {}, east: { consumer: { longPollingTimeoutMs: 70 } } } });
    bus.replies(delivery());
    await get(`/clusters/east${url}?group=g`);
    expect(bus.asked).toMatchObject([{ address: 'east/group/g/topic/orders', options: { deadlineMs: 70 } }]);
  });

  it.each([
    ['', 0],
    ['?Group=g', 0],
    ['?group=%zz', 0],
    ['?group=a;b', 0],
    ['?group=a&group=b', 2],
    ['?group=a&group=', 2],
  ])('expects one group, not those of %j', async (query, count) => {
    const { bus, get } = testHttp();
    const answer = await get(url + query);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: `one consumer group is expected, but ${count} provided` },
    ]);
    expect(bus.asked).toEqual([]);
  });

  it.each(['', '.', '..', 'a/b', 'a%2Fb', 'a%00', '%0a', '%7f', '%ff', 'g'.repeat(256), '%F0%9F%98%80'])(
    'refuses the group %j, which cannot be a node of ZooKeeper',
    async (group) => {
      const { bus, get } = testHttp();
      const answer = await get(`${url}?group=${group}`);
      expect([answer.statusCode, answer.headers['x-pixy-error']]).toEqual([400, 'bad-group-name']);
      expect(bus.asked).toEqual([]);
    },
  );

  it.each([
    ['...', '...'],
    ['h%C3%A9llo+w%26', 'h%C3%A9llo%20w%26'],
    ['g'.repeat(255), 'g'.repeat(255)],
  ])('takes the group %s', async (group, name) => {
    const { bus, get } = testHttp();
    bus.replies(delivery());
    await get(`${url}?group=${group}`);
    expect(bus.asked[0]!.address).toBe(`default/group/${name}/topic/orders`);
  });

  it.each([
    ['joining', 'joining'],
    [undefined, 'no-message'],
  ])('answers a deadline with 408 and the reason %j', async (reason, header) => {
    const { bus, get } = testHttp();
    bus.answer = () => ({ kind: 'deadline', reason });
    const answer = await get(`${url}?group=g`);
    expect([answer.statusCode, answer.json()]).toEqual([408, { error: 'long polling timeout' }]);
    expect(answer.headers).toMatchObject({ 'x-pixy-error': 'poll-timeout', 'x-pixy-reason': header });
  });

  it('gives a reason for a 408 that an actor refused with', async () => {
    const { bus, get } = testHttp();
    bus.answer = () => ({ kind: 'refused', error: new PixyError('poll-timeout', {}) });
    expect((await get(`${url}?group=g`)).headers['x-pixy-reason']).toBe('no-message');
  });

  it('answers 429 in the words of the original', async () => {
    const { bus, get } = testHttp();
    bus.answer = () => ({ kind: 'refused', error: new PixyError('too-many-polls', {}) });
    const answer = await get(`${url}?group=g`);
    expect(answer.statusCode).toBe(429);
    expect(answer.json<{ error: string }>().error).toMatch(/^Too many requests\. Consider increasing `consumer/);
  });

  it('tells the receipt once that the answer was written', async () => {
    const { bus, get } = testHttp();
    const receipt = fakeReceipt();
    bus.replies(delivery({ receipt }));
    await get(`${url}?group=g`);
    expect(receipt.told).toEqual(['written']);
  });

  it('gives back a message that it could not render', async () => {
    const { bus, get } = testHttp();
    const receipt = fakeReceipt();
    bus.replies(delivery({ value: 7 as never, headers: undefined as never, receipt }));
    expect((await get(`${url}?group=g`)).statusCode).toBe(500);
    expect(receipt.told).toEqual(['returned']);
  });
});
