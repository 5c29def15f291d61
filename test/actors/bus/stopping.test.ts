import { describe, expect, it } from 'vitest';
import { at, crash, Diary, note, perform, probe, summaries, summary, world } from './support.js';

describe('stop', () => {
  it('ends an actor and all below it, deepest first, and resolves when the last has ended', async () => {
    const { bus, spawn, rest } = world();
    const order: string[] = [];
    for (const name of ['other', 'p', 'p/1', 'p/1/x', 'p/2']) {
      spawn(name, { body: () => ({ ended: () => (order.push(name), undefined) }) });
    }
    await rest();
    await bus.stop(at('p'));
    expect(order).toEqual(['p/1/x', 'p/2', 'p/1', 'p']);
    expect(bus.actors().map(({ address }) => address)).toEqual(['other']);
  });

  it('refuses 10,000 open asks', async () => {
    const { bus, host, spawn, rest, ask } = world();
    for (let i = 0; i < 10; i++) spawn(`p/${i}`);
    const outcomes = Array.from({ length: 10_000 }, (_, i) => ask(`p/${i % 10}`));
    await rest();
    outcomes.push(...Array.from({ length: 100 }, () => ask('p/3')));
    await bus.stop(at('p'));
    expect(await summaries(outcomes)).toEqual({ 'shutting-down': 10_100 });
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('lets nothing be delivered any more', async () => {
    const { bus, spawn, rest, ask } = world();
    const diary = spawn('a');
    await rest();
    bus.tell(at('a'), note('before'));
    const stopped = bus.stop(at('a'));
    expect(bus.tell(at('a'), note('after'))?.code).toBe('shutting-down');
    expect(summary(await ask('a'))).toBe('shutting-down');
    await stopped;
    expect(diary.lines).toEqual([]);
    expect(bus.tell(at('a'), note('gone'))?.code).toBe('no-such-actor');
  });

  it('of itself, twice and where nobody is, is harmless', async () => {
    const { bus, spawn, rest } = world();
    const parent = spawn('p');
    const diary = spawn('p/a');
    await rest();
    bus.tell(
      at('p/a'),
      perform(() => diary.shell.stop(at('p/a'))),
    );
    await rest();
    await Promise.all([bus.stop(at('p/a')), bus.stop(at('p/a')), bus.stop(at('nobody'))]);
    expect(diary.ends).toEqual([{ how: 'stopped' }]);
    expect(parent.lines).toEqual(['p/a stopped']);
  });

  it('tells the parent of the end for good, and of no restart', async () => {
    const { bus, host, spawn, rest } = world();
    const parent = spawn('p');
    for (const name of ['p/done', 'p/deep/stopped', 'p/crashed']) spawn(name);
    await rest();
    bus.tell(at('p/crashed'), crash());
    bus.tell(at('p/done'), { type: 'finish' });
    await bus.stop(at('p/deep/stopped'));
    await host.clock.runFor(1_000);
    expect(parent.lines.sort()).toEqual(['p/deep/stopped stopped', 'p/done done']);
  });

  it('of a machine that is done takes what lies below', async () => {
    const { bus, spawn, rest } = world();
    const grandparent = spawn('g');
    spawn('g/p');
    const child = spawn('g/p/a');
    await rest();
    bus.tell(at('g/p'), { type: 'finish' });
    await rest();
    expect(child.ends).toEqual([{ how: 'stopped' }]);
    expect(grandparent.lines).toEqual(['g/p done']);
    expect(bus.actors()).toHaveLength(1);
  });

  it('of an actor that throws meanwhile is no failure of its parent', async () => {
    const { bus, host, spawn, rest } = world();
    const parent = spawn('p');
    const diary = spawn('p/a');
    await rest();
    bus.tell(
      at('p/a'),
      perform(() => {
        diary.shell.stop(at('p/a'));
        throw new Error('boom');
      }),
    );
    await host.clock.runFor(1_000);
    expect(diary.ends).toMatchObject([{ how: 'crashed', willRestart: false }]);
    expect(parent.lines).toEqual(['p/a crashed']);
    expect(parent.ends).toEqual([]);
  });

  it('lets nobody be started below any more', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('p');
    await rest();
    bus.tell(
      at('p'),
      perform(() => {
        diary.shell.stop(at('p'));
        diary.shell.spawn(probe(), at('p/late'), new Diary());
      }),
    );
    await rest();
    expect(bus.actors()).toEqual([]);
    spawn('q');
    const stopped = bus.stop(at('q'));
    expect(() => spawn('q/late')).toThrow('shutting down');
    await stopped;
  });

  it('waits for all below an actor that is done already, which refuses what comes until then', async () => {
    const { bus, host, spawn, rest, ask } = world({ faultsAllowed: true });
    const grandparent = spawn('g');
    spawn('g/p');
    for (let i = 0; i < 2_000; i++) spawn(`g/p/${i}`);
    await rest();
    bus.tell(at('g/p'), { type: 'finish' });
    await Promise.resolve();
    await Promise.resolve();
    expect(bus.actors().length).toBeGreaterThan(1_000);
    expect(bus.tell(at('g/p'), note('x'))?.code).toBe('actor-ended');
    expect(summary(await ask('g/p'))).toBe('actor-ended');
    bus.injectFault(at('g/p'), { kind: 'slow', forMs: 9_000 });
    await bus.stop(at('g/p'));
    expect(bus.actors().map(({ address }) => address)).toEqual(['g']);
    await rest();
    expect(grandparent.lines).toEqual(['g/p done']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('lets the address be held anew', async () => {
    const { bus, spawn, rest, ask } = world();
    spawn('a');
    await rest();
    expect(() => spawn('a')).toThrow('held');
    await bus.stop(at('a'));
    const second = spawn('a');
    const outcome = ask('a');
    await rest();
    second.asks[0]!.reply(1);
    expect(summary(await outcome)).toBe('reply');
  });
});

describe('close', () => {
  it('ends everyone, refuses every ask before and after, and leaves no timer', async () => {
    const { bus, host, spawn, rest, ask } = world({ faultsAllowed: true });
    spawn('');
    const diary = spawn('a', { afterMs: 5_000 });
    spawn('a/b');
    spawn('crashed');
    await rest();
    bus.tell(
      at('a'),
      perform(() => void diary.shell.clock.setTimeout(() => {}, 9_000)),
    );
    bus.tell(at('a'), { type: 'fetch' });
    bus.tell(at('crashed'), crash());
    bus.injectFault(at('a/b'), { kind: 'slow', forMs: 4_000 });
    bus.injectFault(at('a/b'), { kind: 'mailbox-full', forMs: 4_000 });
    const outcomes = [ask('a'), ask('a/b'), ask('crashed'), ask('')];
    await rest();
    expect(host.clock.pendingTimers).toBeGreaterThanOrEqual(6);
    await bus.close();
    expect(await summaries([...outcomes.slice(0, 1), ...outcomes.slice(3)])).toEqual({ 'shutting-down': 2 });
    expect((await Promise.all(outcomes)).every(({ kind }) => kind === 'refused')).toBe(true);
    expect(bus.actors()).toEqual([]);
    expect(summary(await ask('a'))).toBe('shutting-down');
    expect(bus.tell(at('a'), note('x'))?.code).toBe('shutting-down');
    expect(() => bus.spawn(probe(), at('a'), new Diary())).toThrow('shutting down');
    expect(host.clock.pendingTimers).toBe(0);
    await bus.close();
  });

  it('in the middle of a crash with children restarts nobody', async () => {
    const { bus, host, spawn, rest } = world();
    const diary = spawn('p');
    for (let i = 0; i < 2_000; i++) spawn(`p/${i}`);
    await rest();
    bus.tell(at('p'), crash());
    await Promise.resolve();
    await bus.close();
    await host.clock.runFor(10_000);
    expect(diary.shells).toHaveLength(1);
    expect(bus.actors()).toEqual([]);
    expect(host.clock.pendingTimers).toBe(0);
  });
});
