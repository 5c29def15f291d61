import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../../../src/actors/bus/types.js';
import { at, crash, note, summary, world } from './support.js';

describe('a tap', () => {
  it('is given everything that passes, with the name of the daemon in front', async () => {
    const { bus, host, spawn, rest, ask } = world({ name: 'd2' });
    const records: BusRecord[] = [];
    const untap = bus.tap((record) => records.push(record));
    const diary = spawn('p');
    await rest();
    const child = spawn('p/a', { body: () => ({ serve: (open) => open.reply(1) }) });
    await host.clock.runFor(5);
    diary.shell.tell(at('p/a'), note('x'));
    await rest();
    await ask('p/a');
    bus.tell(at('p/a'), { type: 'close' });
    await rest();
    const outcome = ask('p/a');
    await rest();
    child.asks[0]!.reply(2);
    await outcome;
    await bus.stop(at('p/a'));
    const seen = records
      .filter(({ address }) => address === 'd2:p/a')
      .map(({ atMs: _, address: __, incarnation: ___, ...rest }) => rest);
    expect(seen).toMatchObject([
      { type: 'spawn', kind: 'probe', parent: 'd2:p' },
      { type: 'snapshot', value: 'open', tags: ['serves', 'adopts'], event: 'xstate.init' },
      { type: 'event', from: 'd2:p', event: { type: 'note' }, joined: 1 },
      { type: 'snapshot', value: 'open', event: 'note' },
      { type: 'ask', from: undefined, served: 'valve' },
      { type: 'outcome', outcome: 'reply' },
      { type: 'event', event: { type: 'close' } },
      { type: 'snapshot', value: 'closed', tags: [], event: 'close' },
      { type: 'ask', served: 'mailbox' },
      { type: 'snapshot', event: 'asked' },
      { type: 'outcome', outcome: 'reply' },
      { type: 'end', end: { how: 'stopped' } },
    ]);
    expect(seen).toHaveLength(12);
    const length = records.length;
    untap();
    bus.tell(at('p'), note('unseen'));
    await rest();
    expect(records).toHaveLength(length);
  });

  it('is told both outcomes when an ask that the valve serves settles another with the very same request', async () => {
    const { bus, spawn, rest, ask } = world();
    const waiting: { reply(value: unknown): boolean }[] = [];
    const serve = (open: { reply(value: unknown): boolean }): boolean =>
      waiting.push(open) < 2 || waiting.every((each) => each.reply(1));
    spawn('a', { body: () => ({ serve }) });
    await rest();
    const records: BusRecord[] = [];
    bus.tap((record) => records.push(record));
    await Promise.all([ask('a'), ask('a')]);
    expect(records.map(({ type }) => type).sort()).toEqual(['ask', 'ask', 'outcome', 'outcome']);
  });

  it('that comes late sees the snapshots of those who live already, results of what they invoke too', async () => {
    const { bus, spawn, rest } = world();
    spawn('a', { fetch: () => Promise.resolve('fetched') });
    await rest();
    const records: BusRecord[] = [];
    bus.tap((record) => records.push(record));
    bus.tell(at('a'), { type: 'fetch' });
    await rest();
    const snapshots = records.filter((record) => record.type === 'snapshot');
    expect(snapshots.map(({ value }) => value)).toEqual(['fetching', 'open']);
    expect(snapshots[1]!.event).toMatch(/^xstate\.done\.actor\./);
  });

  it('that throws is dropped with a line in the log; the other goes on', async () => {
    const { bus, spawn, rest, log } = world();
    let thrown = 0;
    const seen: string[] = [];
    bus.tap(() => {
      thrown++;
      throw new Error('bad tap');
    });
    bus.tap((record) => seen.push(record.type));
    const diary = spawn('a');
    bus.tell(at('a'), note('x'));
    await rest();
    expect(thrown).toBe(1);
    expect(seen).toEqual(['spawn', 'snapshot', 'event', 'snapshot']);
    expect(diary.lines).toEqual(['x']);
    expect(log.filter(({ err }) => (err as Error | undefined)?.message === 'bad tap')).toHaveLength(1);
  });

  it('shows how many events were joined into one', async () => {
    const { bus, spawn, rest } = world();
    const joined: number[] = [];
    spawn('a', { join: (_, second) => second });
    await rest();
    bus.tap((record) => record.type === 'event' && joined.push(record.joined));
    for (let i = 0; i < 5; i++) bus.tell(at('a'), note(String(i)));
    await rest();
    expect(joined).toEqual([5]);
  });
});

