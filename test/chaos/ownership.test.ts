import { describe, expect, it } from 'vitest';
import { OwnershipWatch } from '../../src/chaos/ownership.js';
import { createEmbeddedWorld } from '../../src/embedded/world.js';
import { virtualHost } from '../../src/host/virtual-host.js';

async function start(groups = [{ name: 'g', topics: ['orders'] }]) {
  const host = virtualHost();
  const { clock } = host;
  const world = createEmbeddedWorld({ host });
  const daemons = [
    { name: 'daemon 1', memberIds: ['pixy-1.1', 'pixy-1.2'], sessionIds: new Set<string>() },
    { name: 'daemon 2', memberIds: ['pixy-2.1'], sessionIds: new Set<string>() },
  ];
  const session = world.zookeeper('', 'daemons').openSession({ timeoutMs: 60_000, onEvent: () => {} });
  const claim = (partition: number, member: string, topic = 'orders') =>
    session.create(`/consumers/g/owners/${topic}/${partition}`, member, 'ephemeral');
  const zookeeper = world.zookeeper('', 'chaos');
  const watch = new OwnershipWatch({ zookeeper, clock, nowMs: () => clock.nowMs() - 1000, groups, daemons });
  const made = session.ensurePath('/consumers/g/owners/orders');
  await clock.runFor(1000);
  await made;
  return { clock, world, daemons, session, claim, watch, samples: watch.samples };
}

const stopped = async ({ clock, watch, session }: Awaited<ReturnType<typeof start>>): Promise<void> => {
  const stop = Promise.all([watch.stop(), session.close()]);
  await clock.runFor(5000);
  await stop;
};

describe('a look at who owns what', () => {
  it('names daemons by all ids that they had, and others by their own', async () => {
    const all = await start();
    const { clock, claim, watch, samples } = all;
    const claims = [claim(0, 'pixy-1.2'), claim(1, 'pixy-2.1'), claim(3, 'somebody')];
    await clock.runFor(10);
    await Promise.all(claims);
    watch.start();
    await clock.runFor(100);
    const [{ group, topic, askedMs, answeredMs, owners }, ...others] = samples as [(typeof samples)[0]];
    expect([group, topic, others]).toEqual(['g', 'orders', []]);
    expect(askedMs).toBeGreaterThanOrEqual(10);
    expect(answeredMs).toBeGreaterThanOrEqual(askedMs);
    expect(owners).toEqual(
      new Map([
        [0, 'daemon 1'],
        [1, 'daemon 2'],
        [3, 'somebody'],
      ]),
    );
    await stopped(all);
    const count = samples.length;
    await clock.runFor(10_000);
    expect([samples.length, clock.pendingTimers]).toEqual([count, 0]);
  });

  it('names a daemon by its session, whatever it calls itself in a command that does not tell it its name', async () => {
    const all = await start();
    const { clock, daemons, session, claim, watch, samples } = all;
    const claimed = claim(2, 'theirs_host_4711');
    await clock.runFor(10);
    await claimed;
    const asked = session.getData('/consumers/g/owners/orders/2');
    await clock.runFor(10);
    daemons[1]!.sessionIds.add((await asked).stat.ephemeralOwner!);
    watch.start();
    await clock.runFor(100);
    expect(samples[0]!.owners).toEqual(new Map([[2, 'daemon 2']]));
    await stopped(all);
  });

  it('is had five times a second, and looks that see the same share what they saw', async () => {
    const all = await start();
    const { clock, claim, watch, samples } = all;
    watch.start();
    await clock.runFor(4000);
    expect(samples.length).toBeGreaterThan(15);
    expect(samples.length).toBeLessThan(22);
    expect(new Set(samples.map(({ owners }) => owners)).size).toBe(1);
    const claimed = claim(0, 'pixy-1.1');
    await clock.runFor(4000);
    await claimed;
    expect(new Set(samples.map(({ owners }) => owners)).size).toBe(2);
    expect(samples.at(-1)!.owners).toEqual(new Map([[0, 'daemon 1']]));
    await stopped(all);
  });

  it('takes a topic that nobody consumes for one without owners', async () => {
    const all = await start([{ name: 'nobody', topics: ['orders'] }]);
    all.watch.start();
    await all.clock.runFor(100);
    expect(all.samples.map(({ owners }) => owners.size)).toEqual([0]);
    await stopped(all);
  });

  it('is not had while ZooKeeper is away, and is had again by another session', async () => {
    const all = await start();
    const { clock, world, watch, samples } = all;
    watch.start();
    await clock.runFor(1000);
    world.faults.zookeeper.serverDown();
    const before = samples.length;
    await clock.runFor(30_000);
    expect(samples.length).toBe(before);
    world.faults.zookeeper.serverUp();
    await clock.runFor(30_000);
    const afterwards = samples.length;
    expect(afterwards).toBeGreaterThan(before + 100);
    // Its session expires meanwhile.
    world.faults.zookeeper.clientCut('chaos');
    await clock.runFor(30_000);
    expect(samples.length).toBe(afterwards);
    world.faults.zookeeper.clientHealed('chaos');
    await clock.runFor(30_000);
    expect(samples.length).toBeGreaterThan(afterwards + 100);
    await stopped(all);
  });

  it('is had less often where there are many topics of groups', async () => {
    const topics = Array.from({ length: 100 }, (_, index) => `t${index}`);
    const all = await start([{ name: 'g', topics }]);
    all.watch.start();
    await all.clock.runFor(10_000);
    expect(all.samples.length).toBeLessThanOrEqual(1100);
    expect(all.samples.length).toBeGreaterThanOrEqual(100);
    await stopped(all);
  });
});
