import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import { producerBatcherMachine, type ProducerBatcherEffects } from '../../src/machines/producer-batcher.js';
import { notedEffects } from './noted-effects.js';

const attempt = (waiting = 0, current = true) => ({ current, waiting });
const written = { kind: 'written' as const, baseOffset: 7 };

function batcher({ left = 0, draining = false } = {}) {
  const { effects, calls } = notedEffects<ProducerBatcherEffects>();
  const { clock } = virtualHost();
  const input = { effects, left, draining, retryBackoffMs: 100, retryBackoffMaxMs: 2000, lastAnswerMs: 1000 };
  const actor = createActor(producerBatcherMachine, { input, clock });
  actor.start();
  return { actor, clock, calls, state: () => actor.getSnapshot().value };
}

const inFlight = { busy: 'inFlight' };

describe('producer batcher', () => {
  it('writes at once, and the next batch when the one before is settled', () => {
    const { actor, calls, state } = batcher();
    actor.send({ type: 'records.accepted' });
    actor.send({ type: 'batch.settled', attempt: attempt(3), result: written });
    expect(state()).toEqual(inFlight);
    actor.send({ type: 'batch.settled', attempt: attempt(), result: written });
    expect(state()).toBe('empty');
    expect(calls).toEqual(['awaitRecords', 'writeBatch', 'settleBatch', 'writeBatch', 'settleBatch', 'awaitRecords']);
  });

  it('takes no notice of what comes of an attempt that counts no more', () => {
    const { actor, calls, state } = batcher({ left: 1 });
    const old = attempt(0, false);
    actor.send({ type: 'batch.settled', attempt: old, result: written });
    actor.send({ type: 'batch.failed', attempt: old, failures: 1 });
    actor.send({ type: 'batch.divisible', attempt: old });
    expect(state()).toEqual(inFlight);
    expect(calls).toEqual(['writeBatch']);
  });

  it('waits 100 ms after the first failure, twice as long after each further one, 2 s at the most', async () => {
    for (const [failures, backoffMs] of [
      [1, 100],
      [2, 200],
      [5, 1600],
      [6, 2000],
      [60, 2000],
    ] as const) {
      const { actor, clock, state } = batcher({ left: 1 });
      actor.send({ type: 'batch.failed', attempt: attempt(), failures });
      await clock.runFor(backoffMs - 1);
      expect(state()).toEqual({ busy: 'backingOff' });
      await clock.runFor(1);
      expect(state()).toEqual(inFlight);
      actor.stop();
    }
  });

  it('tries a new leader at once', () => {
    const { actor, state } = batcher({ left: 1 });
    actor.send({ type: 'batch.failed', attempt: attempt(), failures: 9 });
    actor.send({ type: 'routing.changed' });
    expect(state()).toEqual(inFlight);
  });

  it('hears the broker out that leads the partition no more, and then hands the batch to the one that does', async () => {
    const { actor, clock, calls, state } = batcher({ left: 1 });
    actor.send({ type: 'routing.changed' });
    await clock.runFor(999);
    expect([state(), calls]).toEqual([{ busy: 'overtaken' }, ['writeBatch']]);
    await clock.runFor(1);
    expect([state(), calls]).toEqual([inFlight, ['writeBatch', 'writeBatch']]);
  });

  it('takes what that broker says of the batch meanwhile', () => {
    const overtaken = () => {
      const all = batcher({ left: 1 });
      all.actor.send({ type: 'routing.changed' });
      return all;
    };
    const said = overtaken();
    said.actor.send({ type: 'batch.settled', attempt: attempt(), result: written });
    expect([said.state(), said.calls]).toEqual(['empty', ['writeBatch', 'settleBatch', 'awaitRecords']]);
    for (const event of [
      { type: 'batch.failed', attempt: attempt(), failures: 9 },
      { type: 'identity.known', attempt: attempt() },
    ] as const) {
      const { actor, calls, state } = overtaken();
      actor.send(event);
      expect([state(), calls]).toEqual([inFlight, ['writeBatch', 'writeBatch']]);
    }
    const large = overtaken();
    large.actor.send({ type: 'batch.divisible', attempt: attempt() });
    expect(large.calls).toEqual(['writeBatch', 'splitBatch', 'writeBatch']);
    const draining = overtaken();
    draining.actor.send({ type: 'drain' });
    draining.actor.send({ type: 'quiet.passed' });
    expect(draining.state()).toEqual({ busy: 'overtaken' });
  });

  it('settles a batch that nobody relies on any more while it backs off', () => {
    const { actor, calls, state } = batcher({ left: 1 });
    actor.send({ type: 'batch.failed', attempt: attempt(), failures: 1 });
    actor.send({ type: 'batch.settled', attempt: attempt(), result: { kind: 'refused', error: new Error('left') } });
    expect(state()).toBe('empty');
    expect(calls).toContain('settleBatch');
  });

  it('begins where an earlier incarnation stopped', () => {
    expect(batcher().state()).toBe('empty');
    expect(batcher({ left: 2 }).state()).toEqual(inFlight);
    expect(batcher({ draining: true }).state()).toBe('drained');
    expect(batcher({ draining: true, left: 2 }).state()).toEqual(inFlight);
  });

  it('ends when it drains or is idle, not before what it has is settled', () => {
    const idle = batcher();
    idle.actor.send({ type: 'quiet.passed' });
    expect(idle.state()).toBe('gone');
    const empty = batcher();
    empty.actor.send({ type: 'drain' });
    expect(empty.state()).toBe('drained');
    const busy = batcher({ left: 1 });
    busy.actor.send({ type: 'drain' });
    busy.actor.send({ type: 'batch.settled', attempt: attempt(1), result: written });
    expect(busy.state()).toEqual(inFlight);
    busy.actor.send({ type: 'batch.settled', attempt: attempt(), result: written });
    expect(busy.state()).toBe('drained');
  });

  it('splits a batch that is too large at once, and hands one over again that nothing was heard of', () => {
    const { actor, calls } = batcher({ left: 1 });
    actor.send({ type: 'batch.divisible', attempt: attempt() });
    actor.send({ type: 'quiet.passed' });
    expect(calls).toEqual(['writeBatch', 'splitBatch', 'writeBatch', 'writeBatch']);
  });
});
