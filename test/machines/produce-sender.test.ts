import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import { produceSenderMachine, type ProduceSenderEffects } from '../../src/machines/produce-sender.js';
import { notedEffects } from './noted-effects.js';

const ready = { type: 'batches.ready' as const, attempts: [{ current: true, waiting: 0 }] };
const answered = (count: number) => ({ type: 'request.answered' as const, results: [], ready: { count } });
const failed = (failures: number, gone = false) => ({ type: 'request.failed' as const, failure: 'x', gone, failures });

function sender(left = 0) {
  const { effects, calls } = notedEffects<ProduceSenderEffects>();
  const { clock } = virtualHost();
  const actor = createActor(produceSenderMachine, {
    input: { effects, left, retryBackoffMs: 100, retryBackoffMaxMs: 500 },
    clock,
  });
  actor.start();
  return { actor, clock, calls, state: () => actor.getSnapshot().value };
}

describe('produce sender', () => {
  it('has one request on its way; what gets ready meanwhile goes with the next', () => {
    const { actor, calls, state } = sender();
    actor.send(ready);
    actor.send(ready);
    expect(calls).toEqual(['keepReady', 'sendRequest', 'keepReady']);
    actor.send(answered(1));
    expect(calls.slice(3)).toEqual(['deliverResults', 'sendRequest']);
    actor.send(answered(0));
    expect(state()).toBe('idle');
  });

  it('leaves a broker that does not answer alone, longer each time, and sends what got ready meanwhile', async () => {
    for (const [failures, backoffMs] of [
      [1, 100],
      [3, 400],
      [4, 500],
    ] as const) {
      const { actor, clock, calls, state } = sender(1);
      actor.send(failed(failures));
      actor.send(ready);
      await clock.runFor(backoffMs - 1);
      expect(state()).toBe('backingOff');
      expect(calls).toEqual(['sendRequest', 'returnSent', 'keepReady']);
      await clock.runFor(1);
      expect(calls.at(-1)).toBe('sendRequest');
      actor.stop();
    }
  });

  it('gives everything back and ends when the cluster has no such broker', () => {
    const { actor, calls, state } = sender(1);
    actor.send(failed(1, true));
    expect(calls).toEqual(['sendRequest', 'returnSent', 'returnReady']);
    expect(state()).toBe('moved');
  });

  it('ends when nothing was sent for long', () => {
    const { actor, state } = sender();
    actor.send({ type: 'quiet.passed' });
    expect(state()).toBe('gone');
  });
});
