import { describe, expect, it } from 'vitest';
import { explainByTenures } from '../../src/verdict/consumption.js';
import type { History, PositionSet } from '../../src/verdict/history.js';
import { judge } from '../../src/verdict/judge.js';
import { commit, delivery, entry, fault, historyOf, tenure, timing } from './histories.js';

/** What explains that offset 0 comes again; `undefined`: nothing, and it is a duplicate. */
const why = (parts: Partial<History>): string | undefined => {
  const { violations, explained } = judge(historyOf({ log: [entry()], ...parts }), timing, explainByTenures);
  expect(violations.map(({ check }) => check)).toEqual(explained.size > 0 ? [] : ['duplicate']);
  return [...explained.keys()][0];
};

describe('a message of a group whose position was set', () => {
  const set: PositionSet = { group: 'g', topic: 'orders', partition: 0, offset: 0, sentMs: 1200, answeredMs: 1300 };
  const again = (handedMs: number) => delivery({ askedMs: handedMs - 100, handedMs });
  const within = (position: Partial<PositionSet>, deliveries = [delivery(), again(2000)]) =>
    why({ deliveries, tenures: [tenure({ toMs: 9000 })], positionsSet: [{ ...set, ...position }] });
  const back = 'the position of its group was set back';

  it('may come again from there on, and not from before', () => {
    expect(within({})).toBe(back);
    expect(within({ offset: 1 })).toBeUndefined();
    expect(within({ partition: 1 })).toBeUndefined();
    expect(within({ group: 'other' })).toBeUndefined();
  });

  it('comes again once by it, unless nobody knows when it was set', () => {
    expect(within({ sentMs: 2001 })).toBeUndefined();
    expect(within({}, [again(3000), again(4000)])).toBeUndefined();
    expect(within({ answeredMs: undefined }, [again(3000), again(4000)])).toBe(back);
  });

  it('comes again with the next owner, if the one of before did not hear of it', () => {
    const tenures = [tenure({ toMs: 3500 }), tenure({ daemon: 'd2', fromMs: 3500, toMs: 9000 })];
    const next = delivery({ daemon: 'd2', askedMs: 3900, handedMs: 4000 });
    const commits = [commit({ atMs: 3100, takenMs: 3110 })];
    expect(why({ deliveries: [again(3000), next], tenures, commits, positionsSet: [set] })).toBe(back);
    expect(why({ deliveries: [again(3000), next], tenures, commits })).toBeUndefined();
  });
});

describe('a message that was committed', () => {
  const tenures = [
    tenure({ daemon: 'd3', fromMs: 0, toMs: 500 }),
    tenure({ toMs: 3500 }),
    tenure({ daemon: 'd2', fromMs: 3500, toMs: 9000 }),
  ];
  const deliveries = [delivery(), delivery({ daemon: 'd2', askedMs: 3900, handedMs: 4000 })];
  const held = { daemon: 'd3', atMs: 400, offset: 0, takenMs: undefined as number | undefined };
  const cut = fault({ daemon: 'd3', costs: ['commits'], fromMs: 300, toMs: 3400 });
  const after = (earlier: Partial<typeof held>, faults = [cut]) =>
    why({ tenures, deliveries, commits: [commit({ ...held, ...earlier }), commit()], faults });

  it('comes again if an earlier commit was held up, and came to the broker later', () => {
    expect(after({})).toBe('an earlier commit was held up, and came to the broker after the one of it');
    expect(after({ takenMs: 450 })).toBeUndefined();
    expect(after({ offset: 1, atMs: 1100 })).toBeUndefined();
    expect(after({ daemon: 'd2' })).toBeUndefined();
    expect(after({}, [])).toBeUndefined();
  });
});

describe('a message whose owner was lost', () => {
  it('comes again though the next one commits it in the very moment in which it begins', () => {
    const tenures = [tenure({ end: 'lost' }), tenure({ daemon: 'd2', fromMs: 4000, toMs: 4000 })];
    const deliveries = [delivery(), delivery({ daemon: 'd2', askedMs: 3900, handedMs: 4000 })];
    const commits = [commit({ daemon: 'd2', atMs: 4000, takenMs: 4000 })];
    expect(why({ tenures, deliveries, commits })).toBe('its owner was lost before it was committed');
    expect(why({ tenures, deliveries, commits: [commit({ atMs: 2900, takenMs: 4000 })] })).toBeUndefined();
  });
});

describe('a message whose client does not read for a while', () => {
  const tenures = [tenure({ toMs: 2000 }), tenure({ daemon: 'd2', fromMs: 2000, toMs: 9000 })];
  const first = delivery({ daemon: 'd2', askedMs: 2000, handedMs: 2100 });
  const slow = delivery({ askedMs: 500, handedMs: 3000 });
  const stalled = fault({ daemon: undefined, costs: ['lease'], fromMs: 1500, toMs: 3000 });

  it('was given away by whoever owned the partition before', () => {
    const late = 'its client read the answer when its owner had let the partition go';
    expect(why({ tenures, deliveries: [first, slow], faults: [stalled] })).toBe(late);
    expect(why({ tenures, deliveries: [first, slow] })).toBeUndefined();
    expect(why({ tenures, deliveries: [first, { ...slow, askedMs: 2500 }], faults: [stalled] })).toBeUndefined();
  });
});
