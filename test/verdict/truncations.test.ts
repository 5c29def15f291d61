import { describe, expect, it } from 'vitest';
import { explainByTenures } from '../../src/verdict/consumption.js';
import { judge } from '../../src/verdict/judge.js';
import type { History, Truncation } from '../../src/verdict/history.js';
import { commit, delivery, entry, historyOf, post, timing } from './histories.js';

const broken = (history: History): string[] =>
  judge(history, timing, explainByTenures).violations.map(({ check }) => check);

/** Of offsets 0 and 1 all in-sync replicas had the first. */
const cut = (parts: Partial<Truncation> = {}): Truncation => {
  const { topic, partition } = entry();
  const offsets = { fromOffset: 0, toOffset: 2, acknowledgedOffset: 1 };
  return { topic, partition, atMs: 50, ...offsets, posts: [1, 2], ...parts };
};

describe('where an election has cut a log off', () => {
  it('a post is not lost by us if all in-sync replicas had it, and lost otherwise', () => {
    const answered = [post({ id: 1 }), post({ id: 2, offset: 1 })];
    const accepted = answered.map((each) => ({ ...each, outcome: 'accepted' as const }));
    for (const posts of [answered, accepted]) {
      expect(broken(historyOf({ posts, truncations: [cut()] }))).toEqual(['lost']);
      expect(broken(historyOf({ posts, truncations: [cut({ acknowledgedOffset: 2 })] }))).toEqual([]);
    }
  });

  it('a post that was written again has to lie where the answer said', () => {
    const log = [entry({ offset: 1 })];
    const history = (offset: number) =>
      historyOf({ posts: [post({ offset })], log, deliveries: [delivery({ offset: 1 })], truncations: [cut()] });
    expect(broken(history(1))).toEqual([]);
    expect(broken(history(0))).toEqual(['lost']);
  });

  it('a group need not be given what has an offset that was given away before, and has to be given the rest', () => {
    const log = [entry({ post: 3 }), entry({ offset: 1, post: 4 }), entry({ offset: 2, post: 5 })];
    const deliveries = [delivery(), delivery({ offset: 1, post: 2 })];
    const given = [...deliveries, delivery({ offset: 2, post: 5 })];
    expect(broken(historyOf({ log, deliveries: given, truncations: [cut()] }))).toEqual([]);
    expect(broken(historyOf({ log, deliveries, truncations: [cut()] }))).toEqual(['unseen']);
    expect(broken(historyOf({ log, deliveries: given }))).toEqual(['skip', 'skip']);
  });

  it('what came to lie at an offset later is no second delivery of what lay there before', () => {
    const deliveries = [delivery(), delivery({ post: 3, askedMs: 60, handedMs: 60 })];
    expect(broken(historyOf({ log: [entry({ post: 3 })], deliveries, truncations: [cut()] }))).toEqual([]);
  });

  it('a committed offset may go back, from then on', () => {
    const commits = [commit({ offset: 2, atMs: 40 }), commit({ offset: 1, atMs: 60 })];
    expect(broken(historyOf({ commits, truncations: [cut()] }))).toEqual([]);
    expect(broken(historyOf({ commits, truncations: [cut({ atMs: 70 })] }))).toEqual(['nonmonotonic']);
  });
});
