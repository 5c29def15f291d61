import { describe, expect, it } from 'vitest';
import { explainByTenures } from '../../src/verdict/consumption.js';
import { judge } from '../../src/verdict/judge.js';
import type { History, LogEntry, Post } from '../../src/verdict/history.js';
import { ack, commit, delivery, entry, fault, historyOf, laterHistoryOf, post, tenure, timing } from './histories.js';

/** The checks that a history breaks, and why messages came again. */
function verdictOn(history: History) {
  const { violations, explained } = judge(history, timing, explainByTenures);
  return { broken: violations.map(({ check }) => check), explained: [...explained.keys()] };
}

const broken = (history: History): string[] => verdictOn(history).broken;

/** Written and consumed: what is said of posts is not to be drowned by what is said of the group. */
const consumed = [delivery(), delivery({ offset: 1, post: 2 })];

describe('a post that was answered', () => {
  it('is lost if it does not lie where the answer said', () => {
    const posts = [post({ offset: 1 })];
    expect(broken(historyOf({ posts, log: [entry()], deliveries: consumed }))).toEqual(['lost']);
    expect(broken(historyOf({ posts: [post({})], log: [entry()], deliveries: consumed }))).toEqual([]);
  });

  it('may lie anywhere in its partition where the broker no longer knew at which offset', () => {
    const posts = [post({ offset: -1 })];
    expect(broken(historyOf({ posts, log: [entry()], deliveries: consumed }))).toEqual([]);
    expect(
      broken(historyOf({ posts: [post({ offset: -1, partition: 1 })], log: [entry()], deliveries: consumed })),
    ).toEqual(['lost']);
    expect(broken(historyOf({ posts }))).toEqual(['lost']);
  });

  it('is lost if it was accepted and lies nowhere, unless its process was killed after it came', () => {
    const posts = [post({ sync: false, outcome: 'accepted', sentMs: 10 })];
    const killed = (fromMs: number, daemon = 'd1') =>
      broken(historyOf({ posts, faults: [fault({ daemon, costs: ['memory'], fromMs, toMs: fromMs })] }));
    expect(broken(historyOf({ posts }))).toEqual(['lost']);
    expect(killed(50)).toEqual([]);
    expect(killed(5)).toEqual(['lost']);
    expect(killed(50, 'd2')).toEqual(['lost']);
  });

  it('is lost if what its process accepted later was written, also where that was killed', () => {
    const parts = (later: Partial<Post>, laterAt: Partial<LogEntry> = {}): Partial<History> => ({
      posts: [
        post({ id: 1, sentMs: 1, answeredMs: 2 }),
        post({ id: 2, sync: false, outcome: 'accepted', sentMs: 10, answeredMs: 11 }),
        post({ id: 3, sync: false, outcome: 'accepted', sentMs: 20, answeredMs: 21, ...later }),
      ],
      log: [entry(), entry({ post: 3, offset: 1, ...laterAt })],
      faults: [fault({ daemon: 'd1', costs: ['memory'], fromMs: 50, toMs: 60 })],
      groups: [],
    });
    expect(broken(historyOf(parts({})))).toEqual(['lost']);
    for (const other of [{ sentMs: 10.5 }, { sentMs: 70, answeredMs: 71 }, { daemon: 'd2' }, { key: 'other' }])
      expect(broken(historyOf(parts(other))), JSON.stringify(other)).toEqual([]);
    // The topic has grown, and the key has moved.
    expect(broken(historyOf(parts({}, { partition: 1 })))).toEqual([]);
  });

  it('may lie in the log or not where nobody said what became of it', () => {
    const posts = [post({ outcome: 'unknown' })];
    expect(broken(historyOf({ posts }))).toEqual([]);
    expect(broken(historyOf({ posts, log: [entry()], deliveries: consumed }))).toEqual([]);
  });

  it('must not lie in the log if it was refused', () => {
    const posts = [post({ outcome: 'refused' })];
    expect(broken(historyOf({ posts, log: [entry()], deliveries: consumed }))).toEqual(['refused and written']);
    expect(broken(historyOf({ posts }))).toEqual([]);
  });

  it('is a duplicate if it lies there twice', () => {
    const log = [entry(), entry({ offset: 1 })];
    const deliveries = [delivery(), delivery({ offset: 1 })];
    expect(broken(historyOf({ posts: [post({})], log, deliveries }))).toEqual(['duplicate']);
  });
});

describe('two posts of one key', () => {
  const log = [entry({ post: 2 }), entry({ offset: 1, post: 1 })];
  const deliveries = [delivery({ post: 2 }), delivery({ offset: 1, post: 1 })];
  const first = post({ id: 1, offset: 1 });
  const second = (parts: Partial<ReturnType<typeof post>>) =>
    historyOf({ posts: [first, post({ id: 2, sentMs: 30, answeredMs: 40, ...parts })], log, deliveries });

  it('are reordered if the one that was sent after the answer to the other lies before it', () => {
    expect(broken(second({}))).toEqual(['reordered']);
  });

  it('may lie in either order if they were under way together, or went to two processes', () => {
    expect(broken(second({ sentMs: 15 }))).toEqual([]);
    expect(broken(second({ daemon: 'd2' }))).toEqual([]);
    expect(broken(second({ key: 'another' }))).toEqual([]);
  });
});

