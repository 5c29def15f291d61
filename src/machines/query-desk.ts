/**
 * Query desk: answers questions about groups and offsets by asking Kafka or ZooKeeper.
 *
 * Why these states. Nothing is kept between two questions; all there is to know is whether one more may be begun. So: free,
 * busy (as many under way as may; further ones wait their turn in the body), and closing, in which what is under way is
 * still answered and new questions are refused.
 */
import { assign, setup } from 'xstate';

export type QueryDeskEvent =
  /** A question lies in the waiting list. */
  | { type: 'question.asked' }
  /** One is answered, or given up. */
  | { type: 'question.settled' }
  | { type: 'drain' };

export interface QueryDeskEffects {
  /** Begins the next waiting question, if its asker still waits; reports `question.settled` in any case. */
  beginNext(): void;
  /** Refuses what waits, and whatever comes. */
  refuseAll(): void;
}

export interface QueryDeskInput {
  readonly effects: QueryDeskEffects;
  readonly underWayMax: number;
}

interface Context extends QueryDeskInput {
  readonly waiting: number;
  readonly underWay: number;
}

export const queryDeskMachine = setup({
  types: { context: {} as Context, events: {} as QueryDeskEvent, input: {} as QueryDeskInput },
  guards: {
    lastPlace: ({ context }) => context.underWay + 1 >= context.underWayMax,
    somebodyWaits: ({ context }) => context.waiting > 0,
    nothingUnderWay: ({ context }) => context.underWay === 0,
  },
  actions: {
    beginNext: ({ context }) => context.effects.beginNext(),
    refuseAll: ({ context }) => context.effects.refuseAll(),
    noteBegun: assign({ underWay: ({ context }) => context.underWay + 1 }),
    noteWaiting: assign({ waiting: ({ context }) => context.waiting + 1 }),
    noteTakenUp: assign({ waiting: ({ context }) => context.waiting - 1 }),
    noteSettled: assign({ underWay: ({ context }) => context.underWay - 1 }),
  },
}).createMachine({
  id: 'query-desk',
  context: ({ input }) => ({ ...input, waiting: 0, underWay: 0 }),
  initial: 'free',
  states: {
    free: {
      description: 'One more question may be begun.',
      on: {
        'question.asked': [
          { guard: 'lastPlace', target: 'busy', actions: ['noteBegun', 'beginNext'] },
          { actions: ['noteBegun', 'beginNext'] },
        ],
        'question.settled': { actions: 'noteSettled' },
        drain: 'closing',
      },
    },
    busy: {
      description: 'As many are under way as may; the others wait their turn.',
      on: {
        'question.asked': { actions: 'noteWaiting' },
        'question.settled': [
          { guard: 'somebodyWaits', actions: ['noteTakenUp', 'beginNext'] },
          { target: 'free', actions: 'noteSettled' },
        ],
        drain: 'closing',
      },
    },
    closing: {
      description: 'What is under way is answered; nothing new is begun.',
      entry: 'refuseAll',
      always: { guard: 'nothingUnderWay', target: 'closed' },
      on: { 'question.settled': { actions: 'noteSettled' } },
    },
    closed: { type: 'final' },
  },
});
