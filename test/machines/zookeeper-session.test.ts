import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import {
  zooKeeperSessionMachine,
  type ZooKeeperSessionEffects,
  type ZooKeeperSessionEvent,
} from '../../src/machines/zookeeper-session.js';
import { scriptedEffects } from './scripted-effects.js';

const note = (name: string, args: readonly unknown[]) =>
  name === 'addWatcher' ? `addWatcher(${String(args[1])})` : name;

function session() {
  const { clock } = virtualHost();
  const script = scriptedEffects<ZooKeeperSessionEffects>(clock, [], note);
  const input = { effects: script.effects, retryBackoffMs: 500, connectNoticeMs: 3000 };
  const actor = createActor(zooKeeperSessionMachine, { input, clock });
  actor.start();
  const send = (...events: ZooKeeperSessionEvent[]) => events.forEach((event) => actor.send(event));
  return { ...script, actor, clock, send, state: () => actor.getSnapshot().value };
}

const connected = { type: 'session.connected', timeoutMs: 6000 } as const;
const answered = (ageMs: number) => ({ type: 'session.answered' as const, ageMs });
const ended = { type: 'session.ended' } as const;
const watch = { type: 'session.watch', watcher: 'w' } as const;
const close = { type: 'close' } as const;
const in_ = (state: string) => ({ open: state });

/** Silent for so long since its last proof. */
async function silentFor(ms: number) {
  const s = session();
  s.send(connected);
  await s.clock.runFor(ms);
  s.takeCalls();
  return s;
}

describe('zookeeper session', () => {
  it('says once that no server answers, and keeps trying', async () => {
    const s = session();
    await s.clock.runFor(2999);
    expect(s.takeCalls()).toEqual(['openSession']);
    await s.clock.runFor(60_000);
    expect(s.takeCalls()).toEqual(['logAway']);
    s.send(connected);
    expect(s.takeCalls()).toEqual(['tellUp']);
  });

  it('is suspect after 1/2 of the timeout, lapsed after 2/3, overdue after all of it', async () => {
    const s = await silentFor(0);
    const seen: string[] = [];
    for (const [untilMs, state] of [
      [3000, 'suspect'],
      [4000, 'lapsed'],
      [6000, 'overdue'],
    ] as const) {
      await s.clock.runFor(untilMs - 1 - s.clock.nowMs());
      expect(s.state()).not.toEqual(in_(state));
      await s.clock.runFor(1);
      expect(s.state()).toEqual(in_(state));
      seen.push(...s.takeCalls());
    }
    expect(seen).toEqual(['logSuspect', 'tellLapsed', 'logOverdue']);
    await s.clock.runFor(60_000);
    expect(s.state()).toEqual(in_('overdue'));
  });

  it('counts from when the answered request was sent', async () => {
    const s = await silentFor(1000);
    s.send(answered(800));
    await s.clock.runFor(2199);
    expect(s.state()).toEqual(in_('connected'));
    await s.clock.runFor(1);
    expect(s.state()).toEqual(in_('suspect'));
    await s.clock.runFor(1000);
    expect(s.state()).toEqual(in_('lapsed'));
  });

  it('is trusted again by any fresh answer, and tells so only if it was not', async () => {
    for (const [ms, calls] of [
      [3500, []],
      [4500, ['tellUp']],
      [7000, ['tellUp']],
    ] as const) {
      const s = await silentFor(ms);
      s.send(answered(3000));
      expect(s.state()).not.toEqual(in_('connected'));
      s.send(answered(2999));
      expect(s.state()).toEqual(in_('connected'));
      expect(s.takeCalls()).toEqual(calls);
    }
  });

  it('lends its lease only while it is trusted', async () => {
    for (const [ms, serves] of [
      [0, true],
      [3500, true],
      [4500, false],
      [7000, false],
    ] as const) {
      expect((await silentFor(ms)).actor.getSnapshot().hasTag('serves')).toBe(serves);
    }
  });

  it('tells whoever watches how it stands at once', async () => {
    const connecting = session();
    connecting.send(watch);
    expect(connecting.takeCalls()).toEqual(['openSession', 'addWatcher(away)']);
    for (const [ms, told] of [
      [0, 'up'],
      [3500, 'up'],
      [4500, 'lapsed'],
      [7000, 'lapsed'],
    ] as const) {
      const s = await silentFor(ms);
      s.send(watch);
      expect(s.takeCalls()).toEqual([`addWatcher(${told})`]);
    }
    const lost = await silentFor(0);
    lost.send(ended, watch);
    expect(lost.takeCalls()).toEqual(['tellLost', 'addWatcher(away)']);
    const closing = await silentFor(0);
    closing.send(close, watch);
    expect(closing.takeCalls()).toEqual(['closeSession', 'addWatcher(away)']);
  });

  it('has everyone hear of its end before the next one is opened', async () => {
    const s = await silentFor(1000);
    s.send(ended);
    expect(s.takeCalls()).toEqual(['tellLost']);
    await s.clock.runFor(499);
    expect(s.state()).toBe('lost');
    await s.clock.runFor(1);
    expect(s.takeCalls()).toEqual(['openSession']);
  });

  it('is ended by us at the server, whichever word comes first, or none when there is no session', async () => {
    for (const word of [{ type: 'closed' } as const, ended]) {
      const s = await silentFor(0);
      s.send(close);
      expect(s.state()).toBe('closing');
      s.send(word);
      expect(s.state()).toBe('closed');
    }
    const lost = await silentFor(0);
    lost.send(ended, close);
    expect(lost.state()).toBe('closed');
  });
});
