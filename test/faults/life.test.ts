import { describe, expect, it } from 'vitest';
import { checkLife } from '../../scripts/faults/checkers/life.js';
import type { DaemonEnd } from '../../scripts/faults/history.js';
import { judge } from '../../scripts/faults/verdict.js';
import { calmHistory, timing } from './made-up.js';

const ended = (end: Partial<DaemonEnd>) => {
  const told: DaemonEnd = { daemon: 'd1', how: 'told', exitCode: 0, signal: null, tookMs: 100, overdue: false };
  return checkLife(calmHistory({ ends: [{ ...told, ...end }] }), timing).map(({ check }) => check);
};

describe('the end of a daemon', () => {
  it('is well when it was told to, in time, with exit code 0; or when we killed it', () => {
    expect(ended({})).toEqual([]);
    expect(ended({ how: 'killed', exitCode: null, signal: 'SIGKILL' })).toEqual([]);
  });

  it('is a crash when it came by itself, whatever the exit code', () => {
    expect(ended({ how: 'by-itself' })).toEqual(['crash']);
    expect(ended({ how: 'by-itself', exitCode: 1 })).toEqual(['crash']);
  });

  it('is not well with another exit code, by a signal, or past its bound', () => {
    expect(ended({ exitCode: 1 })).toEqual(['exit code']);
    expect(ended({ exitCode: null, signal: 'SIGTERM' })).toEqual(['exit code']);
    expect(ended({ tookMs: 11_001 })).toEqual(['hang']);
    expect(ended({ exitCode: null, signal: 'SIGKILL', overdue: true })).toEqual(['hang']);
  });
});

describe('the life of the daemons', () => {
  it('counts hangs, steps that did not end, and defects in the logs', () => {
    const history = calmHistory({
      hangs: [{ daemon: 'd2', request: 'a poll', sentMs: 0, tookMs: 9000 }],
      stuck: ['not all partitions were owned'],
      defects: [{ daemon: 'd1', line: 'an actor threw' }],
    });
    expect(checkLife(history, timing)).toEqual([
      { check: 'hang', text: 'd2 took 9000 ms for a poll' },
      { check: 'defect', text: 'd1: an actor threw' },
      { check: 'hang', text: 'not all partitions were owned' },
    ]);
  });
});

describe('the verdict', () => {
  it('is clean for a calm history, and takes up what each checker finds', () => {
    expect(judge(calmHistory(), timing).violations).toEqual([]);
    const calm = calmHistory();
    const bad = calmHistory({
      log: [calm.log[0]!, calm.log[2]!, calm.log[1]!].map((entry, offset) => ({ ...entry, offset })),
      deliveries: [...calm.deliveries.slice(0, 2), calm.deliveries[0]!],
      claims: [{ group: 'auto', askedMs: 0, answeredMs: 1, owners: new Map([[0, 'd9']]) }],
      acceptedLog: [],
      stuck: ['stuck'],
    });
    const checks = new Set(judge(bad, timing).violations.map(({ check }) => check));
    const found = [
      'lost write',
      'unseen',
      'lost async',
      'order',
      'unexplained duplicate',
      'two owners',
      'nonmonotonic',
      'hang',
    ];
    expect([...checks].sort()).toEqual(found.sort());
  });
});
