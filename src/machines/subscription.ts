/**
 * Subscription: one topic of one group on this daemon, from the first consume request to the last released partition.
 *
 * Why these states. What a client meets depends on how far the group has come: nothing assigned yet (resolving), some of
 * the assigned partitions still with others (rebalancing), all of them here (consuming), or none for us because there are
 * more members than partitions (standby). Requests wait in all of them, and are served from whatever partition is here. A
 * subscription that nobody asks for is given up, once what its clients have was acknowledged or has had its time: it says so to the group and waits (leaving), because the group's node has
 * to be rewritten first; only then are the partitions released. A request that comes in between brings it back. Draining
 * is leaving without a way back.
 *
 * Waiting requests and messages never pass through the machine: they lie in the shell's body and in the owners' buffers.
 */
import { assign, setup } from 'xstate';
import type { TopicChanged } from './topic-view.js';

export type SubscriptionEvent =
  | TopicChanged
  /** The group's assignment; `unknownTopic`: nothing to assign, because no such topic is known. */
  | { type: 'assigned'; partitions: readonly number[]; unknownTopic: boolean }
  /** An owner holds its claim and reads. */
  | { type: 'owner.serving'; partition: number }
  | { type: 'owner.ended'; partition: number }
  /** Nobody has asked for the idle time, and no request waits. `awaitsAcks`: but messages are out, and still in their time. */
  | { type: 'idle'; awaitsAcks: boolean }
  /** A request came while the valve was closed; not told any more once requests are refused. */
  | { type: 'poll.arrived' }
  /** The group's node does not name this topic any more: commit and release. */
  | { type: 'release' }
  | { type: 'session.lost' }
  | { type: 'session.lapsed' }
  | { type: 'session.resumed' }
  | { type: 'drain' };

export interface SubscriptionEffects {
  /** Starts owners for partitions that an earlier incarnation had: their claims stand, and somebody has to keep them. */
  resumeOwners(partitions: readonly number[]): void;
  tellGroupJoin(): void;
  tellGroupLeave(): void;
  /** Starts an owner for each partition that has none, and has the others release. */
  reconcileOwners(partitions: readonly number[]): void;
  /** Tells each owner who leads its partition now. */
  keepTopic(event: TopicChanged): void;
  releaseOwners(): void;
  loseOwners(): void;
  /** Serves waiting requests from what is here. */
  dispatch(): void;
  noteAssignment(partitions: readonly number[], unknownTopic: boolean): void;
  noteSession(session: 'up' | 'lapsed' | 'lost'): void;
  refusePolls(): void;
  /** Tells again that nobody asks when the last ack is here, or its time is over. */
  awaitAcks(): void;
  logAssignment(partitions: readonly number[]): void;
  logIdle(): void;
}

export interface SubscriptionInput {
  readonly effects: SubscriptionEffects;
  /** Partitions that an earlier incarnation had. */
  readonly left: readonly number[];
}

interface Context extends SubscriptionInput {
  readonly assigned: readonly number[];
  /** Partitions whose owner reads. */
  readonly serving: readonly number[];
  /** Partitions whose owner lives, whatever it does. */
  readonly living: readonly number[];
  /** A request came after we had said that we leave. */
  readonly wantedAgain: boolean;
}

const withNumber = (list: readonly number[], n: number) => [...new Set([...list, n])].sort((a, b) => a - b);
const withoutNumber = (list: readonly number[], n: number) => list.filter((other) => other !== n);

