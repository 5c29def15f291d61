import { describe, expect, it } from 'vitest';
import { explainByTenures } from '../../src/verdict/consumption.js';
import type { History } from '../../src/verdict/history.js';
import { judge } from '../../src/verdict/judge.js';
import { ack, claim, delivery, entry, fault, laterHistoryOf, tenure, timing } from './histories.js';

const refused = ack({ outcome: 'refused', detail: '500 no' });
const parts: Partial<History> = {
  log: [entry()],
  deliveries: [delivery({ mode: 'later' })],
  acks: [refused],
  tenures: [tenure()],
};

const violationsIn = (more: Partial<History>, slackMs = 0) =>
  judge(laterHistoryOf({ ...parts, ...more }), { ...timing, slackMs }, explainByTenures).violations;
const broken = (more: Partial<History>, slackMs = 0): string[] => violationsIn(more, slackMs).map(({ check }) => check);

describe('an ack that a daemon does not take', () => {
  it('is wrong while it owns the partition and nothing is broken', () => {
    expect(violationsIn({})).toEqual([
      {
        check: 'ack refused',
        atMs: 1200,
        text: 'orders/0@0 was given to group g by d1 at 1000 ms, and its ack refused at 1200 ms: 500 no',
      },
    ]);
    expect(broken({ acks: [ack()] })).toEqual([]);
    expect(broken({ acks: [{ ...refused, outcome: 'unknown' }] })).toEqual([]);
  });

  it('is in order when the partition was not its own all the time since it gave the message', () => {
    expect(broken({ tenures: [] })).toEqual([]);
    expect(broken({ tenures: [tenure({ daemon: 'd2' })] })).toEqual([]);
    expect(broken({ tenures: [tenure({ fromMs: 1001 })] })).toEqual([]);
    expect(broken({ tenures: [tenure({ toMs: 1200 })] })).toEqual([]);
    expect(broken({ tenures: [tenure({ partition: 1 })] })).toEqual([]);
  });

  it('is in order when it was another daemon that gave the message', () => {
    expect(broken({ deliveries: [delivery({ mode: 'later', daemon: 'd2' })] })).toEqual([]);
    expect(broken({ acks: [{ ...refused, sentMs: 990 }] })).toEqual([]);
  });

  it('is in order while something is broken, or was shortly before', () => {
    const at = (more: Parameters<typeof fault>[0]) => broken({ faults: [fault(more)] });
    expect(at({ fromMs: 1200, toMs: 1300 })).toEqual([]);
    expect(at({ fromMs: 1201, toMs: 1300 })).toEqual(['ack refused']);
    expect(at({ fromMs: -3000, toMs: -2000 })).toEqual([]);
    expect(at({ fromMs: -3000, toMs: -2001 })).toEqual(['ack refused']);
    expect(at({ fromMs: 1100, toMs: 1100, daemon: 'd2' })).toEqual(['ack refused']);
  });

  it('is wrong, where tenures are not known, if every look at ZooKeeper says that it is the owner', () => {
    const claims = [claim({ askedMs: 1050, answeredMs: 1060 }), claim({ askedMs: 1450, answeredMs: 1460 })];
    const seen = (owners: ReadonlyMap<number, string>, slackMs: number) =>
      broken({ tenures: [], claims: [claims[0]!, { ...claims[1]!, owners }] }, slackMs);
    expect(seen(new Map([[0, 'd1']]), 0)).toEqual(['ack refused']);
    expect(seen(new Map([[0, 'd2']]), 0)).toEqual(['ack refused']);
    expect(seen(new Map([[0, 'd2']]), 300)).toEqual([]);
    expect(seen(new Map(), 300)).toEqual([]);
  });
});
