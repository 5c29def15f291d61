import { describe, expect, it } from 'vitest';
import { GroupWatch, type GroupOutcome } from '../../src/inspector/group-watch.js';
import { virtualHost } from '../../src/host/virtual-host.js';
import { Hub } from '../../src/inspector/hub.js';
import type { InspectedDaemon } from '../../src/inspector/inspected.js';
import { ConsumeWorld, type TestDaemon } from '../actors/consume/consume-world.js';
import { FakeSocket } from './fake-socket.js';

const group = { cluster: 'c', group: 'g' };

/** Two daemons that share a topic of four partitions, and a hub that looks at both. */
function stage(settings: ConstructorParameters<typeof ConsumeWorld>[0] = {}) {
  const world = new ConsumeWorld(settings);
  world.world.createTopic('t', 4);
  const daemons: InspectedDaemon[] = [];
  const { clock } = world.host;
  const hub = new Hub({ daemons: () => daemons, clock, product: 'kafka-pixy test', wallAtZeroMs: 0 });
  const start = (name: string): TestDaemon => {
    const daemon = world.start(`member-${name}`, { name });
    daemons.push({ bus: daemon.bus, memberIds: { c: `member-${name}` }, listens: () => [] });
    return daemon;
  };
  const join = (): FakeSocket => {
    const socket = new FakeSocket();
    hub.join(socket);
    return socket;
  };
  const end = async (): Promise<void> => {
    hub.close();
    await world.close();
  };
  return { world, hub, start, join, end };
}

/** Who owns what, reading by reading. */
const shares = (socket: FakeSocket): string[] =>
  socket.of('group').map(({ group: { members, owners } }) => {
    const owned = owners.map(({ partition, member }) => `${partition} ${member}`).join(', ');
    return `${members.map(({ id }) => id).join('+')}: ${owned}`;
  });

