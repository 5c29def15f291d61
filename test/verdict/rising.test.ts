import { describe, expect, it } from 'vitest';
import { explainByTenures } from '../../src/verdict/consumption.js';
import type { Delivery, History } from '../../src/verdict/history.js';
import { judge } from '../../src/verdict/judge.js';
import { delivery, entry, historyOf, lostAnswer, timing } from './histories.js';

const log = [entry(), entry({ offset: 1, post: 2 }), entry({ offset: 2, post: 3 })];

const given = (offset: number, askedMs: number, handedMs: number, parts: Partial<Delivery> = {}): Delivery =>
  delivery({ offset, post: offset + 1, askedMs, handedMs, ...parts });

/** Offset 0, then 2, and only then 1. */
const deliveries = [given(0, 100, 110), given(2, 120, 130), given(1, 140, 150)];

const judged = (parts: Partial<History>, slackMs = 0) =>
  judge(historyOf({ log, deliveries, ...parts }), { ...timing, slackMs }, explainByTenures);
const broken = (parts: Partial<History>, slackMs = 0): string[] =>
  judged(parts, slackMs).violations.map(({ check }) => check);

describe('a group is given the messages of a partition in the order of their offsets', () => {
  it('and not one that was asked for when a later one had been handed over', () => {
    const { violations, looked } = judged({});
    expect(violations).toEqual([
      {
        check: 'nonmonotonic',
        atMs: 150,
        text: 'group g was given orders/0@2 by d1 at 130 ms, and orders/0@1, asked for at 140 ms, only then',
      },
    ]);
    expect(looked.rising).toBe(2);
    expect(broken({ deliveries: [given(0, 100, 110), given(1, 120, 130), given(2, 140, 150)] })).toEqual([]);
  });

  it('whoever hands them over', () => {
    expect(broken({ deliveries: [...deliveries.slice(0, 2), given(1, 140, 150, { daemon: 'd2' })] })).toEqual([
      'nonmonotonic',
    ]);
  });

  it('where answers may overtake each other that were asked for at one time', () => {
    expect(broken({ deliveries: [...deliveries.slice(0, 2), given(1, 130, 150)] })).toEqual([]);
    expect(broken({ deliveries: [...deliveries.slice(0, 2), given(1, 131, 150)] })).toEqual(['nonmonotonic']);
  });

  it('by the first copies: what comes again may come later', () => {
    const again = [given(0, 100, 110), given(1, 100, 115), given(2, 120, 130), given(1, 5300, 5400)];
    expect(broken({ deliveries: again }).filter((check) => check !== 'duplicate')).toEqual([]);
    const first = [given(0, 100, 110), given(2, 120, 130), given(1, 105, 160), given(1, 140, 150)];
    expect(broken({ deliveries: first }).filter((check) => check !== 'duplicate')).toEqual([]);
  });

  it('but for what may have been in an answer that did not come, and so came back', () => {
    const lost = (parts: Parameters<typeof lostAnswer>[0]) => broken({ lostAnswers: [lostAnswer(parts)] });
    expect(lost({ askedMs: 115, endedMs: 125, mayHold: false })).toEqual([]);
    expect(lost({ askedMs: 115, endedMs: 119, mayHold: false })).toEqual(['nonmonotonic']);
    expect(lost({ askedMs: 131, endedMs: 135, mayHold: false })).toEqual(['nonmonotonic']);
    expect(lost({ askedMs: 115, endedMs: 125, mayHold: false, group: 'another' })).toEqual(['nonmonotonic']);
    expect(lost({ askedMs: 115, endedMs: 125, mayHold: false, topic: 'clicks' })).toEqual(['nonmonotonic']);
    // Taken for handed over, it waits for its ack before it comes back.
    expect(lost({ askedMs: 10, endedMs: 20, mayHold: true })).toEqual([]);
    const late = deliveries.map((each) => ({ ...each, askedMs: each.askedMs + 6000, handedMs: each.handedMs + 6000 }));
    const lostAnswers = [lostAnswer({ askedMs: 10, endedMs: 20, mayHold: true })];
    expect(broken({ deliveries: late, lostAnswers })).toEqual(['nonmonotonic']);
    expect(broken({ deliveries: late, lostAnswers }, 1500)).toEqual([]);
  });

  it('unless somebody set the position, or the end of the log was cut off', () => {
    const place = { topic: 'orders', partition: 0 };
    const set = { ...place, group: 'g', offset: 1, sentMs: 125, answeredMs: 126 };
    expect(broken({ positionsSet: [set] })).toEqual([]);
    expect(broken({ positionsSet: [{ ...set, sentMs: 151 }] })).toEqual(['nonmonotonic']);
    expect(broken({ positionsSet: [{ ...set, partition: 1 }] })).toEqual(['nonmonotonic']);
    const cut = { ...place, atMs: 125, fromOffset: 5, toOffset: 6, acknowledgedOffset: 5, posts: [] };
    expect(broken({ truncations: [cut] })).toEqual([]);
    expect(broken({ truncations: [{ ...cut, atMs: 151 }] })).toEqual(['nonmonotonic']);
  });
});
