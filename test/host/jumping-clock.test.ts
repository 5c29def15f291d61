import { describe, expect, it } from 'vitest';
import { JumpingClock } from '../../src/host/jumping-clock.js';
import { virtualHost } from '../../src/host/virtual-host.js';

describe('a clock that jumps', () => {
  it('shows another wall time from then on, and the same monotonic time; timers come when they would have', async () => {
    const { clock } = virtualHost();
    const jumping = new JumpingClock(clock);
    const firedMs: number[] = [];
    jumping.setTimeout(() => firedMs.push(jumping.nowMs()), 1000);
    jumping.clearTimeout(jumping.setTimeout(() => firedMs.push(-1), 900));
    jumping.jump(3_600_000);
    expect([jumping.nowMs(), jumping.wallMs() - clock.wallMs()]).toEqual([0, 3_600_000]);
    await clock.runFor(2000);
    expect(firedMs).toEqual([1000]);
    jumping.jump(-60_000);
    expect([jumping.nowMs(), jumping.wallMs() - clock.wallMs()]).toEqual([2000, 3_540_000]);
    jumping.jump(-3_540_000);
    expect(jumping.wallMs()).toBe(clock.wallMs());
  });
});
