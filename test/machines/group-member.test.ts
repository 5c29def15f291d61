import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import { groupMemberMachine, type GroupMemberEffects, type GroupMemberEvent } from '../../src/machines/group-member.js';
import { scriptedEffects } from './scripted-effects.js';

const listed = ['register', 'readMembers', 'assignPartitions', 'release', 'tellSubscriptions'];
const note = (name: string, [first]: readonly unknown[]) =>
  listed.includes(name) ? `${name}(${String(first)})` : name;

function member() {
  const { clock } = virtualHost();
  const script = scriptedEffects<GroupMemberEffects>(clock, ['register', 'deregister', 'readMembers', 'cleanUp'], note);
  const input = { effects: script.effects, retryBackoffMs: 500, vacantMs: 5000, rewriteDelayMs: 2000 };
  const actor = createActor(groupMemberMachine, { input, clock });
  actor.start();
  const send = (...events: GroupMemberEvent[]) => events.forEach((event) => actor.send(event));
  return { ...script, clock, send, state: () => actor.getSnapshot().value, status: () => actor.getSnapshot().status };
}

const session = (state: 'up' | 'lapsed' | 'away' | 'lost') => ({ type: 'session.changed' as const, state });
const join = (topic = 't') => ({ type: 'topic.join' as const, topic });
const leave = (topic = 't') => ({ type: 'topic.leave' as const, topic });
const ended = (topic = 't') => ({ type: 'subscription.ended' as const, topic });
const changed = { type: 'members.changed' } as const;
const contested = { type: 'claim.contested' } as const;
const view = { type: 'topic.changed' as const, view: { topic: 't', state: 'known' as const, partitions: [] } };
const current = { ownIsCurrent: true };

/** A member of one topic that has settled. */
async function stableMember() {
  const m = member();
  m.send(join(), session('up'));
  await m.done('register');
  await m.done('readMembers', current);
  expect(m.state()).toBe('stable');
  m.takeCalls();
  return m;
}

async function vacantMember() {
  const m = await stableMember();
  m.send(leave());
  await m.done('deregister');
  expect(m.state()).toBe('vacant');
  m.takeCalls();
  return m;
}

