import { describe, expect, it } from 'vitest';
import type { ActorEnd, Ask } from '../../../src/actors/bus/types.js';
import { at, crash, note, summaries, summary, world } from './support.js';

describe('an actor that throws', () => {
  it('has its open asks refused, in the mailbox and with the body, and is restarted after the back-off', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('a');
    const received = ask('a');
    await rest();
    bus.tell(at('a'), crash());
    const waiting = ask('a');
    await rest();
    expect(await summaries([received, waiting])).toEqual({ 'actor-ended': 2 });
    expect(diary.asks[0]!.reply(1)).toBe(false);
    expect(diary.ends).toMatchObject([{ how: 'crashed', willRestart: true, error: { message: 'boom' } }]);
    await host.clock.runFor(99);
    expect(bus.actors()[0]).toMatchObject({ value: 'restarting', incarnation: 1 });
    await host.clock.runFor(1);
    expect(bus.actors()[0]).toMatchObject({ value: 'open', incarnation: 2, restarts: 1 });
  });

  it('finds in its mailbox what others told it before and after the crash, but not what it told itself', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('a', { mailboxRequestsMax: 1 });
    await rest();
    bus.tell(at('a'), crash());
    bus.tell(at('a'), note('before'));
    diary.shell.self(note('of the old incarnation'));
    await rest();
    expect(bus.tell(at('a'), note('meanwhile'))).toBeUndefined();
    const outcomes = [ask('a'), ask('a')];
    await host.clock.runFor(100);
    expect(diary.lines).toEqual(['before', 'meanwhile']);
    diary.asks[0]!.reply(1);
    expect(await summaries(outcomes)).toEqual({ reply: 1, 'mailbox-full': 1 });
  });

  it('refuses events beyond a limit while it is away', async () => {
    const { bus, host, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    bus.tell(at('a'), crash());
    await rest();
    const refusals = Array.from({ length: 2_000 }, () => bus.tell(at('a'), note('x'))?.code);
    expect(refusals.filter((code) => code === undefined)).toHaveLength(1_024);
    expect(refusals.at(-1)).toBe('mailbox-full');
    await host.clock.runFor(100);
    await rest();
    expect(diary.lines).toHaveLength(1_024);
    expect(bus.tell(at('a'), note('y'))).toBeUndefined();
  });

  it('is logged with address, kind, state and the types of its last events, without payloads', async () => {
    const { bus, spawn, rest, log } = world({ name: 'd2' });
    const diary = spawn('a/b', { name: 'prober' });
    await rest();
    bus.tell(at('a/b'), { type: 'close' });
    for (let i = 0; i < 20; i++) bus.tell(at('a/b'), note('secret'));
    bus.tell(at('a/b'), crash());
    diary.shell.self(note('lost'));
    await rest();
    const line = log.find(({ kind }) => kind === 'prober');
    expect(line).toMatchObject({
      level: 50,
      address: 'd2:a/b',
      incarnation: 1,
      state: 'closed',
      lostEvents: 1,
      restartInMs: 100,
      err: { message: 'boom' },
    });
    expect(line!['lastEvents']).toEqual(['close', 'note ×20', 'do']);
    expect(JSON.stringify(log)).not.toContain('secret');
  });

  it.each([
    ['receives', { body: () => ({ receive: () => fail() }) }],
    ['serves', { body: () => ({ serve: () => fail() }) }],
  ])('while it %s an ask is restarted, and the ask is refused', async (_, options) => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('a', options);
    await rest();
    expect(summary(await ask('a'))).toBe('actor-ended');
    await host.clock.runFor(150);
    expect(diary.ends).toMatchObject([{ how: 'crashed', willRestart: true }]);
    expect(bus.actors()[0]).toMatchObject({ value: 'open', incarnation: 2 });
  });

  it('while it withdraws or explains an ask is restarted', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('explains', { body: () => ({ whyWaiting: () => fail() }) });
    const other = spawn('withdraws');
    const outcomes = [ask('explains', { deadlineMs: 50 }), ask('withdraws', { deadlineMs: 50 })];
    await rest();
    other.asks[0]!.onWithdrawn(() => fail());
    await host.clock.runFor(300);
    expect(await summaries(outcomes)).toEqual({ deadline: 2 });
    expect([diary.shells.length, other.shells.length]).toEqual([2, 2]);
    expect(bus.actors().map(({ value }) => value)).toEqual(['open', 'open']);
  });

  it('while it ends still ends', async () => {
    const { bus, spawn, rest, ask, log } = world();
    spawn('a', { body: () => ({ ended: () => fail() }) });
    const outcome = ask('a');
    await rest();
    await bus.stop(at('a'));
    expect(summary(await outcome)).toBe('shutting-down');
    expect(bus.holds(at('a'))).toBe(false);
    expect(log.some(({ msg }) => String(msg).includes('threw while it ended'))).toBe(true);
  });

  it('leaves its siblings and its parent alone', async () => {
    const { bus, host, spawn, rest } = world();
    const parent = spawn('p');
    const sibling = spawn('p/1');
    const failing = spawn('p/2');
    await rest();
    bus.tell(at('p/2'), crash());
    await host.clock.runFor(1_000);
    expect([parent, sibling, failing].map(({ shells }) => shells.length)).toEqual([1, 1, 2]);
    expect(parent.lines).toEqual([]);
  });

  it('takes what lies below with it, deepest first, and starts without it', async () => {
    const { bus, host, spawn, rest } = world();
    const order: string[] = [];
    const dying = (name: string) => ({ body: () => ({ ended: () => (order.push(name), undefined) }) });
    spawn('p', dying('p'));
    for (const name of ['p/1', 'p/2', 'p/1/x', 'p/not/held/y']) spawn(name, dying(name));
    await rest();
    bus.tell(at('p'), crash());
    await host.clock.runFor(100);
    expect(order).toEqual(['p', 'p/not/held/y', 'p/1/x', 'p/2', 'p/1']);
    expect(bus.actors().map(({ address, incarnation }) => [address, incarnation])).toEqual([['p', 2]]);
  });
});

