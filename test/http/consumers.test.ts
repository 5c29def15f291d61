import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { testHttp } from './support.js';

describe('consumers', () => {
  it('lists groups and members in byte order, with partitions on one line', async () => {
    const { bus, get } = testHttp();
    bus.replies({ foo: { 'C2<': [3, 2, 10], C1: [0] }, '10': { m: [] }, '2': {} });
    expect((await get('/topics/orders/consumers')).body).toBe(`{
  "10": {
    "m": []
  },
  "2": {},
  "foo": {
    "C1": [0],
    "C2\\u003c": [2,3,10]
  }
}`);
    expect(bus.asked).toMatchObject([
      { address: 'default/consumers', request: { type: 'consumers.list', topic: 'orders', group: undefined } },
    ]);
  });

  it('is not confused by brackets in a name (defect 17 of the original)', async () => {
    const { bus, get } = testHttp();
    bus.replies({ 'g[1,\n2]': { 'm[': [1, 0], '],[': [2] } });
    expect((await get('/topics/orders/consumers')).json()).toEqual({ 'g[1,\n2]': { 'm[': [0, 1], '],[': [2] } });
  });

  it.each([
    '/topics/orders/consumers?group=g',
    '/topic/orders/consumers?group=g',
    '/clusters/east/topic/orders/consumers?group=g',
  ])('answers %s, also in the singular spelling of an example that the original answers with 404', async (path) => {
    const { bus, get } = testHttp();
    bus.replies({});
    expect((await get(path)).body).toBe('{}');
    expect(bus.asked).toMatchObject([{ request: { topic: 'orders', group: 'g' } }]);
  });

  it('takes an empty group for all of them, and refuses several', async () => {
    const { bus, get } = testHttp();
    bus.replies({});
    await get('/topics/orders/consumers?group=');
    expect(bus.asked).toMatchObject([{ request: { group: undefined } }]);
    expect((await get('/topics/orders/consumers?group=a&group=b')).json()).toEqual({
      error: 'one consumer group is expected, but 2 provided',
    });
  });

  it('answers what the directory refuses', async () => {
    const { bus, get } = testHttp();
    bus.answer = () => ({
      kind: 'refused',
      error: new PixyError('topic-not-consumed', { group: 'g', topic: 'orders' }),
    });
    const answer = await get('/topics/orders/consumers?group=g');
    expect([answer.statusCode, answer.json()]).toEqual([400, { error: 'topic orders is not consumed by g' }]);
    bus.answer = () => ({ kind: 'deadline', reason: undefined });
    expect((await get('/topics/orders/consumers')).statusCode).toBe(503);
  });
});
