import { describe, expect, it } from 'vitest';
import { explainByFaults } from '../../src/verdict/explain-by-faults.js';
import type { History } from '../../src/verdict/history.js';
import { judge } from '../../src/verdict/judge.js';
import { delivery, entry, fault, historyOf, laterHistoryOf, lostAnswer, post, timing } from './histories.js';

const cut = fault({ daemon: 'd1', costs: ['answers'], fromMs: 1500, toMs: 1800 });

/** Offset 0 was never given, offset 1 was. */
const parts: Partial<History> = {
  log: [entry(), entry({ offset: 1, post: 2 })],
  deliveries: [delivery({ offset: 1, post: 2 })],
  lostAnswers: [lostAnswer()],
  faults: [cut],
};

function verdictOn(history: History) {
  const { violations, explained } = judge(history, timing, explainByFaults);
  return { broken: violations.map(({ check }) => check), explained: [...explained] };
}
const broken = (more: Partial<History>): string[] => verdictOn(historyOf({ ...parts, ...more })).broken;

describe('a message that a group with the automatic ack was never given', () => {
  it('may be gone with an answer whose connection was cut', () => {
    const why = 'lost with an answer whose connection was cut, after its automatic ack';
    expect(verdictOn(historyOf(parts))).toEqual({ broken: [], explained: [[why, 1]] });
    expect(broken({ faults: [{ ...cut, costs: ['memory'] }] })).toEqual([]);
  });

  it('is not, when nobody cut it at that time', () => {
    expect(broken({ faults: [] })).toEqual(['skip']);
    expect(broken({ faults: [{ ...cut, daemon: 'd2' }] })).toEqual(['skip']);
    expect(broken({ faults: [{ ...cut, costs: ['claims', 'lease', 'commits'] }] })).toEqual(['skip']);
    expect(broken({ faults: [{ ...cut, fromMs: 2001, toMs: 2100 }] })).toEqual(['skip']);
    expect(broken({ faults: [{ ...cut, fromMs: 100, toMs: 899 }] })).toEqual(['skip']);
  });

  it('is not, when it was an answer to another group or of another topic', () => {
    expect(broken({ lostAnswers: [lostAnswer({ group: 'another' })] })).toEqual(['skip']);
    expect(broken({ lostAnswers: [lostAnswer({ topic: 'clicks' })] })).toEqual(['skip']);
  });

  it('is not, beyond the number of such answers', () => {
    const log = [entry(), entry({ offset: 1, post: 2 }), entry({ offset: 2, post: 3 })];
    const deliveries = [delivery({ offset: 2, post: 3 })];
    expect(broken({ log, deliveries })).toEqual(['skip']);
    expect(broken({ log, deliveries, lostAnswers: [lostAnswer(), lostAnswer({ client: 'c2' })] })).toEqual([]);
  });

  it('is not, when it was posted after that answer', () => {
    const posts = [post({ id: 1, sentMs: 2500, answeredMs: 2600 }), post({ id: 2, offset: 1, key: 'other' })];
    expect(broken({ posts })).toEqual(['skip']);
    expect(broken({ posts, lostAnswers: [lostAnswer({ endedMs: 2600 })] })).toEqual([]);
  });

  it('is not, when its clients acknowledge', () => {
    expect(verdictOn(laterHistoryOf(parts)).broken).toEqual(['skip']);
  });
});
