import { describe, expect, it } from 'vitest';
import { pausableHost } from '../../src/host/pausable-host.js';
import { virtualHost } from '../../src/host/virtual-host.js';

function world() {
  const host = virtualHost();
  const pausable = pausableHost(host);
  const happened: string[] = [];
  return {
    host,
    pausable,
    happened,
    note: (what: string) => () => void happened.push(`${what} at ${host.clock.nowMs()}`),
    at: (atMs: number, fn: () => void) => void host.clock.setTimeout(fn, atMs),
  };
}

describe('a host that can be paused', () => {
  it('is like the one below it while it is not', async () => {
    const { host, pausable, happened, note } = world();
    const { clock, turns } = pausable;
    clock.setTimeout(note('second'), 20);
    clock.setTimeout(note('first'), 10);
    clock.clearTimeout(clock.setTimeout(note('cleared'), 15));
    turns.afterIo(note('after I/O'));
    turns.soon(note('soon'));
    expect(happened).toEqual([]);
    await host.clock.runFor(100);
    expect(happened).toEqual(['soon at 0', 'after I/O at 0', 'first at 10', 'second at 20']);
    expect([clock.nowMs(), clock.wallMs()]).toEqual([100, host.clock.wallMs()]);
    expect([pausable.random, pausable.identity]).toEqual([host.random, host.identity]);
  });

  it('fires no timer while paused, and those that fell due at once when it goes on, in their order', async () => {
    const { host, pausable, happened, note, at } = world();
    const { clock } = pausable;
    clock.setTimeout(note('due at 30'), 30);
    clock.setTimeout(note('due at 20'), 20);
    clock.setTimeout(note('due at 20 too'), 20);
    clock.setTimeout(note('due at 90'), 90);
    at(10, pausable.pause);
    at(50, pausable.resume);
    await host.clock.runFor(49);
    expect(happened).toEqual([]);
    expect(clock.nowMs()).toBe(49);
    await host.clock.runFor(51);
    expect(happened).toEqual(['due at 20 at 50', 'due at 20 too at 50', 'due at 30 at 50', 'due at 90 at 90']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('lets what fell due earlier go before what falls due in the very moment in which it goes on', async () => {
    const { host, pausable, happened, note, at } = world();
    const { clock } = pausable;
    pausable.pause();
    at(50, pausable.resume);
    clock.setTimeout(note('due at 50'), 50);
    clock.setTimeout(note('due at 20'), 20);
    await host.clock.runFor(60);
    expect(happened).toEqual(['due at 20 at 50', 'due at 50 at 50']);
  });

  it('runs no turn while paused, whoever asks for it; turns come before timers, and each kind in its order', async () => {
    const { host, pausable, happened, note } = world();
    const { clock, turns } = pausable;
    clock.setTimeout(note('timer'), 5);
    turns.afterIo(note('after I/O 1'));
    turns.soon(note('soon 1'));
    pausable.pause();
    turns.soon(note('soon 2'));
    turns.afterIo(note('after I/O 2'));
    await host.clock.runFor(10);
    expect(happened).toEqual([]);
    pausable.resume();
    turns.soon(note('soon 3'));
    expect(happened).toEqual([]);
    await host.clock.runFor(10);
    expect(happened).toEqual([
      'soon 1 at 10',
      'soon 2 at 10',
      'soon 3 at 10',
      'after I/O 1 at 10',
      'after I/O 2 at 10',
      'timer at 10',
    ]);
  });

  it('never fires what was cleared, even if it had fallen due already', async () => {
    const { host, pausable, happened, note } = world();
    const { clock } = pausable;
    const first = clock.setTimeout(note('cleared while it waited'), 10);
    const second = clock.setTimeout(note('cleared by another'), 12);
    clock.setTimeout(() => clock.clearTimeout(second), 11);
    clock.setTimeout(note('left'), 13);
    pausable.pause();
    await host.clock.runFor(20);
    clock.clearTimeout(first);
    clock.clearTimeout(undefined);
    pausable.resume();
    await host.clock.runFor(20);
    expect(happened).toEqual(['left at 20']);
  });

  it('keeps the order when it is paused again before all has come', async () => {
    const { host, pausable, happened, note, at } = world();
    const { clock } = pausable;
    clock.setTimeout(() => {
      note('due at 10')();
      pausable.pause();
    }, 10);
    clock.setTimeout(note('due at 11'), 11);
    clock.setTimeout(note('due at 12'), 12);
    pausable.pause();
    pausable.pause();
    at(20, pausable.resume);
    at(30, pausable.resume);
    at(31, pausable.resume);
    await host.clock.runFor(25);
    expect(happened).toEqual(['due at 10 at 20']);
    await host.clock.runFor(25);
    expect(happened).toEqual(['due at 10 at 20', 'due at 11 at 30', 'due at 12 at 30']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('pauses one process and not another', async () => {
    const { host, pausable, happened, note } = world();
    const other = pausableHost(host);
    pausable.clock.setTimeout(note('paused'), 10);
    other.clock.setTimeout(note('running'), 10);
    pausable.pause();
    await host.clock.runFor(20);
    expect(happened).toEqual(['running at 10']);
  });
});