export const subscriptionMachine = setup({
  types: { context: {} as Context, events: {} as SubscriptionEvent, input: {} as SubscriptionInput },
  guards: {
    awaitsAcks: ({ event }) => event.type === 'idle' && event.awaitsAcks,
    nothingAssigned: ({ context }) => context.assigned.length === 0 && context.living.length === 0,
    allServing: ({ context }) =>
      context.assigned.length === context.living.length &&
      context.assigned.every((partition) => context.serving.includes(partition)),
    releasedAndWanted: ({ context }) => context.living.length === 0 && context.wantedAgain,
    released: ({ context }) => context.living.length === 0,
  },
  actions: {
    resumeOwners: ({ context }) => context.effects.resumeOwners(context.left),
    tellGroupJoin: ({ context }) => context.effects.tellGroupJoin(),
    tellGroupLeave: ({ context }) => context.effects.tellGroupLeave(),
    reconcileOwners: ({ context }) => context.effects.reconcileOwners(context.assigned),
    keepTopic: ({ context, event }) => event.type === 'topic.changed' && context.effects.keepTopic(event),
    releaseOwners: ({ context }) => context.effects.releaseOwners(),
    loseOwners: ({ context }) => context.effects.loseOwners(),
    dispatch: ({ context }) => context.effects.dispatch(),
    tellAssignment: ({ context, event }) =>
      event.type === 'assigned' && context.effects.noteAssignment(event.partitions, event.unknownTopic),
    noteSessionUp: ({ context }) => context.effects.noteSession('up'),
    noteSessionLapsed: ({ context }) => context.effects.noteSession('lapsed'),
    noteSessionLost: ({ context }) => context.effects.noteSession('lost'),
    refusePolls: ({ context }) => context.effects.refusePolls(),
    logAssignment: ({ context }) => context.effects.logAssignment(context.assigned),
    awaitAcks: ({ context }) => context.effects.awaitAcks(),
    logIdle: ({ context }) => context.effects.logIdle(),
    noteAssigned: assign(({ context, event }) =>
      event.type === 'assigned'
        ? {
            assigned: event.partitions,
            living: [...new Set([...context.living, ...event.partitions])].sort((a, b) => a - b),
          }
        : {},
    ),
    noteServing: assign(({ context, event }) =>
      event.type === 'owner.serving' ? { serving: withNumber(context.serving, event.partition) } : {},
    ),
    noteEnded: assign(({ context, event }) =>
      event.type === 'owner.ended'
        ? {
            serving: withoutNumber(context.serving, event.partition),
            // One that is assigned is started again by the reconciliation that follows.
            living: context.assigned.includes(event.partition)
              ? context.living
              : withoutNumber(context.living, event.partition),
          }
        : {},
    ),
    assignNothing: assign({ assigned: [] }),
    noteWantedAgain: assign({ wantedAgain: true }),
    forgetWantedAgain: assign({ wantedAgain: false }),
  },
}).createMachine({
  id: 'subscription',
  context: ({ input }) => ({ ...input, assigned: [], serving: [], living: input.left, wantedAgain: false }),
  entry: 'resumeOwners',
  initial: 'subscribed',
  on: {
    'owner.serving': { actions: ['noteServing', 'dispatch'] },
    'owner.ended': { actions: ['noteEnded', 'reconcileOwners'] },
    'session.resumed': { actions: ['noteSessionUp', 'dispatch'] },
    'session.lapsed': { actions: 'noteSessionLapsed' },
    'topic.changed': { actions: 'keepTopic' },
  },
  states: {
    subscribed: {
      description: 'Somebody asks for messages.',
      tags: ['serves', 'adopts'],
      initial: 'resolving',
      entry: ['forgetWantedAgain', 'tellGroupJoin'],
      on: {
        assigned: { target: '.rebalancing', actions: ['noteAssigned', 'tellAssignment', 'reconcileOwners'] },
        idle: [
          { guard: 'awaitsAcks', actions: 'awaitAcks' },
          { target: 'leaving', actions: 'logIdle' },
        ],
        // The group had let us go already when somebody asked again.
        release: { target: 'releasing', actions: 'noteWantedAgain' },
        'session.lost': {
          target: '.resolving',
          actions: ['assignNothing', 'noteSessionLost', 'loseOwners'],
        },
        drain: 'draining',
      },
      states: {
        resolving: { description: 'The group has not told our partitions yet.' },
        rebalancing: {
          description: 'Some partitions are still to be claimed from others, or released to them.',
          always: [
            { guard: 'nothingAssigned', target: 'standby', actions: 'logAssignment' },
            { guard: 'allServing', target: 'consuming', actions: 'logAssignment' },
          ],
        },
        consuming: { description: 'Every assigned partition is here.' },
        standby: { description: 'More members than partitions, or no such topic: none falls to us.' },
      },
    },
    leaving: {
      description: 'Nobody asks any more. The group rewrites our node before we release.',
      tags: 'adopts',
      entry: 'tellGroupLeave',
      on: {
        'poll.arrived': 'subscribed',
        release: 'releasing',
        'session.lost': { actions: ['assignNothing', 'noteSessionLost', 'loseOwners'] },
        assigned: { actions: ['noteAssigned', 'tellAssignment', 'reconcileOwners'] },
        drain: 'draining',
      },
    },
    draining: {
      description: 'The daemon stops. Requests are refused; the group deletes our node before we release.',
      entry: 'refusePolls',
      tags: ['draining', 'adopts'],
      on: {
        release: 'releasing',
        'session.lost': { actions: ['assignNothing', 'noteSessionLost', 'loseOwners'] },
      },
    },
    releasing: {
      description: 'Partitions are being committed and released.',
      tags: 'adopts',
      entry: ['assignNothing', 'releaseOwners'],
      always: [
        { guard: 'releasedAndWanted', target: 'subscribed' },
        { guard: 'released', target: 'gone' },
      ],
      on: {
        'poll.arrived': { actions: 'noteWantedAgain' },
        'owner.ended': { actions: 'noteEnded' },
        'session.lost': { actions: ['noteSessionLost', 'loseOwners'] },
        drain: { actions: ['forgetWantedAgain', 'refusePolls', 'releaseOwners'] },
      },
    },
    gone: { type: 'final' },
  },
});
