import inject, { type Response as Answered } from 'light-my-request';
import { describe, expect, it } from 'vitest';
import { testHttp, type TestHttp } from './support.js';

/** With the path as it is: what makes a request out of a URL would clean it. */
async function sendRaw(app: TestHttp['app'], method: 'GET' | 'POST' | 'HEAD', path: string): Promise<Answered> {
  const handle = app.callback();
  return await inject(
    (req, res) => {
      req.url = path;
      void handle(req, res);
    },
    { method, url: '/' },
  );
}

describe('routes', () => {
  it('answers a ping', async () => {
    const answer = await testHttp().get('/_ping');
    expect([answer.statusCode, answer.body, answer.headers['content-type'], answer.headers['content-length']]).toEqual([
      200,
      'pong',
      'text/plain; charset=utf-8',
      '4',
    ]);
  });

  it.each([
    '/',
    '/topics/',
    '/topics/t/messages/',
    '/Topics/t/messages',
    '/topics/t/nothing',
    '/topic/t/messages',
    '/topics/a%2Fb/messages',
    '/topics/a%2fb/consumers',
    '/clusters/a%2Fb/topics/t/consumers',
    '/_ping/',
    '/pprof/heap',
    '/clusters',
    '/clusters/east',
    '/clusters/east/_ping',
    '/clusters/east/pprof/heap',
    '/proxies/east/topics',
    '/favicon.ico',
    '/%',
  ])('does not know %s', async (path) => {
    const answer = await testHttp().get(path);
    expect([answer.statusCode, answer.body]).toEqual([404, '404 page not found\n']);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '19',
      'x-pixy-error': 'unknown-path',
    });
  });

  it.each([
    ['//topics/t/messages?group=a%20b&x', '/topics/t/messages?group=a%20b&x'],
    ['/topics//messages', '/topics/messages'],
    ['/clusters//topics/t/consumers', '/clusters/topics/t/consumers'],
    ['/topics/./t/../u/messages', '/topics/u/messages'],
    ['/topics/%2e%2E/t%20%3F/messages', '/t%20%3F/messages'],
    ['/..', '/'],
    ['/a/..', '/'],
    ['/topics/.', '/topics'],
    ['/topics/../', '/'],
    ['//evil.example/%2e/', '/evil.example/'],
    ['/%2F%2Fevil.example', '/evil.example'],
  ])('redirects %s, which has empty or dot segments, to %s', async (path, location) => {
    for (const method of ['GET', 'POST', 'HEAD'] as const) {
      const { bus, app } = testHttp();
      const answer = await sendRaw(app, method, path);
      expect([answer.statusCode, answer.body, bus.asked]).toEqual([301, '', []]);
      expect(answer.headers).toMatchObject({ location, 'content-length': '0' });
      expect(answer.headers['content-type']).toBeUndefined();
    }
  });

  it.each(['/topics/...', '/topics/a..b', '/topics/.a'])('takes %s as it is', async (path) => {
    const { bus, get } = testHttp();
    bus.replies({ topic: 't', config: { version: 1, config: {} }, partitions: undefined });
    expect((await get(path)).statusCode).toBe(200);
  });

  it.each([
    ['POST', '/_ping'],
    ['HEAD', '/_ping'],
    ['HEAD', '/topics/t/messages?group=g'],
    ['HEAD', '/topics/t/offsets?group=g'],
    ['PUT', '/topics/t/messages'],
    ['DELETE', '/topics/t/offsets'],
    ['OPTIONS', '/topics/t/messages'],
    ['POST', '/topics/t/consumers'],
    ['GET', '/topics/t/acks'],
    ['POST', '/topics'],
    ['HEAD', '/topics'],
    ['DELETE', '/topics/t'],
    ['PUT', '/clusters/east/topics'],
    ['POST', '/clusters/east/topics/t/consumers'],
  ] as const)('answers %s %s with 405 and nothing else', async (method, url) => {
    const { bus, send } = testHttp();
    const answer = await send({ method, url });
    expect([answer.statusCode, answer.body]).toEqual([405, '']);
    expect(answer.headers).toMatchObject({ 'content-length': '0', 'x-pixy-error': 'wrong-method' });
    expect([answer.headers['content-type'], answer.headers['allow']]).toEqual([undefined, undefined]);
    expect(bus.asked).toEqual([]);
  });

  it.each([
    ['bad%zzname', 'bad%zzname'],
    ['a%20b', 'a b'],
    ['%ff', '%ff'],
    ['t'.repeat(250), 't'.repeat(250)],
    ['%C3%A9', 'é'],
  ])('refuses the topic %s, which Kafka could never have', async (segment, topic) => {
    const { get, bus } = testHttp();
    const answer = await get(`/topics/${segment}/messages?group=g`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: expect.stringContaining(`bad topic ${JSON.stringify(topic)}`) });
    expect(bus.asked).toEqual([]);
  });

  it.each(['north', '__proto__', 'constructor', 'bad%zz'])(
    'refuses the cluster %s before anything else',
    async (name) => {
      const answer = await testHttp().post(`/clusters/${name}/topics/!/messages`, 'v', { 'content-type': 'x' });
      expect([answer.statusCode, answer.headers['x-pixy-error']]).toEqual([400, 'unknown-cluster']);
      expect(answer.body).toBe(`{\n  "error": "proxy \`${name}\` does not exist"\n}`);
    },
  );

  it('logs an inner defect and answers without a stack trace', async () => {
    const { post, logged } = testHttp();
    const answer = await post('/topics/t/messages');
    expect([answer.statusCode, answer.body]).toEqual([500, '{\n  "error": "internal error"\n}']);
    expect(answer.headers).toMatchObject({ 'x-pixy-error': 'internal', 'content-type': 'application/json' });
    expect(logged).toMatchObject([
      { level: 50, path: '/topics/t/messages', err: { message: 'nothing was to be asked' } },
    ]);
  });
});