describe('group member', () => {
  it('writes its node again when a partition of its own stays with somebody else, once for many that do', async () => {
    const m = await stableMember();
    m.send(contested, contested);
    await m.clock.runFor(1999);
    expect(m.takeCalls()).toEqual([]);
    m.send(contested);
    await m.clock.runFor(1);
    expect(m.state()).toBe('joining');
    await m.done('register');
    await m.done('readMembers', current);
    expect(m.takeCalls()).toEqual(['register(t)', 'release()', 'readMembers(t)', 'assignPartitions(t)']);
    m.send(contested, changed);
    await m.clock.runFor(2000);
    expect(m.state()).toBe('settling');
    await m.done('readMembers', current);
    m.send(contested);
    await m.clock.runFor(2000);
    expect(m.state()).toBe('joining');
  });

  it('registers, reads who is there, and assigns, in this order', async () => {
    const m = member();
    m.send(session('away'), join());
    expect(m.state()).toBe('away');
    m.send(session('up'));
    await m.done('register');
    await m.done('readMembers', current);
    expect(m.takeCalls()).toEqual([
      'watchSession',
      'forgetRegistration',
      'tellSubscriptions(lost)',
      'release()',
      'watchTopic',
      'tellSubscriptions(resumed)',
      'register(t)',
      'release()',
      'readMembers(t)',
      'assignPartitions(t)',
    ]);
  });

  it('reads again what changed while it was being read, and writes its node again when that says something else', async () => {
    const m = await stableMember();
    m.send(changed, changed);
    expect(m.state()).toBe('settling');
    await m.done('readMembers', current);
    expect(m.state()).toBe('settling');
    await m.done('readMembers', { ownIsCurrent: false });
    expect(m.state()).toBe('joining');
    expect(m.takeCalls()).toEqual(['readMembers(t)', 'readMembers(t)', 'register(t)']);
  });

  it('takes up a topic that came while it was busy', async () => {
    const m = await stableMember();
    m.send(changed, join('u'), view);
    await m.done('readMembers', { ownIsCurrent: false });
    expect(m.takeCalls()).toEqual(['readMembers(t)', 'watchTopic', 'keepTopic', 'register(t,u)']);
  });

  it('assigns anew when a topic changes, and writes its node anew when one comes or goes', async () => {
    const m = await stableMember();
    m.send(view);
    expect(m.takeCalls()).toEqual(['keepTopic', 'assignPartitions(t)']);
    m.send(join('u'));
    await m.done('register');
    await m.done('readMembers', current);
    expect(m.takeCalls()).toEqual([
      'watchTopic',
      'register(t,u)',
      'release()',
      'readMembers(t,u)',
      'assignPartitions(t,u)',
    ]);
    m.send(leave('t'));
    await m.done('register');
    expect(m.takeCalls()).toEqual(['register(u)', 'release(t)', 'readMembers(u)']);
    m.send(ended('t'));
    expect(m.takeCalls()).toEqual(['unwatchTopic']);
  });

  it('tries each failed step again after the back-off', async () => {
    const m = member();
    m.send(join(), session('up'));
    await m.fail('register');
    expect(m.state()).toBe('backingOff');
    await m.clock.runFor(499);
    expect(m.state()).toBe('backingOff');
    await m.clock.runFor(1);
    expect(m.state()).toBe('joining');
    await m.done('register');
    await m.fail('readMembers');
    expect(m.state()).toBe('backingOff');
    await m.clock.runFor(500);
    expect(m.state()).toBe('joining');
    expect(m.takeCalls().filter((call) => call === 'logFailure')).toHaveLength(2);
  });

  it('leaves when nothing is wanted any more, from whatever it is doing', async () => {
    const joining = member();
    joining.send(join(), session('up'), leave());
    await joining.done('register');
    expect(joining.state()).toBe('leaving');

    const settling = await stableMember();
    settling.send(changed, leave());
    await settling.done('readMembers', current);
    expect(settling.state()).toBe('leaving');

    const backingOff = member();
    backingOff.send(join(), session('up'));
    await backingOff.fail('register');
    backingOff.send(leave());
    await backingOff.clock.runFor(500);
    expect(backingOff.state()).toBe('leaving');

    const forgotten = await stableMember();
    forgotten.send(ended());
    expect(forgotten.state()).toBe('leaving');
  });

  it('deletes its node before anything is released, however often that fails', async () => {
    const m = await stableMember();
    m.send(leave());
    await m.fail('deregister');
    expect(m.state()).toBe('leavingLater');
    await m.clock.runFor(500);
    expect(m.takeCalls()).toEqual(['deregister', 'logFailure', 'deregister']);
    await m.done('deregister');
    expect(m.takeCalls()).toEqual(['forgetRegistration', 'release(t)']);
  });

  it('comes back from leaving and from cleaning when a topic is wanted again', async () => {
    const leaving = await stableMember();
    leaving.send(leave(), join());
    await leaving.done('deregister');
    expect(leaving.state()).toBe('joining');
    expect(leaving.takeCalls()).toEqual(['deregister', 'watchTopic', 'forgetRegistration', 'release()', 'register(t)']);

    for (const how of ['done', 'fail'] as const) {
      const cleaning = await vacantMember();
      cleaning.send(ended());
      expect(cleaning.state()).toBe('cleaning');
      cleaning.send(join());
      await cleaning[how]('cleanUp');
      expect(cleaning.state()).toBe('joining');
    }
  });

  it('cleans up after the last subscription has ended, and ends whether that works or not', async () => {
    for (const how of ['done', 'fail'] as const) {
      const m = await vacantMember();
      m.send(ended('t'));
      expect(m.takeCalls()).toEqual(['unwatchTopic', 'cleanUp']);
      await m[how]('cleanUp');
      expect(m.status()).toBe('done');
    }
  });

  it('does not end before claims are deleted that were left, but for a drain or a topic that is wanted again', async () => {
    const left = async () => {
      const m = await vacantMember();
      m.send(ended('t'));
      await m.done('cleanUp', 'claims-left');
      expect(m.state()).toBe('cleaningLater');
      return m;
    };
    const tried = await left();
    await tried.clock.runFor(500);
    await tried.done('cleanUp', 'clean');
    expect(tried.status()).toBe('done');
    const drained = await left();
    drained.send({ type: 'drain' });
    expect(drained.status()).toBe('done');
    const wanted = await left();
    wanted.send(join());
    expect(wanted.state()).toBe('joining');
  });

  it('waits, vacant, for each subscription to end, and is not kept without any', async () => {
    const m = await stableMember();
    m.send(join('u'));
    await m.done('register');
    await m.done('readMembers', current);
    m.send(leave('t'), leave('u'));
    await m.done('register');
    await m.done('deregister');
    m.send(ended('t'));
    expect(m.state()).toBe('vacant');
    await m.clock.runFor(5000);
    expect(m.state()).toBe('vacant');
    m.send(ended('u'));
    expect(m.state()).toBe('cleaning');

    const never = member();
    never.send(session('up'));
    await never.clock.runFor(4999);
    expect(never.state()).toBe('vacant');
    await never.clock.runFor(1);
    expect(never.state()).toBe('cleaning');
  });

  it('starts over without a session, and passes on what becomes of it', async () => {
    const m = await stableMember();
    m.send(session('lapsed'), session('up'));
    expect(m.state()).toBe('stable');
    expect(m.takeCalls()).toEqual(['tellSubscriptions(lapsed)', 'tellSubscriptions(resumed)']);
    m.send(session('lost'));
    expect(m.state()).toBe('away');
    expect(m.takeCalls()).toEqual(['forgetRegistration', 'tellSubscriptions(lost)', 'release()']);
    m.send(leave());
    expect(m.takeCalls()).toEqual(['release(t)']);
  });

  it('drains: deletes its node, then has everything released, then ends', async () => {
    const m = await stableMember();
    m.send({ type: 'drain' });
    expect(m.takeCalls()).toEqual(['drainSubscriptions', 'deregister']);
    await m.done('deregister');
    expect(m.takeCalls()).toEqual(['forgetRegistration', 'release(t)']);
    m.send(ended());
    await m.done('cleanUp');
    expect(m.status()).toBe('done');
  });

  it('drains without a session, or without any subscription, at once', () => {
    const away = member();
    away.send(join(), { type: 'drain' });
    expect(away.takeCalls()).toEqual(['watchSession', 'watchTopic', 'drainSubscriptions', 'release(t)']);
    away.send(ended());
    expect(away.status()).toBe('done');

    const vacant = member();
    vacant.send(session('up'), { type: 'drain' });
    expect(vacant.state()).toBe('cleaning');
  });

  it('has a subscription that joins while it drains drain as well', async () => {
    const m = await stableMember();
    m.send({ type: 'drain' });
    await m.done('deregister');
    m.takeCalls();
    m.send(join('u'));
    expect(m.takeCalls()).toEqual(['drainSubscriptions', 'release(t,u)']);
    expect(m.state()).toBe('vacant');
  });
});