describe('faults', () => {
  it('need permission', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    expect(() => bus.injectFault(at('a'), { kind: 'crash' })).toThrow('faultsAllowed');
    await rest();
    expect(diary.ends).toEqual([]);
  });

  it('crash an actor as if it had thrown, and are seen by the taps', async () => {
    const { bus, host, spawn, rest } = world({ faultsAllowed: true });
    const records: string[] = [];
    bus.tap(({ type }) => records.push(type));
    const diary = spawn('a');
    await rest();
    bus.injectFault(at('a'), { kind: 'crash' });
    await host.clock.runFor(150);
    expect(diary.ends).toMatchObject([{ how: 'crashed', willRestart: true }]);
    expect(diary.shells).toHaveLength(2);
    expect(records).toContain('fault');
  });

  it('keep a mailbox and a valve from being looked at for a while', async () => {
    const { bus, host, spawn, rest, ask } = world({ faultsAllowed: true });
    const diary = spawn('a', { body: () => ({ serve: (open) => open.reply('valve'), lends: 1 }) });
    const borrower = spawn('b');
    await rest();
    bus.injectFault(at('a'), { kind: 'slow', forMs: 200 });
    bus.tell(at('a'), note('x'));
    const outcome = ask('a');
    await host.clock.runFor(199);
    expect([diary.lines, diary.asks, borrower.shell.borrow(at('a')).get()]).toEqual([[], [], undefined]);
    await host.clock.runFor(1);
    expect(diary.lines).toEqual(['x']);
    diary.asks[0]!.reply('mailbox');
    expect(await outcome).toEqual({ kind: 'reply', value: 'mailbox' });
    expect(await ask('a')).toEqual({ kind: 'reply', value: 'valve' });
  });

  it('refuse requests as if the mailbox were full, for a while', async () => {
    const { bus, host, spawn, rest, ask } = world({ faultsAllowed: true });
    spawn('a', { body: () => ({ serve: (open) => open.reply('valve') }) });
    await rest();
    bus.injectFault(at('a'), { kind: 'mailbox-full', forMs: 200 });
    expect(summary(await ask('a'))).toBe('mailbox-full');
    expect(bus.tell(at('a'), note('x'))).toBeUndefined();
    await host.clock.runFor(200);
    expect(summary(await ask('a'))).toBe('reply');
  });

  it('tell whether anything comes of them', async () => {
    const { bus, host, spawn, rest } = world({ faultsAllowed: true });
    const records: string[] = [];
    const diary = spawn('a');
    await rest();
    bus.tap(({ type }) => type === 'fault' && records.push(type));
    const injectCrash = () => bus.injectFault(at('a'), { kind: 'crash' });
    expect([injectCrash(), injectCrash()]).toEqual([true, false]);
    await rest();
    expect(bus.actors()[0]).toMatchObject({ value: 'restarting' });
    expect(injectCrash()).toBe(false);
    expect(bus.injectFault(at('a'), { kind: 'slow', forMs: 1 })).toBe(true);
    await host.clock.runFor(150);
    expect(injectCrash()).toBe(true);
    void bus.stop(at('a'));
    expect(bus.injectFault(at('a'), { kind: 'slow', forMs: 1 })).toBe(false);
    await rest();
    expect([diary.ends.length, records.length]).toEqual([2, 3]);
  });

  it('need somebody to suffer them', () => {
    const { bus } = world({ faultsAllowed: true });
    expect(() => bus.injectFault(at('nobody'), { kind: 'crash' })).toThrow('nobody answers');
  });
});

describe('actors()', () => {
  it('shows address, kind, state, load and what waits', async () => {
    const { bus, host, spawn, rest, ask } = world();
    await host.clock.runFor(70);
    spawn('a', { body: () => ({ describe: () => ({ queued: 3 }) }) });
    expect(bus.actors()[0]).toMatchObject({ value: 'starting', incarnation: 0, tags: [], load: {} });
    await rest();
    void ask('a');
    await rest();
    void ask('a');
    bus.tell(at('a'), note('x'));
    expect(bus.actors()).toEqual([
      {
        address: 'a',
        kind: 'probe',
        incarnation: 1,
        startedAtMs: 70,
        value: 'open',
        tags: ['serves', 'adopts'],
        mailboxLength: 2,
        openAsks: 2,
        restarts: 0,
        load: { queued: 3 },
      },
    ]);
    bus.tell(at('a'), crash());
    await rest();
    expect(bus.actors()[0]).toMatchObject({ value: 'restarting', restarts: 0, openAsks: 0 });
    await host.clock.runFor(150);
    expect(bus.actors()[0]).toMatchObject({ incarnation: 2, restarts: 1, startedAtMs: 170 });
  });
});
