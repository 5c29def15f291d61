import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import {
  subscriptionMachine,
  type SubscriptionEffects,
  type SubscriptionEvent,
} from '../../src/machines/subscription.js';
import { scriptedEffects } from './scripted-effects.js';

const listed = ['reconcileOwners', 'noteSession', 'logAssignment', 'resumeOwners'];
const note = (name: string, [first]: readonly unknown[]) =>
  listed.includes(name) ? `${name}(${String(first)})` : name;

function subscription(left: readonly number[] = []) {
  const script = scriptedEffects<SubscriptionEffects>(virtualHost().clock, [], note);
  const actor = createActor(subscriptionMachine, { input: { effects: script.effects, left } });
  actor.start();
  const send = (...events: SubscriptionEvent[]) => events.forEach((event) => actor.send(event));
  return { ...script, actor, send, state: () => actor.getSnapshot().value };
}

const assigned = (...partitions: number[]) => ({ type: 'assigned' as const, partitions, unknownTopic: false });
const serving = (partition: number) => ({ type: 'owner.serving' as const, partition });
const ended = (partition: number) => ({ type: 'owner.ended' as const, partition });
const polled = { type: 'poll.arrived' } as const;
const release = { type: 'release' } as const;
const idle = { type: 'idle', awaitsAcks: false } as const;
const drain = { type: 'drain' } as const;
const lost = { type: 'session.lost' } as const;

function consuming() {
  const s = subscription();
  s.send(assigned(0, 1), serving(0), serving(1));
  expect(s.state()).toEqual({ subscribed: 'consuming' });
  s.takeCalls();
  return s;
}

