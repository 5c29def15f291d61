import { describe, expect, it } from 'vitest';
import { recordOf } from '../../src/simulation/fault-record.js';
import { planOf } from '../../src/simulation/plan.js';
import type { RunResult } from '../../src/simulation/run.js';
import { story } from '../../src/simulation/story.js';
import { nameOf, Witness } from '../../src/simulation/witness.js';
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
  expect(lines.length).toBeLessThanOrEqual(45);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(150);
  const told = lines.filter((line) => /^ *\d+\.\d{3} s/.test(line));
  expect(told.map((line) => parseFloat(line))).toEqual(told.map((line) => parseFloat(line)).sort((a, b) => a - b));
  expect(told.filter((line) => line.includes('FAULT'))).toHaveLength(
    faults.filter(({ fromMs }) => fromMs <= history.endMs).length,
  );
});

it('says who takes part, and what was left out', () => {
  const lines = story(planOf(1), result, violation, witnessed());
  expect(lines[0]).toBe('seed 1: 3 daemons (d1, d2, d3), 3 clients (c1, c2, c3), 200 posts, 5 faults, 60 s');
  expect(lines[1]).toBe('  topics: orders (4 partitions), clicks (4 partitions)');
  expect(lines.some((line) => /^\(\d+ lines of less weight are left out\)$/.test(line))).toBe(true);
});

it('has what is nearest to it, and of the states those of the partition and of the sessions', () => {
  const lines = story(planOf(1), result, violation, witnessed());
  const around = lines.filter((line) => /^ +10\.0/.test(line)).map((line) => line.trim());
  expect(around).toEqual([
    '10.000 s  d1 hands orders/0@100 (post 1) to c1 of group g',
    "10.005 s  d1's owner of orders/0 for group g: positioning",
    "10.007 s  d1's ZooKeeper session: lost",
    '10.020 s  d1 commits orders/0@101 for group g; no answer',
  ]);
  expect(lines.at(-1)).toBe('at the end  >>> lost: group g was never given orders/0@100 (post 7)');
});

describe('the names of actors in a story', () => {
  it.each([
    ['d1:default/group/g/topic/orders/partition/3', "d1's owner of orders/3 for group g"],
    ['d1:default/group/g/topic/a%2Fb', "d1's subscription of group g to a/b"],
    ['d2:default/group/g/fetcher/1', "d2's fetcher of group g at broker 1"],
    ['d2:default/group/g', "d2's membership in group g"],
    ['d2:default/producer/orders/0', "d2's batcher of orders/0"],
    ['d3:default/zookeeper', "d3's ZooKeeper session"],
    ['d3:default/metadata', "d3's metadata"],
    ['d3:', 'd3'],
  ])('%s: %s', (address, name) => {
    expect(nameOf(address)).toBe(name);
  });
});
