import { describe, expect, it } from 'vitest';
import { checkOrder } from '../../scripts/faults/checkers/order.js';
import { attempt, calmHistory, entry } from './made-up.js';

describe('the order within a key', () => {
  it('is kept in a calm history', () => {
    expect(checkOrder(calmHistory())).toEqual([]);
  });

  it('finds first copies out of order', () => {
    const log = [entry(0, 0), entry(1, 2), entry(2, 1)];
    expect(checkOrder(calmHistory({ log }))).toEqual([
      { check: 'order', text: 'k#1 first lies at 0/2, behind k#2 at 0/1' },
    ]);
  });

  it('lets a further copy lie anywhere', () => {
    expect(checkOrder(calmHistory({ log: [entry(0, 0), entry(1, 1), entry(2, 0)] }))).toEqual([]);
  });

  it('lets keys mix', () => {
    const attempts = [attempt(0, { key: 'a', sequence: 7 }), attempt(1, { key: 'b', sequence: 3 })];
    expect(checkOrder(calmHistory({ attempts, log: [entry(0), entry(1)] }))).toEqual([]);
  });

  it('finds a key on two partitions, and a message that nobody posted', () => {
    const log = [entry(0, 0, 0), entry(0, 1, 4), entry(1, 99, 4)];
    expect(checkOrder(calmHistory({ log })).map(({ text }) => text)).toEqual([
      'key k lies on partitions 0 and 4',
      '4/1 holds a message that nobody posted',
    ]);
  });
});

describe('the order of async posts', () => {
  const accepted = [100, 101, 102].map((id) => ({ daemon: id === 102 ? 'd2' : 'd1', id }));

  it('is that of each daemon, in each partition', () => {
    const acceptedLog = [entry(0, 102), entry(1, 100), entry(2, 102), entry(0, 101, 1)];
    expect(checkOrder(calmHistory({ accepted, acceptedLog }))).toEqual([]);
  });

  it('is broken when a daemon wrote what it accepted later before what it accepted earlier', () => {
    const acceptedLog = [entry(0, 101), entry(1, 102), entry(2, 100)];
    expect(checkOrder(calmHistory({ accepted, acceptedLog }))).toEqual([
      { check: 'order', text: 'async post 100 of d1 lies at 0/2, behind 101 at 0/0' },
    ]);
  });
});