describe('a message that a group was never given', () => {
  const log = [entry(), entry({ offset: 1, post: 2 })];

  it('is lost if the group has committed past it', () => {
    expect(broken(historyOf({ log, deliveries: [delivery({ offset: 1, post: 2 })], commits: [commit()] }))).toContain(
      'lost',
    );
  });

  it('is skipped if the group was given a later one', () => {
    expect(broken(historyOf({ log, deliveries: [delivery({ offset: 1, post: 2 })] }))).toEqual(['skip']);
  });

  it('is unseen otherwise', () => {
    expect(broken(historyOf({ log, deliveries: [delivery()] }))).toEqual(['unseen']);
    expect(broken(historyOf({ log, deliveries: consumed }))).toEqual([]);
  });

  it('is none of the business of a group that does not consume its topic', () => {
    const groups = [{ name: 'g', mode: 'auto' as const, topics: ['clicks'] }];
    expect(broken(historyOf({ log, groups }))).toEqual([]);
  });
});

describe('a message that was acknowledged by itself and comes again', () => {
  const again = delivery({ daemon: 'd2', askedMs: 3900, handedMs: 4000 });
  const next = tenure({ daemon: 'd2', fromMs: 3500, toMs: 9000 });
  const twice = (parts: Partial<History>) =>
    verdictOn(historyOf({ log: [entry()], deliveries: [delivery(), again], ...parts }));

  it('is a duplicate within one tenure', () => {
    const deliveries = [delivery(), delivery({ handedMs: 2500 })];
    expect(broken(historyOf({ log: [entry()], deliveries, tenures: [tenure()] }))).toEqual(['duplicate']);
  });

  it('is explained when its process was killed before the commit, and not after', () => {
    const tenures = [tenure({ end: 'killed' }), next];
    expect(twice({ tenures })).toEqual({ broken: [], explained: ['its owner was killed before it was committed'] });
    expect(twice({ tenures, commits: [commit()] }).broken).toEqual(['duplicate']);
    expect(twice({ tenures, commits: [commit({ takenMs: undefined })] }).broken).toEqual([]);
    expect(twice({ tenures, commits: [commit({ takenMs: 3501 })] }).broken).toEqual([]);
  });

  it('is a duplicate when its owner released without a commit, unless something kept it from that', () => {
    const tenures = [tenure(), next];
    const brokerDown = fault({ costs: ['commits'], fromMs: 1500, toMs: 2500 });
    expect(twice({ tenures }).broken).toEqual(['duplicate']);
    expect(twice({ tenures, faults: [brokerDown] }).explained).toEqual([
      'its owner could not commit it before the partition moved',
    ]);
    expect(twice({ tenures, faults: [{ ...brokerDown, fromMs: 3100, toMs: 4000 }] }).broken).toEqual(['duplicate']);
    const ofAnother = { ...brokerDown, daemon: 'd2' };
    expect(twice({ tenures, faults: [ofAnother] }).broken).toEqual(['duplicate']);
    expect(twice({ tenures, faults: [{ ...brokerDown, costs: ['lease' as const] }] }).broken).toEqual(['duplicate']);
  });

  it('may come from an owner that does not know yet that its session is over', () => {
    const tenures = [tenure({ fromMs: 500, toMs: 9000 }), tenure({ daemon: 'd2', toMs: 5000, end: 'lost' })];
    expect(twice({ tenures }).explained).toEqual(['an owner did not know yet that its session was over']);
  });
});