function fail(): never {
  throw new Error('boom');
}

describe('a restart storm', () => {
  const storm = { body: () => fail() };

  it('backs off ever longer, then goes to the parent, which crashes in turn', async () => {
    const { bus, host, spawn } = world();
    const parent = spawn('p');
    const child = spawn('p/a', storm);
    const startedAtMs: number[] = [];
    let seen = 0;
    bus.tap((record) => {
      if (record.type === 'spawn' && record.address === 'p/a') startedAtMs.push(record.atMs);
      if (record.type === 'end') seen++;
    });
    await host.clock.runFor(2_000);
    expect(startedAtMs).toEqual([0, 100, 300, 700]);
    expect(child.shells).toHaveLength(4);
    expect(parent.ends).toMatchObject([{ how: 'crashed', willRestart: true }]);
    expect((parent.ends[0] as { error: Error }).error.message).toBe('p/a failed too often');
    expect(bus.holds(at('p/a'))).toBe(false);
    expect(parent.shells).toHaveLength(2);
    expect(seen).toBe(5);
  });

  it('without a parent is fatal', async () => {
    const { bus, host, spawn, fatal } = world();
    spawn('a', storm);
    await host.clock.runFor(2_000);
    expect(fatal).toMatchObject([{ message: 'boom' }]);
    expect(bus.holds(at('a'))).toBe(false);
  });

  it('climbs to the root, and ends there', async () => {
    const { bus, host, spawn, fatal } = world();
    const never = { restart: { backoffMs: 1, backoffMaxMs: 1, restartsMax: 0, windowMs: 1_000 } };
    spawn('', never);
    spawn('p', never);
    spawn('p/a', never);
    await host.clock.runFor(0);
    bus.tell(at('p/a'), crash());
    await host.clock.runFor(10);
    expect(fatal).toHaveLength(1);
    expect((fatal[0] as Error).cause).toMatchObject({ message: 'p/a failed too often', cause: { message: 'boom' } });
    expect(bus.actors()).toEqual([]);
  });

  it('is none when the crashes lie further apart than the window', async () => {
    const { bus, host, spawn, fatal } = world();
    const diary = spawn('a', { restart: { backoffMs: 10, backoffMaxMs: 10, restartsMax: 1, windowMs: 1_000 } });
    for (let i = 0; i < 5; i++) {
      await host.clock.runFor(1_100);
      bus.tell(at('a'), crash());
    }
    await host.clock.runFor(1_000);
    expect(diary.shells).toHaveLength(6);
    expect(fatal).toEqual([]);
  });
});

