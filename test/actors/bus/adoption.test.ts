import { describe, expect, it } from 'vitest';
import { PixyError } from '../../../src/errors/pixy-error.js';
import type { Shell } from '../../../src/actors/bus/types.js';
import { at, crash, Diary, note, probe, summary, world, type ProbeEvent, type ProbeOptions } from './support.js';

/** Spawns, below itself, the next name of the address it is asked for. */
function adopting(children: Map<string, Diary>): ProbeOptions {
  return {
    body: (shell: Shell<ProbeEvent>) => ({
      adopt: (address) => {
        const depth = shell.address === '' ? 1 : shell.address.split('/').length + 1;
        const child = address.split('/').slice(0, depth).join('/');
        const diary = new Diary();
        children.set(child, diary);
        shell.spawn(probe(adopting(children)), at(child), diary);
        return undefined;
      },
    }),
  };
}

describe('a message to an address that nobody holds', () => {
  it('has the nearest living ancestor spawn it, and goes on', async () => {
    const { bus, spawn, rest, ask } = world();
    const children = new Map<string, Diary>();
    spawn('p', adopting(children));
    await rest();
    expect(bus.tell(at('p/a'), note('hello'))).toBeUndefined();
    const outcome = ask('p/a');
    await rest();
    expect([...children.keys()]).toEqual(['p/a']);
    expect(children.get('p/a')!.lines).toEqual(['hello']);
    children.get('p/a')!.asks[0]!.reply(1);
    expect(summary(await outcome)).toBe('reply');
  });

  it('is answered by the next one when the last was done before it came to it', async () => {
    const { bus, spawn, rest, ask } = world();
    const children = new Map<string, Diary>();
    const heard: Diary[] = [];
    const { body } = adopting(children);
    spawn('p', {
      body: (shell, diary) => ({
        ...body!(shell, diary),
        childEnded: (address) => {
          heard.push(children.get(address)!);
          return undefined;
        },
      }),
    });
    bus.tell(at('p/a'), note('first'));
    await rest();
    const first = children.get('p/a')!;
    bus.tell(at('p/a'), { type: 'finish' });
    bus.tell(at('p/a'), note('left behind'));
    const outcome = ask('p/a');
    await rest();
    const second = children.get('p/a')!;
    expect([first.lines, second.lines]).toEqual([['first'], ['left behind']]);
    second.asks[0]!.reply(1);
    expect(summary(await outcome)).toBe('reply');
    // It heard of the end of the first before it began the second: otherwise it would take that for the second's.
    expect(heard).toEqual([first]);
  });

  it('goes down a chain of adoptions, in order', async () => {
    const { bus, spawn, rest, ask } = world();
    const children = new Map<string, Diary>();
    spawn('', adopting(children));
    bus.tell(at('a/b/c'), note('1'));
    bus.tell(at('a/b/c'), note('2'));
    const outcome = ask('a/b/c');
    await rest();
    expect([...children.keys()]).toEqual(['a', 'a/b', 'a/b/c']);
    expect(children.get('a/b/c')!.lines).toEqual(['1', '2']);
    children.get('a/b/c')!.asks[0]!.reply(1);
    expect(summary(await outcome)).toBe('reply');
  });

  it('is not overtaken by one that comes when the address is held', async () => {
    const { bus, spawn, rest } = world();
    spawn('p');
    bus.tell(at('p/a'), note('waits for p'));
    const diary = spawn('p/a');
    bus.tell(at('p/a'), note('comes later'));
    await rest();
    expect(diary.lines).toEqual(['waits for p', 'comes later']);
  });

  it('waits for an ancestor between crash and restart', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const children = new Map<string, Diary>();
    spawn('p', adopting(children));
    await rest();
    bus.tell(at('p'), crash());
    await rest();
    expect(bus.tell(at('p/a'), note('hello'))).toBeUndefined();
    const outcome = ask('p/a');
    await host.clock.runFor(150);
    expect(children.get('p/a')!.lines).toEqual(['hello']);
    children.get('p/a')!.asks[0]!.reply(1);
    expect(summary(await outcome)).toBe('reply');
  });

  it('that waits for its ancestor has a deadline like any other', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const children = new Map<string, Diary>();
    spawn('p', adopting(children));
    await rest();
    bus.tell(at('p'), crash());
    await rest();
    const outcome = ask('p/a', { deadlineMs: 20 });
    await host.clock.runFor(200);
    expect(await outcome).toEqual({ kind: 'deadline', reason: undefined });
    expect(children.size).toBe(0);
    expect(bus.actors()[0]).toMatchObject({ mailboxLength: 0, openAsks: 0 });
  });

  it('is not explained by the ancestor it waits for', async () => {
    const { bus, host, spawn, ask } = world({ faultsAllowed: true });
    spawn('p', { body: () => ({ adopt: () => undefined, whyWaiting: () => 'not mine' }) });
    bus.injectFault(at('p'), { kind: 'slow', forMs: 500 });
    const outcomes = [ask('p', { deadlineMs: 100 }), ask('p/a', { deadlineMs: 100 })];
    await host.clock.runFor(200);
    expect(await Promise.all(outcomes)).toEqual([
      { kind: 'deadline', reason: 'not mine' },
      { kind: 'deadline', reason: undefined },
    ]);
  });

  it('is refused in the words of the ancestor', async () => {
    const { bus, spawn, rest, ask } = world();
    spawn('p', { body: () => ({ adopt: () => new PixyError('unknown-topic', {}) }) });
    await rest();
    expect(summary(await ask('p/a'))).toBe('unknown-topic');
    expect(bus.tell(at('p/a'), note('x'))?.code).toBe('unknown-topic');
  });

  it('is refused as shutting down where the ancestor does not adopt in its state', async () => {
    const { bus, spawn, rest, ask } = world();
    const children = new Map<string, Diary>();
    spawn('p', adopting(children));
    bus.tell(at('p'), { type: 'close' });
    await rest();
    expect(summary(await ask('p/a'))).toBe('shutting-down');
    expect(children.size).toBe(0);
  });

  it('is refused where the ancestor never adopts, where there is none, and where it spawned nobody', async () => {
    const { spawn, rest, ask } = world();
    spawn('p');
    spawn('idle', { body: () => ({ adopt: () => undefined }) });
    await rest();
    const outcomes = await Promise.all([ask('p/a'), ask('elsewhere'), ask('idle/a')]);
    expect(outcomes.map(summary)).toEqual(['no-such-actor', 'no-such-actor', 'no-such-actor']);
  });

  it('is refused where the ancestor throws, which is then restarted', async () => {
    const { host, spawn, rest, ask } = world();
    const diary = spawn('p', {
      body: () => ({
        adopt: () => {
          throw new Error('boom');
        },
      }),
    });
    await rest();
    expect(summary(await ask('p/a'))).toBe('actor-ended');
    await host.clock.runFor(200);
    expect(diary.shells).toHaveLength(2);
  });

  it('is refused, when told while the ancestor starts, with a line in the log', async () => {
    const { bus, spawn, rest, ask, log } = world();
    spawn('p');
    expect(bus.tell(at('p/a'), note('secret'))).toBeUndefined();
    const outcome = ask('p/a');
    await rest();
    expect(summary(await outcome)).toBe('no-such-actor');
    expect(log.filter(({ address, event }) => address === 'p/a' && event === 'note')).toHaveLength(1);
    expect(JSON.stringify(log)).not.toContain('secret');
  });

  it('is refused when as many actors live as may', async () => {
    const { bus, spawn, rest, ask } = world({ actorsMax: 2 });
    const children = new Map<string, Diary>();
    const parent = spawn('p', adopting(children));
    await rest();
    void ask('p/a');
    expect(summary(await ask('p/b'))).toBe('too-many-actors');
    await rest();
    expect(bus.actors()).toHaveLength(2);
    expect(parent.lines).toEqual(['p/b crashed']);
    expect(() => spawn('q')).toThrow('limit');
  });
});

describe('spawn', () => {
  it('below an actor does nothing where someone is', async () => {
    const { bus, spawn, rest } = world();
    const parent = spawn('p');
    const child = spawn('p/a');
    await rest();
    parent.shell.spawn(probe(), at('p/a'), new Diary());
    await rest();
    expect(child.shells).toHaveLength(1);
    expect(bus.actors()).toHaveLength(2);
  });

  it('elsewhere than below is a mistake', async () => {
    const { spawn, rest } = world();
    const diary = spawn('p');
    await rest();
    expect(() => diary.shell.spawn(probe(), at('q'), new Diary())).toThrow('below');
  });

  it('in between takes over what lies below', async () => {
    const { bus, spawn, rest } = world();
    const top = spawn('a');
    const bottom = spawn('a/b/c');
    const middle = spawn('a/b');
    await rest();
    bus.tell(at('a/b/c'), { type: 'finish' });
    await rest();
    expect([middle.lines, top.lines]).toEqual([['a/b/c done'], []]);
    expect(bottom.ends).toEqual([{ how: 'done' }]);
  });
});
