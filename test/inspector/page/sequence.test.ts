import { describe, expect, it } from 'vitest';
import type { SequenceRecord } from '../../../src/inspector/page/model/picture.js';
import { lanesMax, outside, sequenceOf, sequenceRowsMax } from '../../../src/inspector/page/model/sequence.js';
import type { InspectRecord } from '../../../src/inspector/protocol.js';
import { ask, end, event, outcome, state } from './records.js';

const all = { text: '' };
const sequence = (records: readonly InspectRecord[], filter: Parameters<typeof sequenceOf>[1] = all) =>
  sequenceOf(records as readonly SequenceRecord[], filter);
const drawn = (records: readonly InspectRecord[], filter = all): string[] =>
  sequence(records, filter).rows.map(({ from, to, type, text }) => `${from} -${type}-> ${to}: ${text}`);

describe('the sequence', () => {
  it('draws who told whom, and what came from outside', () => {
    const { lanes, rows } = sequence([event(1, 'c/b', 'go', 'c/a', 3), event(2, 'c/a', 'drain')]);
    expect(lanes).toEqual([outside, 'c/a', 'c/b']);
    expect(rows).toMatchObject([
      { from: 'c/a', to: 'c/b', text: 'go', times: 3 },
      { from: outside, to: 'c/a', text: 'drain', times: 1 },
    ]);
  });

  it('leads each outcome back to the one who asked', () => {
    const records = [
      ask(1, 'c/a', 'take'),
      ask(2, 'c/a', 'take', 'c/b'),
      outcome(3, 'c/a', 'take'),
      outcome(4, 'c/a', 'take', 'refused'),
      outcome(5, 'c/a', 'take', 'deadline'),
    ];
    expect(drawn(records)).toEqual([
      'outside -ask-> c/a: take',
      'c/b -ask-> c/a: take',
      'c/a -outcome-> outside: take',
      'c/a -outcome-> c/b: take: refused',
      'c/a -outcome-> outside: take: deadline',
    ]);
    expect(sequence(records).rows.map(({ isBad }) => isBad)).toEqual([false, false, false, true, false]);
  });

  it('marks states and ends on the lane of the actor', () => {
    expect(drawn([state(1, 'c/a', 'idle'), end(2, 'c/a')])).toEqual(['c/a -state-> c/a: idle', 'c/a -end-> c/a: done']);
  });

  it('fits a group, a topic and words', () => {
    const records = [
      event(1, 'c/group/g/topic/t', 'go', 'c/group/g'),
      event(2, 'c/group/h', 'session.changed', 'c/zookeeper'),
      event(3, 'c/group/g', 'session.changed', 'c/zookeeper'),
    ];
    const times = (filter: Parameters<typeof sequenceOf>[1]) => sequence(records, filter).rows.map(({ atMs }) => atMs);
    expect(times({ text: '', group: 'c/g' })).toEqual([1, 3]);
    expect(times({ text: '', topic: 't' })).toEqual([1]);
    expect(times({ text: 'zoo changed' })).toEqual([2, 3]);
    expect(times({ text: 'zoo', group: 'c/h' })).toEqual([2]);
    expect(times({ text: 'nothing like it' })).toEqual([]);
  });

  it('gives lanes to the busiest, in the order of their addresses, and says how many are left out', () => {
    const records = Array.from({ length: 20 }, (_, at) => event(at, `c/${at}`, 'go', 'c/hub', 20 - at));
    const { lanes, leftOut, rows } = sequence(records);
    expect(lanes).toHaveLength(lanesMax);
    expect(lanes.slice(0, 3)).toEqual(['c/0', 'c/1', 'c/2']);
    expect(lanes.at(-1)).toBe('c/hub');
    expect(leftOut).toBe(21 - lanesMax);
    expect(rows).toHaveLength(lanesMax - 1);
  });

  it('keeps the newest rows', () => {
    const { rows } = sequence(Array.from({ length: sequenceRowsMax + 5 }, (_, at) => event(at, 'c/a', 'go')));
    expect(rows).toHaveLength(sequenceRowsMax);
    expect(rows[0]!.atMs).toBe(5);
  });
});
