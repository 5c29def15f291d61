import { describe, expect, it } from 'vitest';
import { recoveriesOf } from '../../src/chaos/recovery.js';
import { readScript } from '../../src/chaos/script/read.js';
import type { FaultRecord, History } from '../../src/verdict/history.js';
import { delivery, entry, fault, historyOf, post } from '../verdict/histories.js';

/** Back within 5 s, taken over within 8 s. */
const yaml = (daemons: string) => `title: How soon?\nduration: 60s\ndaemons: ${daemons}\n`;
const script = readScript('my.yaml', yaml('{ count: 2, config: { zoo_keeper: { session_timeout: 6s } } }'));

interface Message {
  readonly sentMs: number;
  /** `undefined`: never. */
  readonly handedMs?: number;
  readonly partition?: number;
}

/** Messages of one topic to one group. */
function historyWith(messages: readonly Message[], faults: readonly FaultRecord[]): History {
  const places = messages.map(({ partition = 0 }, offset) => ({ partition, offset, post: offset + 1 }));
  return historyOf({
    posts: messages.map(({ sentMs }, at) => post({ id: at + 1, offset: at, sentMs, answeredMs: sentMs + 10 })),
    log: places.map((place) => entry(place)),
    deliveries: messages.flatMap(({ sentMs, handedMs }, at) =>
      handedMs === undefined ? [] : [delivery({ ...places[at]!, askedMs: sentMs, handedMs })],
    ),
    faults,
  });
}

const back = (messages: readonly Message[], faults = [brokerDown]) =>
  recoveriesOf(script, historyWith(messages, faults));
const brokerDown = fault({ kind: 'kill', text: 'kill broker 1', costs: ['commits'], fromMs: 10_000, toMs: 20_000 });
const daemonGone = fault({
  kind: 'kill',
  text: 'kill daemon 1',
  daemon: 'daemon 1',
  costs: ['memory', 'claims'],
  fromMs: 10_000,
  toMs: 25_000,
});

/** One every 200 ms, each given at once, but for what was posted between these two: that is given in one go. */
const flow = (
  fromMs: number,
  toMs: number,
  standstillsMs: readonly (readonly [number, number])[] = [],
  partition = 0,
) =>
  Array.from({ length: (toMs - fromMs) / 200 }, (_, at): Message => {
    const sentMs = fromMs + at * 200;
    const standstill = standstillsMs.find(([beginMs, endMs]) => sentMs >= beginMs && sentMs < endMs);
    return { sentMs, handedMs: standstill?.[1] ?? sentMs + 50, partition };
  });

