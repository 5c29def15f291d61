import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { testHttp } from './support.js';

const url = '/topics/orders/offsets?group=g';

describe('get offsets', () => {
  it('answers one object for each partition and leaves out empty texts', async () => {
    const { bus, get } = testHttp();
    const numbers = { begin: 1, end: 9, count: 8, offset: 5, lag: 4 };
    bus.replies([
      { partition: 0, ...numbers, metadata: 'BB', sparseAcks: '1-2' },
      { partition: 1, ...numbers, offset: -1, lag: 0, metadata: '', sparseAcks: '' },
    ]);
    expect((await get(url)).body).toBe(`[
  {
    "partition": 0,
    "begin": 1,
    "end": 9,
    "count": 8,
    "offset": 5,
    "lag": 4,
    "metadata": "BB",
    "sparse_acks": "1-2"
  },
  {
    "partition": 1,
    "begin": 1,
    "end": 9,
    "count": 8,
    "offset": -1,
    "lag": 0
  }
]`);
    expect(bus.asked).toEqual([
      {
        address: 'default/offsets',
        request: { type: 'offsets.get', group: 'g', topic: 'orders' },
        options: { deadlineMs: 10_000 },
      },
    ]);
  });

  it('answers [] for none, 404 for an unknown topic, and 400 without a group', async () => {
    const { bus, get } = testHttp();
    bus.replies([]);
    expect((await get(url)).body).toBe('[]');
    bus.answer = () => ({ kind: 'refused', error: new PixyError('unknown-topic', {}) });
    const unknown = await get(url);
    expect([unknown.statusCode, unknown.json()]).toEqual([404, { error: 'Unknown topic' }]);
    expect((await get('/topics/orders/offsets')).json()).toEqual({
      error: 'one consumer group is expected, but 0 provided',
    });
  });
});

describe('set offsets', () => {
  async function set(body: string, headers: Record<string, string> = { 'content-type': 'anything' }) {
    const { bus, post } = testHttp();
    bus.replies(null);
    const answer = await post(url, body, headers);
    return { status: answer.statusCode, body: answer.body, asked: bus.asked.map(({ request }) => request['offsets']) };
  }

  it('sets what was given', async () => {
    const { status, body, asked } = await set(
      '[{"partition":1,"offset":-2,"metadata":"m<é"},{"partition":0,"offset":7}]',
    );
    expect([status, body]).toEqual([200, '{}']);
    expect(asked).toEqual([
      [
        { partition: 1, offset: -2, metadata: 'm<é' },
        { partition: 0, offset: 7, metadata: '' },
      ],
    ]);
  });

  it('reads keys in any case, ignores others, and takes 0 and empty for what is missing or null', async () => {
    const { asked } = await set('[{"PARTITION":5,"lag":"x","begin":[]},{"Offset":3,"metadata":null},{}]');
    expect(asked).toEqual([
      [
        { partition: 5, offset: 0, metadata: '' },
        { partition: 0, offset: 3, metadata: '' },
        { partition: 0, offset: 0, metadata: '' },
      ],
    ]);
  });

  it.each(['null', '[]', ' [ ] '])('takes %j and sets nothing', async (body) => {
    expect(await set(body)).toEqual({ status: 200, body: '{}', asked: [] });
  });

  it.each([
    ['', 'unexpected end of JSON input'],
    ['garbage', 'garbage'],
    ['[{"partition":1}', 'JSON'],
    ['{"partition":1}', 'not an array'],
    ['"x"', 'not an array'],
    ['[null]', 'item 0 is not an object'],
    ['[{},7]', 'item 1 is not an object'],
    ['[[]]', 'item 0 is not an object'],
    ['[{"partition":"1"}]', 'partition of item 0 is not an integer of 32 bits'],
    ['[{"partition":1.5}]', 'partition of item 0'],
    ['[{"partition":2147483648}]', 'partition of item 0'],
    ['[{"partition":-2147483649}]', 'partition of item 0'],
    ['[{"offset":"1"}]', 'offset of item 0 is not an integer from'],
    ['[{"offset":9007199254740992}]', 'offset of item 0'],
    ['[{"offset":9223372036854775807}]', 'offset of item 0'],
    ['[{"offset":0.5}]', 'offset of item 0'],
    ['[{"metadata":1}]', 'metadata of item 0 is not a string'],
  ])('refuses the body %s', async (body, reason) => {
    const answer = await set(body, { 'content-length': String(body.length) });
    expect([answer.status, answer.asked]).toEqual([400, []]);
    const { error } = JSON.parse(answer.body) as { error: string };
    expect(error).toMatch(/^Failed to parse the request: err=\(.*\)$/);
    expect(error).toContain(reason);
  });

  it('takes the numbers at the borders', async () => {
    const { status } = await set(`[{"partition":2147483647,"offset":${Number.MAX_SAFE_INTEGER}}]`);
    expect(status).toBe(200);
  });
});
