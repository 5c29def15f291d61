/**
 * ZooKeeper session: how far the claims of this daemon can be trusted.
 *
 * Why these states. A server that has not heard of us for the whole session timeout gives our claims to others, and our
 * client cannot see it happen while the connection is silent. So trust is counted here, from when the last answered
 * request was sent: after half of the timeout it is worth a line in the log (suspect), after two thirds nothing more is
 * offered (lapsed), after all of it nothing is committed either (overdue). Any answer brings back full trust, because the
 * answer proves that the server still held the session when the request was sent. Only the server's word ends a session
 * (lost), however long it was silent: a server that was down itself goes on with its sessions where they were, and then
 * nothing has to be claimed anew. After the end a new one is opened, and everyone who claimed anything under the old one
 * hears of it before the new one is there.
 *
 * Sessions and watchers lie beside the machine.
 */
import { assign, setup } from 'xstate';

export type ZooKeeperSessionEvent =
  /** `timeoutMs`: as negotiated. */
  | { type: 'session.connected'; timeoutMs: number }
  /** A request was answered that was sent `ageMs` ago. */
  | { type: 'session.answered'; ageMs: number }
  | { type: 'session.ended' }
  /** Someone wants to be told of changes; it is told the present state at once. */
  | { type: 'session.watch'; watcher: string }
  | { type: 'close' }
  | { type: 'closed' };

export interface ZooKeeperSessionEffects {
  /** Opens a new session; its events come back as ours. */
  openSession(): void;
  /** Ends the session at the server, bounded, and reports `closed`. */
  closeSession(): void;
  addWatcher(watcher: string, state: 'up' | 'lapsed' | 'away'): void;
  /** Claims may be made and trusted: for the first time, or again. */
  tellUp(): void;
  /** Nothing may be offered for now; the session may come back. */
  tellLapsed(): void;
  /** The session is over, and with it every claim. */
  tellLost(): void;
  logSuspect(): void;
  logOverdue(): void;
  logAway(): void;
}

export interface ZooKeeperSessionInput {
  readonly effects: ZooKeeperSessionEffects;
  readonly retryBackoffMs: number;
  /** How long a first connection may take before the log says that there is none. */
  readonly connectNoticeMs: number;
}

interface Context extends ZooKeeperSessionInput {
  timeoutMs: number;
  /** Age of the newest proof when it came in. */
  ageMs: number;
}

export const zooKeeperSessionMachine = setup({
  types: {
    context: {} as Context,
    events: {} as ZooKeeperSessionEvent,
    input: {} as ZooKeeperSessionInput,
  },
  delays: {
    connectNotice: ({ context }) => context.connectNoticeMs,
    untilSuspect: ({ context }) => Math.max(0, context.timeoutMs / 2 - context.ageMs),
    fromSuspectUntilLapsed: ({ context }) => context.timeoutMs / 6,
    fromLapsedUntilOverdue: ({ context }) => context.timeoutMs / 3,
    retryBackoff: ({ context }) => context.retryBackoffMs,
  },
  guards: {
    /** An answer to something that was asked long ago proves little. */
    isFresh: ({ context, event }) => event.type === 'session.answered' && event.ageMs < context.timeoutMs / 2,
  },
  actions: {
    openSession: ({ context }) => context.effects.openSession(),
    closeSession: ({ context }) => context.effects.closeSession(),
    addWatcherUp: ({ context, event }) =>
      event.type === 'session.watch' && context.effects.addWatcher(event.watcher, 'up'),
    addWatcherLapsed: ({ context, event }) =>
      event.type === 'session.watch' && context.effects.addWatcher(event.watcher, 'lapsed'),
    addWatcherAway: ({ context, event }) =>
      event.type === 'session.watch' && context.effects.addWatcher(event.watcher, 'away'),
    tellUp: ({ context }) => context.effects.tellUp(),
    tellLapsed: ({ context }) => context.effects.tellLapsed(),
    tellLost: ({ context }) => context.effects.tellLost(),
    logSuspect: ({ context }) => context.effects.logSuspect(),
    logOverdue: ({ context }) => context.effects.logOverdue(),
    logAway: ({ context }) => context.effects.logAway(),
    noteTimeout: assign(({ context, event }) => ({
      timeoutMs: event.type === 'session.connected' ? event.timeoutMs : context.timeoutMs,
      ageMs: 0,
    })),
    noteAge: assign(({ context, event }) => ({
      ageMs: event.type === 'session.answered' ? event.ageMs : context.ageMs,
    })),
  },
}).createMachine({
  id: 'zookeeper-session',
  context: ({ input }) => ({ ...input, timeoutMs: 0, ageMs: 0 }),
  initial: 'open',
  states: {
    open: {
      initial: 'connecting',
      on: {
        close: 'closing',
        'session.ended': 'lost',
      },
      states: {
        connecting: {
          description: 'No server has accepted a session yet; the client keeps trying.',
          entry: 'openSession',
          initial: 'trying',
          on: {
            'session.connected': { target: 'connected', actions: ['noteTimeout', 'tellUp'] },
            'session.watch': { actions: 'addWatcherAway' },
          },
          states: {
            trying: { after: { connectNotice: { target: 'noticed', actions: 'logAway' } } },
            noticed: { description: 'The log has said that no server answers.' },
          },
        },
        connected: {
          description: 'A recent answer proves the session.',
          tags: 'serves',
          on: {
            'session.answered': { guard: 'isFresh', target: 'connected', reenter: true, actions: 'noteAge' },
            'session.watch': { actions: 'addWatcherUp' },
          },
          after: { untilSuspect: { target: 'suspect', actions: 'logSuspect' } },
        },
        suspect: {
          description: 'No answer for half of the timeout. Claims still hold.',
          tags: 'serves',
          on: {
            'session.answered': { guard: 'isFresh', target: 'connected', actions: 'noteAge' },
            'session.watch': { actions: 'addWatcherUp' },
          },
          after: { fromSuspectUntilLapsed: { target: 'lapsed', actions: 'tellLapsed' } },
        },
        lapsed: {
          description: 'No answer for two thirds of the timeout: nothing more is offered, a last commit is still made.',
          on: {
            'session.answered': { guard: 'isFresh', target: 'connected', actions: ['noteAge', 'tellUp'] },
            'session.watch': { actions: 'addWatcherLapsed' },
          },
          after: { fromLapsedUntilOverdue: { target: 'overdue', actions: 'logOverdue' } },
        },
        overdue: {
          description: 'No answer for the whole timeout: others may have our claims; nothing is committed.',
          on: {
            'session.answered': { guard: 'isFresh', target: 'connected', actions: ['noteAge', 'tellUp'] },
            'session.watch': { actions: 'addWatcherLapsed' },
          },
        },
      },
    },
    lost: {
      description: 'The session is over. A new one is opened after a moment.',
      entry: 'tellLost',
      on: {
        close: 'closed',
        'session.watch': { actions: 'addWatcherAway' },
      },
      after: { retryBackoff: 'open' },
    },
    closing: {
      description: 'We end the session ourselves, so that our nodes vanish at once.',
      entry: 'closeSession',
      on: { closed: 'closed', 'session.ended': 'closed', 'session.watch': { actions: 'addWatcherAway' } },
    },
    closed: { type: 'final' },
  },
});
