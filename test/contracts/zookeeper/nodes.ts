import { expect, it } from 'vitest';
import type { Bench } from './world.js';

export function nodeTests(of: () => Bench): void {
  it('creates the chroot and reads what was written', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/n', 'zażółć 🎈', 'persistent'));
    expect(await bench.done(session.getData('/n'))).toEqual({
      data: 'zażółć 🎈',
      stat: { version: 0, ephemeralOwner: null, childrenCount: 0 },
    });
    expect(await bench.done(session.getChildren('/'))).toEqual(['n']);
    expect(await bench.done(session.exists('/'))).toMatchObject({ childrenCount: 1 });
  });

  it('counts versions and children', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/n', '', 'persistent'));
    await bench.done(session.setData('/n', 'one'));
    await bench.done(session.setData('/n', ''));
    await bench.done(session.create('/n/c', 'x', 'persistent'));
    expect(await bench.done(session.exists('/n'))).toEqual({ version: 2, ephemeralOwner: null, childrenCount: 1 });
    expect((await bench.done(session.getData('/n'))).data).toBe('');
  });

  it('names the owner session of an ephemeral node', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/e', 'me', 'ephemeral'));
    expect((await bench.done(session.exists('/e')))?.ephemeralOwner).toBe(session.sessionId);
    expect((await bench.done(session.getData('/e'))).stat.ephemeralOwner).toBe(session.sessionId);
  });

  it('sorts children by name', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    for (const child of ['b', '9', 'a', '10', 'ü']) await bench.done(session.create(`/${child}`, '', 'persistent'));
    expect(await bench.done(session.getChildren('/'))).toEqual(['10', '9', 'a', 'b', 'ü']);
  });

  it('answers null for the stat of a missing node', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    expect(await bench.done(session.exists('/missing'))).toBeNull();
  });

  it('fails with no-node where the node or its parent is missing', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    const failure = await bench.fails(session.getData('/missing'), 'no-node');
    expect(failure.path).toBe('/missing');
    await bench.fails(session.getChildren('/missing'), 'no-node');
    await bench.fails(session.setData('/missing', 'x'), 'no-node');
    await bench.fails(session.create('/missing/child', 'x', 'persistent'), 'no-node');
  });

  it('fails with node-exists where the node is there already, and leaves it as it is', async () => {
    const bench = of();
    const first = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(first.session.create('/e', 'first', 'ephemeral'));
    await bench.fails(second.session.create('/e', 'second', 'ephemeral'), 'node-exists');
    await bench.fails(first.session.create('/e', 'again', 'ephemeral'), 'node-exists');
    expect((await bench.done(second.session.getData('/e'))).data).toBe('first');
  });

  it('refuses children of an ephemeral node', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/e', '', 'ephemeral'));
    await bench.fails(session.create('/e/c', '', 'persistent'), 'other');
  });

  it.each([
    '',
    'n',
    '/n/',
    '//n',
    '/n//c',
    '/./n',
    '/n/..',
    '/n\u0000c',
    '/n\u0001c',
    '/n\u007fc',
    '/beyond-\u{1F600}',
  ])('refuses the path %j', async (path) => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.fails(session.create(path, '', 'persistent'), 'bad-path');
    await bench.fails(session.exists(path), 'bad-path');
    await bench.fails(session.ensurePath(path), 'bad-path');
  });

  it('ensures a path with every missing parent, and keeps what is there', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/a', 'kept', 'persistent'));
    await bench.done(session.ensurePath('/a/b/c'));
    await bench.done(session.ensurePath('/a/b/c'));
    await bench.done(session.ensurePath('/'));
    expect(await bench.done(session.getData('/a'))).toMatchObject({ data: 'kept', stat: { version: 0 } });
    expect(await bench.done(session.getData('/a/b/c'))).toEqual({
      data: '',
      stat: { version: 0, ephemeralOwner: null, childrenCount: 0 },
    });
  });

  it('ensures one path from two sessions at once', async () => {
    const bench = of();
    const first = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    const sessions = [first.session, second.session];
    await bench.done(Promise.all(sessions.flatMap((s) => [s.ensurePath('/g/ids'), s.ensurePath('/g/owners/t')])));
    expect(await bench.done(first.session.getChildren('/g'))).toEqual(['ids', 'owners']);
  });
}

export function deletingTests(of: () => Bench): void {
  it('deletes its own ephemeral node, once', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/e', '', 'ephemeral'));
    expect(await bench.done(session.deleteOwn('/e'))).toBe('deleted');
    expect(await bench.done(session.exists('/e'))).toBeNull();
    expect(await bench.done(session.deleteOwn('/e'))).toBe('missing');
  });

  it('deletes its own ephemeral node after it was written', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/e', '', 'ephemeral'));
    await bench.done(session.setData('/e', 'more'));
    expect(await bench.done(session.deleteOwn('/e'))).toBe('deleted');
  });

  it("never deletes another session's node, even with the same data", async () => {
    const bench = of();
    const first = await bench.open(bench.world.zookeeper);
    const second = await bench.open(bench.world.second);
    await bench.done(first.session.create('/e', 'same', 'ephemeral'));
    expect(await bench.done(second.session.deleteOwn('/e'))).toBe('foreign');
    expect((await bench.done(second.session.exists('/e')))?.ephemeralOwner).toBe(first.session.sessionId);
  });

  it('takes a persistent node for a foreign one', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.create('/p', '', 'persistent'));
    expect(await bench.done(session.deleteOwn('/p'))).toBe('foreign');
    expect(await bench.done(session.exists('/p'))).not.toBeNull();
  });

  it('deletes a persistent node only without children', async () => {
    const bench = of();
    const { session } = await bench.open(bench.world.zookeeper);
    await bench.done(session.ensurePath('/p/c'));
    expect(await bench.done(session.deleteEmpty('/p'))).toBe('not-empty');
    expect(await bench.done(session.deleteEmpty('/p/c'))).toBe('deleted');
    expect(await bench.done(session.deleteEmpty('/p'))).toBe('deleted');
    expect(await bench.done(session.deleteEmpty('/p'))).toBe('missing');
  });
}
