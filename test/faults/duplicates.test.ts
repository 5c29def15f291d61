import { describe, expect, it } from 'vitest';
import { checkRedelivered, checkRewritten } from '../../scripts/faults/checkers/duplicates.js';
import type { Delivery, Fault } from '../../scripts/faults/history.js';
import { attempt, calmHistory, delivery, entry, fault, timing } from './made-up.js';

/** Offset 0 delivered at `firstMs` by d1, then by d2. */
function redelivered(firstMs: number, faults: readonly Fault[], again: Partial<Delivery> = {}) {
  const deliveries = [
    delivery(0, { receivedMs: firstMs }),
    delivery(0, { daemon: 'd2', client: 'd2c1', receivedMs: firstMs + 3000, ...again }),
  ];
  const { violations, causes } = checkRedelivered(calmHistory({ deliveries, faults }), timing);
  return { violations: violations.map(({ check }) => check), causes: Object.fromEntries(causes) };
}

const unexplained = { violations: ['unexplained duplicate'], causes: {} };

describe('a message that is delivered again', () => {
  it('does not occur in a calm history', () => {
    expect(checkRedelivered(calmHistory(), timing)).toEqual({ violations: [], causes: new Map() });
  });

  it('is explained when it was offered by a daemon that was killed, within a commit interval of its end', () => {
    const killed = fault('daemon-killed', { daemon: 'd1' });
    expect(redelivered(9000, [killed])).toEqual({ violations: [], causes: { 'daemon-killed': 1 } });
    expect(redelivered(8400, [killed])).toEqual(unexplained);
  });

  it('is not explained by the fault of another daemon, nor by a fault that is long over', () => {
    expect(redelivered(9900, [fault('daemon-killed', { daemon: 'd2' })])).toEqual(unexplained);
    expect(redelivered(14_100, [fault('daemon-frozen', { daemon: 'd1' })])).toEqual(unexplained);
    expect(redelivered(13_900, [fault('daemon-frozen', { daemon: 'd1' })]).causes).toEqual({ 'daemon-frozen': 1 });
  });

  it('is not explained by an outage of Kafka or ZooKeeper: the commit waits, unless the session is lost', () => {
    const outages = [fault('broker-killed'), fault('zookeeper-bounced'), fault('zookeeper-gone')];
    expect(redelivered(9900, outages)).toEqual(unexplained);
    const lost = fault('session-lost', { daemon: 'd1' });
    expect(redelivered(9900, [...outages, lost]).causes).toEqual({ 'session-lost': 1 });
  });

  it('is explained by its group having been set back to it or below, and only once', () => {
    const setTo = (offset: number, group: 'auto' | 'later' = 'auto') =>
      fault('offsets-set', { daemon: 'd1', positions: [{ group, partition: 0, offset }] });
    expect(redelivered(9000, [setTo(0)]).causes).toEqual({ 'offsets-set': 1 });
    expect(redelivered(9000, [setTo(1)])).toEqual(unexplained);
    expect(redelivered(9000, [setTo(0, 'later')])).toEqual(unexplained);
    const deliveries = [9000, 13_500, 15_000].map((receivedMs) => delivery(0, { receivedMs }));
    const { violations, causes } = checkRedelivered(calmHistory({ deliveries, faults: [setTo(0)] }), timing);
    expect([violations.length, causes.get('offsets-set')]).toEqual([1, 1]);
  });

  it('may be what a frozen daemon was writing, although another has delivered and committed it meanwhile', () => {
    const frozen = fault('daemon-frozen', { daemon: 'd2' });
    const again = { askedMs: 9990, receivedMs: 12_005 };
    expect(redelivered(9995, [frozen], again).causes).toEqual({ 'daemon-frozen': 1 });
    expect(redelivered(9995, [frozen], { ...again, askedMs: 12_001 })).toEqual(unexplained);
  });

  it('is never explained by a daemon that was told to stop: it commits first', () => {
    expect(redelivered(9900, [fault('daemon-stopped', { daemon: 'd1' })])).toEqual(unexplained);
  });

  it('is counted with the later of two faults that explain it', () => {
    const faults = [
      fault('session-lost', { daemon: 'd1', startMs: 5000, backMs: 6000, recoveredMs: 9000 }),
      fault('daemon-frozen', { daemon: 'd1' }),
    ];
    expect(redelivered(9900, faults).causes).toEqual({ 'daemon-frozen': 1 });
  });

  it('is not excused without any fault, whoever delivers it', () => {
    expect(redelivered(9900, [])).toEqual(unexplained);
    expect(redelivered(9900, [], { daemon: 'd1' })).toEqual(unexplained);
  });
});

describe('a message that is written again', () => {
  const log = [entry(0, 0), entry(1, 1)];
  const twice = (first: Parameters<typeof attempt>[1], faults: readonly Fault[]) => {
    const attempts = [
      attempt(0, { sequence: 0, outcome: 'unknown', ...first }),
      attempt(1, { sequence: 0, daemon: 'd2' }),
    ];
    const { violations, causes } = checkRewritten(calmHistory({ attempts, log, faults }), timing);
    return { violations: violations.map(({ check }) => check), causes: Object.fromEntries(causes) };
  };
  const atTheFault = { sentMs: 9990, answeredMs: 10_020 };

  it('does not occur in a calm history', () => {
    expect(checkRewritten(calmHistory(), timing)).toEqual({ violations: [], causes: new Map() });
  });

  it('is explained when a try was under way at a fault that can lose its answer', () => {
    expect(twice(atTheFault, [fault('broker-killed')]).causes).toEqual({ 'broker-killed': 1 });
    expect(twice(atTheFault, [fault('daemon-killed', { daemon: 'd1' })]).causes).toEqual({ 'daemon-killed': 1 });
  });

  it('is not explained by a fault elsewhere, at another time, or that loses no answers', () => {
    expect(twice(atTheFault, [fault('daemon-killed', { daemon: 'd3' })])).toEqual(unexplained);
    expect(twice({ sentMs: 9000, answeredMs: 9010 }, [fault('broker-killed')])).toEqual(unexplained);
    expect(twice(atTheFault, [fault('daemon-stopped', { daemon: 'd1' })])).toEqual(unexplained);
  });

  it('is not explained when the client had been told what became of its first try', () => {
    expect(twice({ ...atTheFault, outcome: 'acknowledged' }, [fault('broker-killed')])).toEqual(unexplained);
  });

  it('is not explained by any fault when it was posted once, sync or async', () => {
    const faults = [fault('broker-killed'), fault('daemon-killed', { daemon: 'd1' })];
    const attempts = [attempt(0, { outcome: 'unknown', ...atTheFault })];
    const sync = calmHistory({ attempts, faults, log: [entry(0, 0), entry(1, 0)] });
    expect(checkRewritten(sync, timing).violations).toEqual([
      { check: 'written twice', text: 'post 0 lies at 0/0 and at 0/1' },
    ]);
    const async = calmHistory({ faults, acceptedLog: [entry(0, 100), entry(0, 100, 3)] });
    expect(checkRewritten(async, timing).violations).toEqual([
      { check: 'written twice', text: 'async post 100 lies at 0/0 and at 3/0' },
    ]);
  });
});
