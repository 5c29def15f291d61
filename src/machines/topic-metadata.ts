/**
 * Topic metadata: what is known of the watched topics of one cluster, and when to ask again.
 *
 * Why these states. All watched topics are asked for in one request, one request at a time, so a thousand topics cost what
 * one does. How soon the next one is due depends on what the last one said: when all is well, after a minute; while a topic
 * is missing or a partition has no leader, after a second; when something asked meanwhile, as soon as the pause between two
 * requests is over; when no broker answers, with a growing delay. A newly watched topic waits for nothing but the request
 * that is under way: somebody's first message depends on it.
 */
import { assign, setup } from 'xstate';

/** What a broker says of the topics that it was asked for. */
export interface MetadataAnswer {
  readonly brokers: readonly { readonly id: number }[];
  readonly topics: readonly {
    readonly topic: string;
    readonly error: string | null;
    readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
  }[];
}

/**
 * - `settled`: every watched topic was found, with a leader for each partition.
 * - `unsettled`: one is unknown, or a partition has no leader.
 * - `unsure`: something was suspected meanwhile, or a topic was said to be unknown, but not for so long that it is believed.
 * - `incomplete`: a topic is watched since that was not asked for.
 */
export type MetadataOutlook = 'settled' | 'unsettled' | 'unsure' | 'incomplete';

export type TopicMetadataEvent =
  | { readonly type: 'topic.watch'; readonly topic: string; readonly watcher: string }
  | { readonly type: 'topic.unwatch'; readonly topic: string; readonly watcher: string }
  /** A broker answered in a way that does not fit what is known. */
  | { readonly type: 'topic.suspect'; readonly topic: string }
  /** A topic is watched of which nothing is known yet. */
  | { readonly type: 'topic.missing' }
  /** Nobody watches anything any more. */
  | { readonly type: 'topics.unwatched' }
  | {
      readonly type: 'refresh.answered';
      readonly answer: MetadataAnswer;
      readonly outlook: MetadataOutlook;
      /** How many topics are watched. */
      readonly watched: number;
    }
  /** `refused`: brokers are there, and somebody has to correct the configuration before they answer. */
  | { readonly type: 'refresh.failed'; readonly reason: string; readonly refused: boolean };

export interface TopicMetadataEffects {
  addWatcher(topic: string, watcher: string): void;
  removeWatcher(topic: string, watcher: string): void;
  /** The request under way may be older than the suspicion. */
  noteSuspicion(): void;
  /** Asks for every watched topic, if any; `refresh.answered` or `refresh.failed` follows. */
  refresh(): void;
  /** Tells watchers what changed. */
  learn(answer: MetadataAnswer): void;
  /** Tells watchers that no broker answers, or why they refuse to. */
  loseSight(reason: string, refused: boolean): void;
}

export interface TopicMetadataInput {
  readonly effects: TopicMetadataEffects;
  /** Topics are watched already: the incarnation before knew of them. */
  readonly watched: number;
  readonly refreshMs: number;
  readonly unsettledRefreshMs: number;
  /** Between an answer and the next request, unless a topic is missing. */
  readonly pauseMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

interface Context extends TopicMetadataInput {
  readonly outlook: MetadataOutlook;
  readonly failures: number;
}

export const topicMetadataMachine = setup({
  types: { context: {} as Context, events: {} as TopicMetadataEvent, input: {} as TopicMetadataInput },
  delays: {
    refreshDue: ({ context }) => context.refreshMs,
    unsettledRefreshDue: ({ context }) => context.unsettledRefreshMs,
    pause: ({ context }) => context.pauseMs,
    backoff: ({ context }) => Math.min(context.backoffMs * 2 ** (context.failures - 1), context.backoffMaxMs),
  },
  guards: {
    somethingIsWatched: ({ context }) => context.watched > 0,
    nothingIsWatched: ({ event }) => event.type === 'refresh.answered' && event.watched === 0,
    isIncomplete: ({ event }) => event.type === 'refresh.answered' && event.outlook === 'incomplete',
    isUnsure: ({ context }) => context.outlook === 'unsure',
    isUnsettled: ({ context }) => context.outlook === 'unsettled',
  },
  actions: {
    addWatcher: ({ context, event }) => {
      if (event.type === 'topic.watch') context.effects.addWatcher(event.topic, event.watcher);
    },
    removeWatcher: ({ context, event }) => {
      if (event.type === 'topic.unwatch') context.effects.removeWatcher(event.topic, event.watcher);
    },
    noteSuspicion: ({ context }) => context.effects.noteSuspicion(),
    refresh: ({ context }) => context.effects.refresh(),
    learn: ({ context, event }) => {
      if (event.type === 'refresh.answered') context.effects.learn(event.answer);
    },
    loseSight: ({ context, event }) => {
      if (event.type === 'refresh.failed') context.effects.loseSight(event.reason, event.refused);
    },
    noteOutlook: assign({
      outlook: ({ context, event }) => (event.type === 'refresh.answered' ? event.outlook : context.outlook),
      failures: 0,
    }),
    beUnsure: assign({ outlook: 'unsure' }),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
  },
}).createMachine({
  id: 'topic-metadata',
  context: ({ input }) => ({ ...input, outlook: 'settled', failures: 0 }),
  initial: 'starting',
  on: {
    'topic.watch': { actions: 'addWatcher' },
    'topic.unwatch': { actions: 'removeWatcher' },
  },
  states: {
    starting: {
      description: 'Looks whether an earlier incarnation left watchers.',
      always: [{ guard: 'somethingIsWatched', target: 'refreshing' }, { target: 'idle' }],
    },
    idle: {
      description: 'Nobody watches a topic.',
      tags: ['idle'],
      on: { 'topic.missing': 'refreshing' },
    },
    refreshing: {
      description: 'A request for all watched topics is under way.',
      entry: 'refresh',
      on: {
        'topic.suspect': { actions: 'noteSuspicion' },
        'refresh.answered': [
          { guard: 'nothingIsWatched', target: 'idle', actions: 'noteOutlook' },
          { guard: 'isIncomplete', target: 'refreshing', actions: ['noteOutlook', 'learn'], reenter: true },
          { target: 'resting', actions: ['noteOutlook', 'learn'] },
        ],
        'refresh.failed': { target: 'unreachable', actions: ['countFailure', 'loseSight'] },
      },
    },
    resting: {
      description: 'Just answered: a suspicion has to wait, so that a burst of errors asks once.',
      on: {
        'topic.suspect': { actions: 'beUnsure' },
        'topic.missing': 'refreshing',
        'topics.unwatched': 'idle',
      },
      after: {
        pause: [
          { guard: 'isUnsure', target: 'refreshing' },
          { guard: 'isUnsettled', target: 'unsettled' },
          { target: 'fresh' },
        ],
      },
    },
    fresh: {
      description: 'Every watched topic is known, with its leaders.',
      on: { 'topic.suspect': 'refreshing', 'topic.missing': 'refreshing', 'topics.unwatched': 'idle' },
      after: { refreshDue: 'refreshing' },
    },
    unsettled: {
      description: 'A topic is unknown, or a partition has no leader: that may change at any time.',
      on: { 'topic.suspect': 'refreshing', 'topic.missing': 'refreshing', 'topics.unwatched': 'idle' },
      after: { unsettledRefreshDue: 'refreshing' },
    },
    unreachable: {
      description: 'No broker answers, or all refuse to. What was known before is kept.',
      on: { 'topics.unwatched': 'idle' },
      after: { backoff: 'refreshing' },
    },
  },
});