describe('subscription', () => {
  it('joins, starts owners, and consumes when each of them reads', () => {
    const s = subscription();
    expect(s.state()).toEqual({ subscribed: 'resolving' });
    s.send(assigned(0, 1), serving(1));
    expect(s.state()).toEqual({ subscribed: 'rebalancing' });
    s.send(serving(0));
    expect(s.state()).toEqual({ subscribed: 'consuming' });
    expect(s.takeCalls()).toEqual([
      'resumeOwners()',
      'tellGroupJoin',
      'noteAssignment',
      'reconcileOwners(0,1)',
      'dispatch',
      'dispatch',
      'logAssignment(0,1)',
    ]);
  });

  it('consumes again only when what goes to others is released', () => {
    const s = consuming();
    s.send(assigned(0));
    expect(s.state()).toEqual({ subscribed: 'rebalancing' });
    s.send(ended(1));
    expect(s.state()).toEqual({ subscribed: 'consuming' });
  });

  it('starts an owner again that ended although its partition is ours', () => {
    const s = consuming();
    s.send(ended(1));
    expect(s.takeCalls()).toEqual(['reconcileOwners(0,1)']);
  });

  it('stands by when nothing is assigned, after the last partition has gone', () => {
    const s = consuming();
    s.send(assigned());
    s.send(ended(0));
    expect(s.state()).toEqual({ subscribed: 'rebalancing' });
    s.send(ended(1));
    expect(s.state()).toEqual({ subscribed: 'standby' });
  });

  it('keeps what an earlier incarnation had until the group has told what is ours', () => {
    const s = subscription([2, 5]);
    expect(s.takeCalls()).toEqual(['resumeOwners(2,5)', 'tellGroupJoin']);
    s.send(assigned(2), serving(2));
    expect(s.state()).toEqual({ subscribed: 'rebalancing' });
    s.send(ended(5));
    expect(s.state()).toEqual({ subscribed: 'consuming' });
  });

  it('has its node rewritten before it releases, then ends', () => {
    const s = consuming();
    s.send(idle);
    expect(s.state()).toBe('leaving');
    expect(s.takeCalls()).toEqual(['logIdle', 'tellGroupLeave']);
    s.send(assigned(0), release);
    expect(s.takeCalls()).toEqual(['noteAssignment', 'reconcileOwners(0)', 'releaseOwners']);
    s.send(ended(0));
    expect(s.state()).toBe('releasing');
    s.send(ended(1));
    expect(s.state()).toBe('gone');
  });

  it('stays while acknowledgements are awaited, and leaves when it is told again', () => {
    const s = consuming();
    s.send({ type: 'idle', awaitsAcks: true });
    expect(s.state()).toEqual({ subscribed: 'consuming' });
    expect(s.actor.getSnapshot().hasTag('serves')).toBe(true);
    expect(s.takeCalls()).toEqual(['awaitAcks']);
    s.send(idle);
    expect(s.state()).toBe('leaving');
  });

  it('tells its owners once more when the daemon stops while they release', () => {
    const s = consuming();
    s.send(idle, release);
    s.takeCalls();
    s.send(drain);
    expect(s.takeCalls()).toEqual(['refusePolls', 'releaseOwners']);
  });

  it('comes back when somebody asks while it leaves, or while it releases', () => {
    const leaving = consuming();
    leaving.send(idle, polled);
    expect(leaving.state()).toEqual({ subscribed: 'resolving' });
    expect(leaving.takeCalls()).toEqual(['logIdle', 'tellGroupLeave', 'tellGroupJoin']);

    const releasing = consuming();
    releasing.send(idle, release, polled, ended(0));
    expect(releasing.state()).toBe('releasing');
    releasing.send(ended(1));
    expect(releasing.state()).toEqual({ subscribed: 'resolving' });
    expect(releasing.takeCalls().at(-1)).toBe('tellGroupJoin');
  });

  it('does not end on a request that came just before the word to release', () => {
    const s = consuming();
    s.send(idle, polled, release, ended(0), ended(1));
    expect(s.state()).toEqual({ subscribed: 'resolving' });
    // Only once: the next time nobody asks it ends.
    s.send(idle, release);
    expect(s.state()).toBe('gone');
  });

  it('refuses requests when it drains, waits for the word to release, and does not come back', () => {
    for (const before of [[], [idle]]) {
      const s = consuming();
      s.send(...before, drain);
      expect(s.state()).toBe('draining');
      expect(s.takeCalls().at(-1)).toBe('refusePolls');
      s.send(polled, release, polled, drain, ended(0), ended(1));
      expect(s.state()).toBe('gone');
    }
  });

  it('serves without a transition only while it is subscribed', () => {
    const s = consuming();
    const serves = () => s.actor.getSnapshot().hasTag('serves');
    expect(serves()).toBe(true);
    s.send(idle);
    expect(serves()).toBe(false);
  });

  it('gives everything up with the session, in whatever state, and starts no owner again', () => {
    const subscribed = consuming();
    subscribed.send(lost);
    expect(subscribed.state()).toEqual({ subscribed: 'resolving' });
    expect(subscribed.takeCalls()).toEqual(['noteSession(lost)', 'loseOwners']);
    subscribed.send(ended(0));
    expect(subscribed.takeCalls()).toEqual(['reconcileOwners()']);

    for (const before of [[idle], [drain], [idle, release]]) {
      const s = consuming();
      s.send(...before);
      s.takeCalls();
      s.send(lost);
      expect(s.takeCalls()).toEqual(['noteSession(lost)', 'loseOwners']);
    }
  });

  it('serves from what is here once the session is trusted again', () => {
    const s = consuming();
    s.send({ type: 'session.lapsed' }, { type: 'session.resumed' });
    expect(s.takeCalls()).toEqual(['noteSession(lapsed)', 'noteSession(up)', 'dispatch']);
  });

  it('passes on what becomes of the topic', () => {
    const s = consuming();
    s.send({ type: 'topic.changed', view: { topic: 't', state: 'known', partitions: [] } });
    expect(s.takeCalls()).toEqual(['keepTopic']);
  });
});
