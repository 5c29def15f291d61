/**
 * Daemon: the root of the tree, from the first actor to the last.
 *
 * Why these states. Requests are let in only when the lasting actors of every cluster exist and the listeners are open
 * (starting), and are kept out before anything is given up (draining), so that what was accepted is written, committed and
 * released by actors that meet no new work. Producers and groups drain side by side; the ZooKeeper session ends last
 * (closing), because releasing a partition needs it. Both waits are bounded: what is not done in time is named in the log
 * and left to the guarantees.
 */
import { assign, setup } from 'xstate';

export type DaemonEvent =
  /** The listeners are open. */
  | { type: 'listening' }
  /** A producer, group or query desk has ended; `left` of them still work. */
  | { type: 'work.ended'; left: number }
  /** A ZooKeeper session has ended for good; so many are left. */
  | { type: 'session.ended'; left: number }
  /** `left`: producers, groups and query desks at work now. */
  | { type: 'drain'; left: number };

export interface DaemonEffects {
  /** Starts the lasting actors of every cluster. */
  startClusters(): void;
  logServing(): void;
  /** From now on nothing new is adopted but what draining needs; everyone is told to finish. */
  drainAll(): void;
  logUnfinished(): void;
  closeSessions(): void;
}

export interface DaemonInput {
  readonly effects: DaemonEffects;
  readonly drainTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

interface Context extends DaemonInput {
  readonly working: number;
}

export const daemonMachine = setup({
  types: { context: {} as Context, events: {} as DaemonEvent, input: {} as DaemonInput },
  delays: {
    drainTimeout: ({ context }) => context.drainTimeoutMs,
    closeTimeout: ({ context }) => context.closeTimeoutMs,
  },
  guards: {
    nothingWorks: ({ context }) => context.working === 0,
    lastSession: ({ event }) => event.type === 'session.ended' && event.left === 0,
  },
  actions: {
    startClusters: ({ context }) => context.effects.startClusters(),
    logServing: ({ context }) => context.effects.logServing(),
    drainAll: ({ context }) => context.effects.drainAll(),
    logUnfinished: ({ context }) => context.effects.logUnfinished(),
    closeSessions: ({ context }) => context.effects.closeSessions(),
    noteWorking: assign({
      working: ({ context, event }) =>
        event.type === 'drain' || event.type === 'work.ended' ? event.left : context.working,
    }),
  },
}).createMachine({
  id: 'daemon',
  context: ({ input }) => ({ ...input, working: 0 }),
  initial: 'starting',
  on: { 'work.ended': { actions: 'noteWorking' } },
  states: {
    starting: {
      description: 'The lasting actors are started; no request is let in yet.',
      entry: 'startClusters',
      on: { listening: 'serving', drain: { target: 'draining', actions: 'noteWorking' } },
    },
    serving: {
      description: 'Requests are answered; actors come and go with what is asked for.',
      tags: 'adopts',
      entry: 'logServing',
      on: { drain: { target: 'draining', actions: 'noteWorking' } },
    },
    draining: {
      description: 'Nothing new is accepted; what was is written, committed and released.',
      tags: 'adopts',
      entry: 'drainAll',
      always: { guard: 'nothingWorks', target: 'closing' },
      after: { drainTimeout: { target: 'closing', actions: 'logUnfinished' } },
    },
    closing: {
      description: 'The ZooKeeper sessions are ended, so that nothing of ours is left there.',
      entry: 'closeSessions',
      on: { 'session.ended': { guard: 'lastSession', target: 'stopped' } },
      after: { closeTimeout: 'stopped' },
    },
    stopped: { type: 'final' },
  },
});
