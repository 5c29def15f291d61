import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type * as XState from 'xstate';
import { judge, readCounts, render } from '../../scripts/check/transition-gate.js';
import { sample } from '../machines/sample.js';
import { recordingXState, TransitionRecorder } from './transition-recorder.js';

const actual = await vi.importActual<typeof XState>('xstate');

function recording() {
  const recorder = new TransitionRecorder();
  return { recorder, xstate: recordingXState(actual, recorder) };
}

describe('the recorder of transitions', () => {
  it('counts what an actor takes, and leaves the actor as it is', () => {
    const { recorder, xstate } = recording();
    const seen: string[] = [];
    const actor = xstate.createActor(sample, { inspect: (event) => seen.push(event.type) }).start();
    for (let times = 0; times < 3; times++) actor.send({ type: 'stop' });
    actor.send({ type: 'go', size: 1 });
    actor.stop();

    expect(recorder.counts).toEqual({
      sample: {
        'sample: (machine) --stop--> (stays)': 3,
        'sample: idle --go--> busy': 1,
        // The event that the step before raised.
        'sample: busy.right.on --tick--> busy.right.off': 1,
      },
    });
    expect(actor.getSnapshot().value).toEqual({ busy: { left: 'low', right: 'off' } });
    expect(seen).toContain('@xstate.snapshot');
  });

  it('counts the steps before the first event, and those of invoked machines', () => {
    const { recorder, xstate } = recording();
    const child = actual.createMachine({ id: 'child', initial: 'a', states: { a: { always: 'b' }, b: {} } });
    xstate
      .createActor(actual.createMachine({ id: 'parent', invoke: { src: child } }))
      .start()
      .stop();
    expect(recorder.counts).toEqual({ child: { 'child: a --always--> b': 1 } });
  });

  it('counts pure steps', () => {
    const { recorder, xstate } = recording();
    const [first] = xstate.initialTransition(sample);
    const [second, actions] = xstate.transition(sample, first, { type: 'stop' });
    const third = xstate.getNextSnapshot(sample, second, { type: 'stop' });
    expect(third.context.size).toBe(2);
    expect(actions).toEqual([]);
    expect(recorder.counts).toEqual({ sample: { 'sample: (machine) --stop--> (stays)': 2 } });
  });

  it('tells apart two transitions that differ by their order alone', () => {
    const { recorder, xstate } = recording();
    const actor = xstate.createActor(actual.createMachine({ id: 'twins', on: { go: [{ guard: () => false }, {}] } }));
    actor.start().send({ type: 'go' });
    expect(recorder.counts).toEqual({ twins: { 'twins: (machine) --go--> (stays)': 1 } });
  });
});

describe('the gate of transitions', () => {
  it('adds up what all workers saw, and names what nobody took', () => {
    const folder = mkdtempSync(join(tmpdir(), 'transitions-'));
    try {
      for (const event of ['stop', 'stop', 'go'] as const) {
        const { recorder, xstate } = recording();
        xstate.createActor(sample).start().send({ type: event, size: 1 });
        recorder.writeTo(folder);
      }
      const verdict = judge([sample], readCounts(folder));
      expect(verdict.passed).toBe(false);
      expect(verdict.machines[0]).toMatchObject({ id: 'sample', taken: 3, total: 14, steps: 4 });
      expect(render(verdict)).toContain('never taken by a test: sample: busy --done--> gone');
      expect(render(verdict).join('\n')).not.toContain('never taken by a test: sample: (machine) --stop--> (stays)');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('passes when each was taken, and fails for a machine that no test ever started', () => {
    const machine = actual.createMachine({ id: 'one', on: { go: {} } });
    const id = 'one: (machine) --go--> (stays)';
    expect(judge([machine], { one: { [id]: 1 } }).passed).toBe(true);
    expect(judge([machine], {}).machines[0]?.untaken).toEqual([id]);
  });
});
