import { describe, expect, it } from 'vitest';
import { explainByFaults } from '../../src/verdict/explain-by-faults.js';
import type { Delivery, FaultRecord, History } from '../../src/verdict/history.js';
import { judge } from '../../src/verdict/judge.js';
import { ack, claim, delivery, entry, fault, historyOf, laterHistoryOf, timing as exact } from './histories.js';

const timing = { ...exact, slackMs: 100 };

/** What becomes of offset 0, which d1 gave at 1 s, when it comes again: `undefined` is no explanation. */
function why(again: Partial<Delivery>, faults: readonly FaultRecord[], parts: Partial<History> = {}) {
  const deliveries = [delivery(), delivery({ daemon: 'd2', askedMs: 8900, handedMs: 9000, ...again })];
  const history = historyOf({ log: [entry()], deliveries, faults, ...parts });
  const { violations, explained } = judge(history, timing, explainByFaults);
  expect(violations.length + explained.size).toBe(1);
  expect(violations.map(({ check }) => check)).toEqual(explained.size > 0 ? [] : ['duplicate']);
  return [...explained.keys()][0];
}

const d1 = (costs: FaultRecord['costs'], fromMs: number, toMs = fromMs) => fault({ daemon: 'd1', costs, fromMs, toMs });

const killed = 'its daemon was killed before it had committed';
const unclaimed = 'its daemon may have lost its claim before it had committed';
const heldUp = 'its daemon could not commit it before the partition moved';
const stale = 'a daemon that was struck gave it under a claim that was over';

describe('a message with the automatic ack that comes again in a real run', () => {
  it('is not explained by a partition that moves, nor by a restart in order', () => {
    expect(why({}, [])).toBeUndefined();
    expect(why({}, [d1([], 1200, 3000)])).toBeUndefined();
    expect(why({ daemon: 'd1' }, [])).toBeUndefined();
  });

  it('is explained by the end of its daemon within a commit interval, and by none before or after', () => {
    expect(why({}, [d1(['memory', 'claims'], 1599, 20_000)])).toBe(killed);
    expect(why({}, [d1(['memory', 'claims'], 1601, 20_000)])).toBeUndefined();
    expect(why({}, [d1(['memory', 'claims'], 799, 20_000)])).toBeUndefined();
    expect(why({}, [{ ...d1(['memory'], 1200), daemon: 'd2' }])).toBeUndefined();
    expect(why({ askedMs: 1010, handedMs: 1050 }, [d1(['memory'], 1200)])).toBeUndefined();
  });

  it('is explained by a kill further back where commits had been failing before', () => {
    const kill = d1(['memory'], 6000);
    expect(why({}, [kill, fault({ costs: ['commits'], fromMs: 1500, toMs: 5000 })])).toBe(killed);
    expect(why({}, [kill, fault({ costs: ['commits'], fromMs: 1500, toMs: 5000, daemon: 'd2' })])).toBeUndefined();
    const claims = [claim({ askedMs: 7900, answeredMs: 7950 })];
    const over = fault({ costs: ['commits'], fromMs: 1500, toMs: 3000 });
    expect(why({}, [{ ...kill, fromMs: 8800 }, over], { claims })).toBeUndefined();
  });

  it('is explained by what may have ended the claim of its daemon meanwhile, and by none that is long over', () => {
    const cut = (fromMs: number, toMs: number) => why({}, [d1(['claims', 'commits'], fromMs, toMs)]);
    expect(cut(1500, 8000)).toBe(unclaimed);
    expect(cut(500, 1100)).toBe(unclaimed);
    expect(cut(1700, 1800)).toBeUndefined();
    expect(why({}, [fault({ costs: ['claims'], fromMs: 900, toMs: 5000 })])).toBe(unclaimed);
    const late = { log: [entry()], deliveries: [delivery({ handedMs: 4000 }), delivery({ handedMs: 9000 })] };
    expect(why({}, [d1(['claims'], 500, 1100)], late)).toBeUndefined();
  });

  it('is explained by commits that were held up only if the partition has moved', () => {
    const away = fault({ costs: ['commits'], fromMs: 1200, toMs: 7000 });
    expect(why({}, [away])).toBe(heldUp);
    expect(why({ daemon: 'd1' }, [away])).toBeUndefined();
    const seen = (owners: ReadonlyMap<number, string>) => ({
      claims: [claim({ askedMs: 3000, answeredMs: 3050, owners })],
    });
    expect(why({ daemon: 'd1' }, [away], seen(new Map([[0, 'd1']])))).toBeUndefined();
    expect(why({ daemon: 'd1' }, [away], seen(new Map([[0, 'd2']])))).toBe(heldUp);
    expect(why({ daemon: 'd1' }, [away], seen(new Map()))).toBe(heldUp);
    expect(why({}, [{ ...away, toMs: 1300, fromMs: 1700 }])).toBeUndefined();
  });

  it('is explained by the answer that a frozen daemon was writing, and not by what it was asked for later', () => {
    const freeze = fault({ daemon: 'd2', costs: ['lease', 'commits', 'claims'], fromMs: 500, toMs: 9000 });
    expect(why({ askedMs: 400, handedMs: 9050 }, [freeze])).toBe(stale);
    expect(why({ askedMs: 600, handedMs: 9050 }, [freeze])).toBeUndefined();
    expect(why({ askedMs: 400, handedMs: 9200 }, [freeze])).toBeUndefined();
    expect(why({ askedMs: 400, handedMs: 9050 }, [{ ...freeze, daemon: 'd3' }])).toBeUndefined();
  });

  it('is explained as well where its answer was read last but may have been handed over first', () => {
    const kill = { ...d1(['memory'], 800), daemon: 'd2' };
    const late = { askedMs: 700, handedMs: 7000 };
    expect(why(late, [kill])).toBeUndefined();
    expect(why(late, [kill, fault({ daemon: 'd2', costs: ['answers'], fromMs: 600, toMs: 6950 })])).toBe(killed);
    expect(why(late, [kill, fault({ daemon: 'd1', costs: ['answers'], fromMs: 600, toMs: 6950 })])).toBeUndefined();
  });
});