describe('how soon all is back', () => {
  it('is counted until the slowest partition is consumed again, of what had waited as well as of what is new', () => {
    const messages = [...flow(9000, 40_000, [[10_000, 20_400]]), ...flow(9000, 40_000, [[10_000, 22_100]], 1)];
    expect(back(messages)).toEqual([
      {
        kind: 'back',
        fault: 'kill broker 1',
        sinceMs: 20_000,
        limitMs: 5000,
        tookMs: 2100,
        slowest: { group: 'g', topic: 'orders', partition: 1 },
        unjudged: undefined,
      },
    ]);
  });

  it('lasts to the end of a standstill that comes when it had seemed to be back, and begins in time', () => {
    const again = (beginMs: number, endMs: number) => back(flow(9000, 40_000, [[beginMs, endMs]]))[0]!.tookMs;
    expect(again(21_000, 23_500)).toBe(3500);
    expect(again(24_800, 29_000)).toBe(9000);
    expect(again(26_000, 29_000)).toBe(50);
    // No standstill: so long may anything take.
    expect(again(21_000, 22_000)).toBe(50);
  });

  it('is not held against a standstill that begins when something else is broken', () => {
    const another = fault({ kind: 'cut', text: 'cut', fromMs: 22_000, toMs: 24_000 });
    const took = (beginMs: number) => back(flow(9000, 40_000, [[beginMs, 24_500]]), [brokerDown, another])[0]!.tookMs;
    expect(took(22_000)).toBe(50);
    expect(took(21_400)).toBe(4500);
  });

  it('may take as long as a takeover where a daemon that was killed is back before its session is over', () => {
    const limitOf = (toMs: number, of: Partial<FaultRecord> = {}) =>
      back(flow(9000, 40_000), [{ ...daemonGone, toMs, ...of }]).find(({ kind }) => kind === 'back')!.limitMs;
    expect(limitOf(12_000)).toBe(6000);
    expect(limitOf(13_500)).toBe(5000);
    expect(limitOf(12_000, { kind: 'restart' })).toBe(5000);
    expect(back(flow(9000, 40_000), [{ ...brokerDown, toMs: 12_000 }])[0]!.limitMs).toBe(5000);
  });

  it('does not depend on how much there is to catch up with', () => {
    const backlog = Array.from({ length: 100 }, (_, at) => ({ sentMs: 10_000 + at, handedMs: 20_200 + at * 200 }));
    expect(back(backlog)[0]!.tookMs).toBe(200);
  });

  it('does not take for a standstill that there was nothing to wait for, until something came again', () => {
    const history = historyWith([{ sentMs: 20_100, handedMs: 20_150 }], [brokerDown]);
    const again = { ...history.deliveries[0]!, handedMs: 24_000 };
    expect(recoveriesOf(script, { ...history, deliveries: [...history.deliveries, again] })[0]!.tookMs).toBe(50);
  });

  it('is unknown, and judged, when a partition gives nothing any more', () => {
    const messages = [...flow(9000, 40_000), { sentMs: 20_100, partition: 1 }];
    const [recovery] = back(messages);
    expect(recovery).toMatchObject({ tookMs: undefined, unjudged: undefined, slowest: { partition: 1 } });
    const stops = [...flow(9000, 21_000), { sentMs: 21_000 }];
    expect(back(stops)[0]).toMatchObject({ tookMs: undefined, unjudged: undefined });
  });

  it('leaves partitions aside for which nothing waited early enough', () => {
    const messages = [
      { sentMs: 20_100, handedMs: 20_500 },
      { sentMs: 22_501, handedMs: 29_000, partition: 1 },
    ];
    expect(back(messages)[0]).toMatchObject({ tookMs: 400, slowest: { partition: 0 } });
  });

  it('is not judged when nothing was written, another fault struck, or the load ended', () => {
    const late = [{ sentMs: 20_100, handedMs: 26_000 }];
    const why = (messages: readonly Message[], ...faults: readonly FaultRecord[]) =>
      back(messages, [...faults])[0]!.unjudged;
    expect(why(late, brokerDown)).toBeUndefined();
    expect(why([], brokerDown)).toBe('nothing waited to be consumed then');
    const another = fault({ kind: 'cut', text: 'cut', fromMs: 24_000, toMs: 26_000 });
    expect(why(late, brokerDown, another)).toBe('another fault came first: cut');
    expect(why(late, brokerDown, { ...another, fromMs: 15_000, toMs: 20_100 })).toBe('another fault lasted: cut');
    expect(why(late, brokerDown, { ...another, fromMs: 25_001 })).toBeUndefined();
    expect(why([{ sentMs: 20_100, handedMs: 20_200 }], brokerDown, another)).toBeUndefined();
    expect(why([{ sentMs: 57_100 }], { ...brokerDown, toMs: 57_000 })).toBe('the load ended first');
  });

  it('is one figure for several targets of one fault, from when the last is back', () => {
    const both = [brokerDown, { ...brokerDown, text: 'kill broker 2', fromMs: 10_300, toMs: 21_000 }];
    const found = back([{ sentMs: 21_100, handedMs: 21_500 }], both);
    expect(found).toMatchObject([{ fault: 'kill broker 1, and 1 more at that time', sinceMs: 21_000, tookMs: 400 }]);
  });

  it('is not judged for faults inside a daemon', () => {
    const [recovery] = back([{ sentMs: 20_100, handedMs: 29_000 }], [{ ...brokerDown, kind: 'slow' }]);
    expect(recovery).toMatchObject({ tookMs: 9000, unjudged: 'there is no limit for faults inside a daemon' });
  });
});

describe('how soon others take over', () => {
  const takeover = (faults: readonly FaultRecord[], of = script) =>
    recoveriesOf(of, historyWith([{ sentMs: 10_100, handedMs: 17_500 }], faults)).find(
      ({ kind }) => kind === 'takeover',
    );

  it('is counted from when a daemon was killed or frozen for long', () => {
    expect(takeover([daemonGone])).toMatchObject({ sinceMs: 10_000, limitMs: 8000, tookMs: 7500, unjudged: undefined });
    expect(takeover([{ ...daemonGone, kind: 'freeze' }])).toMatchObject({ tookMs: 7500, unjudged: undefined });
    expect(takeover([{ ...daemonGone, toMs: 17_900 }])).toBeUndefined();
    expect(takeover([{ ...daemonGone, kind: 'restart' }])).toBeUndefined();
    expect(takeover([brokerDown])).toBeUndefined();
  });

  it('is not over before what is new is given, though what comes again is given first', () => {
    const history = historyWith(flow(9000, 40_000, [[10_000, 16_900]]), [daemonGone]);
    const [last] = history.deliveries.filter(({ handedMs }) => handedMs < 10_000).slice(-1);
    const again = { ...last!, askedMs: 16_800, handedMs: 16_850 };
    const recoveries = recoveriesOf(script, { ...history, deliveries: [...history.deliveries, again] });
    expect(recoveries.find(({ kind }) => kind === 'takeover')?.tookMs).toBe(6850);
  });

  it('is shown and not judged for a daemon that is cut off from ZooKeeper', () => {
    const cut = { ...daemonGone, kind: 'cut', costs: ['claims' as const] };
    expect(takeover([cut])).toMatchObject({ tookMs: 7500, unjudged: expect.stringContaining('no limit') as unknown });
    expect(takeover([{ ...cut, costs: ['answers'] }])).toBeUndefined();
  });

  it('is not judged where no other daemon is there for a group', () => {
    const alone = readScript('my.yaml', yaml('{ count: 1, config: { zoo_keeper: { session_timeout: 6s } } }'));
    expect(takeover([daemonGone], alone)!.unjudged).toBe('no other daemon was there for a group');
    const every = [daemonGone, { ...daemonGone, daemon: 'daemon 2' }];
    expect(takeover(every)!.unjudged).toBe('no other daemon was there for a group');
  });
});
