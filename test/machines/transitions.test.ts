import { describe, expect, it } from 'vitest';
import { chart, transitionsOf } from '../../src/machines/transitions.js';
import { sample } from './sample.js';

describe('the list of transitions of a machine', () => {
  it('has each of them once, by an id that a person can read', () => {
    expect(transitionsOf(sample).map((transition) => transition.id)).toEqual([
      'sample: (machine) --stop--> (stays)',
      'sample: (machine) --go[isLarge]--> busy',
      'sample: (machine) --go--> idle',
      'sample: idle --go[isLarge]--> busy',
      'sample: idle --go[isLarge]--> busy (2)',
      'sample: idle --go--> busy',
      'sample: idle --tick[(isOpen and not isLarge)]--> idle (reenters)',
      'sample: idle --after 200 ms[in idle]--> (stays)',
      'sample: idle --after patience--> loading',
      'sample: loading --done load--> busy',
      'sample: loading --error load--> idle',
      'sample: busy --done--> gone',
      'sample: busy.left.low --always[isLarge]--> busy.left.high',
      'sample: busy.right.on --tick--> busy.right.off',
    ]);
  });

  it('tells the kind, the guard and the actions of each', () => {
    const byId = new Map(transitionsOf(sample).map((transition) => [transition.id, transition]));
    expect(byId.get('sample: idle --go[isLarge]--> busy')).toEqual({
      id: 'sample: idle --go[isLarge]--> busy',
      source: 'idle',
      event: 'go',
      guard: 'isLarge',
      targets: ['busy'],
      actions: ['count'],
      kind: 'event',
      reenter: false,
    });
    expect([...byId.values()].map((transition) => transition.kind).filter((kind) => kind !== 'event')).toEqual([
      'after',
      'after',
      'done',
      'error',
      'done',
      'always',
    ]);
  });

  it('stays the same for a machine whose actions were provided', () => {
    expect(transitionsOf(sample.provide({ actions: { greet: () => {} } }))).toEqual(transitionsOf(sample));
  });
});

describe('the chart of a machine', () => {
  it('has its states with what they say, do and contain', () => {
    const states = new Map(chart(sample).states.map((state) => [state.path, state]));
    expect([...states.keys()]).toEqual([
      '',
      'idle',
      'loading',
      'busy',
      'busy.left',
      'busy.left.low',
      'busy.left.high',
      'busy.right',
      'busy.right.on',
      'busy.right.off',
      'gone',
    ]);
    expect(states.get('')).toMatchObject({
      name: 'sample',
      type: 'compound',
      initial: 'idle',
      children: ['idle', 'loading', 'busy', 'gone'],
    });
    expect(states.get('idle')).toMatchObject({ tags: ['calm'], entry: ['greet', 'assign'], exit: ['leave'] });
    expect(states.get('loading')).toMatchObject({ invoke: ['load'] });
    expect(states.get('busy')).toMatchObject({ type: 'parallel', children: ['busy.left', 'busy.right'] });
  });
});
