import { describe, expect, it } from 'vitest';
import { PixyError } from '../../../src/errors/pixy-error.js';
import { at, crash, note, perform, question, summary, world } from './support.js';

describe('ask', () => {
  it('is received from the mailbox and replied to', async () => {
    const { spawn, rest, ask } = world();
    const diary = spawn('a');
    const outcome = ask('a');
    await rest();
    expect(diary.asks[0]?.request).toBe(question);
    expect(diary.asks[0]?.reply(42)).toBe(true);
    expect(await outcome).toEqual({ kind: 'reply', value: 42 });
  });

  it('has one outcome: the second answer is not taken', async () => {
    const { spawn, rest, ask } = world();
    const diary = spawn('a');
    const outcome = ask('a');
    await rest();
    const [open] = diary.asks;
    expect([open!.open, open!.reply(1), open!.reply(2), open!.open]).toEqual([true, true, false, false]);
    expect(await outcome).toEqual({ kind: 'reply', value: 1 });
  });

  it('past its deadline says why it waited, tells the answerer once, and takes no answer', async () => {
    const { host, spawn, rest, ask } = world();
    let withdrawals = 0;
    const diary = spawn('a', {
      body: () => ({
        whyWaiting: () => 'no-message',
        receive: (open) => {
          open.onWithdrawn(() => withdrawals++);
          return { type: 'asked', ask: open };
        },
      }),
    });
    const outcome = ask('a', { deadlineMs: 300 });
    await host.clock.runFor(299);
    expect(withdrawals).toBe(0);
    await host.clock.runFor(20);
    expect(await outcome).toEqual({ kind: 'deadline', reason: 'no-message' });
    expect(withdrawals).toBe(1);
    expect(diary.asks[0]!.reply('late')).toBe(false);
    await rest();
    expect(withdrawals).toBe(1);
  });

  it('past its deadline is refused with the error that it waited for, and withdrawn as by a deadline', async () => {
    const { host, spawn, ask } = world();
    let withdrawals = 0;
    const error = new PixyError('kafka-access-denied', { reason: 'why' });
    const diary = spawn('a', {
      body: () => ({
        whyWaiting: () => error,
        receive: (open) => {
          open.onWithdrawn(() => withdrawals++);
          return { type: 'asked', ask: open };
        },
      }),
    });
    const outcome = ask('a', { deadlineMs: 300 });
    await host.clock.runFor(320);
    expect(await outcome).toEqual({ kind: 'refused', error });
    diary.asks[0]!.onWithdrawn(() => withdrawals++);
    expect([withdrawals, diary.asks[0]!.reply('late')]).toEqual([2, false]);
  });

  it('when cancelled tells the answerer once, and takes no answer', async () => {
    const { host, spawn, rest, ask } = world();
    const lost = new AbortController();
    let withdrawals = 0;
    const diary = spawn('a');
    const outcome = ask('a', { signal: lost.signal });
    await rest();
    diary.asks[0]!.onWithdrawn(() => withdrawals++);
    lost.abort();
    expect(summary(await outcome)).toBe('cancelled');
    expect([withdrawals, diary.asks[0]!.reply(1)]).toEqual([1, false]);
    await host.clock.runFor(5_000);
    expect(withdrawals).toBe(1);
  });

  it('tells whoever listens too late that it was withdrawn', async () => {
    const { spawn, rest, ask } = world();
    const lost = new AbortController();
    const diary = spawn('a');
    void ask('a', { signal: lost.signal });
    await rest();
    lost.abort();
    let told = false;
    diary.asks[0]!.onWithdrawn(() => (told = true));
    expect(told).toBe(true);
  });

  it('does not call a reply a withdrawal', async () => {
    const { spawn, rest, ask } = world();
    const diary = spawn('a');
    void ask('a');
    await rest();
    let told = false;
    diary.asks[0]!.onWithdrawn(() => (told = true));
    diary.asks[0]!.reply(1);
    await rest();
    expect(told).toBe(false);
  });

  it('withdrawn while in the mailbox is never received', async () => {
    const { bus, spawn, rest, ask } = world();
    const diary = spawn('a');
    await rest();
    const lost = new AbortController();
    const outcomes = [ask('a'), ask('a', { signal: lost.signal }), ask('a')];
    lost.abort();
    expect(bus.actors()[0]).toMatchObject({ mailboxLength: 2, openAsks: 2 });
    await rest();
    expect(diary.asks).toHaveLength(2);
    diary.asks.forEach((open) => open.reply(1));
    expect((await Promise.all(outcomes)).map(summary)).toEqual(['reply', 'cancelled', 'reply']);
  });

  it('that was cancelled before reaches nobody', async () => {
    const { spawn, rest, ask } = world();
    const diary = spawn('a');
    await rest();
    expect(summary(await ask('a', { signal: AbortSignal.abort() }))).toBe('cancelled');
    await rest();
    expect(diary.asks).toEqual([]);
  });

  it('leaves no timer and no listener behind once it has ended', async () => {
    const { host, spawn, rest, ask } = world();
    const lost = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = lost.signal;
    lost.signal.addEventListener = (...args: unknown[]) => (
      listeners++,
      Reflect.apply(addEventListener, lost.signal, args)
    );
    lost.signal.removeEventListener = (...args: unknown[]) => (
      listeners--,
      Reflect.apply(removeEventListener, lost.signal, args)
    );
    const diary = spawn('a');
    const outcome = ask('a', { signal: lost.signal });
    await rest();
    expect([host.clock.pendingTimers, listeners]).toEqual([1, 1]);
    diary.asks[0]!.reply(1);
    await outcome;
    expect([host.clock.pendingTimers, listeners]).toEqual([0, 0]);
  });

  it('is refused when the mailbox is at its limit, while events are not', async () => {
    const { bus, spawn, rest, ask } = world();
    const diary = spawn('a', { mailboxRequestsMax: 2 });
    await rest();
    const outcomes = [ask('a'), ask('a'), ask('a'), ask('a')];
    expect(bus.tell(at('a'), note('event'))).toBeUndefined();
    await rest();
    diary.asks.forEach((open) => open.reply(1));
    expect((await Promise.all(outcomes)).map(summary)).toEqual(['reply', 'reply', 'mailbox-full', 'mailbox-full']);
    expect(diary.lines).toEqual(['event']);
    const after = ask('a');
    await rest();
    diary.asks.at(-1)!.reply(1);
    expect(summary(await after)).toBe('reply');
  });

  it('leaves the books of its asker when it has ended', async () => {
    const { spawn, rest } = world();
    const asker = spawn('asker').shells;
    const answerer = spawn('answerer');
    await rest();
    const { asked } = asker[0] as unknown as { asked: Set<unknown> };
    void asker[0]!.ask(at('answerer'), question, { deadlineMs: 1_000 });
    expect(asked.size).toBe(1);
    await rest();
    answerer.asks[0]!.reply(1);
    expect(asked.size).toBe(0);
  });

  it('by an actor that ended is withdrawn, so that the answer is kept', async () => {
    const { bus, spawn, rest } = world();
    const asker = spawn('asker');
    const answerer = spawn('answerer');
    await rest();
    bus.tell(
      at('asker'),
      perform(() => void asker.shell.ask(at('answerer'), question, { deadlineMs: 1_000 })),
    );
    await rest();
    expect(answerer.asks[0]!.open).toBe(true);
    await bus.stop(at('asker'));
    expect(answerer.asks[0]!.reply('mine again')).toBe(false);
  });

  it('to an actor that receives none is refused', async () => {
    const { spawn, ask } = world();
    spawn('a', { body: () => ({ receive: undefined }) });
    expect(summary(await ask('a'))).toBe('no-such-actor');
  });
});

