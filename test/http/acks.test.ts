import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/actors/bus/types.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { delivery, testHttp, type Asked } from './support.js';

const url = '/topics/orders/messages?group=g';
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** Consumes once; acks are answered by `onAck`. */
async function consumed(
  query: string,
  onAck: (asked: Asked) => Outcome<unknown> = () => ({ kind: 'reply', value: null }),
) {
  const http = testHttp();
  http.bus.answer = (asked) => (asked.request.type === 'ack' ? onAck(asked) : { kind: 'reply', value: delivery() });
  const answer = await http.get(url + query);
  return { ...http, answer, asked: http.bus.asked.map(({ address, request }) => [address, request]) };
}

const asksFor = (ack: 'auto' | 'none') => ['default/group/g/topic/orders', { type: 'consume', ack }];

describe('what a consume request acknowledges', () => {
  it('acknowledges the message that it returns when no ack parameter is given', async () => {
    const { answer, asked } = await consumed('');
    expect([answer.statusCode, asked]).toEqual([200, [asksFor('auto')]]);
  });

  it.each(['&noAck', '&noAck=0', '&noAck=false', '&ackPartition=x&noAck&ackOffset=-1', '&ackOffset=1&noAck'])(
    'acknowledges nothing with noAck, whatever its value and the numbers beside it: %s',
    async (query) => {
      const { answer, asked } = await consumed(query);
      expect([answer.statusCode, asked]).toEqual([200, [asksFor('none')]]);
    },
  );

  it.each([
    ['&ackPartition=0&ackOffset=0', 0, 0],
    ['&ackOffset=7&ackPartition=12', 12, 7],
    ['&ackPartition=%2B5&ackOffset=007', 5, 7],
    ['&ackPartition=-0&ackOffset=-00', 0, 0],
    ['&ackPartition=1&ackPartition=x&ackOffset=2&ackOffset=3', 1, 2],
    ['&ackPartition=2147483647&ackOffset=9007199254740991', 2147483647, Number.MAX_SAFE_INTEGER],
    ['&ackPartition=1&ackOffset=00000000000000000000000000000005', 1, 5],
  ])(
    'acknowledges the earlier message that is named, then consumes without an ack: %s',
    async (query, partition, offset) => {
      const { answer, asked } = await consumed(query);
      expect(answer.statusCode).toBe(200);
      const ack = [`default/group/g/topic/orders/partition/${partition}`, { type: 'ack', offset }];
      expect(asked).toEqual([ack, asksFor('none')]);
    },
  );

  it.each(['9007199254740992', '9223372036854775807'])(
    'ignores the ack of offset %s, which no message here can have, and consumes',
    async (offset) => {
      const { answer, asked } = await consumed(`&ackPartition=0&ackOffset=${offset}`);
      expect([answer.statusCode, asked]).toEqual([200, [asksFor('none')]]);
    },
  );

  it('does not wait for the ack, and says nothing of its failure in the answer', async () => {
    const { bus, get } = testHttp();
    bus.answer = ({ request }) =>
      request.type === 'ack' ? new Promise(() => {}) : { kind: 'reply', value: delivery() };
    expect((await get(`${url}&ackPartition=0&ackOffset=1`)).statusCode).toBe(200);
  });

  it('acknowledges also when there is no next message', async () => {
    const { bus, get } = testHttp();
    bus.answer = ({ request }) =>
      request.type === 'ack' ? { kind: 'reply', value: null } : { kind: 'deadline', reason: undefined };
    expect((await get(`${url}&ackPartition=0&ackOffset=1`)).statusCode).toBe(408);
    expect(bus.asked.map(({ request }) => request.type)).toEqual(['ack', 'consume']);
  });

  it.each([
    [new PixyError('ack-channel-missing', { group: 'g', topic: 'orders', partition: 0 }), 20],
    [new PixyError('mailbox-full', { address: 'x' }), 40],
  ])('logs an ack that was refused: %s', async (error, level) => {
    const { answer, logged } = await consumed('&ackPartition=0&ackOffset=1', () => ({ kind: 'refused', error }));
    expect(answer.statusCode).toBe(200);
    expect(logged).toMatchObject([{ level, cluster: 'default', group: 'g', topic: 'orders', partition: 0, offset: 1 }]);
  });

  it('logs an ack that was not taken in time', async () => {
    const { logged } = await consumed('&ackPartition=0&ackOffset=1', () => ({ kind: 'deadline', reason: undefined }));
    expect(logged).toMatchObject([{ level: 40, outcome: 'deadline' }]);
  });

  it('acknowledges anew with each request, also when the query was seen before', async () => {
    const { bus, get } = testHttp();
    bus.answer = ({ request }) => ({ kind: 'reply', value: request.type === 'ack' ? null : delivery() });
    for (let time = 0; time < 2; time++) await get(`${url}&ackPartition=0&ackOffset=1`);
    expect(bus.asked.map(({ request }) => request.type)).toEqual(['ack', 'consume', 'ack', 'consume']);
  });
});

