import { describe, expect, it } from 'vitest';
import { PartitionClaim } from '../../../src/actors/consume/partition-claim.js';
import { SessionLease } from '../../../src/actors/zookeeper/session-lease.js';
import { inWorld, numbered } from './consume-world.js';

describe('a claim on a partition', () => {
  it(
    'is not taken for lost by late news of what happened before it was made',
    inWorld({}, async (w) => {
      w.world.createTopic('t', 1);
      await w.store(0);
      await w.write(numbered(3));
      const other = w.world.zookeeper('', 'other').openSession({ timeoutMs: 6000, onEvent: () => {} });
      await w.done(other.ensurePath('/consumers/g/owners/t'));
      await w.done(other.create('/consumers/g/owners/t/0', 'other', 'ephemeral'));
      const d = w.start();
      void d.poll({ deadlineMs: 100 });
      await w.runFor(1000);
      w.world.faults.zookeeper.watchesLate(2000);
      await w.done(other.deleteOwn('/consumers/g/owners/t/0'));
      expect(await d.consume(2)).toEqual(['m0', 'm1']);
      const out = await d.takeUnacked();
      await w.runFor(5000);
      expect(d.lines('our claim on the partition was deleted')).toEqual([]);
      expect(await w.done(d.ack(out.offset))).toBe('taken');
      await w.runFor(1000);
      expect(w.committed()).toBe('3');
      w.world.faults.zookeeper.watchesLate(0);
      await w.done(other.close());
    }),
  );

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
