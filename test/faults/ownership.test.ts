import { describe, expect, it } from 'vitest';
import { checkMonotonic, checkOwnership } from '../../scripts/faults/checkers/ownership.js';
import { calmHistory, claim, delivery, fault, later, timing } from './made-up.js';

describe('who delivers a partition', () => {
  const handedOver = [claim(1000, [0, 'd1']), claim(4000, [0, 'd2']), claim(5000, [0, 'd2']), claim(6000, [0, 'd2'])];
  const byD1At = (receivedMs: number, askedMs = receivedMs - 10) =>
    delivery(0, { receivedMs, askedMs, writtenMs: receivedMs - 5 });

  it('is its owner in a calm history', () => {
    expect(checkOwnership(calmHistory(), timing)).toEqual([]);
  });

  it('may not be a daemon when another owned the partition all the while', () => {
    const found = checkOwnership(calmHistory({ claims: handedOver, deliveries: [byD1At(5000)] }), timing);
    expect(found).toEqual([
      { check: 'two owners', text: '0/0 was delivered by d1 at 5000 ms, when d2 owned the partition' },
    ]);
  });

  it('is told by the claims of the group that it was delivered to', () => {
    const claims = handedOver.map((sample) => ({ ...sample, group: 'later' as const }));
    expect(checkOwnership(calmHistory({ claims, deliveries: [byD1At(5000)] }), timing)).toEqual([]);
    const deliveries = [{ ...byD1At(5000), group: 'later' as const }];
    expect(checkOwnership(calmHistory({ claims, deliveries }), timing)).toHaveLength(1);
  });

  it('may be the former owner around the moment of the change', () => {
    const claims = [claim(1000, [0, 'd1']), claim(1400), claim(1500, [0, 'd2'])];
    expect(checkOwnership(calmHistory({ claims, deliveries: [byD1At(1600)] }), timing)).toEqual([]);
  });

  it('cannot be told where nobody could look at the claims', () => {
    expect(checkOwnership(calmHistory({ claims: handedOver, deliveries: [byD1At(9000)] }), timing)).toEqual([]);
  });

  it('may be a thawed daemon only for what it was writing when it was frozen', () => {
    const frozen = fault('daemon-frozen', { daemon: 'd1', startMs: 2000, backMs: 5000, recoveredMs: 5500 });
    const check = (receivedMs: number, askedMs: number) =>
      checkOwnership(
        calmHistory({ claims: handedOver, faults: [frozen], deliveries: [byD1At(receivedMs, askedMs)] }),
        timing,
      );
    expect(check(5010, 1990)).toEqual([]);
    expect(check(5010, 5005)).toHaveLength(1);
    expect(check(6500, 1990)).toHaveLength(1);
  });
});

describe('the offsets that one client sees', () => {
  it('rise in a calm history', () => {
    expect(checkMonotonic(calmHistory(), timing)).toEqual([]);
  });

  it('may not fall without a fault', () => {
    const deliveries = [delivery(2), delivery(1, { receivedMs: 3000 })];
    expect(checkMonotonic(calmHistory({ deliveries }), timing)).toEqual([
      { check: 'nonmonotonic', text: 'd1c1 got 0/1 after 2' },
    ]);
    const faults = [fault('zookeeper-gone', { startMs: 2500, backMs: 2600, recoveredMs: 2700 })];
    expect(checkMonotonic(calmHistory({ deliveries, faults }), timing)).toEqual([]);
  });

  it('may fall where messages come again until they are acknowledged', () => {
    const deliveries = [later(2), later(1, { receivedMs: 3000 })];
    expect(checkMonotonic(calmHistory({ deliveries }), timing)).toEqual([]);
  });

  it('are looked at for each client and partition alone', () => {
    const deliveries = [
      delivery(2),
      delivery(1, { receivedMs: 3000, client: 'd1c2' }),
      delivery(1, { receivedMs: 3000, partition: 1 }),
    ];
    expect(checkMonotonic(calmHistory({ deliveries }), timing)).toEqual([]);
  });
});
