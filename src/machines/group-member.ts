/**
 * Group member: this daemon's membership of one consumer group, kept in ZooKeeper.
 *
 * Why these states. Membership is one ephemeral node that names our topics (joining writes it), and the group's shape is
 * what all these nodes together say (settling reads them, with watches). Everybody computes the same assignment from it
 * alone, so being stable means no more than: what was read is still what stands there. Whatever changes meanwhile is
 * remembered and taken up when the reading is done, and a failed step is tried again; nothing that changed is ever
 * dropped. Members that overlooked a change keep what is ours: writing our node again has them all look once more, which is
what other implementations do as well, and expect. Without a session (away) there is no node, so joining starts over. Leaving goes in the order that others rely
 * on: first our node goes or is rewritten, so that they compute their new share; then partitions are committed and
 * released (vacant, while subscriptions still live); then what is left of the group is cleaned up.
 *
 * The members, the assignment, and the subscriptions lie beside the machine.
 */
import { assign, fromPromise, raise, setup } from 'xstate';
import type { SessionChanged } from './session-changed.js';
import type { TopicChanged } from './topic-view.js';

export type GroupMemberEvent =
  | SessionChanged
  | TopicChanged
  /** A subscription begins, or wants to go on after all. */
  | { type: 'topic.join'; topic: string }
  /** A subscription was idle for too long, and waits to be told to release. */
  | { type: 'topic.leave'; topic: string }
  /** A subscription has released everything and is gone. */
  | { type: 'subscription.ended'; topic: string }
  /** A watch fired: who is a member, or what one of them consumes. */
  | { type: 'members.changed' }
  /** Somebody else has held a partition of ours for longer than a handover takes. */
  | { type: 'claim.contested' }
  /** Ours: it is time to write our node again. */
  | { type: 'rewrite.due' }
  | { type: 'drain' };

/** What one reading of the group found. */
export interface GroupReading {
  /** Our own node says what we want it to say. */
  readonly ownIsCurrent: boolean;
}

export type CleanUpResult = 'clean' | 'claims-left';

export interface GroupMemberEffects {
  /** Asks to be told of the session. */
  watchSession(): void;
  watchTopic(topic: string): void;
  unwatchTopic(topic: string): void;
  /** Writes our member node: updates it in place, or creates it with its parents. */
  register(topics: readonly string[]): Promise<void>;
  /** Deletes our member node. */
  deregister(): Promise<void>;
  /** Reads all members and their topics, and watches both. `topics`: what our own node should say. */
  readMembers(topics: readonly string[]): Promise<GroupReading>;
  /** Computes the assignment from the last reading and tells each subscription its partitions. */
  assignPartitions(topics: readonly string[]): void;
  /** Tells these subscriptions to release what they have, but for those that our node still names. */
  release(topics: readonly string[]): void;
  /** Our node is gone: none is named by it. */
  forgetRegistration(): void;
  keepTopic(event: TopicChanged): void;
  tellSubscriptions(session: 'lost' | 'lapsed' | 'resumed'): void;
  drainSubscriptions(): void;
  /**
   * Removes what an earlier incarnation has left, and the group's nodes if nobody is in it any more. A failure rejects, but for
   * `claims-left`: claims stand that nobody keeps, and nobody else can have those partitions.
   */
  cleanUp(): Promise<CleanUpResult>;
  logFailure(step: 'register' | 'read' | 'deregister', error: unknown): void;
}

export interface GroupMemberInput {
  readonly effects: GroupMemberEffects;
  readonly retryBackoffMs: number;
  /** How long a group without any subscription is kept. */
  readonly vacantMs: number;
  /** How long contested claims are gathered before our node is written again. */
  readonly rewriteDelayMs: number;
}

interface Context extends GroupMemberInput {
  /** Topics that we want to be a member for, sorted. */
  readonly wanted: readonly string[];
  /** Topics whose subscription lives, releasing ones included. */
  readonly living: readonly string[];
  /** Something changed while the members were being read. */
  readonly stale: boolean;
  /** Our node will be written again, so that the others look whom each partition falls to. */
  readonly contested: boolean;
  readonly draining: boolean;
}

interface LeafInput {
  readonly effects: GroupMemberEffects;
  readonly topics: readonly string[];
}

const withTopic = (topics: readonly string[], topic: string) => [...new Set([...topics, topic])].sort();
const withoutTopic = (topics: readonly string[], topic: string) => topics.filter((other) => other !== topic);
const leafInput = ({ context }: { context: Context }): LeafInput => ({
  effects: context.effects,
  topics: context.wanted,
});