describe('the valve', () => {
  const serving = { body: () => ({ serve: (open: { reply(value: unknown): boolean }) => open.reply('valve') }) };

  it('serves at once, without a delivery', async () => {
    const { spawn, rest, ask } = world();
    const diary = spawn('a', serving);
    await rest();
    expect(await ask('a')).toEqual({ kind: 'reply', value: 'valve' });
    expect(diary.asks).toEqual([]);
  });

  it('is closed before the start and in states without the tag', async () => {
    const { bus, spawn, rest, ask } = world();
    const diary = spawn('a', serving);
    const early = ask('a');
    await rest();
    bus.tell(at('a'), { type: 'close' });
    await rest();
    const closed = ask('a');
    await rest();
    expect(diary.asks).toHaveLength(2);
    bus.tell(at('a'), { type: 'open' });
    diary.asks.forEach((open) => open.reply('mailbox'));
    expect([await early, await closed]).toEqual([
      { kind: 'reply', value: 'mailbox' },
      { kind: 'reply', value: 'mailbox' },
    ]);
    await rest();
    expect(await ask('a')).toEqual({ kind: 'reply', value: 'valve' });
  });

  it('leaves to the mailbox what the body does not serve', async () => {
    const { spawn, rest, ask } = world();
    const diary = spawn('a', { body: () => ({ serve: () => false }) });
    await rest();
    const outcome = ask('a');
    await rest();
    diary.asks[0]!.reply('mailbox');
    expect(await outcome).toEqual({ kind: 'reply', value: 'mailbox' });
  });

  it('watches the deadline of what the body keeps', async () => {
    const { host, spawn, rest, ask } = world();
    const diary = spawn('a', { body: (_, { asks }) => ({ serve: (open) => asks.push(open) > 0 }) });
    await rest();
    const outcome = ask('a', { deadlineMs: 100 });
    expect(diary.asks[0]!.open).toBe(true);
    await host.clock.runFor(200);
    expect(summary(await outcome)).toBe('deadline');
  });

  it('lets no request overtake one that waits in the mailbox', async () => {
    const { spawn, rest, ask } = world();
    let accepts = false;
    const diary = spawn('a', { body: () => ({ serve: (open) => accepts && open.reply('valve') }) });
    await rest();
    const first = ask('a');
    accepts = true;
    const second = ask('a');
    await rest();
    expect(diary.asks).toHaveLength(2);
    diary.asks.forEach((open, i) => open.reply(i));
    expect([await first, await second]).toEqual([
      { kind: 'reply', value: 0 },
      { kind: 'reply', value: 1 },
    ]);
  });

  it('lends only while it is open', async () => {
    const { bus, spawn, rest } = world();
    const borrower = spawn('borrower');
    await rest();
    const loan = borrower.shell.borrow<string>(at('lender'));
    expect(loan.get()).toBeUndefined();
    spawn('lender', { body: () => ({ lends: 'buffer' }) });
    expect(loan.get()).toBeUndefined();
    await rest();
    expect(loan.get()).toBe('buffer');
    bus.tell(at('lender'), { type: 'close' });
    await rest();
    expect(loan.get()).toBeUndefined();
    bus.tell(at('lender'), { type: 'open' });
    await rest();
    expect(loan.get()).toBe('buffer');
  });

  it('lends what the next holder of the address has', async () => {
    const { bus, spawn, rest } = world();
    const borrower = spawn('borrower');
    spawn('lender', { body: () => ({ lends: 'first' }) });
    await rest();
    const loan = borrower.shell.borrow<string>(at('lender'));
    expect(loan.get()).toBe('first');
    const stopped = bus.stop(at('lender'));
    expect(loan.get()).toBeUndefined();
    await stopped;
    spawn('lender', { body: () => ({ lends: 'second' }) });
    await rest();
    expect(loan.get()).toBe('second');
  });

  it('is closed from the moment the body threw', async () => {
    const { spawn, rest, ask } = world();
    let calls = 0;
    spawn('a', {
      body: () => ({
        serve: () => {
          calls++;
          throw new Error('boom');
        },
      }),
    });
    await rest();
    const outcomes = await Promise.all([ask('a'), ask('a'), ask('a')]);
    expect(outcomes.map(summary)).toEqual(['actor-ended', 'actor-ended', 'actor-ended']);
    expect(calls).toBe(1);
  });

  const ends: [string, string, (bus: ReturnType<typeof world>['bus']) => unknown][] = [
    ['its machine is done', 'actor-ended', (bus) => bus.tell(at('p/a'), { type: 'finish' })],
    ['it crashes', 'actor-ended', (bus) => bus.tell(at('p/a'), crash())],
    ['it is stopped', 'shutting-down', (bus) => void bus.stop(at('p/a'))],
    ['its parent is stopped', 'shutting-down', (bus) => void bus.stop(at('p'))],
    ['its parent crashes', 'actor-ended', (bus) => bus.tell(at('p'), crash())],
    ['the bus is closed', 'shutting-down', (bus) => void bus.close()],
  ];
  it.each(ends)('is closed when %s, before the body hears of it', async (_, code, end) => {
    const { bus, spawn, rest, ask } = world();
    const borrower = spawn('z');
    spawn('p');
    const seen: unknown[] = [];
    const diary = spawn('p/a', {
      body: (shell, { asks }) => ({
        lends: 'buffer',
        serve: (open) => asks.push(open) > 0,
        ended: () => {
          seen.push(shell.signal.aborted, loan.get(), asks[0]!.open);
          void ask('p/a').then((outcome) => seen.push(summary(outcome)));
          return undefined;
        },
      }),
    });
    await rest();
    const loan = borrower.shell.borrow<string>(at('p/a'));
    expect(loan.get()).toBe('buffer');
    const waiting = ask('p/a');
    end(bus);
    expect(summary(await waiting)).toBe(code);
    await rest();
    expect(seen).toEqual([true, undefined, true, expect.stringMatching(/actor-ended|shutting-down|no-such-actor/)]);
    expect(diary.asks).toHaveLength(1);
  });
});
