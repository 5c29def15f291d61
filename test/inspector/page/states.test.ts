import { describe, expect, it } from 'vitest';
import { findMachines } from '../../../scripts/check/machines.js';
import { chart } from '../../../src/machines/transitions.js';
import { clockTime, counted, duration, rate } from '../../../src/inspector/page/model/format.js';
import { activePaths, stateText, tonedNames, toneOf } from '../../../src/inspector/page/model/states.js';
import { around, fitted, panned, zoomed } from '../../../src/inspector/page/model/viewport.js';

describe('a state', () => {
  it.each([
    [undefined, ''],
    ['idle', 'idle'],
    [{ owning: 'reading' }, 'owning.reading'],
    [{ a: 'x', b: { c: 'y' } }, 'a.x, b.c.y'],
    [{ busy: {} }, 'busy'],
  ])('is written %j as %s', (value, text) => expect(stateText(value)).toBe(text));

  it('lights the machine, its composites and what holds in them', () => {
    expect([...activePaths({ a: 'x', b: { c: 'y' } })]).toEqual(['', 'a', 'a.x', 'b', 'b.c', 'b.c.y']);
    expect([...activePaths('idle')]).toEqual(['', 'idle']);
    expect([...activePaths(undefined)]).toEqual([]);
  });

  it.each([
    [undefined, 'idle'],
    [{ owning: 'reading' }, 'ok'],
    ['claiming', 'wait'],
    ['released', 'idle'],
    ['restarting', 'bad'],
    [{ a: 'reading', b: 'suspect', c: 'claiming' }, 'bad'],
  ])('feels: %j is %s', (value, tone) => expect(toneOf(value)).toBe(tone));
});

describe('the tones of states', () => {
  it('are of states that machines have', async () => {
    const machines = await findMachines();
    const names = new Set(machines.flatMap(({ machine }) => chart(machine).states.map(({ name }) => name)));
    expect(tonedNames.filter((name) => name !== 'restarting' && !names.has(name))).toEqual([]);
  });
});

describe('numbers in words', () => {
  it.each([
    [0, '0 ms'],
    [999.6, '1.0 s'],
    [1234, '1.2 s'],
    [59_400, '59 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms last %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('has rates, counts and times', () => {
    expect([rate(0), rate(0.25), rate(12.3), rate(1234)]).toEqual(['0', '0.3', '12', '1,234']);
    expect([counted(1, 'actor'), counted(5000, 'actor')]).toEqual(['1 actor', '5,000 actors']);
    expect(clockTime(new Date(2026, 1, 3, 4, 5, 6, 7).getTime())).toBe('04:05:06.007');
  });
});

describe('what is seen of a drawing', () => {
  const drawing = { x: 0, y: 0, width: 100, height: 300 };

  it('is all of it, in the proportions of the paper', () => {
    expect(fitted(drawing, 2)).toEqual({ x: -250, y: 0, width: 600, height: 300 });
  });

  it('is its whole width around a point, and no more than there is', () => {
    expect(around(drawing, 2, 500, { x: 9, y: 150 })).toEqual({ x: 0, y: 125, width: 100, height: 50 });
    expect(around(drawing, 2, 500, { x: 9, y: 10 })).toEqual({ x: 0, y: 0, width: 100, height: 50 });
    expect(around(drawing, 0.2, 500, { x: 9, y: 10 })).toEqual(fitted(drawing, 0.2));
  });

  it('is a part of its width where the whole could not be read', () => {
    expect(around(drawing, 1, 40, { x: 90, y: 150 })).toEqual({ x: 60, y: 130, width: 40, height: 40 });
    expect(around(drawing, 0.1, 40, { x: 50, y: 0 })).toEqual({ x: 30, y: -50, width: 40, height: 400 });
  });

  it('gets nearer around a point that stays, and not farther than the whole', () => {
    const whole = fitted(drawing, 1);
    expect(zoomed(whole, whole, 2)).toEqual({ x: -25, y: 75, width: 150, height: 150 });
    expect(zoomed(whole, whole, 2, { x: 0, y: 0 })).toMatchObject({ x: whole.x, y: whole.y });
    expect(zoomed(whole, whole, 0.1)).toEqual(whole);
  });

  it('moves, and keeps something of the drawing in sight', () => {
    expect(panned({ x: 0, y: 0, width: 50, height: 50 }, drawing, { x: 0.5, y: 1 })).toMatchObject({ x: 25, y: 50 });
    expect(panned({ x: 0, y: 0, width: 50, height: 50 }, drawing, { x: 99, y: -99 })).toMatchObject({ x: 75, y: -25 });
  });
});
