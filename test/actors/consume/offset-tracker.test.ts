import { describe, expect, it } from 'vitest';
import { OffsetTracker } from '../../../src/actors/consume/offset-tracker.js';
import { seededRandom } from '../../../src/host/virtual-host.js';

const ack = (tracker: OffsetTracker, offset: number): string => {
  tracker.offered(offset);
  tracker.acknowledged(offset);
  const { offset: committed, metadata } = tracker.position();
  return `${committed} ${metadata} ${tracker.readable()}`.trim();
};

describe('offset tracker', () => {
  it('commits what the original commits, ack by ack', () => {
    const tracker = new OffsetTracker(300, 4096);
    const steps: [number, string][] = [
      [299, '300'],
      [300, '301'],
      [302, '301 BB 1-2'],
      [310, '301 BBHB 1-2,9-10'],
      [311, '301 BBHC 1-2,9-11'],
      [307, '301 BBEBCC 1-2,6-7,9-11'],
      [305, '301 BBCBBBCC 1-2,4-5,6-7,9-11'],
      [304, '301 BBBCBBCC 1-2,3-5,6-7,9-11'],
      [308, '301 BBBCBCBC 1-2,3-5,6-8,9-11'],
      [303, '301 BEBCBC 1-5,6-8,9-11'],
      [309, '301 BEBF 1-5,6-11'],
      [306, '301 BK 1-11'],
      [301, '312'],
      [398, '312 2CB 86-87'],
      [399, '312 2CC 86-88'],
      [4496, '312 2CCggEB 86-88,4184-4185'],
    ];
    for (const [offset, expected] of steps) expect(ack(tracker, offset), `after ack ${offset}`).toBe(expected);
  });

  it('ignores an ack of what was never offered (defect 7 of the original)', () => {
    const tracker = new OffsetTracker(0, 4096);
    expect(tracker.acknowledged(0)).toBe(false);
    expect(tracker.acknowledged(1000)).toBe(false);
    expect(tracker.position()).toEqual({ offset: 0, metadata: '' });
  });

  it('does not freeze at a gap in the log (defect 8 of the original)', () => {
    const tracker = new OffsetTracker(5, 4096);
    tracker.absent(5, 6);
    for (const offset of [6, 7]) tracker.offered(offset);
    tracker.acknowledged(7);
    expect(tracker.position()).toEqual({ offset: 6, metadata: 'BB' });
    tracker.acknowledged(6);
    expect(tracker.position()).toEqual({ offset: 8, metadata: '' });
  });

  it('goes on from committed sparse acks, and drops a text that is not ours', () => {
    const { tracker, dropped } = OffsetTracker.restore(301, 'BEBCBC', 4096);
    expect(dropped).toBeUndefined();
    expect([301, 302, 305, 306, 307, 309, 310, 312].map((offset) => tracker.isAcknowledged(offset))).toEqual([
      false,
      true,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
    const other = OffsetTracker.restore(301, 'a note of somebody', 4096);
    expect(other.dropped).toMatch(/unknown character/);
    expect(other.tracker.position()).toEqual({ offset: 301, metadata: '' });
  });

  it('moves on at once when the first range begins at the committed offset', () => {
    expect(OffsetTracker.restore(10, 'AC', 4096).tracker.position()).toEqual({ offset: 12, metadata: '' });
  });

  it('leaves out acks of offsets that are larger than we count, and says so', () => {
    const { tracker, dropped } = OffsetTracker.restore(312, '2CCggEBtz7/////////HB', 4096);
    expect(dropped).toMatch(/beyond 2\^53 - 1/);
    expect(tracker.position()).toEqual({ offset: 312, metadata: '2CCggEB' });
    expect(OffsetTracker.restore(1000, 'abra1234+/P', 4096).tracker.position()).toEqual({
      offset: 1000,
      metadata: 'abra1234+/P',
    });
  });

  it('knows what is out, and where all that it knows ends', () => {
    const tracker = new OffsetTracker(10, 4096);
    expect(tracker.end).toBe(10);
    for (const offset of [14, 12]) tracker.offered(offset);
    expect(tracker.outstandingOffsets()).toEqual([12, 14]);
    expect(tracker.end).toBe(15);
    tracker.absent(16, 20);
    expect(tracker.end).toBe(20);
    tracker.returned(14);
    expect([tracker.isOutstanding(12), tracker.isOutstanding(14)]).toEqual([true, false]);
  });

  it('agrees with a plain set under random orders', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 50; round++) {
      const tracker = new OffsetTracker(0, 4096);
      const acked = new Set<number>();
      for (let step = 0; step < 60; step++) {
        const offset = Math.floor(random.next() * 80);
        ack(tracker, offset);
        acked.add(offset);
        let lowest = 0;
        while (acked.has(lowest)) lowest++;
        expect(tracker.committed).toBe(lowest);
        const all = [...Array(82).keys()];
        expect(all.filter((at) => tracker.isAcknowledged(at))).toEqual(all.filter((at) => acked.has(at)));
        const { offset: committed, metadata } = tracker.position();
        const again = OffsetTracker.restore(committed, metadata, 4096).tracker;
        expect(again.readable()).toBe(tracker.readable());
      }
    }
  });
});