describe('what outlives an incarnation', () => {
  it('is handed to the next, and the asks among it stay open', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('a', {
      body: (_, { asks, ends }) => ({
        ended: (end: ActorEnd) => {
          ends.push(end);
          return { kept: { queue: [asks[0]] }, asks: [asks[0]!] };
        },
      }),
    });
    const outcomes = [ask('a', { deadlineMs: 5_000 }), ask('a', { deadlineMs: 5_000 })];
    await rest();
    let oldBodyCalled = false;
    diary.asks[0]!.onWithdrawn(() => (oldBodyCalled = true));
    bus.tell(at('a'), crash());
    await host.clock.runFor(200);
    expect(diary.kept).toEqual([undefined, { queue: [diary.asks[0]] }]);
    expect(diary.asks.map(({ open }) => open)).toEqual([true, false]);
    expect(diary.asks[0]!.reply('after all')).toBe(true);
    expect(await outcomes[0]).toEqual({ kind: 'reply', value: 'after all' });
    expect(summary(await outcomes[1]!)).toBe('actor-ended');
    expect(oldBodyCalled).toBe(false);
  });

  it('does not call the body that is gone when such an ask is withdrawn', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('a', { body: (_, { asks }) => ({ ended: () => ({ kept: 1, asks }) }) });
    const outcome = ask('a', { deadlineMs: 500 });
    await rest();
    let oldBodyCalled = false;
    diary.asks[0]!.onWithdrawn(() => (oldBodyCalled = true));
    bus.tell(at('a'), crash());
    await host.clock.runFor(600);
    expect(summary(await outcome)).toBe('deadline');
    expect(oldBodyCalled).toBe(false);
  });

  it('may be an ask that the valve saw and left to the mailbox', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const seen: Ask[] = [];
    const diary = spawn('a', {
      body: () => ({ serve: (open) => (seen.push(open), false), ended: () => ({ kept: 1, asks: seen }) }),
    });
    await rest();
    bus.tell(at('a'), crash());
    const outcome = ask('a', { deadlineMs: 5_000 });
    await host.clock.runFor(150);
    bus.tell(at('a'), note('the mailbox is whole'));
    expect(seen[0]!.reply(1)).toBe(true);
    bus.tell(at('a'), note('and stays so'));
    await rest();
    expect(summary(await outcome)).toBe('reply');
    expect(diary.lines).toEqual(['the mailbox is whole', 'and stays so']);
    expect(bus.actors()[0]).toMatchObject({ mailboxLength: 0, openAsks: 0 });
  });

  it('waits on while the next cannot be built', async () => {
    const { bus, host, spawn, rest, ask } = world();
    let buildable = true;
    const diary = spawn('a', {
      body: (_, { asks }) => {
        if (!buildable) fail();
        return { ended: () => ({ kept: 'kept', asks: asks as Iterable<Ask> }) };
      },
    });
    const outcome = ask('a', { deadlineMs: 5_000 });
    await rest();
    buildable = false;
    bus.tell(at('a'), crash());
    await host.clock.runFor(150);
    buildable = true;
    await host.clock.runFor(500);
    expect(diary.kept).toEqual([undefined, 'kept', 'kept']);
    expect(diary.asks[0]!.reply(1)).toBe(true);
    expect(summary(await outcome)).toBe('reply');
  });

  it('still ends with the actor: an ask that was kept is refused when there is no restart', async () => {
    const { bus, spawn, rest, ask } = world();
    spawn('a', { body: (_, { asks }) => ({ ended: () => ({ kept: 1, asks }) }) });
    const outcomes = [ask('a')];
    await rest();
    bus.tell(at('a'), { type: 'finish' });
    expect(await summaries(outcomes)).toEqual({ 'actor-ended': 1 });
  });

  it('is refused when the actor is stopped between crash and restart', async () => {
    const { bus, host, spawn, rest, ask } = world();
    const diary = spawn('a', {
      body: (_, { asks, ends }) => ({ ended: (end) => (ends.push(end), { kept: 1, asks }) }),
    });
    const outcome = ask('a');
    await rest();
    bus.tell(at('a'), crash());
    await rest();
    await bus.stop(at('a'));
    expect(summary(await outcome)).toBe('shutting-down');
    expect(diary.ends).toHaveLength(1);
    expect(host.clock.pendingTimers).toBe(0);
  });
});
