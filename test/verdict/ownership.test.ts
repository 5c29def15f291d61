import { describe, expect, it } from 'vitest';
import { checkOwnership } from '../../src/verdict/claims.js';
import type { Delivery, FaultRecord, History } from '../../src/verdict/history.js';
import { claim, delivery, fault, historyOf, timing as exact } from './histories.js';

const timing = { ...exact, slackMs: 100 };
const of = (daemon: string) => new Map([[0, daemon]]);

const broken = (parts: Partial<History>): number => checkOwnership(historyOf(parts), timing).violations.length;

describe('a message that was given by a daemon', () => {
  const deliveries = [delivery({ daemon: 'd2' })];

  it('has two owners when each sample of that time names another one', () => {
    expect(broken({ deliveries, claims: [claim()] })).toBe(1);
    const [violation] = checkOwnership(historyOf({ deliveries, claims: [claim()] }), timing).violations;
    expect(violation).toEqual({
      check: 'double owner',
      atMs: 1000,
      text: 'orders/0@0 was given to group g by d2 at 1000 ms, when d1 owned the partition',
    });
  });

  it('has one when a sample of that time names its daemon, or nobody', () => {
    const moved = (owners: ReadonlyMap<number, string>) =>
      broken({ deliveries, claims: [claim(), claim({ askedMs: 1090, answeredMs: 1200, owners })] });
    expect(moved(of('d2'))).toBe(0);
    expect(moved(new Map())).toBe(0);
    expect(moved(of('d3'))).toBe(1);
  });

  it('has one when its daemon owned the partition, or nobody is seen to have, at the latest look before it was asked', () => {
    const before = (owners: ReadonlyMap<number, string>) =>
      broken({ deliveries, claims: [claim({ askedMs: 700, answeredMs: 720, owners }), claim()] });
    expect(before(of('d2'))).toBe(0);
    expect(before(new Map())).toBe(0);
    expect(before(of('d3'))).toBe(1);
  });

  it('is not held against samples of another time, another group or another topic', () => {
    const verdict = (parts: Parameters<typeof claim>[0]) =>
      checkOwnership(historyOf({ deliveries, claims: [claim(parts)] }), timing);
    const nothing = { violations: [], looked: 0 };
    expect(verdict({ askedMs: 850, answeredMs: 899 })).toEqual(nothing);
    expect(verdict({ askedMs: 1101, answeredMs: 1150 })).toEqual(nothing);
    expect(verdict({ group: 'another' })).toEqual(nothing);
    expect(verdict({ topic: 'clicks' })).toEqual(nothing);
    expect(verdict({ owners: new Map([[1, 'd1']]) })).toEqual(nothing);
    expect(verdict({ askedMs: 0, answeredMs: 50_000 }).looked).toBe(1);
  });

  it('may have waited on a link that was struck since another owned it', () => {
    const late = [delivery({ daemon: 'd2', askedMs: 900, handedMs: 9000 })];
    const taken = claim({ askedMs: 5000, answeredMs: 5050 });
    const claims = [claim({ owners: of('d2') }), taken, claim({ askedMs: 8950, answeredMs: 9000 })];
    const slow = fault({ daemon: 'd2', costs: ['answers'], fromMs: 950, toMs: 8990 });
    expect(broken({ deliveries: late, claims })).toBe(1);
    expect(broken({ deliveries: late, claims, faults: [slow] })).toBe(0);
    expect(broken({ deliveries: late, claims, faults: [{ ...slow, daemon: 'd1' }] })).toBe(1);
  });
});

describe('a daemon whose claim is over', () => {
  const given = (parts: Partial<Delivery>, faults: readonly FaultRecord[]) =>
    broken({
      deliveries: [delivery({ daemon: 'd2', ...parts })],
      claims: [claim({ askedMs: 0, answeredMs: 90_000 })],
      faults,
    });
  const freeze = fault({ daemon: 'd2', costs: ['lease', 'claims'], fromMs: 2000, toMs: 20_000 });

  it('may, when it thaws, give what it was writing when it was frozen, and nothing more', () => {
    expect(given({ askedMs: 1900, handedMs: 20_050 }, [freeze])).toBe(0);
    expect(given({ askedMs: 1900, handedMs: 20_150 }, [freeze])).toBe(1);
    expect(given({ askedMs: 2100, handedMs: 20_050 }, [freeze])).toBe(1);
    expect(given({ askedMs: 1900, handedMs: 20_050 }, [{ ...freeze, daemon: 'd1' }])).toBe(1);
    expect(given({ askedMs: 1900, handedMs: 20_050 }, [{ ...freeze, costs: ['claims'] }])).toBe(1);
  });

  it('may give messages for as long as its lease ran when a server ended its session, and not before or after', () => {
    const expired = { ...freeze, toMs: 2010 };
    expect(given({ askedMs: 5900, handedMs: 6100 }, [expired])).toBe(0);
    expect(given({ askedMs: 5900, handedMs: 6101 }, [expired])).toBe(1);
    expect(given({ askedMs: 1800, handedMs: 1899 }, [expired])).toBe(1);
  });
});
