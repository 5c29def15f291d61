import { expect, it } from 'vitest';
import { recorder, type Bench, type Opened } from './world.js';

const hexId = /^[0-9a-f]{16}$/;

export function sessionTests(of: () => Bench): void {
  it('has an id once it is connected, and not before', async () => {
    const bench = of();
    const opened = bench.start(bench.world.zookeeper);
    expect(opened.session.sessionId).toBe('');
    expect(opened.events).toEqual([]);
    await bench.world.waitFor(() => opened.of('connected').length > 0, 'the session connects');
    expect(opened.session.sessionId).toMatch(hexId);
    const [connected] = opened.of('connected');
    expect(connected?.sessionId).toBe(opened.session.sessionId);
    expect(connected?.timeoutMs).toBeGreaterThan(0);
  });

  it('queues operations until it is connected', async () => {
    const bench = of();
    const { session } = bench.start(bench.world.zookeeper);
    const created = session.create('/n', 'early', 'persistent');
    const read = session.getData('/n');
    await bench.done(created);
    expect((await bench.done(read)).data).toBe('early');
  });

  it('gives each session an id of its own, of one client too', async () => {
    const bench = of();
    const sessions = [
      await bench.open(bench.world.zookeeper),
      await bench.open(bench.world.zookeeper),
      await bench.open(bench.world.second),
    ];
    expect(new Set(sessions.map(({ session }) => session.sessionId)).size).toBe(3);
  });

  it('reports when an answered request was sent', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper);
    const before = bench.world.nowMs();
    await bench.done(opened.session.create('/n', '', 'persistent'));
    await bench.world.waitFor(() => opened.of('answered').some(({ sentAtMs }) => sentAtMs >= before), 'it is answered');
    for (const { sentAtMs, atMs } of opened.of('answered')) expect(sentAtMs).toBeLessThanOrEqual(atMs);
  });

  it('is answered at least once in a sixth of its timeout while nothing is asked', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper);
    await bench.world.waitFor(() => opened.of('answered').length >= 14, 'fourteen answers came');
    const timeoutMs = opened.of('connected')[0]!.timeoutMs;
    const answers = opened.of('answered');
    for (const [i, answer] of answers.entries()) {
      const previous = answers[i - 1] ?? opened.of('connected')[0]!;
      expect(answer.atMs - previous.atMs).toBeLessThanOrEqual(timeoutMs / 6 + bench.world.timerSlackMs);
      expect(answer.sentAtMs).toBeLessThanOrEqual(answer.atMs);
    }
    expect(opened.of('connected')).toHaveLength(1);
    expect(opened.of('disconnected')).toEqual([]);
  });

  it('keeps its ephemeral nodes as long as it lives', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 1_000);
    await bench.done(opened.session.create('/e', '', 'ephemeral'));
    const timeoutMs = opened.of('connected')[0]!.timeoutMs;
    const startMs = bench.world.nowMs();
    const second = await bench.open(bench.world.second, 10_000);
    await bench.world.waitFor(
      () => opened.of('answered').some(({ sentAtMs }) => sentAtMs > startMs + 2 * timeoutMs),
      'two timeouts pass',
    );
    expect((await bench.done(second.session.exists('/e')))?.ephemeralOwner).toBe(opened.session.sessionId);
  });
}

export function endTests(of: () => Bench): void {
  const expectEnded = async (bench: Bench, opened: Opened, why: 'expired' | 'closed'): Promise<void> => {
    await bench.world.waitFor(() => opened.of('ended').length > 0, 'the session ends');
    await bench.fails(opened.session.exists('/'), 'session-ended');
    await bench.fails(opened.session.create('/late', '', 'ephemeral'), 'session-ended');
    await bench.done(opened.session.close());
    opened.session.abandon();
    await bench.done(opened.session.close());
    expect(opened.of('ended').map((event) => event.why)).toEqual([why]);
    expect(opened.events.at(-1)?.type).toBe('ended');
  };

  it('ends by close, at the server too: its ephemeral nodes are gone at once', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 10_000);
    const second = await bench.open(bench.world.second);
    await bench.done(opened.session.create('/e', '', 'ephemeral'));
    await bench.done(opened.session.create('/p', '', 'persistent'));
    await bench.done(Promise.all([opened.session.close(), opened.session.close()]));
    expect(await bench.done(second.session.exists('/e'))).toBeNull();
    expect(await bench.done(second.session.exists('/p'))).not.toBeNull();
    await expectEnded(bench, opened, 'closed');
  });

  it("leaves other sessions' nodes when it closes", async () => {
    const bench = of();
    const first = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    const third = await bench.open(bench.world.zookeeper);
    await bench.done(second.session.create('/e2', '', 'ephemeral'));
    await bench.done(third.session.create('/e3', '', 'ephemeral'));
    await bench.done(first.session.close());
    expect((await bench.done(third.session.exists('/e2')))?.ephemeralOwner).toBe(second.session.sessionId);
    expect((await bench.done(second.session.exists('/e3')))?.ephemeralOwner).toBe(third.session.sessionId);
  });

  it('ends by being abandoned, but its ephemeral nodes live until the server times it out', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 2_000);
    const second = await bench.open(bench.world.second);
    await bench.done(opened.session.create('/e', '', 'ephemeral'));
    const seen = recorder();
    await bench.done(second.session.exists('/e', seen.watch));
    opened.session.abandon();
    expect(await bench.done(second.session.exists('/e'))).not.toBeNull();
    await expectEnded(bench, opened, 'closed');
    await bench.world.waitFor(() => seen.events.length > 0, 'the server times the session out');
    expect(seen.events).toEqual([{ type: 'deleted', path: '/e' }]);
  });

  it('ends when the server expires it, and its ephemeral nodes are gone', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 6_000);
    const second = await bench.open(bench.world.second);
    await bench.done(opened.session.create('/e', '', 'ephemeral'));
    await bench.world.expire(opened.session.sessionId);
    await expectEnded(bench, opened, 'expired');
    expect(await bench.done(second.session.exists('/e'))).toBeNull();
  });

  it('lets a new session follow an expired one', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 6_000);
    await bench.world.expire(opened.session.sessionId);
    await bench.world.waitFor(() => opened.of('ended').length > 0, 'the session ends');
    const next = await bench.open(bench.world.zookeeper);
    expect(next.session.sessionId).not.toBe(opened.session.sessionId);
    await bench.done(next.session.create('/e', '', 'ephemeral'));
  });

  it.each(['close', 'abandon', 'expire'] as const)('calls no watch after the end (%s)', async (how) => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(opened.session.create('/n', '', 'persistent'));
    const seen = recorder();
    await bench.done(opened.session.getData('/n', seen.watch));
    if (how === 'close') await bench.done(opened.session.close());
    else if (how === 'abandon') opened.session.abandon();
    else await bench.world.expire(opened.session.sessionId);
    await bench.world.waitFor(() => opened.of('ended').length > 0, 'the session ends');
    await bench.barrier(second.session, second.session, '/n');
    expect(seen.events).toEqual([]);
  });

  it.each(['close', 'abandon'] as const)('gives every open operation an outcome (%s)', async (how) => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const open = Promise.allSettled([
      session.exists('/n'),
      session.create('/n', '', 'persistent'),
      session.getChildren('/'),
    ]);
    if (how === 'close') await bench.done(session.close());
    else session.abandon();
    for (const outcome of await bench.done(open)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'session-ended' });
    }
  });

  it('closes before it has connected', async () => {
    const bench = of();
    const opened = bench.start(bench.world.zookeeper);
    const early = opened.session.exists('/');
    const failed = bench.fails(early, 'session-ended');
    await bench.done(opened.session.close());
    await failed;
    await expectEnded(bench, opened, 'closed');
    expect(opened.of('connected')).toEqual([]);
  });
}

