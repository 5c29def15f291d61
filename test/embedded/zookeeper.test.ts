import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../../src/zookeeper/port.js';
import { bench, kindOf, openSession, outcome } from './support.js';

describe('what is told of one node', () => {
  it('is what is told of it among all', async () => {
    const b = bench();
    const { session } = await openSession(b);
    await session.create('/e', 'x', 'ephemeral');
    expect(b.world.zookeeperNode('/e')).toEqual({ path: '/e', data: 'x', ephemeralOwner: session.sessionId });
    expect(b.world.describe().zookeeper.nodes).toContainEqual(b.world.zookeeperNode('/e'));
    expect(b.world.zookeeperNode('/other')).toBeUndefined();
  });
});

describe('ZooKeeper faults', () => {
  it('server down for longer than a session: it goes on where it was when the server is back', async () => {
    const b = bench();
    const { session, types } = await openSession(b, { timeoutMs: 6_000 });
    await session.create('/e', '', 'ephemeral');
    const { sessionId } = session;
    b.world.faults.zookeeper.serverDown();
    await b.host.clock.runFor(60_000);
    expect(types()).toEqual(['connected', 'disconnected']);
    b.world.faults.zookeeper.serverUp();
    await b.host.clock.runUntil(() => types().length === 3);
    expect(types()).toEqual(['connected', 'disconnected', 'connected']);
    await b.host.clock.runFor(12_000);
    expect((await session.exists('/e'))?.ephemeralOwner).toBe(sessionId);
    await session.close();
    expect(b.host.clock.pendingTimers).toBe(0);
  });

  it('server down while a request is on its way: it is lost, and was not done', async () => {
    const b = bench();
    const { session, types } = await openSession(b);
    const created = kindOf(session.create('/n', '', 'persistent'));
    b.world.faults.zookeeper.serverDown();
    expect(await created).toBe('connection-loss');
    b.world.faults.zookeeper.serverUp();
    await b.host.clock.runUntil(() => types().length === 3);
    expect(types()).toEqual(['connected', 'disconnected', 'connected']);
    expect(await session.exists('/n')).toBeNull();
  });

  it('server frozen: nothing is answered, nothing expires, and what was asked for is done when it is thawed', async () => {
    const b = bench();
    const [one, two] = [await openSession(b, { client: 'd1' }), await openSession(b, { client: 'd2' })];
    await one.session.create('/e', '', 'ephemeral');
    b.world.faults.zookeeper.serverFrozen();
    const created = outcome(one.session.create('/n', '', 'persistent'));
    await b.host.clock.runFor(3_999);
    expect(one.types()).toEqual(['connected']);
    await b.host.clock.runFor(60_000);
    // It hangs up after two thirds of silence, as the server does after all of it; but this one does nothing.
    expect(one.types()).toEqual(['connected', 'disconnected']);
    expect(created.failure?.kind).toBe('connection-loss');
    expect(b.world.describe().zookeeper.nodes.map(({ path }) => path)).not.toContain('/n');
    b.world.faults.zookeeper.serverThawed();
    await b.host.clock.settle();
    expect([one, two].map(({ types }) => types())).toEqual(
      [1, 2].map(() => ['connected', 'disconnected', 'connected']),
    );
    expect(await two.session.exists('/e')).not.toBeNull();
    expect(await two.session.exists('/n')).not.toBeNull();
    await one.session.close();
    await two.session.close();
    expect(b.world.describe().zookeeper.sessions).toEqual([]);
    expect(b.host.clock.pendingTimers).toBe(0);
  });

  it('server frozen: a session whose client is gone meanwhile expires a whole timeout after it is thawed', async () => {
    const b = bench();
    const { session } = await openSession(b, { client: 'd1', timeoutMs: 6_000 });
    await session.create('/e', '', 'ephemeral');
    b.world.faults.zookeeper.serverFrozen();
    b.world.faults.clientKilled('d1');
    b.world.faults.zookeeper.sessionExpired('no such session');
    await b.host.clock.runFor(20_000);
    b.world.faults.zookeeper.serverThawed();
    await b.host.clock.runFor(5_999);
    expect(b.world.describe().zookeeper.sessions).toHaveLength(1);
    await b.host.clock.runFor(1);
    expect(b.world.describe().zookeeper.sessions).toEqual([]);
  });

  it('server killed while it is frozen: what it was asked for is lost, and sessions go on at its next process', async () => {
    const b = bench();
    const { session, types } = await openSession(b);
    b.world.faults.zookeeper.serverFrozen();
    const created = kindOf(session.create('/n', '', 'persistent'));
    await b.host.clock.settle();
    b.world.faults.zookeeper.serverDown();
    expect(await created).toBe('connection-loss');
    b.world.faults.zookeeper.serverUp();
    b.world.faults.zookeeper.serverThawed();
    await b.host.clock.runUntil(() => types().length === 3);
    expect(await session.exists('/n')).toBeNull();
  });

  it('client cut: nothing is answered, the server expires the session, the client learns it when it is healed', async () => {
    const b = bench();
    const cut = await openSession(b, { client: 'd1', timeoutMs: 6_000 });
    const other = await openSession(b, { client: 'd2', timeoutMs: 6_000 });
    await cut.session.create('/e', '', 'ephemeral');
    const gone: number[] = [];
    await other.session.exists('/e', () => void gone.push(b.host.clock.nowMs()));
    const atMs = b.host.clock.nowMs();
    b.world.faults.zookeeper.clientCut('d1');
    const asked = outcome(cut.session.exists('/e'));
    const answers = cut.events.filter(({ type }) => type === 'answered').length;
    await b.host.clock.runFor(3_999);
    expect(cut.types()).toEqual(['connected']);
    expect(asked).toEqual({});
    await b.host.clock.runFor(1);
    expect(cut.types()).toEqual(['connected', 'disconnected']);
    expect(asked.failure?.kind).toBe('connection-loss');
    await b.host.clock.runFor(60_000);
    expect(cut.types()).toEqual(['connected', 'disconnected']);
    b.world.faults.zookeeper.clientHealed('d1');
    await b.host.clock.runUntil(() => cut.types().includes('ended'));
    expect(cut.events.at(-1)).toEqual({ type: 'ended', why: 'expired' });
    expect(cut.events.filter(({ type }) => type === 'answered')).toHaveLength(answers);
    expect(gone).toEqual([atMs + 6_000]);
    expect(other.types()).toEqual(['connected']);
  });

  it('client cut and healed in time: what was on its way arrives, watches included', async () => {
    const b = bench();
    const cut = await openSession(b, { client: 'd1' });
    const other = await openSession(b, { client: 'd2' });
    await other.session.create('/n', '', 'persistent');
    const seen: string[] = [];
    await cut.session.getData('/n', ({ type }) => void seen.push(type));
    b.world.faults.zookeeper.clientCut('d1');
    const asked = outcome(cut.session.create('/late', '', 'persistent'));
    await other.session.setData('/n', 'changed');
    await b.host.clock.runFor(1_500);
    expect([seen, asked]).toEqual([[], {}]);
    b.world.faults.zookeeper.clientHealed('d1');
    await b.host.clock.settle();
    expect(seen).toEqual(['data-changed']);
    expect(asked).toHaveProperty('value');
    expect(cut.types()).toEqual(['connected']);
  });

  it('client cut until it has hung up, then healed: the same session, and the watch that fired meanwhile', async () => {
    const b = bench();
    const cut = await openSession(b, { client: 'd1', timeoutMs: 6_000 });
    const other = await openSession(b, { client: 'd2' });
    await other.session.create('/n', '', 'persistent');
    const seen: string[] = [];
    await cut.session.getData('/n', ({ type }) => void seen.push(type));
    b.world.faults.zookeeper.clientCut('d1');
    await other.session.setData('/n', 'changed');
    await b.host.clock.runFor(4_500);
    expect(cut.types()).toEqual(['connected', 'disconnected']);
    const { sessionId } = cut.session;
    b.world.faults.zookeeper.clientHealed('d1');
    await b.host.clock.runUntil(() => seen.length > 0);
    expect(cut.types()).toEqual(['connected', 'disconnected', 'connected']);
    expect(cut.session.sessionId).toBe(sessionId);
    expect(seen).toEqual(['data-changed']);
  });

  it('client cut while the server restarts, then healed: the old connection is refused and made anew', async () => {
    const b = bench();
    const { session, types } = await openSession(b, { client: 'd1' });
    b.world.faults.zookeeper.clientCut('d1');
    const created = kindOf(session.create('/n', '', 'persistent'));
    b.world.faults.zookeeper.serverDown();
    b.world.faults.zookeeper.serverUp();
    b.world.faults.zookeeper.clientHealed('d1');
    expect(await created).toBe('connection-loss');
    await b.host.clock.runUntil(() => types().length === 3);
    expect(types()).toEqual(['connected', 'disconnected', 'connected']);
    expect(await session.exists('/n')).toBeNull();
  });

  it('session expired: ephemerals go at once, the client learns it when it comes back', async () => {
    const b = bench();
    const { session, types } = await openSession(b);
    const other = await openSession(b);
    await session.create('/e', '', 'ephemeral');
    b.world.faults.zookeeper.sessionExpired(session.sessionId);
    expect(types()).toEqual(['connected']);
    expect(await other.session.exists('/e')).toBeNull();
    await b.host.clock.runUntil(() => types().includes('ended'));
    expect(types()).toEqual(['connected', 'disconnected', 'ended']);
  });

  it('watches late: the news comes after its delay, and reads are not held up', async () => {
    const b = bench();
    const { session } = await openSession(b);
    await session.create('/n', '', 'persistent');
    const seen: string[] = [];
    await session.getData('/n', ({ type }) => void seen.push(type));
    b.world.faults.zookeeper.watchesLate(700);
    await session.setData('/n', 'new');
    expect((await session.getData('/n')).data).toBe('new');
    await b.host.clock.runFor(699);
    expect(seen).toEqual([]);
    await b.host.clock.runFor(1);
    expect(seen).toEqual(['data-changed']);
    b.world.faults.zookeeper.watchesLate(0);
    await session.exists('/n', ({ type }) => void seen.push(type));
    await session.setData('/n', 'newer');
    expect(seen).toEqual(['data-changed', 'data-changed']);
  });

  it('client killed: it hears nothing more, and its session lives until the server times it out', async () => {
    const b = bench();
    const killed = await openSession(b, { client: 'd1', timeoutMs: 6_000 });
    const other = await openSession(b, { client: 'd2', timeoutMs: 6_000 });
    const { sessionId } = killed.session;
    await killed.session.create('/e', '', 'ephemeral');
    await killed.session.exists('/n', () => expect.unreachable('the dead hear nothing'));
    const asked = kindOf(killed.session.exists('/e'));
    const told = killed.events.length;
    b.world.faults.clientKilled('d1');
    expect(await asked).toBe('session-ended');
    expect(await kindOf(killed.session.exists('/e'))).toBe('session-ended');
    const again = await openSession(b, { client: 'd1' });
    expect((await again.session.exists('/e'))?.ephemeralOwner).toBe(sessionId);
    await other.session.create('/n', '', 'persistent');
    await b.host.clock.runFor(5_999);
    expect(await other.session.exists('/e')).not.toBeNull();
    await b.host.clock.runFor(1);
    expect(await other.session.exists('/e')).toBeNull();
    expect(killed.events).toHaveLength(told);
    expect(again.types()).toEqual(['connected']);
  });

  it('client killed: what it was given before opens no session any more', async () => {
    const { world, host } = bench();
    const zookeeper = world.zookeeper('', 'd1');
    world.faults.clientKilled('d1');
    const events: SessionEvent[] = [];
    const session = zookeeper.openSession({ timeoutMs: 6_000, onEvent: (event) => void events.push(event) });
    expect(await kindOf(session.exists('/'))).toBe('session-ended');
    await host.clock.runFor(60_000);
    expect(events).toEqual([]);
    expect(world.describe().zookeeper.sessions).toEqual([]);
  });
});

