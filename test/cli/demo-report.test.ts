import { describe, expect, it } from 'vitest';
import { ranges } from '../../src/cli/rebalance-demo/group-shares.js';
import { Readers } from '../../src/cli/rebalance-demo/readers.js';
import { seenLine, summary } from '../../src/cli/rebalance-demo/report.js';
import { paragraph } from '../../src/cli/rebalance-demo/terminal.js';
import type { Bus, BusRecord } from '../../src/actors/bus/types.js';

/** A daemon that says of its partition owners and of its session what the test has it say. */
function daemon(name: string) {
  let listener: (record: BusRecord) => void = () => {};
  const bus = { name, tap: (heard: typeof listener) => ((listener = heard), () => {}) } as unknown as Bus;
  const place = { incarnation: 1, event: 'e', taken: [] };
  const owner = (partition: number) => `${name}:default/group/g/topic/t/partition/${partition}`;
  return {
    bus,
    reads: (partition: number, atMs: number) =>
      listener({
        ...place,
        type: 'snapshot',
        atMs,
        address: owner(partition),
        value: { owning: 'reading' },
        tags: ['serves'],
      }),
    settles: (partition: number, atMs: number) =>
      listener({ ...place, type: 'snapshot', atMs, address: owner(partition), value: 'settling', tags: [] }),
    ends: (partition: number, atMs: number) =>
      listener({ incarnation: 1, type: 'end', atMs, address: owner(partition), end: { how: 'done' } }),
    session: (state: string, atMs: number) =>
      listener({
        ...place,
        type: 'snapshot',
        atMs,
        address: `${name}:default/zookeeper`,
        value: { open: state },
        tags: [],
      }),
  };
}

function two() {
  const readers = new Readers('g');
  const daemons = [daemon('d1'), daemon('d2')] as const;
  for (const { bus } of daemons) readers.follow(bus);
  return { readers, d1: daemons[0], d2: daemons[1] };
}

describe('what the demo has seen of a hand-over', () => {
  it('counts from the cause to the last partition that has a reader, and the longest gap of one', () => {
    const { readers, d1, d2 } = two();
    for (const partition of [0, 1, 2]) d1.reads(partition, 100);
    expect(readers.handOverSince(50)).toEqual({ moved: 3, tookMs: 50, longestGapMs: undefined });
    d1.settles(1, 1010);
    d1.settles(2, 1020);
    d1.ends(1, 1030);
    d2.reads(1, 1050);
    d2.reads(2, 1090);
    expect(readers.handOverSince(1000)).toEqual({ moved: 2, tookMs: 90, longestGapMs: 70 });
    expect(readers.handOverSince(2000)).toEqual({ moved: 0, tookMs: 0, longestGapMs: undefined });
  });

  it('knows that a member without a lease reads nothing, though its owners stand', () => {
    const { readers, d1, d2 } = two();
    d1.reads(0, 0);
    d1.session('suspect', 300);
    d1.session('lapsed', 400);
    d2.reads(0, 1000);
    expect(readers.handOverSince(100)).toEqual({ moved: 1, tookMs: 900, longestGapMs: 600 });
    // Word of the old owner that comes late changes nothing.
    d1.ends(0, 1500);
    d1.session('connected', 1600);
    expect(readers.handOverSince(1100).moved).toBe(0);
  });

  it('takes a member whose lease is renewed for a reader again', () => {
    const { readers, d1 } = two();
    d1.reads(0, 0);
    d1.session('lapsed', 400);
    d1.session('connected', 500);
    expect(readers.handOverSince(450)).toEqual({ moved: 1, tookMs: 50, longestGapMs: 100 });
  });

  it('is told what a frozen member cannot say', () => {
    const { readers, d1, d2 } = two();
    d1.reads(0, 0);
    readers.silence('d1', 200);
    d2.reads(0, 5000);
    expect(readers.handOverSince(200)).toEqual({ moved: 1, tookMs: 4800, longestGapMs: 4800 });
  });
});

describe('the words of the demo', () => {
  it.each([
    [{ moved: 0, tookMs: 0, longestGapMs: undefined }, 'd1 reads 0. No partition has moved.'],
    [{ moved: 1, tookMs: 1500, longestGapMs: undefined }, 'd1 reads 0. One partition has a new reader, after 1.50 s.'],
    [
      { moved: 1, tookMs: 1500, longestGapMs: 12_340 },
      'd1 reads 0. One partition has a new reader, after 1.50 s; it was without one for 12.3 s.',
    ],
    [
      { moved: 2, tookMs: 20, longestGapMs: 10 },
      'd1 reads 0. 2 partitions have a new reader, the last of them after 0.02 s; none was without one for longer than 0.01 s.',
    ],
  ])('say what has moved: %j', (handOver, line) => {
    expect(seenLine('d1 reads 0', handOver).replaceAll('\u00a0', ' ')).toBe(line);
  });

  it('sum all steps up in columns', () => {
    const seen = [
      { title: 'One', handOver: { moved: 8, tookMs: 400, longestGapMs: undefined } },
      { title: 'Another', handOver: { moved: 12, tookMs: 10_000, longestGapMs: 250 } },
      { title: 'None', handOver: { moved: 0, tookMs: 0, longestGapMs: undefined } },
    ];
    expect(summary(seen).map((line) => line.replaceAll('\u00a0', ' '))).toEqual([
      '            partitions moved  last one after  longest without a reader',
      '1. One                     8          0.40 s',
      '2. Another                12          10.0 s                    0.25 s',
      '3. None                    0',
    ]);
  });

  it('join partitions that follow each other', () => {
    expect(ranges([7, 0, 2, 1, 5])).toBe('0-2, 5, 7');
    expect(ranges([])).toBe('');
  });

  it('break at spaces, before the line is too long', () => {
    const text = paragraph(Array.from({ length: 40 }, () => 'eight888').join(' '), '  ');
    const lines = text.split('\n');
    expect(lines.every((line) => line.startsWith('  ') && line.length <= 96)).toBe(true);
    expect(
      lines
        .map((line) => line.trim())
        .join(' ')
        .split(' '),
    ).toHaveLength(40);
  });
});
