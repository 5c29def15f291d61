import { describe, expect, it } from 'vitest';
import { LateTimers } from '../../src/host/late-timers.js';
import { virtualHost } from '../../src/host/virtual-host.js';

function world() {
  const { clock, random } = virtualHost(7);
  const late = new LateTimers(clock, random);
  const fired: { readonly name: string; readonly atMs: number }[] = [];
  const arm = (name: string, delayMs: number) =>
    late.setTimeout(() => void fired.push({ name, atMs: late.nowMs() }), delayMs);
  return { clock, late, fired, arm };
}

describe('timers that come late', () => {
  it('come in time where none is to be late', async () => {
    const { clock, late, fired, arm } = world();
    arm('b', 20);
    arm('a', 10);
    late.clearTimeout(arm('cleared', 15));
    late.clearTimeout(undefined);
    await clock.runFor(100);
    expect(fired).toEqual([
      { name: 'a', atMs: 10 },
      { name: 'b', atMs: 20 },
    ]);
    expect([late.nowMs(), late.wallMs()]).toEqual([100, clock.wallMs()]);
  });

  it('come later by no more than is said, in their order, and nothing overtakes them when it is over', async () => {
    const { clock, late, fired, arm } = world();
    const names = Array.from({ length: 50 }, (_, at) => `t${at}`);
    names.forEach((name, at) => arm(name, 100 + at));
    late.lateMsMax = 500;
    await clock.runFor(149);
    late.lateMsMax = 0;
    arm('after', 1);
    await clock.runFor(1000);
    expect(fired.map(({ name }) => name)).toEqual([...names, 'after']);
    const lateMs = fired.slice(0, 50).map(({ atMs }, at) => atMs - 100 - at);
    expect(Math.max(...lateMs)).toBeGreaterThan(100);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(500);
    expect(clock.pendingTimers).toBe(0);
  });

  it('never come when they are cleared, though they were due already', async () => {
    const { clock, late, fired, arm } = world();
    late.lateMsMax = 500;
    const timer = arm('cleared', 10);
    await clock.runFor(11);
    late.clearTimeout(timer);
    await clock.runFor(1000);
    expect(fired).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