describe('ZooKeeper sessions', () => {
  it.each([
    [10, 1_000],
    [5_000, 5_000],
    [1_000_000, 60_000],
  ])('asked for %d ms get %d ms', async (asked, negotiated) => {
    const { events } = await openSession(bench(), { timeoutMs: asked });
    expect(events[0]).toMatchObject({ type: 'connected', timeoutMs: negotiated });
  });

  it('close within their bound when the server does not answer', async () => {
    const b = bench();
    const { session, types } = await openSession(b, { client: 'd1' });
    b.world.faults.zookeeper.clientCut('d1');
    const closed = outcome(session.close());
    await b.host.clock.runFor(999);
    expect(closed).toEqual({});
    await b.host.clock.runFor(1);
    expect(closed).toHaveProperty('value');
    expect(types()).toEqual(['connected', 'ended']);
  });

  it('that are being closed end as closed, also where silence would have ended them before', async () => {
    const b = bench();
    const { session, events } = await openSession(b, { client: 'd1', timeoutMs: 1_000 });
    b.world.faults.zookeeper.clientCut('d1');
    await b.host.clock.runFor(500);
    const closed = outcome(session.close());
    await b.host.clock.runFor(1_000);
    expect(closed).toHaveProperty('value');
    expect(events.at(-1)).toEqual({ type: 'ended', why: 'closed' });
  });

  it('leave no timer, connection or watch behind', async () => {
    const b = bench();
    const { session } = await openSession(b);
    await session.exists('/n', () => {});
    expect(b.world.describe().zookeeper).toMatchObject({ watches: 1, sessions: [{ connected: true }] });
    await session.close();
    expect(b.host.clock.pendingTimers).toBe(0);
    expect(b.world.describe().zookeeper).toMatchObject({ watches: 0, sessions: [] });
    expect(b.world.describe().clients).toEqual([]);
  });

  it('tell of a change before anything that was read after it', async () => {
    const b = bench();
    const { session } = await openSession(b);
    const other = await openSession(b);
    await session.create('/n', 'old', 'persistent');
    const order: string[] = [];
    await session.getData('/n', () => void order.push('watch'));
    const written = other.session.setData('/n', 'new');
    const read = session.getData('/n').then(({ data }) => void order.push(data));
    await Promise.all([written, read]);
    expect(order).toEqual(['watch', 'new']);
  });

  it('report what a callback throws, and go on', async () => {
    const errors: unknown[] = [];
    const b = bench({ onCallbackError: (error) => void errors.push(error) });
    const { session } = await openSession(b);
    await session.exists('/n', () => {
      throw new Error('from the watch');
    });
    await session.create('/n', '', 'persistent');
    expect(await session.exists('/n')).not.toBeNull();
    expect(errors).toEqual([new Error('from the watch')]);
  });
});

