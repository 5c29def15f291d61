import { describe, expect, it } from 'vitest';
import { testHttp } from './support.js';

describe('a path that is asked for again', () => {
  it('reaches the same actor, whatever the query says', async () => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    await post('/clusters/east/topics/t%2Dx/messages');
    await post('/clusters/east/topics/t%2Dx/messages?key=k');
    expect(bus.asked.map(({ address, request }) => [address, request['key']])).toEqual([
      ['east/producer/t-x', null],
      ['east/producer/t-x', Buffer.from('k')],
    ]);
  });

  it('is told apart by its method', async () => {
    const { bus, get, post, send } = testHttp();
    bus.answer = ({ request }) =>
      request.type === 'produce'
        ? { kind: 'reply', value: { accepted: true } }
        : { kind: 'deadline', reason: undefined };
    expect((await post('/topics/t/messages')).statusCode).toBe(200);
    expect((await get('/topics/t/messages?group=g')).statusCode).toBe(408);
    expect((await post('/topics/t/messages')).statusCode).toBe(200);
    expect((await send({ method: 'HEAD', url: '/topics/t/messages?group=g' })).statusCode).toBe(405);
  });

  it('is refused again when it was refused', async () => {
    const { get } = testHttp();
    for (let time = 0; time < 2; time++) {
      expect((await get('/clusters/west/topics/t/consumers')).headers['x-pixy-error']).toBe('unknown-cluster');
    }
  });

  it('is found also when more paths came between than are remembered', async () => {
    const { bus, post } = testHttp();
    bus.replies({ accepted: true });
    for (let topic = 0; topic < 1100; topic++) await post(`/topics/t${topic}/messages`);
    await post('/topics/t0/messages');
    expect(bus.asked.at(-1)?.address).toBe('default/producer/t0');
  });
});