describe('a group that is watched', () => {
  it('is read soon after something happened to it, and told when it has changed', async () => {
    const { world, hub, start, join, end } = stage();
    const d1 = start('d1');
    await world.runFor(1000);
    const socket = join();
    hub.take(socket, { type: 'watch-group', group });
    await world.runFor(100);
    expect(shares(socket)).toEqual([': ']);
    d1.keepPolling();
    while (world.owners()['member-d1']?.length !== 4) await world.runFor(10);
    const claimedAtMs = world.host.clock.nowMs();
    await world.runFor(1000);
    const alone = 'member-d1: 0 member-d1, 1 member-d1, 2 member-d1, 3 member-d1';
    const shown = socket.of('group')[shares(socket).indexOf(alone)]!;
    // A flush until it is read, and one until that is told.
    expect(shown.atMs - claimedAtMs).toBeLessThan(110);
    expect(shown.address).toBe('d1:');
    start('d2').keepPolling();
    await world.runFor(8000);
    expect(shares(socket).at(-1)).toBe('member-d1+member-d2: 0 member-d1, 1 member-d1, 2 member-d2, 3 member-d2');
    const { owners } = socket.of('group').at(-1)!.group;
    expect(new Set(owners.map(({ sessionId }) => sessionId)).size).toBe(2);
    await end();
  });

  it('that nothing happens to is told of every other second, by one question at a time', async () => {
    const { world, hub, start, join, end } = stage();
    const d1 = start('d1');
    await world.runFor(1000);
    let questions = 0;
    d1.bus.tap((record) => {
      if (record.type === 'ask' && record.request.type === 'group.read') questions++;
    });
    const [first, second] = [join(), join()];
    for (const socket of [first, second]) hub.take(socket, { type: 'watch-group', group });
    await world.runFor(20_000);
    expect(questions).toBeGreaterThan(30);
    expect(questions).toBeLessThan(42);
    expect(first.of('group').length).toBeGreaterThan(7);
    expect(first.of('group').length).toBeLessThan(12);
    expect(second.of('group')).toEqual(first.of('group'));
    expect([...first.of('ask'), ...first.of('outcome'), ...first.of('event')].map(({ name }) => name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/group\.read|question/)]),
    );
    hub.take(second, { type: 'watch-group', group: null });
    hub.leave(first);
    const before = questions;
    await world.runFor(5000);
    expect(questions).toBe(before);
    await end();
  });

  it('is read by another daemon when one cannot', async () => {
    const { world, hub, start, join, end } = stage({ cluster: { zookeeper: { sessionTimeoutMs: 4000 } } });
    const [d1, d2] = [start('d1'), start('d2')];
    for (const daemon of [d1, d2]) daemon.keepPolling();
    await world.runFor(5000);
    const socket = join();
    hub.take(socket, { type: 'watch-group', group });
    await world.runFor(1000);
    expect(socket.of('group').at(-1)!.address).toBe('d1:');
    world.world.faults.zookeeper.clientCut(d1.memberId);
    await world.runFor(20_000);
    expect(socket.of('group').at(-1)).toMatchObject({ address: 'd2:' });
    expect(shares(socket).at(-1)).toBe('member-d2: 0 member-d2, 1 member-d2, 2 member-d2, 3 member-d2');
    world.world.faults.zookeeper.clientHealed(d1.memberId);
    await end();
  });

  it('that nobody can read is said to be so, once for the same reason, to whoever asks', async () => {
    const { world, hub, start, join, end } = stage();
    const d1 = start('d1');
    await world.runFor(1000);
    world.world.faults.zookeeper.clientCut(d1.memberId);
    await world.runFor(60_000);
    const [first, second] = [join(), join()];
    hub.take(first, { type: 'watch-group', group });
    await world.runFor(20_000);
    hub.take(second, { type: 'watch-group', group });
    await world.runFor(20_000);
    for (const socket of [first, second])
      expect(socket.answers('unreadable-group')[0]).toMatchObject({
        ...group,
        reason: expect.stringMatching(/ZooKeeper did not answer in time|could not connect/) as string,
      });
    expect(first.answers('unreadable-group').length).toBeLessThan(4);
    world.world.faults.zookeeper.clientHealed(d1.memberId);
    await world.runFor(20_000);
    expect(first.of('group').length).toBeGreaterThan(0);
    await end();
  });

  it.each([
    [{ cluster: 'nowhere', group: 'g' }, 'No daemon here has a cluster nowhere.'],
    [{ cluster: 'c', group: 'a/b' }, 'No group can have the name a/b.'],
  ])('%j is none', async (name, reason) => {
    const { world, hub, start, join, end } = stage();
    start('d1');
    const socket = join();
    hub.take(socket, { type: 'watch-group', group: name });
    await world.runFor(3000);
    expect(socket.answers('unreadable-group')).toEqual([{ type: 'unreadable-group', ...name, reason }]);
    await end();
  });
});

describe('groups that are listed', () => {
  it('are those that ZooKeeper knows; none of a cluster that nobody has', async () => {
    const { world, hub, start, join, end } = stage();
    const d1 = start('d1');
    for (const name of ['b', 'a']) d1.keepPolling({ group: name });
    await world.runFor(5000);
    const socket = join();
    for (const cluster of ['c', 'c', 'nowhere']) hub.take(socket, { type: 'list-groups', cluster });
    await world.runFor(1000);
    hub.take(socket, { type: 'list-groups', cluster: 'nowhere' });
    await world.runFor(1000);
    expect(socket.answers('groups')).toEqual([
      { type: 'groups', cluster: 'c', groups: ['a', 'b'] },
      { type: 'groups', cluster: 'nowhere', groups: [] },
    ]);
    await end();
  });
});

describe('a group that is too large to be read', () => {
  it('is told as one of which more is there', async () => {
    const value = { members: [], owners: [], truncated: true };
    const bus = { name: '', ask: () => Promise.resolve({ kind: 'reply', value }) };
    const daemon = { bus, memberIds: { c: 'm' }, listens: () => [] } as unknown as InspectedDaemon;
    const outcomes: GroupOutcome[] = [];
    const { clock } = virtualHost();
    const onOutcome = (outcome: GroupOutcome) => outcomes.push(outcome);
    new GroupWatch({ ...group, clock, daemons: () => [daemon], onOutcome }).step(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcomes).toMatchObject([{ kind: 'read', picture: { truncated: true } }]);
  });
});
