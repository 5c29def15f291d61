import { describe, expect, it } from 'vitest';
import { at, note, perform, probe, summary, world } from './support.js';

describe('tell', () => {
  it('delivers first in, first out, and never before it returns', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('a');
    await rest();
    expect(bus.tell(at('a'), note('1'))).toBeUndefined();
    expect(bus.tell(at('a'), note('2'))).toBeUndefined();
    expect(diary.lines).toEqual([]);
    await rest();
    expect(diary.lines).toEqual(['1', '2']);
  });

  it('keeps what is told before the actor has started', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('a');
    bus.tell(at('a'), note('early'));
    await rest();
    expect(diary.lines).toEqual(['early']);
  });

  it('is refused where nobody is', () => {
    const { bus } = world();
    expect(bus.tell(at('nobody'), note('x'))?.code).toBe('no-such-actor');
  });

  it('joins neighbours only', async () => {
    const { bus, spawn, rest } = world();
    const diary = spawn('a', {
      join: (first, second) =>
        first.type === 'notes' && second.type === 'notes'
          ? { type: 'notes', texts: [...first.texts, ...second.texts] }
          : undefined,
    });
    for (const text of ['1', '2']) bus.tell(at('a'), { type: 'notes', texts: [text] });
    bus.tell(at('a'), note('between'));
    bus.tell(at('a'), note('stays apart'));
    for (const text of ['3', '4', '5']) bus.tell(at('a'), { type: 'notes', texts: [text] });
    await rest();
    expect(diary.lines).toEqual(['1+2', 'between', 'stays apart', '3+4+5']);
  });

  it('never nests, however long the chain', async () => {
    const { bus, spawn, rest } = world();
    let deep = 0;
    let deepest = 0;
    const order: number[] = [];
    const step = (i: number) => () => {
      deepest = Math.max(deepest, ++deep);
      order.push(i);
      if (i < 4_999) bus.tell(at(`chain/${i + 1}`), perform(step(i + 1)));
      deep--;
    };
    for (let i = 0; i < 5_000; i++) spawn(`chain/${i}`);
    await rest();
    bus.tell(at('chain/0'), perform(step(0)));
    await rest();
    await rest();
    expect(order).toHaveLength(5_000);
    expect(deepest).toBe(1);
  });

  it('finishes the action before anything it spawned, told, asked or stopped happens', async () => {
    const { bus, spawn, rest, ask } = world();
    const order: string[] = [];
    const diary = spawn('a');
    spawn('a/doomed', { body: () => ({ ended: () => (order.push('doomed ended'), undefined) }) });
    spawn('b');
    await rest();
    bus.tell(
      at('a'),
      perform(() => {
        diary.shell.tell(
          at('b'),
          perform(() => order.push('b was told')),
        );
        diary.shell.spawn(probe({ body: () => (order.push('child built'), {}) }), at('a/child'), diary);
        diary.shell.stop(at('a/doomed'));
        void ask('a').then((outcome) => order.push(summary(outcome)));
        order.push('action over');
      }),
    );
    await rest();
    expect(order[0]).toBe('action over');
    expect(order.slice(1).sort()).toEqual(['b was told', 'child built', 'doomed ended']);
    expect(diary.asks.map((open) => open.open)).toEqual([true]);
  });

  it('lets I/O in between', async () => {
    const { bus, spawn, rest } = world();
    spawn('a');
    spawn('b');
    await rest();
    let bounces = 0;
    let bouncesWhenIoRan: number | undefined;
    const bounce = (to: string, back: string) => () => {
      if (++bounces < 20_000) bus.tell(at(to), perform(bounce(back, to)));
    };
    setImmediate(() => (bouncesWhenIoRan = bounces));
    bus.tell(at('a'), perform(bounce('b', 'a')));
    while (bounces < 20_000) await rest();
    expect(bouncesWhenIoRan).toBeGreaterThan(0);
    expect(bouncesWhenIoRan).toBeLessThan(2_000);
  });
});
