/**
 * Handover desk: takes over positions that other daemons of ours were asked to set, for partitions that this one owns.
 *
 * Why these states. A daemon can only be asked under its ZooKeeper session: it says there that it listens (announcing),
 * reads what lies there for it (reading) and waits for more (listening). What comes while it reads is remembered and read
 * next. A failed step begins anew, with the announcement, which does no harm when it stands already. Without a session that
 * can be trusted (away) nothing is read: what lay there all the while is not wanted any more when it comes back. There is
 * nothing to clean up either: what was announced goes with the session.
 *
 * The requests and their answers lie beside the machine.
 */
import { assign, fromPromise, setup } from 'xstate';
import type { SessionChanged } from './session-changed.js';

export type HandoverDeskEvent =
  | SessionChanged
  /** A request came, or one went; or there is room for one that was left. */
  | { type: 'requests.changed' }
  | { type: 'drain' };

export interface HandoverDeskEffects {
  watchSession(): void;
  /** From here on requests may come that are not wanted any more when they are read. */
  noteAway(): void;
  /** Creates the node that says that this daemon listens. */
  announce(): Promise<void>;
  /** Reads which requests there are, watches for more, and begins to answer new ones. */
  readRequests(): Promise<void>;
  logFailure(step: 'announce' | 'read', error: unknown): void;
}

export interface HandoverDeskInput {
  readonly effects: HandoverDeskEffects;
  readonly retryBackoffMs: number;
}

interface Context extends HandoverDeskInput {
  /** Something changed while it was read. */
  readonly stale: boolean;
}

interface LeafInput {
  readonly effects: HandoverDeskEffects;
}

const leafInput = ({ context }: { context: Context }): LeafInput => ({ effects: context.effects });

export const handoverDeskMachine = setup({
  types: { context: {} as Context, events: {} as HandoverDeskEvent, input: {} as HandoverDeskInput },
  delays: { retryBackoff: ({ context }) => context.retryBackoffMs },
  actors: {
    announce: fromPromise<void, LeafInput>(({ input }) => input.effects.announce()),
    readRequests: fromPromise<void, LeafInput>(({ input }) => input.effects.readRequests()),
  },
  guards: {
    sessionUp: ({ event }) => event.type === 'session.changed' && event.state === 'up',
    sessionNotUp: ({ event }) => event.type === 'session.changed' && event.state !== 'up',
    isStale: ({ context }) => context.stale,
  },
  actions: {
    watchSession: ({ context }) => context.effects.watchSession(),
    noteAway: ({ context }) => context.effects.noteAway(),
    logFailure: ({ context }, { step, error }: { step: 'announce' | 'read'; error: unknown }) =>
      context.effects.logFailure(step, error),
    noteStale: assign({ stale: true }),
    noteFresh: assign({ stale: false }),
  },
}).createMachine({
  id: 'handover-desk',
  context: ({ input }) => ({ ...input, stale: false }),
  entry: 'watchSession',
  initial: 'away',
  on: {
    'session.changed': { guard: 'sessionNotUp', target: '.away' },
    drain: '.closed',
  },
  states: {
    away: {
      description: 'No ZooKeeper session, or one that has been silent for too long.',
      entry: 'noteAway',
      on: { 'session.changed': { guard: 'sessionUp', target: 'announcing' } },
    },
    announcing: {
      description: 'The node that says that this daemon can be asked is being created.',
      invoke: {
        src: 'announce',
        input: leafInput,
        onDone: 'reading',
        onError: {
          target: 'backingOff',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'announce', error: event.error }) },
        },
      },
    },
    reading: {
      description: 'What other daemons ask is being read.',
      entry: 'noteFresh',
      invoke: {
        src: 'readRequests',
        input: leafInput,
        onDone: [{ guard: 'isStale', target: 'reading', reenter: true }, { target: 'listening' }],
        onError: {
          target: 'backingOff',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'read', error: event.error }) },
        },
      },
      on: { 'requests.changed': { actions: 'noteStale' } },
    },
    listening: {
      description: 'Nothing new lies there.',
      on: { 'requests.changed': 'reading' },
    },
    backingOff: {
      description: 'A step failed.',
      after: { retryBackoff: 'announcing' },
    },
    closed: { type: 'final' },
  },
});