describe('a message that a client is to acknowledge and that comes again', () => {
  const twice = (handedMs: number, parts: Partial<History> = {}) =>
    verdictOn(
      laterHistoryOf({
        log: [entry()],
        deliveries: [delivery({ mode: 'later' }), delivery({ mode: 'later', askedMs: handedMs - 10, handedMs })],
        tenures: [tenure({ toMs: 90_000 })],
        ...parts,
      }),
    );

  it('is explained when its time has passed, and not before', () => {
    expect(twice(6000).explained).toEqual(['not acknowledged in time']);
    expect(twice(5999).broken).toEqual(['duplicate']);
  });

  it('is a duplicate if it was acknowledged before it was asked for again', () => {
    expect(twice(6000, { acks: [ack()] }).broken).toEqual(['duplicate']);
    expect(twice(6000, { acks: [ack({ outcome: 'refused' })] }).broken).toEqual(['ack refused']);
    expect(twice(6000, { acks: [ack({ answeredMs: 5995 })] }).broken).toEqual([]);
  });

  it('is no duplicate if it was acknowledged when its owner had let go of the partition', () => {
    const tenures = [tenure({ toMs: 1150 }), tenure({ fromMs: 1150, toMs: 90_000 })];
    const late = ack({ sentMs: 1160 });
    expect(twice(3000, { tenures, acks: [late] }).explained).toEqual(['not acknowledged when the partition moved']);
  });

  it('is no duplicate if the ack was noted by an owner of before, which did not know yet that its session was over', () => {
    const stale = tenure({ toMs: 1400, end: 'lost' });
    const tenures = [stale, tenure({ daemon: 'd2', fromMs: 1000 }), tenure({ daemon: 'd3', fromMs: 3000, toMs: 9000 })];
    const deliveries = [
      delivery({ mode: 'later', handedMs: 500 }),
      delivery({ mode: 'later', daemon: 'd2', handedMs: 1050 }),
      delivery({ mode: 'later', daemon: 'd3', askedMs: 3100, handedMs: 3100 }),
    ];
    const history = laterHistoryOf({ log: [entry()], deliveries, tenures, acks: [ack()] });
    expect(broken(history)).toEqual([]);
    expect(broken({ ...history, acks: [ack({ daemon: 'd2' })] })).toEqual(['duplicate']);
  });

  it('is explained when the partition has moved, also where it is let go and taken in one moment', () => {
    const tenures = [tenure({ toMs: 3000 }), tenure({ fromMs: 3000, toMs: 90_000 })];
    expect(twice(3000, { tenures }).explained).toEqual(['not acknowledged when the partition moved']);
    expect(twice(2999, { tenures }).broken).toEqual(['duplicate']);
  });
});

describe('a commit', () => {
  const log = [entry()];

  it('must not pass a message that nobody has dealt with by then', () => {
    const deliveries = [delivery()];
    expect(broken(historyOf({ log, deliveries, commits: [commit({ atMs: 999 })] }))).toEqual([
      'committed past unacked',
    ]);
    expect(broken(historyOf({ log, deliveries, commits: [commit({ atMs: 1000 })] }))).toEqual([]);
    expect(broken(historyOf({ log, deliveries, commits: [commit({ atMs: 999, offset: 0 })] }))).toEqual([]);
  });

  it('is not what is wrong when a group with the automatic ack was never given a message', () => {
    expect(broken(historyOf({ log, commits: [commit()] }))).toEqual(['lost']);
    expect(broken(laterHistoryOf({ log, commits: [commit()] }))).toEqual(['committed past unacked', 'lost']);
  });

  it('must not name it among those that are acknowledged above', () => {
    const commits = [commit({ atMs: 999, offset: 0, acked: [[0, 1]] })];
    expect(broken(historyOf({ log, deliveries: [delivery()], commits }))).toEqual(['committed past unacked']);
  });

  it('waits for the client where that acknowledges, and for no refused ack', () => {
    const deliveries = [delivery({ mode: 'later' })];
    const at = (acks: History['acks']) => broken(laterHistoryOf({ log, deliveries, acks, commits: [commit()] }));
    expect(at([ack()])).toEqual([]);
    expect(at([ack({ outcome: 'unknown' })])).toEqual([]);
    expect(at([ack({ outcome: 'refused' })])).toEqual(['committed past unacked']);
    expect(at([])).toEqual(['committed past unacked']);
  });

  it('must not go back within a tenure', () => {
    const parts = { log, deliveries: [delivery()], commits: [commit(), commit({ atMs: 2500, offset: 0 })] };
    const began = tenure({ fromMs: 2200, toMs: 9000 });
    expect(broken(historyOf(parts))).toEqual(['nonmonotonic']);
    expect(broken(historyOf({ ...parts, tenures: [began] }))).toEqual([]);
    expect(broken(historyOf({ ...parts, tenures: [{ ...began, daemon: 'd2' }] }))).toEqual([]);
    const set = { group: 'g', topic: 'orders', partition: 0, offset: 0, sentMs: 2100, answeredMs: 2200 };
    expect(broken(historyOf({ ...parts, positionsSet: [set] }))).toEqual([]);
  });
});

describe('what was seen while a run went on', () => {
  it('is in the verdict, in the order of time', () => {
    const hangs = [{ client: 'c1', daemon: 'd1', request: '/topics', sentMs: 50, answeredMs: undefined }];
    const breaches = [{ atMs: 40, invariant: 'double owner', text: 'two hold orders/0' }];
    const { violations } = judge(historyOf({ hangs, breaches }), timing, explainByTenures);
    expect(violations.map(({ check, atMs }) => [check, atMs])).toEqual([
      ['double owner', 40],
      ['never settled', 50],
    ]);
    expect(violations[1]!.text).toBe('c1 asked d1 for /topics at 50 ms and was answered never');
  });
});
