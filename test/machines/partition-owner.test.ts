import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import {
  partitionOwnerMachine,
  type PartitionOwnerEffects,
  type PartitionOwnerEvent,
} from '../../src/machines/partition-owner.js';
import { scriptedEffects } from './scripted-effects.js';

function owner({ releasing = false } = {}) {
  const { clock } = virtualHost();
  const script = scriptedEffects<PartitionOwnerEffects>(clock, [
    'claim',
    'readPosition',
    'setPosition',
    'commitPosition',
    'releaseClaim',
  ]);
  const input = {
    effects: script.effects,
    releasing,
    retryBackoffMs: 500,
    unreadableBackoffMs: 5000,
  };
  const actor = createActor(partitionOwnerMachine, { input, clock });
  actor.start();
  const send = (...types: Exclude<PartitionOwnerEvent['type'], 'leader.changed'>[]) =>
    types.forEach((type) => actor.send(type === 'release' ? { type, settleTimeoutMs: 3000 } : { type }));
  return { ...script, actor, clock, send, state: () => actor.getSnapshot().value };
}

async function claimed() {
  const o = owner();
  await o.done('claim', 'ours');
  o.takeCalls();
  return o;
}

async function owning() {
  const o = await claimed();
  await o.done('readPosition');
  expect(o.state()).toEqual({ owning: 'reading' });
  o.takeCalls();
  return o;
}

