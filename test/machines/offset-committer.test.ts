import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { virtualHost } from '../../src/host/virtual-host.js';
import {
  offsetCommitterMachine,
  type OffsetCommitterEffects,
  type OffsetCommitterEvent,
} from '../../src/machines/offset-committer.js';
import { scriptedEffects } from './scripted-effects.js';

function committer() {
  const { clock } = virtualHost();
  const script = scriptedEffects<OffsetCommitterEffects>(clock, ['commit']);
  const input = { effects: script.effects, commitIntervalMs: 500, retryBackoffMs: 300 };
  const actor = createActor(offsetCommitterMachine, { input, clock });
  actor.start();
  const send = (...events: OffsetCommitterEvent[]) => events.forEach((event) => actor.send(event));
  return { ...script, clock, send, state: () => actor.getSnapshot().value };
}

const moved = { type: 'position.moved' } as const;
const flush = { type: 'flush' } as const;
const all = { dirty: false, failed: false };

describe('offset committer', () => {
  it('gathers what moves for an interval, and sends nothing while nothing has moved', async () => {
    const c = committer();
    await c.clock.runFor(10_000);
    expect(c.takeCalls()).toEqual([]);
    c.send(moved);
    await c.clock.runFor(499);
    expect(c.state()).toBe('dirty');
    await c.clock.runFor(1);
    expect(c.takeCalls()).toEqual(['commit']);
    await c.done('commit', all);
    expect(c.state()).toBe('clean');
  });

  it('commits at once for whoever flushes', async () => {
    const clean = committer();
    clean.send(flush);
    expect(clean.takeCalls()).toEqual(['commit']);
    const dirty = committer();
    dirty.send(moved, flush);
    expect(dirty.takeCalls()).toEqual(['commit']);
    // Right after the one under way, whose positions may be older.
    dirty.send(flush);
    await dirty.done('commit', { dirty: true, failed: false });
    expect(dirty.takeCalls()).toEqual(['commit']);
    await dirty.done('commit', all);
    expect(dirty.state()).toBe('clean');
  });

  it('does not forget what moved while a commit was under way', async () => {
    const again = committer();
    again.send(flush);
    await again.done('commit', { dirty: true, failed: false });
    expect(again.state()).toBe('dirty');
    const other = committer();
    other.send(flush, moved);
    await other.done('commit', all);
    expect(other.state()).toBe('dirty');
    await other.clock.runFor(500);
    await other.done('commit', all);
    expect(other.state()).toBe('clean');
  });

  it('tries again after the back-off, whether all or a part failed', async () => {
    const c = committer();
    c.send(flush);
    await c.fail('commit');
    expect(c.state()).toBe('retrying');
    await c.clock.runFor(300);
    await c.done('commit', { dirty: true, failed: true });
    expect(c.state()).toBe('retrying');
    await c.clock.runFor(300);
    await c.done('commit', all);
    expect(c.state()).toBe('clean');
    expect(c.takeCalls()).toEqual(['commit', 'logFailure', 'commit', 'commit']);
  });

  it('takes note of who comes and goes', () => {
    const c = committer();
    const source = { key: 't/0' };
    c.send({ type: 'source.add', source }, { type: 'source.remove', source });
    expect(c.takeCalls()).toEqual(['addSource', 'removeSource']);
  });
});