type Refused = readonly [given: string, value: string, why: string];
const notInteger: readonly Refused[] = [
  ['abc', 'abc', 'invalid syntax'],
  ['', '', 'invalid syntax'],
  ['1_000', '1_000', 'invalid syntax'],
  ['%201', ' 1', 'invalid syntax'],
  ['1%20', '1 ', 'invalid syntax'],
  ['%2B', '+', 'invalid syntax'],
  ['--1', '--1', 'invalid syntax'],
  ['0x1', '0x1', 'invalid syntax'],
  ['1.5', '1.5', 'invalid syntax'],
  ['1e3', '1e3', 'invalid syntax'],
  ['%D9%A1', '\u0661', 'invalid syntax'],
  ['99999999999x', '99999999999x', 'value out of range'],
];

describe('ack parameters of a consume request', () => {
  it.each<Refused>([
    ...notInteger.filter(([given]) => given !== '99999999999x'),
    ['9223372036854775808', '9223372036854775808', 'value out of range'],
    ['-9223372036854775809', '-9223372036854775809', 'value out of range'],
    ['99999999999999999999999999', '99999999999999999999999999', 'value out of range'],
  ])('refuses the offset %j in the words of Go', async (given, value, why) => {
    const { answer, asked } = await consumed(`&ackPartition=0&ackOffset=${given}`);
    const error = `bad ackOffset: [${value}]: strconv.ParseInt: parsing "${value}": ${why}`;
    expect([answer.statusCode, answer.json()]).toEqual([400, { error }]);
    expect([answer.headers['x-pixy-error'], asked]).toEqual(['bad-ack-parameter', []]);
  });

  it.each<Refused>([
    ...notInteger,
    ['99999999999', '99999999999', 'value out of range'],
    ['2147483648', '2147483648', 'value out of range'],
    ['-2147483649', '-2147483649', 'value out of range'],
  ])('refuses the partition %j in the words of Go', async (given, value, why) => {
    const { answer, asked } = await consumed(`&ackPartition=${given}&ackOffset=0`);
    const error = `bad ackPartition: [${value}]: strconv.ParseInt: parsing "${value}": ${why}`;
    expect([answer.statusCode, answer.json(), asked]).toEqual([400, { error }, []]);
  });

  it.each(['&ackPartition=1', '&ackOffset=1', '&ackPartition=-1'])(
    'refuses one number without the other: %s',
    async (query) => {
      const { answer, asked } = await consumed(query);
      const error = 'ackPartition and ackOffset either both should be provided or neither';
      expect([answer.statusCode, answer.json(), asked]).toEqual([400, { error }, []]);
    },
  );

  it.each([
    ['&ackPartition=-1&ackOffset=1', 'bad ackPartition: [-1]: must not be negative'],
    ['&ackPartition=1&ackOffset=-2', 'bad ackOffset: [-2]: must not be negative'],
  ])(
    'refuses a negative number instead of taking it for noAck (defect 2 of the original): %s',
    async (query, error) => {
      const { answer, asked } = await consumed(query);
      expect([answer.statusCode, answer.json(), asked]).toEqual([400, { error }, []]);
      expect(answer.headers['x-pixy-error']).toBe('negative-ack-parameter');
    },
  );

  it('looks at the cluster first, then at the group, then at the ack parameters', async () => {
    const { get } = testHttp();
    const codeOf = async (path: string) => (await get(path)).headers['x-pixy-error'];
    expect(await codeOf('/clusters/west/topics/t/messages?ackOffset=x')).toBe('unknown-cluster');
    expect(await codeOf('/topics/t/messages?ackOffset=x')).toBe('group-count');
    expect(await codeOf('/topics/t/messages?group=g&ackOffset=x')).toBe('bad-ack-parameter');
  });
});

describe('a cluster whose consumer is disabled', () => {
  const disabled = () => testHttp({ clusters: { default: { consumer: { disabled: true } } } });

  it.each(['', '&noAck', '&ackPartition=0&ackOffset=1'])(
    'answers every consume request with 503, and acknowledges nothing: %j',
    async (query) => {
      const { bus, get } = disabled();
      const answer = await get(url + query);
      expect([answer.statusCode, answer.json()]).toEqual([503, { error: 'service is disabled by configuration' }]);
      expect(bus.asked).toEqual([]);
    },
  );

  it.each(['/topics/t/messages', '/topics/t/messages?group=g&ackOffset=x', '/topics/t/messages?group=g&ackOffset=1'])(
    'says first what is wrong with the parameters of %s',
    async (path) => {
      expect((await disabled().get(path)).statusCode).toBe(400);
    },
  );
});

