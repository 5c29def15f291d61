import { expect, it } from 'vitest';
import { recorder, type Bench } from './world.js';

export function watchTests(of: () => Bench): void {
  it('tells of a missing node that it was created', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    const seen = recorder();
    expect(await bench.done(session.exists('/n', seen.watch))).toBeNull();
    await bench.done(second.session.create('/n', '', 'persistent'));
    await bench.world.waitFor(() => seen.events.length > 0, 'the watch is called');
    expect(seen.events).toEqual([{ type: 'created', path: '/n' }]);
  });

  it.each(['exists', 'getData'] as const)('tells by %s that data changed', async (method) => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(session.create('/n', '', 'persistent'));
    const seen = recorder();
    await bench.done<unknown>(session[method]('/n', seen.watch));
    await bench.done(second.session.setData('/n', ''));
    await bench.world.waitFor(() => seen.events.length > 0, 'the watch is called');
    expect(seen.events).toEqual([{ type: 'data-changed', path: '/n' }]);
  });

  it.each(['exists', 'getData', 'getChildren'] as const)('tells by %s that the node was deleted', async (method) => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(session.create('/n', '', 'persistent'));
    const seen = recorder();
    await bench.done<unknown>(session[method]('/n', seen.watch));
    await bench.done(second.session.deleteEmpty('/n'));
    await bench.world.waitFor(() => seen.events.length > 0, 'the watch is called');
    expect(seen.events).toEqual([{ type: 'deleted', path: '/n' }]);
  });

  it('tells that a child came, and that one went', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(session.ensurePath('/p'));
    const came = recorder();
    await bench.done(session.getChildren('/p', came.watch));
    await bench.done(second.session.create('/p/c', '', 'persistent'));
    await bench.world.waitFor(() => came.events.length > 0, 'the watch is called');
    const went = recorder();
    await bench.done(session.getChildren('/p', went.watch));
    await bench.done(second.session.deleteEmpty('/p/c'));
    await bench.world.waitFor(() => went.events.length > 0, 'the watch is called');
    expect([...came.events, ...went.events]).toEqual([
      { type: 'children-changed', path: '/p' },
      { type: 'children-changed', path: '/p' },
    ]);
  });

  it("does not tell a children watch of data, the node's or a child's", async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(session.ensurePath('/p/c'));
    const seen = recorder();
    await bench.done(session.getChildren('/p', seen.watch));
    await bench.done(second.session.setData('/p/c', 'x'));
    await bench.barrier(session, second.session, '/p');
    expect(seen.events).toEqual([]);
  });

  it('calls a watch once', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(session.create('/n', '', 'persistent'));
    const seen = recorder();
    await bench.done(session.getData('/n', seen.watch));
    await bench.done(second.session.setData('/n', '1'));
    await bench.done(second.session.setData('/n', '2'));
    await bench.barrier(session, second.session, '/n');
    expect(seen.events).toHaveLength(1);
  });

  it('calls every watch of a node, and goes on after one that throws', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/n', '', 'persistent'));
    const seen = [recorder(), recorder()];
    await bench.done(session.getData('/n', seen[0]!.watch));
    await bench.done(
      session.getData('/n', () => {
        throw new Error('a watch of the test throws');
      }),
    );
    await bench.done(session.exists('/n', seen[1]!.watch));
    await bench.done(session.setData('/n', 'x'));
    await bench.world.waitFor(() => seen.every(({ events }) => events.length > 0), 'both watches are called');
    expect(await bench.done(session.exists('/n'))).toMatchObject({ version: 1 });
  });

  it('leaves no watch where reading failed', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const seen = recorder();
    await bench.fails(session.getData('/n', seen.watch), 'no-node');
    await bench.fails(session.getChildren('/n', seen.watch), 'no-node');
    await bench.done(session.create('/n', '', 'persistent'));
    await bench.barrier(session, session, '/n');
    expect(seen.events).toEqual([]);
  });

  it("tells of another session's ephemeral node that vanished with it", async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(second.session.create('/e', '', 'ephemeral'));
    const seen = recorder();
    await bench.done(session.exists('/e', seen.watch));
    await bench.done(second.session.close());
    await bench.world.waitFor(() => seen.events.length > 0, 'the node vanishes');
    expect(seen.events).toEqual([{ type: 'deleted', path: '/e' }]);
  });
}
