import { describe, expect, it } from 'vitest';
import type { Loan, Outcome, Shell } from '../../../src/actors/bus/types.js';
import { at, crash, Diary, note, perform, probe, question, summary, world, type ProbeEvent } from './support.js';

describe('an incarnation', () => {
  it('has a number and a signal that is aborted at its end', async () => {
    const { bus, host, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    expect([diary.shell.incarnation, diary.shell.signal.aborted]).toEqual([1, false]);
    bus.tell(at('a'), crash());
    await host.clock.runFor(150);
    expect(diary.shells.map(({ incarnation, signal }) => [incarnation, signal.aborted])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('that is over does nothing to itself or to others', async () => {
    const { bus, host, spawn, rest } = world();
    const diary = spawn('a');
    const other = spawn('other', { body: () => ({ lends: 'buffer' }) });
    await rest();
    const old = diary.shell;
    const loan: Loan<string> = old.borrow(at('other'));
    let resolveWork: (text: string) => void = () => {};
    const work = new Promise<string>((resolve) => (resolveWork = resolve));
    old.settle(work, note, () => note('failed'));
    old.clock.setTimeout(() => diary.lines.push('timer'), 50);
    expect(loan.get()).toBe('buffer');
    bus.tell(at('a'), crash());
    await host.clock.runFor(120);
    expect(diary.shells).toHaveLength(2);

    resolveWork('settled');
    old.self(note('self'));
    old.clock.setTimeout(() => diary.lines.push('late timer'), 10);
    old.spawn(probe(), at('a/child'), new Diary());
    old.stop(at('other'));
    await host.clock.runFor(1_000);
    expect(diary.lines).toEqual([]);
    expect(loan.get()).toBeUndefined();
    expect(old.tell(at('other'), note('x'))?.code).toBe('actor-ended');
    expect(summary(await old.ask(at('other'), question, { deadlineMs: 100 }))).toBe('actor-ended');
    expect(bus.actors().map(({ address }) => address)).toEqual(['a', 'other']);
    expect([other.lines, other.asks]).toEqual([[], []]);
  });

  it('may tell others of its end, but ask and start nothing any more', async () => {
    const { bus, spawn, rest } = world();
    const outcomes: Promise<Outcome<unknown>>[] = [];
    spawn('a', {
      body: (shell: Shell<ProbeEvent>) => ({
        ended: () => {
          shell.tell(at('other'), note('farewell'));
          shell.spawn(probe(), at('a/child'), new Diary());
          outcomes.push(shell.ask(at('other'), question, { deadlineMs: 100 }));
          return undefined;
        },
      }),
    });
    const other = spawn('other');
    await rest();
    await bus.stop(at('a'));
    await rest();
    expect(other.lines).toEqual(['farewell']);
    expect((await Promise.all(outcomes)).map(summary)).toEqual(['actor-ended']);
    expect(bus.actors()).toHaveLength(1);
  });

  it('settles what comes of a promise, either way', async () => {
    const { spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    diary.shell.settle(Promise.resolve('well'), note, () => note('wrong'));
    diary.shell.settle(
      Promise.reject(new Error('badly')),
      () => note('wrong'),
      (error) => note((error as Error).message),
    );
    await rest();
    expect(diary.lines.sort()).toEqual(['badly', 'well']);
  });

  it('crashes when the result of a promise cannot be told', async () => {
    const { host, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    diary.shell.settle(
      Promise.resolve(),
      () => {
        throw new Error('no words');
      },
      () => note('wrong'),
    );
    await host.clock.runFor(150);
    expect(diary.ends).toMatchObject([{ how: 'crashed', error: { message: 'no words' } }]);
  });
});

describe('timers', () => {
  it('fire when they are due, unless they are cleared', async () => {
    const { host, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    const { clock } = diary.shell;
    clock.setTimeout(() => diary.lines.push('fired'), 10);
    clock.clearTimeout(clock.setTimeout(() => diary.lines.push('cleared'), 10));
    await host.clock.runFor(9);
    expect(diary.lines).toEqual([]);
    await host.clock.runFor(1);
    expect(diary.lines).toEqual(['fired']);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('that are cleared while they wait in the mailbox do not fire', async () => {
    const { bus, host, spawn, rest } = world({ faultsAllowed: true });
    const diary = spawn('a');
    await rest();
    const { clock } = diary.shell;
    clock.setTimeout(() => clock.clearTimeout(late), 10);
    const late = clock.setTimeout(() => diary.lines.push('fired'), 20);
    bus.injectFault(at('a'), { kind: 'slow', forMs: 50 });
    await host.clock.runFor(40);
    expect(bus.actors()[0]).toMatchObject({ mailboxLength: 2 });
    await host.clock.runFor(20);
    expect(bus.actors()[0]).toMatchObject({ mailboxLength: 0 });
    expect(diary.lines).toEqual([]);
  });

  it('that throw crash the actor', async () => {
    const { host, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    diary.shell.clock.setTimeout(() => {
      throw new Error('boom');
    }, 10);
    await host.clock.runFor(50);
    expect(diary.ends).toHaveLength(1);
  });

  it("of a machine run on the host's clock", async () => {
    const { bus, host, spawn, rest } = world();
    const diary = spawn('a', { afterMs: 500 });
    await rest();
    bus.tell(at('a'), { type: 'fetch' });
    await host.clock.runFor(499);
    expect(diary.lines).toEqual([]);
    await host.clock.runFor(1);
    expect(diary.lines).toEqual(['out of patience']);
    expect(bus.actors()[0]!.value).toBe('closed');
  });

  it('of a machine die with the incarnation', async () => {
    const { bus, host, spawn, rest } = world();
    const diary = spawn('a', { afterMs: 500 });
    await rest();
    bus.tell(at('a'), { type: 'fetch' });
    bus.tell(at('a'), crash());
    await host.clock.runFor(2_000);
    expect(diary.lines).toEqual([]);
    expect(host.clock.pendingTimers).toBe(0);
  });

  it('of a machine wait while the mailbox is not looked at', async () => {
    const { bus, host, spawn, rest } = world({ faultsAllowed: true });
    const diary = spawn('a', { afterMs: 100 });
    await rest();
    bus.tell(at('a'), { type: 'fetch' });
    await rest();
    bus.injectFault(at('a'), { kind: 'slow', forMs: 300 });
    await host.clock.runFor(299);
    expect(diary.lines).toEqual([]);
    await host.clock.runFor(1);
    expect(diary.lines).toEqual(['out of patience']);
  });
});

describe('what a machine invokes', () => {
  it('comes back to it', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('a', { fetch: () => Promise.resolve('fetched') });
    await rest();
    bus.tell(at('a'), { type: 'fetch' });
    await rest();
    expect(diary.lines).toEqual(['fetched']);
    expect(bus.actors()[0]!.value).toBe('open');
  });

  it('crashes it when it fails unhandled', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('a', { fetch: () => Promise.reject(new Error('no route')) });
    await rest();
    bus.tell(at('a'), { type: 'fetch' });
    await rest();
    expect(diary.ends).toMatchObject([{ how: 'crashed', error: { message: 'no route' } }]);
  });

  it.each([
    ['stopped', (bus: ReturnType<typeof world>['bus']) => void bus.stop(at('a'))],
    ['crashed', (bus: ReturnType<typeof world>['bus']) => void bus.tell(at('a'), crash())],
    ['done', (bus: ReturnType<typeof world>['bus']) => void bus.tell(at('a'), { type: 'finish' })],
  ])('is aborted when the actor is %s', async (_, end) => {
    const { bus, spawn, rest } = world();
    const signals: AbortSignal[] = [];
    spawn('a', { fetch: (signal) => (signals.push(signal), new Promise<string>(() => {})) });
    await rest();
    bus.tell(at('a'), { type: 'fetch' });
    await rest();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    end(bus);
    await rest();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

it('an actor can do all of this to itself while it handles one event', async () => {
  const { bus, spawn, rest } = world();
  const diary = spawn('a');
  await rest();
  bus.tell(
    at('a'),
    perform(() => {
      const { shell } = diary;
      shell.self(note('self'));
      shell.tell(at('a'), note('told'));
      void shell.ask(at('a'), question, { deadlineMs: 100 });
      diary.lines.push('action over');
    }),
  );
  await rest();
  expect(diary.lines).toEqual(['action over', 'self', 'told']);
  expect(diary.asks).toHaveLength(1);
});
