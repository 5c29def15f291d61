import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { FakeBudget, testHttp } from './support.js';

const url = '/topics/orders/messages';

describe('produce', () => {
  it('answers {} once an async message is accepted', async () => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    const answer = await post(url, 'hello');
    expect([answer.statusCode, answer.body]).toEqual([200, '{}']);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '2' });
    expect(bus.asked).toEqual([
      {
        address: 'default/producer/orders',
        request: { type: 'produce', key: null, value: Buffer.from('hello'), headers: [], sync: false },
        options: { deadlineMs: 30_000 },
      },
    ]);
  });

  it('answers partition and offset of a sync message', async () => {
    const { bus, post } = testHttp();
    bus.replies({ partition: 3, offset: 12 });
    const answer = await post(`/clusters/east${url}?sync`);
    expect(answer.body).toBe('{\n  "partition": 3,\n  "offset": 12\n}');
    expect(bus.asked).toMatchObject([{ address: 'east/producer/orders', request: { sync: true } }]);
    expect(bus.asked[0]!.options.signal?.aborted).toBe(false);
  });

  it.each([
    ['', null],
    ['?key=', Buffer.from('')],
    ['?key', Buffer.from('')],
    ['?key=a&key=b', Buffer.from('a')],
    ['?key=a%20b+c%2B', Buffer.from('a b c+')],
    ['?key=%ff%00', Buffer.from([0xff, 0])],
    ['?key=a=b', Buffer.from('a=b')],
    ['?%6bey=a', Buffer.from('a')],
    ['?key=%zz', null],
    ['?key=%f', null],
    ['?key=a;b', null],
    ['?key=%zz&key=b', Buffer.from('b')],
    ['?&&Key=a', null],
  ])('takes the key of %j', async (query, key) => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    await post(url + query);
    expect(bus.asked[0]!.request['key']).toEqual(key);
  });

  it.each([
    ['?sync', true],
    ['?sync=0', true],
    ['?a=b&sync=', true],
    ['?Sync', false],
    ['?sync=%', false],
  ])('takes the flag of %j as %j', async (query, sync) => {
    const { bus, post } = testHttp();
    bus.answer = ({ request }) => ({
      kind: 'reply',
      value: request['sync'] ? { partition: 0, offset: 0 } : { accepted: true },
    });
    expect((await post(url + query)).statusCode).toBe(200);
    expect(bus.asked[0]!.request['sync']).toBe(sync);
  });

  async function produced(contentType: string) {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    const bytes = Buffer.from([0, 255, 123, 10]);
    expect((await post(url, bytes, { 'content-type': contentType })).statusCode).toBe(200);
    expect(bus.asked[0]!.request['value']).toEqual(bytes);
  }

  it.each(['text/plain', 'application/json', 'application/json; charset=UTF-8', 'application/vnd.api+json'])(
    'takes the raw body of the content type %s, JSON or not',
    produced,
  );

  it.each([
    'text/plain; charset=utf-8',
    'Text/Plain;charset=latin1',
    'Application/JSON',
    'application/json ;charset=x',
    'application/octet-stream',
  ])('takes the raw body of the content type %s, which the original refuses', produced);

  it.each(['text/html', 'text/plainer', 'application/jsonx', 'multipart/form-data; boundary=x', 'nonsense'])(
    'refuses the content type %s',
    async (contentType) => {
      const { bus, post } = testHttp();
      const answer = await post(url, 'v', { 'content-type': contentType });
      expect([answer.statusCode, answer.json()]).toEqual([400, { error: `unsupported content type ${contentType}` }]);
      expect(answer.headers['x-pixy-error']).toBe('unsupported-content-type');
      expect(bus.asked).toEqual([]);
    },
  );

  it('says that no content type was given, with the space at the end that the original has', async () => {
    const answer = await testHttp().send({ method: 'POST', url, payload: Buffer.from('v') });
    expect(answer.json()).toEqual({ error: 'unsupported content type ' });
  });

  it('asks for a Content-Length where the body is not chunked', async () => {
    const answer = await testHttp().send({ method: 'POST', url, headers: { 'content-type': 'text/plain' } });
    expect([answer.statusCode, answer.json()]).toEqual([400, { error: 'missing Content-Length header' }]);
  });

  it('takes an empty body as a zero-length value, not as none', async () => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    expect((await post(url, '', { 'content-length': '0' })).statusCode).toBe(200);
    expect(bus.asked[0]!.request['value']).toEqual(Buffer.alloc(0));
  });

  it('refuses a compressed body instead of storing it as it is', async () => {
    const answer = await testHttp().post(url, 'v', { 'content-encoding': 'gzip' });
    expect([answer.statusCode, answer.headers['x-pixy-error']]).toEqual([400, 'bad-request']);
    expect(answer.json<{ error: string }>().error).toContain('content encoding gzip is not supported');
  });

  it('takes a body at the limit and refuses one byte more', async () => {
    const { bus, budget, post } = testHttp({ http: { maxBodyBytes: 10 } });
    bus.replies({ accepted: true });
    expect((await post(url, 'x'.repeat(10))).statusCode).toBe(200);
    const answer = await post(url, 'x'.repeat(11));
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: 'request body is larger than the limit of 10 bytes' },
    ]);
    expect([bus.asked.length, budget.takenMost]).toEqual([1, 10]);
  });

  it('takes the bytes from the budget while it reads, and has given them back when it asks', async () => {
    const { bus, budget, post } = testHttp();
    let takenWhenAsked: number | undefined;
    bus.answer = () => {
      takenWhenAsked = budget.taken;
      return { kind: 'reply', value: { accepted: true } };
    };
    await post(url, 'x'.repeat(100));
    expect([budget.takenMost, takenWhenAsked, budget.taken]).toEqual([100, 0, 0]);
  });

  it('refuses what the budget has no room for', async () => {
    const { bus, budget, post } = testHttp({}, new FakeBudget(9));
    const answer = await post(url, 'x'.repeat(10));
    expect([answer.statusCode, answer.headers['retry-after'], answer.headers['x-pixy-error']]).toEqual([
      503,
      '1',
      'memory-full',
    ]);
    expect([bus.asked.length, budget.taken]).toEqual([0, 0]);
  });

  it('renders a refusal by the one table', async () => {
    const { bus, post } = testHttp();
    bus.answer = () => ({ kind: 'refused', error: new PixyError('produce-queue-full', {}) });
    const answer = await post(url);
    expect([answer.statusCode, answer.headers['retry-after'], answer.headers['x-pixy-error']]).toEqual([
      503,
      '1',
      'produce-queue-full',
    ]);
    bus.answer = () => ({ kind: 'refused', error: new PixyError('produce-unknown-topic', {}) });
    expect((await post(`${url}?sync`)).statusCode).toBe(404);
  });

  it('says of a sync message without an answer that its outcome is unknown, and of an async one that it was late', async () => {
    const { bus, post } = testHttp();
    bus.answer = () => ({ kind: 'deadline', reason: 'kafka-away' });
    const sync = await post(`${url}?sync`);
    expect([sync.statusCode, sync.headers['x-pixy-error'], sync.headers['x-pixy-reason']]).toEqual([
      500,
      'outcome-unknown',
      'kafka-away',
    ]);
    bus.answer = () => ({ kind: 'deadline', reason: 'not-sent' });
    const neverSent = await post(`${url}?sync`);
    expect([neverSent.statusCode, neverSent.headers['x-pixy-error']]).toEqual([500, 'kafka-unreachable']);
    const async = await post(url);
    expect([async.statusCode, async.headers['x-pixy-error']]).toEqual([503, 'deadline-passed']);
  });
});
