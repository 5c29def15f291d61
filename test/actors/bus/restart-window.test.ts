import { describe, expect, it } from 'vitest';
import { RestartWindow } from '../../../src/actors/bus/restart-window.js';

const limits = { backoffMs: 100, backoffMaxMs: 350, restartsMax: 4, windowMs: 10_000 };

describe('RestartWindow', () => {
  it('doubles the back-off up to its limit, then gives up', () => {
    const restarts = new RestartWindow(limits);
    expect([0, 1, 2, 3, 4].map((atMs) => restarts.next(atMs))).toEqual([100, 200, 350, 350, undefined]);
  });

  it('forgets what lies before the window', () => {
    const restarts = new RestartWindow(limits);
    for (const atMs of [0, 1, 2, 5_000]) restarts.next(atMs);
    expect(restarts.next(9_999)).toBeUndefined();
    expect(restarts.next(10_001)).toBe(350);
    expect(restarts.next(20_001)).toBe(100);
  });
});
