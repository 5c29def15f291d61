import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../scripts/faults/figures.js';
import type { Fault, History } from '../../scripts/faults/history.js';
import { calmHistory, claim, delivery, fault, timing } from './made-up.js';

const figures = (struck: Fault, changes: Partial<History>): Record<string, number | undefined> =>
  Object.fromEntries(
    figuresOf(calmHistory({ faults: [struck], ...changes }), timing).map(({ what, seconds }) => [what, seconds]),
  );

describe('the figures of a run', () => {
  it('count from a broker being back to the last partition that delivers what was written since', () => {
    const deliveries = [
      delivery(0, { writtenMs: 11_900, receivedMs: 12_100 }),
      delivery(1, { writtenMs: 12_200, receivedMs: 12_500 }),
      delivery(0, { partition: 1, writtenMs: 12_000, receivedMs: 12_700, daemon: 'd2' }),
    ];
    const claims = [claim(13_100, [0, 'd1'], [1, 'd2'])];
    const found = figures(fault('broker-killed'), { partitions: 2, deliveries, claims });
    expect(found['since the broker is back: every partition delivers']).toBeCloseTo(0.7);
    expect(found['since the broker is back: every partition delivers what was written since']).toBeCloseTo(0.7);
    expect(found['since the broker is back: every daemon delivers what was written since']).toBeCloseTo(0.7);
  });

  it('tell the first delivery from the first one past the backlog', () => {
    const deliveries = [
      delivery(0, { writtenMs: 11_000, receivedMs: 12_100 }),
      delivery(1, { writtenMs: 12_050, receivedMs: 12_900 }),
    ];
    const found = figures(fault('zookeeper-gone'), { deliveries });
    expect(found['since ZooKeeper is back: every partition delivers']).toBeCloseTo(0.1);
    expect(found['since ZooKeeper is back: every partition delivers what was written since']).toBeCloseTo(0.9);
  });

  it('count only the daemon that was struck to its first delivery', () => {
    const deliveries = [
      delivery(0, { daemon: 'd2', writtenMs: 12_050, receivedMs: 12_100 }),
      delivery(1, { daemon: 'd1', writtenMs: 12_050, receivedMs: 12_400 }),
    ];
    const found = figures(fault('session-lost', { daemon: 'd1' }), { deliveries });
    expect(found['from the loss until it delivers what was written since']).toBeCloseTo(0.4);
  });

  it('count from a request that sets offsets to its answer, and to the last partition that delivers from there', () => {
    const positions = [
      { group: 'auto' as const, partition: 0, offset: 3 },
      { group: 'later' as const, partition: 0, offset: 9 },
    ];
    const deliveries = [delivery(3, { receivedMs: 9000 }), delivery(3, { receivedMs: 12_300 })];
    const found = figures(fault('offsets-set', { positions }), { deliveries });
    expect(found['from the request until its answer']).toBeCloseTo(2);
    expect(found['from the request until every partition delivers from there']).toBeCloseTo(2.3);
  });

  it('have none for what did not happen', () => {
    const found = figures(fault('broker-killed'), { deliveries: [] });
    expect(Object.values(found)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('count a takeover to when others own all partitions, and to when they deliver those that were taken over', () => {
    const claims = [
      claim(9000, [0, 'd1'], [1, 'd2']),
      claim(10_200, [0, 'd1'], [1, 'd2']),
      claim(10_400, [1, 'd2']),
      claim(10_600, [0, 'd2'], [1, 'd2']),
    ];
    const deliveries = [
      delivery(0, { partition: 1, daemon: 'd2', receivedMs: 10_100 }),
      delivery(5, { daemon: 'd2', receivedMs: 10_800 }),
      delivery(6, { daemon: 'd2', receivedMs: 10_900 }),
    ];
    const ends = [{ daemon: 'd1', how: 'told', exitCode: 0, signal: null, tookMs: 700, overdue: false } as const];
    const found = figures(fault('daemon-stopped', { daemon: 'd1' }), { partitions: 2, claims, deliveries, ends });
    expect(found['from SIGTERM until others own all']).toBeCloseTo(0.6);
    expect(found['from SIGTERM until others deliver all']).toBeCloseTo(0.8);
    expect(found['from SIGTERM until its end']).toBeCloseTo(0.7);
  });
});
