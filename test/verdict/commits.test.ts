import { describe, expect, it } from 'vitest';
import { explainByFaults } from '../../src/verdict/explain-by-faults.js';
import type { Commit, Delivery, History } from '../../src/verdict/history.js';
import { judge } from '../../src/verdict/judge.js';
import {
  ack,
  claim,
  commit,
  delivery,
  entry,
  fault,
  historyOf,
  laterHistoryOf,
  lostAnswer,
  timing,
} from './histories.js';

const log = [0, 1, 2].map((offset) => entry({ offset, post: offset + 1 }));
const given = (offset: number, parts: Partial<Delivery> = {}): Delivery =>
  delivery({ offset, post: offset + 1, askedMs: 900 + offset, ...parts });
const deliveries = [given(0), given(1), given(2)];
/** As it was seen to stand, whoever committed it. */
const seen = (offset: number, atMs: number, parts: Partial<Commit> = {}): Commit =>
  commit({ offset, atMs, takenMs: atMs, daemon: undefined, ...parts });

const violationsIn = (history: History) => judge(history, { ...timing, slackMs: 500 }, explainByFaults).violations;
const broken = (parts: Partial<History>): string[] =>
  violationsIn(historyOf({ log, deliveries, ...parts })).map(({ check }) => check);

describe('a committed position that was seen to stand', () => {
  it('passes nothing that was handed over later, as far as that is known', () => {
    const at = (handedMs: number, askedMs: number, more: Partial<History> = {}) =>
      broken({ deliveries: [given(0), given(1), given(2, { askedMs, handedMs })], commits: [seen(3, 2000)], ...more });
    expect(at(2500, 1990)).toEqual([]);
    expect(at(2501, 1990)).toEqual(['committed past unacked']);
    // Its answer may have waited on the link.
    const faults = [fault({ daemon: 'd1', costs: ['answers'], fromMs: 1995, toMs: 4000 })];
    expect(at(4000, 1990, { faults })).toEqual([]);
    expect(at(4000, 2001, { faults })).toEqual(['committed past unacked']);
  });

  it('may pass what comes again when the answer was lost with which it was acknowledged', () => {
    const parts = { deliveries: [given(0), given(1), given(2, { askedMs: 4000, handedMs: 4100 })] };
    const commits = [seen(3, 2000)];
    expect(broken({ ...parts, commits })).toEqual(['committed past unacked']);
    expect(broken({ ...parts, commits, lostAnswers: [lostAnswer()] })).toEqual([]);
    for (const other of [{ group: 'another' }, { topic: 'clicks' }, { askedMs: 2001 }, { mayHold: false }])
      expect(broken({ ...parts, commits, lostAnswers: [lostAnswer(other)] }), JSON.stringify(other)).toEqual([
        'committed past unacked',
      ]);
  });

  it('passes each message once, at first', () => {
    const history = laterHistoryOf({
      log,
      deliveries: deliveries.map((each) => ({ ...each, mode: 'later' as const })),
      acks: [ack(), ack({ offset: 2, sentMs: 2500, answeredMs: 2600 })],
      commits: [seen(1, 2000, { acked: [[2, 3]] }), seen(2, 3000), seen(3, 3500)],
    });
    expect(violationsIn(history).map(({ text }) => text)).toEqual([
      'one of the daemons committed orders/0@1 for group g at 2000 ms, when nobody had dealt with orders/0@2',
      'one of the daemons committed orders/0@2 for group g at 3000 ms, when nobody had dealt with orders/0@1',
    ]);
  });

  it('does not go back while one daemon owns the partition', () => {
    const commits = [seen(3, 9000), seen(2, 10_000)];
    const claims = [3500, 4500, 9500].map((answeredMs) => claim({ askedMs: answeredMs - 50, answeredMs }));
    const moved = (owners: ReadonlyMap<number, string>) => [...claims.slice(1), claim({ ...claims[0], owners })];
    expect(broken({ commits, claims })).toEqual(['nonmonotonic']);
    expect(violationsIn(historyOf({ log, deliveries, commits, claims }))[0]!.text).toBe(
      'one of the daemons committed orders/0@3 for group g at 9000 ms, and orders/0@2 at 10000 ms',
    );
    // Where nobody looked, nothing is known.
    expect(broken({ commits })).toEqual([]);
    // A commit may be under way for some seconds; this was before.
    expect(broken({ commits, claims: moved(new Map([[0, 'd2']])) })).toEqual(['nonmonotonic']);
    const soon = { askedMs: 4450, answeredMs: 4500 };
    expect(broken({ commits, claims: [...claims, claim({ ...soon, owners: new Map([[0, 'd2']]) })] })).toEqual([]);
    expect(broken({ commits, claims: [...claims, claim({ ...soon, owners: new Map() })] })).toEqual([]);
  });

  it('may go back when something was struck that has to do with commits', () => {
    const commits = [seen(3, 9000), seen(2, 10_000)];
    const claims = [claim({ askedMs: 9400, answeredMs: 9500 })];
    const at = (parts: Parameters<typeof fault>[0]) => broken({ commits, claims, faults: [fault(parts)] });
    expect(at({ costs: ['commits'], fromMs: 9500, toMs: 9500 })).toEqual([]);
    expect(at({ costs: ['lease'], fromMs: 0, toMs: 0 })).toEqual([]);
    expect(at({ costs: ['commits'], fromMs: 10_001, toMs: 11_000 })).toEqual(['nonmonotonic']);
    expect(at({ costs: ['answers'], fromMs: 9500, toMs: 9500 })).toEqual(['nonmonotonic']);
    const late = {
      commits: [seen(3, 29_000), seen(2, 30_000)],
      claims: [claim({ askedMs: 29_400, answeredMs: 29_500 })],
    };
    expect(broken({ ...late, faults: [fault({ costs: ['commits'], fromMs: 0, toMs: 18_999 })] })).toEqual([
      'nonmonotonic',
    ]);
  });
});
