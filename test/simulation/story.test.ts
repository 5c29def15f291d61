import { expect, it } from 'vitest';
import { recordOf } from '../../src/simulation/faults.js';
import { planOf } from '../../src/simulation/plan.js';
import type { RunResult } from '../../src/simulation/run.js';
import { story, Witness } from '../../src/simulation/story.js';
import { commit, delivery, historyOf, timing } from '../verdict/histories.js';

const deliveries = Array.from({ length: 200 }, (_, at) => delivery({ offset: at, handedMs: at * 100 }));
const faults = planOf(1).faults.map(({ atMs, forMs, fault }) => ({
  ...recordOf(fault, atMs, atMs + forMs),
  text: fault.kind,
}));
const history = historyOf({ deliveries, faults, commits: [commit({ offset: 101, atMs: 10_020, takenMs: undefined })] });
const result: RunResult = { history, timing, traceHash: '', taken: new Map(), records: 0, logLines: [] };
const violation = { check: 'lost', atMs: 10_010, text: 'group g was never given orders/0@100 (post 7)' };

function witnessed(): Witness {
  const witness = new Witness();
  const is = (address: string, value: string, atMs: number) =>
    witness.tap('d1', { type: 'snapshot', atMs, address, incarnation: 1, value, tags: [], event: '', taken: [] });
  is('d1:default/group/g/topic/orders/partition/0', 'positioning', 10_005);
  is('d1:default/group/g/topic/orders/partition/0', 'positioning', 10_006);
  is('d1:default/group/g/topic/orders/partition/1', 'claiming', 10_006);
  is('d1:default/zookeeper', 'lost', 10_007);
  return witness;
}

it('tells what happened around a violation in the order of time, on one screen', () => {
  const lines = story(planOf(1), result, violation, witnessed());
  expect(lines.length).toBeLessThanOrEqual(50);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(150);
  const told = lines.slice(1);
  expect(told.map((line) => parseFloat(line))).toEqual(told.map((line) => parseFloat(line)).sort((a, b) => a - b));
  expect(told.filter((line) => line.includes('FAULT'))).toHaveLength(5);
});

it('has what is nearest to it, and of the states those of the partition and of the sessions', () => {
  const lines = story(planOf(1), result, violation, witnessed());
  const around = lines.filter((line) => /^ +10\.0/.test(line)).map((line) => line.trim());
  expect(around).toEqual([
    '10.000  d1 hands orders/0@100 to c1 of group g',
    '10.005  d1:default/group/g/topic/orders/partition/0 is positioning',
    '10.007  d1:default/zookeeper is lost',
    '10.010  >>> lost: group g was never given orders/0@100 (post 7)',
    '10.020  d1 commits orders/0@101 for group g, unanswered',
  ]);
});