describe('ZooKeeper limits', () => {
  it('operations: beyond pendingOperationsMax they are refused, in time they fail', async () => {
    const b = bench({ limits: { pendingOperationsMax: 2, operationTimeoutMs: 500 } });
    const { session } = await openSession(b, { client: 'd1' });
    b.world.faults.zookeeper.clientCut('d1');
    const open = [kindOf(session.exists('/')), kindOf(session.exists('/'))];
    const failure = await session.exists('/').catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'other', message: expect.stringContaining('pendingOperationsMax') });
    await b.host.clock.runFor(500);
    expect(await Promise.all(open)).toEqual(['operation-timeout', 'operation-timeout']);
  });

  it('nodes, their data, and watches', async () => {
    const b = bench({ limits: { nodesMax: 3, nodeDataBytesMax: 4, watchesPerSessionMax: 1 } });
    const { session } = await openSession(b);
    expect(await kindOf(session.create('/a', 'ääx', 'persistent'))).toBe('other');
    await session.create('/a', 'ää', 'persistent');
    expect(await kindOf(session.setData('/a', '12345'))).toBe('other');
    await session.create('/b', '', 'persistent');
    expect(await kindOf(session.create('/c', '', 'persistent'))).toBe('other');
    await session.exists('/a', () => {});
    expect(await kindOf(session.exists('/a', () => {}))).toBe('other');
    await session.setData('/a', '1');
    expect(await kindOf(session.exists('/a', () => {}))).toBe('it succeeded');
  });

  it('never deletes the root, nor an ephemeral node as an empty one', async () => {
    const { session } = await openSession(bench());
    expect(await kindOf(session.deleteEmpty('/'))).toBe('bad-path');
    await session.create('/e', '', 'ephemeral');
    expect(await kindOf(session.deleteEmpty('/e'))).toBe('other');
    expect(await session.exists('/e')).not.toBeNull();
  });
});