describe('POST acks', () => {
  const acks = '/topics/orders/acks';

  it.each([
    ['the query', `${acks}?group=g&partition=3&offset=41`, 'of no account', { 'content-type': 'text/plain' }],
    ['a form', acks, 'group=g&partition=3&offset=%34%31', form],
    [
      'a form of any spelling',
      acks,
      'group=g&partition=3&offset=41',
      { 'content-type': 'Application/X-WWW-Form-URLencoded; charset=UTF-8' },
    ],
    ['both, those of the form first', `${acks}?offset=1&group=g`, 'partition=3&offset=41', form],
    ['the query without a body', `${acks}?group=g&partition=3&offset=41`, '', { 'content-length': '0' }],
  ])('acknowledges the message named by the parameters of %s', async (_, path, body, headers) => {
    const { bus, post } = testHttp();
    bus.replies(null);
    const answer = await post(path, body, headers as Record<string, string>);
    expect([answer.statusCode, answer.body]).toEqual([200, '{}']);
    expect(bus.asked).toEqual([
      {
        address: 'default/group/g/topic/orders/partition/3',
        request: { type: 'ack', offset: 41 },
        options: { deadlineMs: 3000 },
      },
    ]);
  });

  it('acknowledges in the cluster that is named', async () => {
    const { bus, post } = testHttp();
    bus.replies(null);
    await post(`/clusters/east${acks}?group=a%2Db&partition=0&offset=0`);
    expect(bus.asked).toMatchObject([{ address: 'east/group/a-b/topic/orders/partition/0' }]);
  });

  it('does not read the parameters of a body that is no form', async () => {
    const answer = await testHttp().post(acks, 'group=g&partition=3&offset=41');
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: 'one consumer group is expected, but 0 provided' },
    ]);
  });

  it('counts the groups of form and query together', async () => {
    const answer = await testHttp().post(`${acks}?group=a`, 'group=b', form);
    expect(answer.json()).toEqual({ error: 'one consumer group is expected, but 2 provided' });
  });

  it('says that this daemon does not own the partition', async () => {
    const { bus, post } = testHttp();
    const error = new PixyError('ack-channel-missing', { group: 'foo', topic: 'test.4', partition: 0 });
    bus.answer = () => ({ kind: 'refused', error });
    const answer = await post('/topics/test.4/acks?group=foo&partition=0&offset=1');
    expect([answer.statusCode, answer.json()]).toEqual([500, { error: 'acks channel missing for {foo test.4 0}' }]);
  });

  it('says that the ack was not taken within the time of a long poll', async () => {
    const { bus, post } = testHttp({ clusters: { default: { consumer: { longPollingTimeoutMs: 70 } } } });
    bus.answer = () => ({ kind: 'deadline', reason: undefined });
    const answer = await post(`${acks}?group=g&partition=0&offset=1`);
    expect([answer.statusCode, answer.json()]).toEqual([500, { error: 'ack timeout' }]);
    expect(bus.asked[0]!.options.deadlineMs).toBe(70);
  });

  it('takes an offset that no message here can have, as any that was never offered, and ignores it', async () => {
    const { bus, post } = testHttp();
    const answer = await post(`${acks}?group=g&partition=0&offset=9223372036854775807`);
    expect([answer.statusCode, answer.body, bus.asked]).toEqual([200, '{}', []]);
  });

  it.each([
    ['partition=abc&offset=1', 'bad partition: [abc]: strconv.ParseInt: parsing "abc": invalid syntax'],
    ['partition=1&offset=', 'bad offset: []: strconv.ParseInt: parsing "": invalid syntax'],
    [
      'partition=99999999999&offset=1',
      'bad partition: [99999999999]: strconv.ParseInt: parsing "99999999999": value out of range',
    ],
    ['partition=x&offset=y', 'bad partition: [x]: strconv.ParseInt: parsing "x": invalid syntax'],
    ['partition=1', 'partition and offset either both should be provided or neither'],
    ['offset=1', 'partition and offset either both should be provided or neither'],
  ])('refuses %s with 400 in the words of the original', async (query, error) => {
    const { bus, post } = testHttp();
    const answer = await post(`${acks}?group=g&${query}`);
    expect([answer.statusCode, answer.json(), bus.asked]).toEqual([400, { error }, []]);
  });

  it.each([
    ['', 'bad request: partition and offset are expected, none is given'],
    ['&partition=-1&offset=1', 'bad partition: [-1]: must not be negative'],
    ['&partition=1&offset=-1', 'bad offset: [-1]: must not be negative'],
  ])(
    'refuses with 400 what the original takes for another kind of ack and answers with 500: %j',
    async (query, error) => {
      const answer = await testHttp().post(`${acks}?group=g${query}`);
      expect([answer.statusCode, answer.json()]).toEqual([400, { error }]);
    },
  );

  it('does not know noAck', async () => {
    const { bus, post } = testHttp();
    bus.replies(null);
    expect((await post(`${acks}?group=g&partition=0&offset=1&noAck`)).statusCode).toBe(200);
    expect(bus.asked).toMatchObject([{ request: { type: 'ack', offset: 1 } }]);
  });

  it('bounds the body and the number of its parameters', async () => {
    const { post } = testHttp({ http: { maxBodyBytes: 3000 } });
    expect((await post(acks, 'x'.repeat(3001), form)).headers['x-pixy-error']).toBe('body-too-large');
    const many = await post(acks, 'a&'.repeat(1001), form);
    expect([many.statusCode, many.json()]).toEqual([400, { error: 'bad request: more than 1000 parameters' }]);
  });
});