describe('partition owner', () => {
  it('claims, finds its position, reads; settles, commits, releases: in this order', async () => {
    const o = owner();
    await o.done('claim', 'ours');
    await o.done('readPosition');
    expect(o.actor.getSnapshot().hasTag('serves')).toBe(true);
    o.send('release');
    expect(o.actor.getSnapshot().hasTag('serves')).toBe(false);
    o.send('offers.settled');
    await o.done('commitPosition');
    await o.done('releaseClaim');
    expect(o.state()).toBe('released');
    expect(o.takeCalls()).toEqual([
      'claim',
      'readPosition',
      'startReading',
      'tellServing',
      'noteReleasing',
      'stopReading',
      'settleOffers',
      'logNotAcked',
      'commitPosition',
      'noteReleasing',
      'releaseClaim',
      'logReleased',
    ]);
  });

  it('begins where an earlier incarnation ended', () => {
    expect(owner().takeCalls()).toEqual(['claim']);
    // What the first state invokes begins before its entry actions run.
    expect(owner({ releasing: true }).takeCalls()).toEqual(['releaseClaim', 'noteReleasing']);
  });

  it('waits for a claim that others hold: for word that it is free, else it looks again', async () => {
    const o = owner();
    await o.done('claim', 'taken');
    expect(o.state()).toBe('awaitingClaim');
    o.send('claim.freed');
    expect(o.state()).toBe('claiming');
    await o.fail('claim');
    expect(o.state()).toBe('awaitingClaim');
    await o.clock.runFor(500);
    expect(o.state()).toBe('claiming');
    expect(o.takeCalls()).toEqual(['claim', 'logClaimTaken', 'claim', 'logFailure', 'claim']);
  });

  it('tries its position again after the back-off', async () => {
    const o = await claimed();
    await o.fail('readPosition');
    expect(o.state()).toBe('positioningLater');
    await o.clock.runFor(500);
    expect(o.takeCalls()).toEqual(['logFailure', 'readPosition']);
  });

  it('releases without a claim of its own at once, but commits what it has once it had a position', async () => {
    const claiming = owner();
    claiming.send('release');
    expect(claiming.state()).toBe('releasing');
    const awaiting = owner();
    await awaiting.done('claim', 'taken');
    awaiting.send('release');
    expect(awaiting.state()).toBe('releasing');
    const positioning = await claimed();
    positioning.send('release');
    expect(positioning.state()).toBe('settling');
    const later = await claimed();
    await later.fail('readPosition');
    later.send('release');
    expect(later.state()).toBe('settling');
  });

  it('claims anew when its node was deleted; not any more when it is about to let go', async () => {
    for (const prepare of [
      () => claimed(),
      async () => {
        const o = await claimed();
        await o.fail('readPosition');
        return o;
      },
    ]) {
      const o = await prepare();
      o.takeCalls();
      o.send('claim.lost');
      expect(o.takeCalls()).toEqual(['logClaimLost', 'forget', 'claim']);
    }
    const reading = await owning();
    reading.send('claim.lost');
    expect(reading.takeCalls()).toEqual(['logClaimLost', 'stopReading', 'forget', 'claim']);
    const settling = await owning();
    settling.send('release', 'claim.lost');
    expect(settling.state()).toBe('releasing');
    expect(settling.takeCalls().slice(-4)).toEqual(['logClaimLost', 'forget', 'noteReleasing', 'releaseClaim']);
  });

  it('stops reading when full and goes on when there is room, offering all the while', async () => {
    const o = await owning();
    o.send('buffer.full');
    expect(o.state()).toEqual({ owning: 'full' });
    expect(o.actor.getSnapshot().hasTag('serves')).toBe(true);
    o.send('buffer.room');
    expect(o.state()).toEqual({ owning: 'reading' });
    expect(o.takeCalls()).toEqual(['readOn']);
  });

  it('stands still at what cannot be decoded, and tries it again after 5 s', async () => {
    const o = await owning();
    o.send('records.unreadable');
    await o.clock.runFor(4999);
    expect(o.state()).toEqual({ owning: 'blocked' });
    expect(o.actor.getSnapshot().hasTag('serves')).toBe(true);
    await o.clock.runFor(1);
    expect(o.state()).toEqual({ owning: 'reading' });
    expect(o.takeCalls()).toEqual(['logUnreadable', 'readOn']);
  });

  it('finds its position anew when the log does not hold it', async () => {
    const o = await owning();
    o.send('position.lost');
    expect(o.takeCalls()).toEqual(['stopReading', 'readPosition']);
  });

  it('stops offering while another position is set, and reads on there', async () => {
    const o = await owning();
    o.send('position.set');
    expect(o.actor.getSnapshot().hasTag('serves')).toBe(false);
    expect(o.takeCalls()).toEqual(['stopReading', 'setPosition']);
    await o.done('setPosition');
    expect(o.state()).toEqual({ owning: 'reading' });
    expect(o.takeCalls()).toEqual(['startReading', 'tellServing']);
  });

  it('sets a position also before it has found one', async () => {
    const positioning = await claimed();
    positioning.send('position.set');
    expect(positioning.state()).toBe('setting');
    const later = await claimed();
    await later.fail('readPosition');
    later.send('position.set');
    expect(later.state()).toBe('setting');
  });

  it('finds its position anew when the one that was asked for could not be set', async () => {
    const o = await owning();
    o.send('position.set');
    await o.fail('setPosition');
    expect(o.state()).toBe('positioningLater');
    expect(o.takeCalls()).toEqual(['stopReading', 'setPosition', 'logFailure']);
  });

  it('lets go, or claims anew, while a position is being set', async () => {
    const releasing = await owning();
    releasing.send('position.set', 'release');
    expect(releasing.state()).toBe('settling');
    const robbed = await owning();
    robbed.send('position.set', 'claim.lost');
    expect(robbed.state()).toBe('claiming');
    expect(robbed.takeCalls().slice(-3)).toEqual(['logClaimLost', 'forget', 'claim']);
  });

  it('waits less for what is out when it is told so', async () => {
    const o = await owning();
    o.send('release');
    await o.clock.runFor(1000);
    o.actor.send({ type: 'release', settleTimeoutMs: 500 });
    await o.clock.runFor(499);
    expect(o.state()).toBe('settling');
    await o.clock.runFor(1);
    expect(o.state()).toBe('committing');
  });

  it('waits as long for what is out as it is told, then commits and lets go all the same', async () => {
    const o = await owning();
    o.send('release');
    await o.clock.runFor(2999);
    expect(o.state()).toBe('settling');
    await o.clock.runFor(1);
    expect(o.state()).toBe('committing');
    await o.fail('commitPosition');
    expect(o.takeCalls().slice(3)).toEqual([
      'logNotAcked',
      'commitPosition',
      'logFailure',
      'noteReleasing',
      'releaseClaim',
    ]);
  });

  it('deletes its node as often as it takes', async () => {
    const o = owner({ releasing: true });
    await o.fail('releaseClaim');
    expect(o.state()).toBe('releasingLater');
    await o.clock.runFor(500);
    await o.done('releaseClaim');
    expect(o.state()).toBe('released');
  });

  it('ends where it stands when the session is lost, touching neither Kafka nor ZooKeeper', async () => {
    const o = await owning();
    o.send('session.lost');
    expect(o.state()).toBe('lost');
    expect(o.takeCalls()).toEqual(['stopReading', 'forget']);
    const committing = await owning();
    committing.send('release', 'offers.settled', 'session.lost');
    expect(committing.state()).toBe('lost');
  });

  it('follows the leader in every state', async () => {
    const o = await owning();
    o.actor.send({ type: 'leader.changed', leader: 2 });
    expect(o.takeCalls()).toEqual(['followLeader']);
  });
});
