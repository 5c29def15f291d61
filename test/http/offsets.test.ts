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
  async function set(body: string, headers: Record<string, string> = { 'content-type': 'anything' }, path = url) {
    const { bus, post } = testHttp();
    bus.replies({ foreignOwners: {} });
    const answer = await post(path, body, headers);
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
    ['  ', 'unexpected end of JSON input'],
    ['[{"partition":1}', 'unexpected end of JSON input'],
    ['garbage', "invalid character 'g' looking for beginning of value"],
    ['[] x', "invalid character 'x' after top-level value"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[,]', "invalid character ',' looking for beginning of value"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['{"a":[{}]]', "invalid character ']' after object key:value pair"],
    ['[tru]', "invalid character ']' in literal true (expecting 'e')"],
    ['nul', "invalid character ' ' in literal null (expecting 'l')"],
    ['[-]', "invalid character ']' in numeric literal"],
    ['[01]', "invalid character '1' after array element"],
    ['[1.]', "invalid character ']' after decimal point in numeric literal"],
    ['[1e+]', "invalid character ']' in exponent of numeric literal"],
    ['["a', 'unexpected end of JSON input'],
    ['["\n"]', "invalid character '\\n' in string literal"],
    ['["\u0001"]', "invalid character '\\x01' in string literal"],
    ['["\\x"]', "invalid character 'x' in string escape code"],
    ['["\\u12g"]', "invalid character 'g' in \\u hexadecimal character escape"],
    ["[']", "invalid character '\\'' looking for beginning of value"],
    ['\ufeff[]', "invalid character '\u00ef' looking for beginning of value"],
    ['[\u00c2\u0080]', "invalid character '\u00c3' looking for beginning of value"],
    ['{"partition":1}', 'json: cannot unmarshal object into Go value of type []httpsrv.partitionInfo'],
    ['"x"', 'json: cannot unmarshal string into Go value of type []httpsrv.partitionInfo'],
    ['1.5', 'json: cannot unmarshal number into Go value of type []httpsrv.partitionInfo'],
    ['true', 'json: cannot unmarshal bool into Go value of type []httpsrv.partitionInfo'],
    ['[{},7]', 'json: cannot unmarshal number into Go value of type httpsrv.partitionInfo'],
    ['[[]]', 'json: cannot unmarshal array into Go value of type httpsrv.partitionInfo'],
    ...(
      [
        ['"partition":"1"', 'string', 'partition', 'int32'],
        ['"partition":1.5', 'number 1.5', 'partition', 'int32'],
        ['"partition":2147483648', 'number 2147483648', 'partition', 'int32'],
        ['"partition":-2147483649', 'number -2147483649', 'partition', 'int32'],
        ['"offset":"1"', 'string', 'offset', 'int64'],
        ['"offset":0.5', 'number 0.5', 'offset', 'int64'],
        ['"offset":true', 'bool', 'offset', 'int64'],
        ['"OFFSET":[]', 'array', 'offset', 'int64'],
        ['"metadata":1', 'number', 'metadata', 'string'],
        ['"metadata":{}', 'object', 'metadata', 'string'],
        ['"metadata":1,"offset":"x"', 'number', 'metadata', 'string'],
      ] as const
    ).map(
      ([fields, given, field, type]) =>
        [
          `[{${fields}}]`,
          `json: cannot unmarshal ${given} into Go struct field partitionInfo.${field} of type ${type}`,
        ] as const,
    ),
  ] as (readonly [string, string])[])('refuses the body %j in the words of Go', async (body, reason) => {
    const answer = await set(body, { 'content-length': String(Buffer.byteLength(body)) });
    expect([answer.status, answer.asked]).toEqual([400, []]);
    expect(JSON.parse(answer.body)).toEqual({ error: `Failed to parse the request: err=(${reason})` });
  });

  it.each(['9007199254740992', '-9007199254740993', '9223372036854775807', '9223372036854775808'])(
    'refuses the offset %s, which the original takes but no partition can have',
    async (offset) => {
      const answer = await set(`[{"offset":${offset}}]`);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        400,
        {
          error:
            'Failed to parse the request: err=(an offset is beyond 9007199254740991, the largest that is kept exactly)',
        },
      ]);
    },
  );

  it('refuses null in the place of an object, which the original takes for offset 0 of partition 0', async () => {
    const answer = await set('[null]');
    expect([answer.status, answer.asked]).toEqual([400, []]);
    expect(answer.body).toContain('json: cannot unmarshal null into Go value of type httpsrv.partitionInfo');
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('reads a JSON array that comes as a form, as curl sends it by itself; the original refuses it', async () => {
    const answer = await set(' [{"partition":5,"metadata":"a&b=%zz;"}]', form);
    expect([answer.status, answer.asked]).toEqual([200, [[{ partition: 5, offset: 0, metadata: 'a&b=%zz;' }]]]);
  });

  it('finds no JSON in any other form, and takes its group, as the original', async () => {
    for (const body of ['', 'a=b', '{}']) {
      const answer = await set(body, { ...form, 'content-length': String(body.length) });
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        400,
        { error: 'Failed to parse the request: err=(unexpected end of JSON input)' },
      ]);
    }
    expect((await set('group=b', form)).body).toContain('one consumer group is expected, but 2 provided');
    expect((await set('group=b', form, '/topics/orders/offsets')).body).toContain('unexpected end of JSON input');
  });

  it('warns when an owner that is no daemon of ours may overwrite what was committed', async () => {
    const { bus, post } = testHttp();
    bus.replies({ foreignOwners: { C1: [0], 'C<2': [1, 3] } });
    const answer = await post(url, '[{"partition":0,"offset":1}]');
    expect([answer.statusCode, answer.body]).toEqual([
      200,
      '{\n  "warning": "the offsets are committed, but the owner may overwrite them with its next commit, since it did not take them over: C1 (partition 0), C\\u003c2 (partitions 1, 3)"\n}',
    ]);
  });

  it.each([
    [new PixyError('unknown-topic', {}), 404, 'Unknown topic'],
    [new PixyError('offsets-failed', { reason: 'kafka server: broken' }), 500, 'kafka server: broken'],
  ])('answers what the actor refuses: %s', async (error, status, text) => {
    const { bus, post } = testHttp();
    bus.answer = () => ({ kind: 'refused', error });
    const answer = await post(url, '[{}]');
    expect([answer.statusCode, answer.json()]).toEqual([status, { error: text }]);
  });

  it('checks cluster and group before it looks at the body', async () => {
    const { post } = testHttp();
    const codeOf = async (path: string) => (await post(path, 'garbage')).headers['x-pixy-error'];
    expect(await codeOf('/clusters/west/topics/t/offsets')).toBe('unknown-cluster');
    expect(await codeOf('/topics/t/offsets')).toBe('group-count');
    expect(await codeOf('/topics/t/offsets?group=g')).toBe('bad-offsets-body');
  });

  it('takes the numbers at the borders', async () => {
    const { status } = await set(`[{"partition":2147483647,"offset":${Number.MAX_SAFE_INTEGER}}]`);
    expect(status).toBe(200);
  });
});
