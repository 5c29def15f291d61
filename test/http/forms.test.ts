import { describe, expect, it } from 'vitest';
import { testHttp } from './support.js';

const url = '/topics/orders/messages';
const type = 'application/x-www-form-urlencoded';

async function postForm(body: string, query = '', contentType = type) {
  const { bus, post, budget } = testHttp();
  bus.answer = ({ request }) => ({
    kind: 'reply',
    value: request['sync'] ? { partition: 0, offset: 0 } : { accepted: true },
  });
  const answer = await post(url + query, body, { 'content-type': contentType });
  return { answer, asked: bus.asked, request: bus.asked[0]?.request, budget };
}

describe('a form that is posted', () => {
  it.each([
    ['msg=hello', '', 'hello'],
    ['a=b&msg=x%20y+z%2B&msg=second', '', 'x y z+'],
    ['msg=body', '?msg=query', 'body'],
    ['a=b', '?msg=query', 'query'],
    ['', '?msg=query', 'query'],
    ['msg=%zz&msg=b', '', 'b'],
    ['msg=a;b&msg=c', '', 'c'],
    ['msg=a=b', '', 'a=b'],
  ])('takes the first msg as the value, of the body before the query: %j with %j', async (body, query, value) => {
    const { answer, request } = await postForm(body, query);
    expect([answer.statusCode, answer.body]).toEqual([200, '{}']);
    expect(request?.['value']).toEqual(Buffer.from(value));
  });

  it('keeps the bytes of a value that is no text', async () => {
    const { request } = await postForm('msg=%ff%00%C3%a9\u00e9');
    expect(request?.['value']).toEqual(Buffer.from([0xff, 0, 0xc3, 0xa9, 0xc3, 0xa9]));
  });

  it.each(['', 'msg=', 'msg', 'Msg=x', 'msg=%zz', 'msg=%a', 'msg=%'])(
    'refuses %j as an empty message',
    async (body) => {
      const { answer, asked } = await postForm(body);
      expect([answer.statusCode, answer.json(), asked]).toEqual([400, { error: 'empty message' }, []]);
      expect(answer.headers['x-pixy-error']).toBe('empty-message');
    },
  );

  it('refuses the message when the first msg is empty, even if a later one is not', async () => {
    expect((await postForm('msg=&msg=x')).answer.statusCode).toBe(400);
  });

  it.each([
    ['msg=v&key=body', '?key=query', 'body'],
    ['msg=v', '?key=query', 'query'],
    ['msg=v&key=', '?key=query', ''],
  ])('takes key from the body before the query: %j with %j', async (body, query, key) => {
    expect((await postForm(body, query)).request?.['key']).toEqual(Buffer.from(key));
  });

  it('has no key where none is named', async () => {
    expect((await postForm('msg=v')).request?.['key']).toBeNull();
  });

  it.each([
    ['msg=v&sync', '', true],
    ['msg=v&sync=0', '', true],
    ['msg=v', '?sync', true],
    ['msg=v', '', false],
  ])('is written synchronously when body or query say so: %j with %j', async (body, query, sync) => {
    const { answer, request } = await postForm(body, query);
    expect([answer.statusCode, request?.['sync']]).toEqual([200, sync]);
  });

  it.each([`${type}; charset=UTF-8`, 'Application/X-WWW-Form-Urlencoded', `${type} ;a=b`])(
    'is known by any spelling of its content type, where the original takes only the bare one: %s',
    async (contentType) => {
      expect((await postForm('msg=v', '', contentType)).answer.statusCode).toBe(200);
    },
  );

  it('is read within the limit and the budget of bytes', async () => {
    const { budget, answer } = await postForm(`msg=${'x'.repeat(96)}`);
    expect([answer.statusCode, budget.takenMost, budget.taken]).toEqual([200, 100, 0]);
    const { post } = testHttp({ http: { maxBodyBytes: 10 } });
    const large = await post(url, 'msg=4567890', { 'content-type': type });
    expect(large.json()).toEqual({ error: 'request body is larger than the limit of 10 bytes' });
  });

  it('may have 1000 parameters and no more', async () => {
    expect((await postForm(`${'a&'.repeat(999)}msg=v`)).answer.statusCode).toBe(200);
    const { answer } = await postForm(`${'a&'.repeat(1000)}msg=v`);
    expect([answer.statusCode, answer.json()]).toEqual([400, { error: 'bad request: more than 1000 parameters' }]);
  });
});
