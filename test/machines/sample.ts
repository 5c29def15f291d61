import { and, assign, fromPromise, not, raise, setup, stateIn } from 'xstate';

type SampleEvent = { type: 'go'; size: number } | { type: 'stop' } | { type: 'tick' };

/** A machine with one of everything that a drawing and the list of transitions have to show. */
export const sample = setup({
  types: { context: {} as { size: number }, events: {} as SampleEvent },
  actors: { load: fromPromise(() => Promise.resolve(1)) },
  delays: { patience: 50 },
  guards: { isLarge: ({ context }) => context.size > 10, isOpen: () => true },
  actions: { greet: () => {}, leave: () => {}, count: assign({ size: ({ context }) => context.size + 1 }) },
}).createMachine({
  id: 'sample',
  description: 'A machine with one of everything.',
  context: { size: 0 },
  initial: 'idle',
  on: { stop: { actions: 'count' }, go: [{ guard: 'isLarge', target: '.busy' }, { target: '.idle' }] },
  states: {
    idle: {
      description: 'Nothing to do; waits: for "go"; {really} #1.',
      tags: 'calm',
      entry: ['greet', assign({ size: 0 })],
      exit: 'leave',
      on: {
        go: [
          { guard: 'isLarge', target: 'busy', actions: 'count' },
          { guard: 'isLarge', target: 'busy' },
          { target: 'busy', actions: raise({ type: 'tick' }) },
        ],
        tick: { guard: and(['isOpen', not('isLarge')]), target: 'idle', reenter: true },
      },
      after: { patience: 'loading', 200: { guard: stateIn('idle'), actions: 'greet' } },
    },
    loading: {
      invoke: { src: 'load', onDone: 'busy', onError: { target: 'idle', actions: () => {} } },
    },
    busy: {
      type: 'parallel',
      states: {
        left: {
          initial: 'low',
          states: { low: { always: { guard: 'isLarge', target: 'high' } }, high: { type: 'final' } },
        },
        right: { initial: 'on', states: { on: { on: { tick: 'off' } }, off: { type: 'final' } } },
      },
      onDone: '#sample.gone',
    },
    gone: { type: 'final' },
  },
});