describe('a message that a client is to acknowledge and that comes again in a real run', () => {
  const later = (again: Partial<Delivery>, faults: readonly FaultRecord[], parts: Partial<History> = {}) => {
    const { groups } = laterHistoryOf({});
    const deliveries = [
      delivery({ mode: 'later' }),
      delivery({ mode: 'later', askedMs: 3900, handedMs: 4000, ...again }),
    ];
    return why({}, faults, { groups, deliveries, ...parts });
  };

  it('is explained when nobody has acknowledged it and its time is over, and not before', () => {
    expect(later({ handedMs: 5900 }, [])).toBe('not acknowledged in time');
    expect(later({ handedMs: 5899 }, [])).toBeUndefined();
    expect(later({ handedMs: 9000 }, [], { acks: [ack()] })).toBeUndefined();
    expect(later({ handedMs: 9000 }, [], { acks: [ack({ outcome: 'refused' })] })).toBe('not acknowledged in time');
    expect(later({ askedMs: 1150, handedMs: 9000 }, [], { acks: [ack()] })).toBe('not acknowledged in time');
  });

  it('is explained when nobody has acknowledged it and the partition moved, or its daemon was struck', () => {
    const moved = 'not acknowledged when the partition moved';
    const struck = 'not acknowledged when its daemon, or Kafka, was struck';
    expect(later({ daemon: 'd2' }, [])).toBe(moved);
    const elsewhere = claim({ askedMs: 2000, answeredMs: 2050, owners: new Map([[0, 'd2']]) });
    expect(later({}, [], { claims: [elsewhere] })).toBe(moved);
    expect(later({}, [fault({ costs: ['commits'], fromMs: 1500, toMs: 3000 })])).toBe(struck);
    expect(later({}, [d1(['answers'], 1500, 3000)])).toBeUndefined();
    expect(later({}, [{ ...d1(['claims'], 1500, 3000), daemon: 'd2' }])).toBeUndefined();
    expect(later({}, [d1(['claims'], 5000, 6000)])).toBeUndefined();
  });

  it('is a duplicate when it was acknowledged, unless that was lost as well', () => {
    const again = { daemon: 'd2', askedMs: 8900, handedMs: 9000 };
    expect(later(again, [], { acks: [ack()] })).toBeUndefined();
    expect(later(again, [d1(['memory'], 1500)], { acks: [ack()] })).toBe(killed);
    expect(later(again, [d1(['memory'], 5000)], { acks: [ack()] })).toBeUndefined();
    expect(later(again, [d1(['claims'], 5000, 6000)], { acks: [ack()] })).toBeUndefined();
    const second = ack({ sentMs: 4900, answeredMs: 4950 });
    expect(later(again, [d1(['memory'], 1500)], { acks: [ack(), second] })).toBe(
      'acknowledged when the partition had been elsewhere since',
    );
    expect(later(again, [d1(['memory'], 5000)], { acks: [ack(), second] })).toBeUndefined();
  });

  it('is explained when it was acknowledged to an owner that had not given it itself', () => {
    const acks = [ack({ sentMs: 3000, answeredMs: 3050 })];
    const elsewhere = claim({ askedMs: 2000, answeredMs: 2050, owners: new Map([[0, 'd2']]) });
    const why = 'acknowledged when the partition had been elsewhere since';
    expect(later({ askedMs: 8900, handedMs: 9000 }, [], { acks, claims: [elsewhere] })).toBe(why);
    const after = { ...elsewhere, askedMs: 3500, answeredMs: 3550 };
    expect(later({ askedMs: 8900, handedMs: 9000 }, [], { acks, claims: [after] })).toBeUndefined();
  });
});
