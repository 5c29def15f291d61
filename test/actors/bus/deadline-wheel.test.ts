import { describe, expect, it } from 'vitest';
import { DeadlineWheel, type Expiring } from '../../../src/actors/bus/deadline-wheel.js';
import { seededRandom, VirtualClock } from '../../../src/host/virtual-host.js';

function wheel() {
  const clock = new VirtualClock();
  const expired: { deadlineAtMs: number; atMs: number }[] = [];
  const entry = (deadlineAtMs: number, then = () => {}): Expiring => ({
    deadlineAtMs,
    expire() {
      expired.push({ deadlineAtMs, atMs: clock.nowMs() });
      then();
    },
  });
  return { clock, expired, entry, deadlines: new DeadlineWheel(clock) };
}

describe('DeadlineWheel', () => {
  it('expires each entry once, at its deadline or up to 10 ms later', async () => {
    const { clock, expired, entry, deadlines } = wheel();
    const random = seededRandom(7);
    for (let i = 0; i < 500; i++) deadlines.add(entry(Math.floor(random.next() * 3_000)));
    await clock.runFor(3_100);
    expect(expired).toHaveLength(500);
    for (const { deadlineAtMs, atMs } of expired) {
      expect(atMs).toBeGreaterThanOrEqual(deadlineAtMs);
      expect(atMs).toBeLessThan(deadlineAtMs + 10);
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('arms one timer for any number of entries, and none for none', () => {
    const { clock, entry, deadlines } = wheel();
    const entries = [500, 20, 5_000, 21, 300].map((deadlineAtMs) => entry(deadlineAtMs));
    const buckets = entries.map((each) => deadlines.add(each));
    expect(clock.pendingTimers).toBe(1);
    entries.forEach((each, i) => deadlines.remove(each, buckets[i]!));
    expect(deadlines.size).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('never expires what was removed, and removes nothing twice', async () => {
    const { clock, expired, entry, deadlines } = wheel();
    const [removed, stays] = [entry(50), entry(50)];
    const bucket = deadlines.add(removed);
    deadlines.add(stays);
    deadlines.remove(removed, bucket);
    deadlines.remove(removed, bucket);
    expect(deadlines.size).toBe(1);
    await clock.runFor(100);
    expect(expired).toHaveLength(1);
  });

  it('takes new entries while it expires others', async () => {
    const { clock, expired, entry, deadlines } = wheel();
    deadlines.add(entry(10, () => void deadlines.add(entry(30, () => void deadlines.add(entry(20))))));
    await clock.runFor(60);
    expect(expired.map(({ deadlineAtMs }) => deadlineAtMs)).toEqual([10, 30, 20]);
    expect(clock.pendingTimers).toBe(0);
  });
});
