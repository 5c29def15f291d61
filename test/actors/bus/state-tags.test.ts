import { createActor, setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { stateTags } from '../../../src/actors/bus/state-tags.js';
import { at, world } from './support.js';

const machine = setup({ types: { events: {} as { type: 'NEXT' } } }).createMachine({
  id: 'm',
  tags: ['whole'],
  type: 'parallel',
  states: {
    left: {
      initial: 'one',
      states: { one: { tags: 'a', on: { NEXT: 'two' } }, two: { initial: 'deep', states: { deep: { tags: ['b'] } } } },
    },
    right: { initial: 'only', states: { only: { tags: ['a', 'c'] } } },
  },
});

describe('the tags of a state', () => {
  it('are those that a snapshot in that state carries', () => {
    const actor = createActor(machine).start();
    const seen: string[][] = [];
    for (let step = 0; step < 2; step++) {
      const { value, tags } = actor.getSnapshot();
      expect(stateTags(machine, value)).toEqual([...tags].sort());
      seen.push(stateTags(machine, value));
      actor.send({ type: 'NEXT' });
    }
    expect(seen).toEqual([
      ['a', 'c', 'whole'],
      ['a', 'b', 'c', 'whole'],
    ]);
  });

  it('are none of a state that the machine does not have', () => {
    expect(stateTags(machine, { left: 'lost' })).toEqual(['whole']);
  });
});

describe('the machine of a kind', () => {
  it('is known once an actor of that kind was started, even when none lives any more', async () => {
    const w = world();
    expect(w.bus.machineOf('probe')).toBeUndefined();
    w.spawn('a');
    await w.rest();
    await w.bus.stop(at('a'));
    expect(w.bus.machineOf('probe')?.id).toBe('probe');
  });
});
