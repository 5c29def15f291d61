import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { recordHeadersOf } from '../../src/http/record-headers.js';
import { testHttp } from './support.js';

const read = (...rawHeaders: string[]) =>
  recordHeadersOf({ rawHeaders }).map(({ key, value }) => [key, value?.toString('latin1')]);

describe('record headers', () => {
  it('go with the message, and other headers do not', async () => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    const headers = { 'X-Kafka-Foo': 'Zm9v', 'X-Kafkaesque': 'eA==', 'X-Kafka': 'eA==', 'X-Other': 'eA==' };
    expect((await post('/topics/t/messages', 'v', headers)).statusCode).toBe(200);
    expect(bus.asked[0]!.request['headers']).toEqual([{ key: 'Foo', value: Buffer.from('foo') }]);
  });

  it('go with a form as well', async () => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    await post('/topics/t/messages', 'msg=v', {
      'content-type': 'application/x-www-form-urlencoded',
      'x-kafka-a': 'Zm9v',
    });
    expect(bus.asked[0]!.request['headers']).toEqual([{ key: 'A', value: Buffer.from('foo') }]);
  });

  it.each([
    ['x-kafka-foo', 'Foo'],
    ['X-KAFKA-my_KEY-two', 'My_key-Two'],
    ['X-Kafka-Foo', 'Foo'],
    ['X-Kafka-', ''],
    ['x-kafka--a', '-A'],
    ['X-Kafka-1a-b2', '1a-B2'],
    ["x-kafka-a!b'c.d", "A!b'c.d"],
  ])('are named by what follows the prefix, spelled as Go spells headers: %s', (name, key) => {
    expect(read(name, 'eA==')).toEqual([[key, 'x']]);
  });

  it('are one for each value, in the order in which they were sent', () => {
    expect(read('x-kafka-b', 'MQ==', 'Host', 'h', 'x-kafka-a', 'Mg==', 'X-KAFKA-B', 'Mw==')).toEqual([
      ['B', '1'],
      ['A', '2'],
      ['B', '3'],
    ]);
  });

  it.each([
    ['', ''],
    ['+/+/', '\xfb\xff\xbf'],
    ['AAA=', '\0\0'],
    ['eB==', 'x'],
  ])('are read from Base64: %j', (given, value) => {
    expect(read('x-kafka-a', given)).toEqual([['A', value]]);
  });

  it.each(['x', 'eA', 'eA=', 'eA===', '====', '-_-_', 'e A=', 'eA==eA==', 'Zm9v, Zm9v', '\xe9AAA'])(
    'that are not Base64 of the standard alphabet with padding are refused by their name: %j',
    async (given) => {
      const { bus, post } = testHttp();
      const answer = await post('/topics/t/messages', 'v', { 'x-kafka-fOO': given });
      expect([answer.statusCode, answer.json(), bus.asked]).toEqual([
        400,
        { error: 'Invalid base64 encoding for header: X-Kafka-Foo' },
        [],
      ]);
      expect(answer.headers['x-pixy-error']).toBe('bad-record-header');
    },
  );

  it('are looked at after the message itself', async () => {
    const answer = await testHttp().post('/topics/t/messages', 'v', { 'content-type': 'x', 'x-kafka-a': '!' });
    expect(answer.headers['x-pixy-error']).toBe('unsupported-content-type');
  });

  it('that the brokers are too old for are refused in the words of the original', async () => {
    const { bus, post } = testHttp();
    bus.answer = () => ({ kind: 'refused', error: new PixyError('headers-unsupported', {}) });
    const answer = await post('/topics/t/messages?sync', 'v', { 'x-kafka-a': '' });
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      {
        error:
          'headers are not supported with this version of Kafka. Consider changing `kafka.version` (https://github.com/mailgun/kafka-pixy/blob/master/default.yaml#L35)',
      },
    ]);
  });
});
