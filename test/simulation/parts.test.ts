import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../../src/actors/bus/types.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import { AskBook } from '../../src/simulation/ask-book.js';
import { SimulatedConnection } from '../../src/simulation/connection.js';
import { CountedTimers } from '../../src/simulation/counted-timers.js';
import { addCoverage, emptyCoverage, missingFaults } from '../../src/simulation/coverage.js';
import { faultKinds } from '../../src/simulation/faults.js';
import { planOf, type Plan } from '../../src/simulation/plan.js';
import { shrink } from '../../src/simulation/shrink.js';
import { TraceHash } from '../../src/simulation/trace-hash.js';

const hashOf = (...parts: readonly (string | number)[]): string => {
  const hash = new TraceHash();
  for (const part of parts) hash.add(part);
  return hash.hex;
};

describe('the hash of a trace', () => {
  it('is equal for equal traces only, also where the texts run together', () => {
    expect(hashOf('ab', 'c', 1)).toBe(hashOf('ab', 'c', '1'));
    expect(hashOf('ab', 'c')).not.toBe(hashOf('a', 'bc'));
    expect(hashOf('a', 'b')).not.toBe(hashOf('b', 'a'));
    expect(hashOf()).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('a plan', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planOf(7)).toEqual(planOf(7));
    expect(planOf(7)).not.toEqual(planOf(8));
  });

  it('breaks nothing in the beginning, nor near the end', () => {
    for (let seed = 1; seed <= 50; seed++)
      for (const { atMs } of planOf(seed).faults) {
        expect(atMs).toBeGreaterThanOrEqual(2000);
        expect(atMs).toBeLessThanOrEqual(51_000);
      }
  });

  it('draws each kind of fault sooner or later', () => {
    const drawn = new Set(
      Array.from({ length: 200 }, (_, seed) => planOf(seed)).flatMap(({ faults }) => faults.map((f) => f.fault.kind)),
    );
    expect([...drawn].sort()).toEqual([...faultKinds].sort());
  });
});

describe('shrinking', () => {
  const plan = planOf(3);
  const fails = ({ posts, faults }: Plan) =>
    Promise.resolve(
      posts.some(({ atMs }) => atMs === plan.posts[50]!.atMs) &&
        faults.some(({ atMs }) => atMs === plan.faults[2]!.atMs),
    );

  it('keeps what the failure needs and no more', async () => {
    const { posts, faults, clients, groups } = await shrink(plan, fails);
    const [clientLeft] = clients;
    expect(posts).toEqual([{ ...plan.posts[50], client: clientLeft }]);
    expect(faults.map(({ fault }) => fault)).toEqual([plan.faults[2]!.fault]);
    expect(clients).toHaveLength(1);
    expect(groups).toEqual([]);
  });

  it('comes to the same each time', async () => {
    expect(await shrink(plan, fails)).toEqual(await shrink(plan, fails));
  });

  it('leaves what cannot be smaller as it is', async () => {
    expect(await shrink(plan, (candidate) => Promise.resolve(candidate === plan))).toEqual(plan);
  });
});

describe('a connection', () => {
  const hello = (connection: SimulatedConnection) => connection.request({ method: 'GET', url: '/hello' });
  const serving = () =>
    new SimulatedConnection((req, res) => {
      res.setHeader('X-Path', req.url!);
      res.end('hello');
    });

  it('carries one request after the other', async () => {
    const connection = serving();
    for (let turn = 0; turn < 2; turn++) {
      const answer = await hello(connection);
      expect(answer).toMatchObject({ status: 200, body: 'hello', headers: { 'x-path': '/hello' } });
    }
    expect(connection.isOpen).toBe(true);
  });

  it('brings the body of a request', async () => {
    const connection = new SimulatedConnection((req, res) => void req.pipe(res));
    const answer = await connection.request({ method: 'POST', url: '/', body: Buffer.from('what was sent') });
    expect(answer?.body).toContain('what was sent');
  });

  it('hands nothing over while the client reads nothing', async () => {
    const connection = serving();
    connection.stall();
    let answered = false;
    const answer = hello(connection).then((given) => {
      answered = true;
      return given;
    });
    await virtualHost().clock.settle();
    expect(answered).toBe(false);
    connection.readOn();
    expect((await answer)?.body).toBe('hello');
  });

  it('gives no answer when the client has gone, before or meanwhile', async () => {
    const connection = serving();
    connection.stall();
    const answer = hello(connection);
    connection.close();
    expect(await answer).toBeUndefined();
    expect(await hello(connection)).toBeUndefined();
    expect(connection.isOpen).toBe(false);
  });
});

describe('the timers of a process', () => {
  it('are counted while they are armed', async () => {
    const { clock } = virtualHost();
    const timers = new CountedTimers(clock);
    const ran: string[] = [];
    timers.setTimeout(() => ran.push('first'), 10);
    const second = timers.setTimeout(() => ran.push('second'), 20);
    expect(timers.armed).toBe(2);
    await clock.runFor(10);
    expect(timers.armed).toBe(1);
    timers.clearTimeout(second);
    timers.clearTimeout(second);
    timers.clearTimeout(undefined);
    expect(timers.armed).toBe(0);
    await clock.runFor(100);
    expect(ran).toEqual(['first']);
  });
});

describe('the book of asks', () => {
  const at = { atMs: 0, address: 'd1:a', incarnation: 1 };
  const ask: BusRecord = { ...at, type: 'ask', from: undefined, request: { type: 'consume' }, served: 'mailbox' };
  const outcome: BusRecord = { ...at, type: 'outcome', request: { type: 'consume' }, outcome: 'reply' };
  const end = (how: 'done' | 'stopped' | 'restarting'): BusRecord => ({
    ...at,
    type: 'end',
    end: how === 'restarting' ? { how: 'crashed', error: undefined, willRestart: true } : { how },
  });
  const left = (...records: BusRecord[]): number => {
    const book = new AskBook();
    return records.map((record) => book.note(record)).reduce((sum, count) => sum + count, 0);
  };

  it('tells of those that an actor leaves without an outcome', () => {
    expect(left(ask, ask, outcome, end('stopped'))).toBe(1);
    expect(left(ask, outcome, end('stopped'))).toBe(0);
  });

  it('gives the next incarnation its time, and lets who ends by itself hand on what came too late', () => {
    expect(left(ask, end('restarting'), outcome, end('stopped'))).toBe(0);
    expect(left(ask, end('restarting'), end('stopped'))).toBe(1);
    expect(left(ask, end('done'), end('stopped'))).toBe(0);
  });

  it('does not count what passed through on its way further down', () => {
    expect(left(outcome, ask, end('stopped'))).toBe(1);
  });
});

describe('coverage', () => {
  it('adds up over processes, and tells which faults never struck', () => {
    const [first, second] = [emptyCoverage(), emptyCoverage()];
    Object.assign(first, { seeds: 2, faults: { 'client-gone': 1 }, taken: { a: 1 } });
    Object.assign(second, { seeds: 3, faults: { 'client-gone': 2, 'broker-down': 1 }, taken: { b: 4 } });
    addCoverage(first, second);
    expect(first).toMatchObject({ seeds: 5, faults: { 'client-gone': 3, 'broker-down': 1 }, taken: { a: 1, b: 4 } });
    expect(missingFaults(first)).toEqual(faultKinds.filter((kind) => !['client-gone', 'broker-down'].includes(kind)));
  });
});