export const groupMemberMachine = setup({
  types: { context: {} as Context, events: {} as GroupMemberEvent, input: {} as GroupMemberInput },
  delays: {
    retryBackoff: ({ context }) => context.retryBackoffMs,
    vacant: ({ context }) => context.vacantMs,
    rewriteDelay: ({ context }) => context.rewriteDelayMs,
  },
  actors: {
    register: fromPromise<void, LeafInput>(({ input }) => input.effects.register(input.topics)),
    deregister: fromPromise<void, LeafInput>(({ input }) => input.effects.deregister()),
    readMembers: fromPromise<GroupReading, LeafInput>(({ input }) => input.effects.readMembers(input.topics)),
    cleanUp: fromPromise<CleanUpResult, LeafInput>(({ input }) => input.effects.cleanUp()),
  },
  guards: {
    sessionUp: ({ event }) => event.type === 'session.changed' && event.state === 'up',
    sessionUpAndWanted: ({ context, event }) =>
      event.type === 'session.changed' && event.state === 'up' && context.wanted.length > 0,
    sessionLapsed: ({ event }) => event.type === 'session.changed' && event.state === 'lapsed',
    sessionGone: ({ event }) => event.type === 'session.changed' && (event.state === 'lost' || event.state === 'away'),
    somethingWanted: ({ context }) => context.wanted.length > 0,
    nothingWanted: ({ context }) => context.wanted.length === 0,
    isDraining: ({ context }) => context.draining,
    isStale: ({ context }) => context.stale,
    notYetContested: ({ context }) => !context.contested,
    claimsAreLeft: (_, { result }: { result: CleanUpResult }) => result === 'claims-left',
    ownIsOutdated: (_, { reading }: { reading: GroupReading }) => !reading.ownIsCurrent,
    lastSubscription: ({ context, event }) =>
      event.type === 'subscription.ended' && withoutTopic(context.living, event.topic).length === 0,
    lastTopic: ({ context, event }) =>
      event.type === 'topic.leave' && withoutTopic(context.wanted, event.topic).length === 0,
    nobodyLives: ({ context }) => context.living.length === 0,
    drainedAndEmpty: ({ context }) => context.draining && context.living.length === 0,
  },
  actions: {
    watchSession: ({ context }) => context.effects.watchSession(),
    watchTopic: ({ context, event }) => event.type === 'topic.join' && context.effects.watchTopic(event.topic),
    unwatchTopic: ({ context, event }) =>
      event.type === 'subscription.ended' && context.effects.unwatchTopic(event.topic),
    assignPartitions: ({ context }) => context.effects.assignPartitions(context.wanted),
    /** Not those that have not joined yet: they are about to. */
    releaseUnwanted: ({ context }) =>
      context.effects.release(context.living.filter((topic) => !context.wanted.includes(topic))),
    forgetRegistration: ({ context }) => context.effects.forgetRegistration(),
    keepTopic: ({ context, event }) => event.type === 'topic.changed' && context.effects.keepTopic(event),
    tellLost: ({ context }) => context.effects.tellSubscriptions('lost'),
    tellLapsed: ({ context }) => context.effects.tellSubscriptions('lapsed'),
    tellResumed: ({ context }) => context.effects.tellSubscriptions('resumed'),
    drainSubscriptions: ({ context }) => context.effects.drainSubscriptions(),
    logFailure: ({ context }, { step, error }: { step: 'register' | 'read' | 'deregister'; error: unknown }) =>
      context.effects.logFailure(step, error),
    wantTopic: assign(({ context, event }) =>
      event.type === 'topic.join'
        ? { wanted: withTopic(context.wanted, event.topic), living: withTopic(context.living, event.topic) }
        : {},
    ),
    noteLiving: assign(({ context, event }) =>
      event.type === 'topic.join' ? { living: withTopic(context.living, event.topic) } : {},
    ),
    dropTopic: assign(({ context, event }) =>
      event.type === 'topic.leave' ? { wanted: withoutTopic(context.wanted, event.topic) } : {},
    ),
    forgetTopic: assign(({ context, event }) =>
      event.type === 'subscription.ended'
        ? { wanted: withoutTopic(context.wanted, event.topic), living: withoutTopic(context.living, event.topic) }
        : {},
    ),
    dropAllTopics: assign({ wanted: [], draining: true }),
    noteStale: assign({ stale: true }),
    noteFresh: assign({ stale: false }),
    noteContested: assign({ contested: true }),
    forgetContested: assign({ contested: false }),
    rewriteLater: raise({ type: 'rewrite.due' }, { delay: 'rewriteDelay' }),
  },
}).createMachine({
  id: 'group-member',
  context: ({ input }) => ({ ...input, wanted: [], living: [], stale: false, contested: false, draining: false }),
  entry: 'watchSession',
  initial: 'away',
  on: {
    'session.changed': [
      { guard: 'sessionGone', target: '.away', actions: ['forgetRegistration', 'tellLost', 'releaseUnwanted'] },
      { guard: 'sessionLapsed', actions: 'tellLapsed' },
      { guard: 'sessionUp', actions: 'tellResumed' },
    ],
    'topic.changed': { actions: 'keepTopic' },
    'topic.join': [
      // It began just before we were told to drain, or anew after a crash.
      { guard: 'isDraining', actions: ['noteLiving', 'drainSubscriptions', 'releaseUnwanted'] },
      { actions: ['wantTopic', 'watchTopic'] },
    ],
    'topic.leave': { actions: 'dropTopic' },
    'subscription.ended': { actions: ['forgetTopic', 'unwatchTopic'] },
    'rewrite.due': { actions: 'forgetContested' },
    drain: { actions: ['dropAllTopics', 'drainSubscriptions'] },
  },
  states: {
    away: {
      description: 'No ZooKeeper session, hence no node of ours.',
      tags: 'adopts',
      always: { guard: 'drainedAndEmpty', target: 'gone' },
      on: {
        'session.changed': [
          { guard: 'sessionUpAndWanted', target: 'joining', actions: 'tellResumed' },
          { guard: 'sessionUp', target: 'vacant', actions: 'tellResumed' },
        ],
        'topic.leave': { actions: ['dropTopic', 'releaseUnwanted'] },
        drain: { actions: ['dropAllTopics', 'drainSubscriptions', 'releaseUnwanted'] },
      },
    },
    joining: {
      description: 'Our member node is being written.',
      tags: ['adopts', 'rebalancing'],
      invoke: {
        src: 'register',
        input: leafInput,
        onDone: [
          { guard: 'nothingWanted', target: 'leaving' },
          { target: 'settling', actions: 'releaseUnwanted' },
        ],
        onError: {
          target: 'backingOff',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'register', error: event.error }) },
        },
      },
    },
    settling: {
      description: 'Members and their topics are being read.',
      tags: ['adopts', 'rebalancing'],
      entry: 'noteFresh',
      invoke: {
        src: 'readMembers',
        input: leafInput,
        onDone: [
          { guard: 'nothingWanted', target: 'leaving' },
          { guard: { type: 'ownIsOutdated', params: ({ event }) => ({ reading: event.output }) }, target: 'joining' },
          { guard: 'isStale', target: 'settling', reenter: true },
          { target: 'stable', actions: 'assignPartitions' },
        ],
        onError: {
          target: 'backingOff',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'read', error: event.error }) },
        },
      },
      on: { 'members.changed': { actions: 'noteStale' } },
    },
    stable: {
      description: 'What was read of the group still stands.',
      tags: 'adopts',
      always: { guard: 'nothingWanted', target: 'leaving' },
      on: {
        'members.changed': 'settling',
        'claim.contested': { guard: 'notYetContested', actions: ['noteContested', 'rewriteLater'] },
        'rewrite.due': { target: 'joining', actions: 'forgetContested' },
        'topic.changed': { actions: ['keepTopic', 'assignPartitions'] },
        'topic.join': { target: 'joining', actions: ['wantTopic', 'watchTopic'] },
        'topic.leave': [
          { guard: 'lastTopic', target: 'leaving', actions: 'dropTopic' },
          { target: 'joining', actions: 'dropTopic' },
        ],
      },
    },
    backingOff: {
      description: 'A step failed. What was offered goes on meanwhile.',
      tags: ['adopts', 'rebalancing'],
      after: { retryBackoff: [{ guard: 'nothingWanted', target: 'leaving' }, { target: 'joining' }] },
    },
    leaving: {
      description: 'Our member node is being deleted, before anything is released.',
      tags: 'adopts',
      invoke: {
        src: 'deregister',
        input: leafInput,
        onDone: { target: 'vacant', actions: ['forgetRegistration', 'releaseUnwanted'] },
        onError: {
          target: 'leavingLater',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'deregister', error: event.error }) },
        },
      },
    },
    leavingLater: {
      description: 'The node could not be deleted yet.',
      tags: 'adopts',
      after: { retryBackoff: 'leaving' },
    },
    vacant: {
      description: 'No node of ours. Subscriptions may still be releasing what they had.',
      tags: 'adopts',
      always: [
        { guard: 'somethingWanted', target: 'joining' },
        { guard: 'drainedAndEmpty', target: 'cleaning' },
      ],
      on: {
        'subscription.ended': [
          { guard: 'lastSubscription', target: 'cleaning', actions: ['forgetTopic', 'unwatchTopic'] },
          { actions: ['forgetTopic', 'unwatchTopic'] },
        ],
      },
      after: {
        vacant: [
          { guard: 'nobodyLives', target: 'cleaning' },
          { target: 'vacant', reenter: true },
        ],
      },
    },
    cleaning: {
      description: 'If nobody else is in the group, its nodes are removed.',
      tags: 'adopts',
      invoke: {
        src: 'cleanUp',
        input: leafInput,
        onDone: [
          { guard: 'somethingWanted', target: 'joining' },
          {
            guard: { type: 'claimsAreLeft', params: ({ event }) => ({ result: event.output }) },
            target: 'cleaningLater',
          },
          { target: 'gone' },
        ],
        onError: [{ guard: 'somethingWanted', target: 'joining' }, { target: 'gone' }],
      },
    },
    cleaningLater: {
      description: 'Claims of an earlier incarnation could not be deleted yet. A session that ends takes them along.',
      tags: 'adopts',
      always: [
        { guard: 'somethingWanted', target: 'joining' },
        { guard: 'isDraining', target: 'gone' },
      ],
      after: { retryBackoff: 'cleaning' },
    },
    gone: { type: 'final' },
  },
});
