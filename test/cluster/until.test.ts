import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../src/cluster/cluster-error.js';
import { Hopeless, until } from '../../src/cluster/until.js';
import { VirtualClock } from '../../src/host/virtual-host.js';

describe('waiting for a condition', () => {
  it('asks again until the answer is yes; who throws has not said it', async () => {
    const clock = new VirtualClock();
    const answers = [() => false, () => Promise.reject(new Error('not yet')), () => true];
    const waiting = until(clock, 'it is so', 1_000, async () => answers.shift()!());
    await clock.runFor(1_000);
    await waiting;
    expect(answers).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up past the deadline, and keeps why', async () => {
    const clock = new VirtualClock();
    const cause = new Error('refused');
    const waiting = until(clock, 'it is so', 1_000, () => Promise.reject(cause)).catch((error: unknown) => error);
    await clock.runFor(2_000);
    expect(await waiting).toEqual(new ClusterError('Waited 1 s in vain until it is so.', { cause }));
  });

  it('gives up at once when there is no hope', async () => {
    const waiting = until(new VirtualClock(), 'it is so', 1_000, () => Promise.reject(new Hopeless('it ended')));
    await expect(waiting).rejects.toThrow('it ended');
  });
});
