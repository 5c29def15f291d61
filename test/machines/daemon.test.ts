import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import { daemonMachine, type DaemonEffects, type DaemonEvent } from '../../src/machines/daemon.js';
import { notedEffects } from './noted-effects.js';

function daemon() {
  const { clock } = virtualHost();
  const { effects, calls } = notedEffects<DaemonEffects>();
  const input = { effects, drainTimeoutMs: 10_000, closeTimeoutMs: 1000 };
  const actor = createActor(daemonMachine, { input, clock });
  actor.start();
  const send = (...events: DaemonEvent[]) => events.forEach((event) => actor.send(event));
  return { actor, clock, calls, send, state: () => actor.getSnapshot().value };
}

const listening = { type: 'listening' } as const;
const drain = (left: number) => ({ type: 'drain' as const, left });
const workEnded = (left: number) => ({ type: 'work.ended' as const, left });
const sessionEnded = (left: number) => ({ type: 'session.ended' as const, left });

describe('daemon', () => {
  it('lets nobody in before it listens', () => {
    const d = daemon();
    expect(d.actor.getSnapshot().hasTag('adopts')).toBe(false);
    d.send(listening);
    expect(d.actor.getSnapshot().hasTag('adopts')).toBe(true);
    expect(d.calls).toEqual(['startClusters', 'logServing']);
  });

  it('ends its sessions after the last work, and itself after the last session', () => {
    const d = daemon();
    d.send(listening, workEnded(2), drain(2), workEnded(1));
    expect(d.state()).toBe('draining');
    d.send(workEnded(0));
    expect(d.calls.slice(2)).toEqual(['drainAll', 'closeSessions']);
    d.send(sessionEnded(1));
    expect(d.state()).toBe('closing');
    d.send(sessionEnded(0));
    expect(d.state()).toBe('stopped');
  });

  it('drains before it ever listened', () => {
    const d = daemon();
    d.send(drain(0));
    expect(d.state()).toBe('closing');
    expect(d.calls).toEqual(['startClusters', 'drainAll', 'closeSessions']);
  });

  it('waits for neither work nor sessions longer than it may', async () => {
    const d = daemon();
    d.send(listening, drain(1));
    await d.clock.runFor(9_999);
    expect(d.state()).toBe('draining');
    await d.clock.runFor(1);
    expect(d.state()).toBe('closing');
    expect(d.calls.slice(-2)).toEqual(['logUnfinished', 'closeSessions']);
    await d.clock.runFor(999);
    expect(d.state()).toBe('closing');
    await d.clock.runFor(1);
    expect(d.state()).toBe('stopped');
  });
});
