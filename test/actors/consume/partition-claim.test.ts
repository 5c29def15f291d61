import { describe, expect, it } from 'vitest';
import { PartitionClaim } from '../../../src/actors/consume/partition-claim.js';
import { SessionLease } from '../../../src/actors/zookeeper/session-lease.js';
import { inWorld } from './consume-world.js';

describe('a claim on a partition', () => {
  it(
    'says nothing any more when it was released or forgotten, as nobody is there to hear it',
    inWorld({}, async (w) => {
      const lease = new SessionLease(w.host.clock);
      lease.session = w.world.zookeeper('', 'd').openSession({ timeoutMs: 6000, onEvent: () => {} });
      const heard: string[] = [];
      const claim = new PartitionClaim(
        { group: 'g', topic: 't', partition: 0 },
        'd',
        { get: () => lease },
        {
          freed: () => heard.push('freed'),
          lost: () => heard.push('lost'),
        },
      );
      expect(await w.done(claim.claim())).toBe('ours');
      await w.done(claim.release());
      await w.runFor(1000);
      expect(await w.done(claim.claim())).toBe('ours');
      claim.forget();
      await w.done(lease.session.deleteOwn('/consumers/g/owners/t/0'));
      await w.runFor(1000);
      expect(heard).toEqual([]);
      expect(await w.done(claim.claim())).toBe('ours');
      await w.done(lease.session.deleteOwn('/consumers/g/owners/t/0'));
      await w.runFor(1000);
      expect(heard).toEqual(['lost']);
      await w.done(lease.session.close());
    }),
  );
});