export function connectionTests(of: () => Bench): void {
  it('lets operations fail in time where no server is, tells nothing, and closes', async () => {
    const bench = of();
    const opened = bench.start(bench.world.unreachable);
    await bench.fails(opened.session.exists('/'), 'operation-timeout');
    await bench.fails(opened.session.ensurePath('/a/b'), 'operation-timeout');
    expect(opened.events).toEqual([]);
    const open = bench.fails(opened.session.getData('/'), 'session-ended');
    await bench.done(opened.session.close());
    await open;
    expect(opened.events.map(({ type }) => type)).toEqual(['ended']);
    expect(opened.of('ended')[0]?.why).toBe('closed');
  });

  it('comes back within the session: the same id, its nodes and its watches', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 10_000);
    const { session } = opened;
    const sessionId = session.sessionId;
    await bench.done(session.create('/e', '', 'ephemeral'));
    const seen = { data: recorder(), created: recorder(), children: recorder() };
    await bench.done(session.getData('/e', seen.data.watch));
    await bench.done(session.exists('/missing', seen.created.watch));
    await bench.done(session.getChildren('/', seen.children.watch));
    await bench.world.disconnect();
    await bench.world.waitFor(() => opened.of('disconnected').length === 1, 'the loss is seen');
    await bench.world.reconnect();
    await bench.world.waitFor(() => opened.of('connected').length === 2, 'the session is connected again');
    expect(opened.of('connected')[1]?.sessionId).toBe(sessionId);
    expect((await bench.done(session.exists('/e')))?.ephemeralOwner).toBe(sessionId);
    expect([seen.data.events, seen.created.events, seen.children.events]).toEqual([[], [], []]);
    await bench.done(session.setData('/e', 'changed'));
    await bench.done(session.create('/missing', '', 'persistent'));
    await bench.world.waitFor(
      () => Object.values(seen).every(({ events }) => events.length > 0),
      'every watch is called',
    );
    expect(seen.data.events).toEqual([{ type: 'data-changed', path: '/e' }]);
    expect(seen.created.events).toEqual([{ type: 'created', path: '/missing' }]);
    expect(seen.children.events).toEqual([{ type: 'children-changed', path: '/' }]);
    expect(opened.of('ended')).toEqual([]);
  });

  it('gives an operation asked while the connection is away exactly one outcome', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper, 10_000);
    await bench.world.disconnect();
    await bench.world.waitFor(() => opened.of('disconnected').length === 1, 'the loss is seen');
    const asked = Promise.allSettled([opened.session.create('/n', '', 'persistent'), opened.session.exists('/')]);
    await bench.world.reconnect();
    for (const outcome of await bench.done(asked)) {
      if (outcome.status === 'rejected')
        expect(['connection-loss', 'operation-timeout']).toContain(outcome.reason.kind);
    }
    await bench.world.waitFor(() => opened.of('connected').length === 2, 'the session is connected again');
    expect(await bench.done(opened.session.exists('/'))).not.toBeNull();
  });

  it('closes while the connection is away', async () => {
    const bench = of();
    const opened = await bench.open(bench.world.zookeeper);
    await bench.world.disconnect();
    await bench.world.waitFor(() => opened.of('disconnected').length === 1, 'the loss is seen');
    await bench.done(opened.session.close());
    expect(opened.of('ended').map(({ why }) => why)).toEqual(['closed']);
    await bench.fails(opened.session.exists('/'), 'session-ended');
    await bench.world.reconnect();
  });
}
