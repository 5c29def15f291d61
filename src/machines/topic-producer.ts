/**
 * Topic producer: the way of a topic's messages from the request to the partition that they go to.
 *
 * Why these states. Before a message can go anywhere, the number of partitions must be known, or the same key would land on
 * another partition later: so while it is not, what is accepted is kept, in order. Once it is, a message is handed to its
 * partition's batcher without passing the machine. A topic that Kafka does not know is a state of its own, because then
 * requests have an answer (there is no such topic) instead of a wait. Going away needs a state in which no request is served
 * any more: only then can "nothing waits" be checked without a message slipping in behind the check.
 */
import { setup } from 'xstate';
import type { TopicChanged, TopicView } from './topic-view.js';

/** What was accepted and is not settled. */
export interface AcceptedMessages {
  /** At the time of looking. */
  readonly count: number;
}

export type TopicProducerEvent =
  | TopicChanged
  /** A batcher ended. `left`: messages in its queue that nobody writes now; `living`: batchers that are still there. */
  | { readonly type: 'batcher.ended'; readonly partition: number; readonly left: number; readonly living: number }
  /** Nothing was accepted for the idle time. */
  | { readonly type: 'quiet.passed' }
  /** No request is served any more, and those that came before are accepted: now it can be said what waits. */
  | { readonly type: 'requests.quiesced'; readonly accepted: AcceptedMessages }
  | { readonly type: 'drain' };

export interface TopicProducerEffects {
  /** Asks the cluster's metadata to tell of this topic. */
  watchTopic(): void;
  unwatchTopic(): void;
  /** What is accepted from now on is kept, in order. */
  keepRequests(): void;
  /** Hands what is kept, and from now on what is accepted, to the batchers, by this view; tells batchers that it changed. */
  routeBy(view: TopicView): void;
  /**
   * Answers those who wait, and from now on everybody who would, why Kafka refuses us. What was accepted without anybody
   * waiting is kept.
   */
  answerRefused(view: TopicView): void;
  /** Answers what is kept, and from now on every request, that there is no such topic. Batchers learn it too. */
  answerUnknown(view: TopicView): void;
  /** From now on every request is refused: the daemon shuts down. */
  refuseRequests(): void;
  /** `requests.quiesced` follows. */
  quiesceRequests(): void;
  /** A batcher for a partition whose queue has nobody who writes it. */
  reviveBatcher(partition: number): void;
  /** Every batcher ends when its queue is empty; `batcher.ended` follows, at once if there is none. */
  drainBatchers(): void;
}

export interface TopicProducerInput {
  readonly effects: TopicProducerEffects;
  /** How long it may take to write what was accepted, once the daemon shuts down. */
  readonly shutdownTimeoutMs: number;
}

export const topicProducerMachine = setup({
  types: { context: {} as TopicProducerInput, events: {} as TopicProducerEvent, input: {} as TopicProducerInput },
  delays: { shutdownTimeout: ({ context }) => context.shutdownTimeoutMs },
  guards: {
    /** Known, or known once and unreachable now: its number of partitions does not change by that. */
    hasPartitions: ({ event }) =>
      event.type === 'topic.changed' && event.view.state !== 'unknown' && event.view.partitions.length > 0,
    isRefused: ({ event }) => event.type === 'topic.changed' && event.view.refusal !== undefined,
    isUnreachable: ({ event }) => event.type === 'topic.changed' && event.view.state === 'unreachable',
    isUnknown: ({ event }) => event.type === 'topic.changed' && event.view.state === 'unknown',
    nothingWaits: ({ event }) => event.type === 'requests.quiesced' && event.accepted.count === 0,
    leftSomething: ({ event }) => event.type === 'batcher.ended' && event.left > 0,
    wasTheLast: ({ event }) => event.type === 'batcher.ended' && event.living === 0,
  },
  actions: {
    watchTopic: ({ context }) => context.effects.watchTopic(),
    unwatchTopic: ({ context }) => context.effects.unwatchTopic(),
    keepRequests: ({ context }) => context.effects.keepRequests(),
    route: ({ context, event }) => {
      if (event.type === 'topic.changed') context.effects.routeBy(event.view);
    },
    answerRefused: ({ context, event }) => {
      if (event.type === 'topic.changed') context.effects.answerRefused(event.view);
    },
    answerUnknown: ({ context, event }) => {
      if (event.type === 'topic.changed') context.effects.answerUnknown(event.view);
    },
    refuseRequests: ({ context }) => context.effects.refuseRequests(),
    quiesceRequests: ({ context }) => context.effects.quiesceRequests(),
    reviveBatcher: ({ context, event }) => {
      if (event.type === 'batcher.ended') context.effects.reviveBatcher(event.partition);
    },
    drainBatchers: ({ context }) => context.effects.drainBatchers(),
  },
}).createMachine({
  id: 'topic-producer',
  context: ({ input }) => input,
  initial: 'resolving',
  states: {
    resolving: {
      description: 'The number of partitions is not known yet. What is accepted is kept, in order.',
      entry: ['keepRequests', 'watchTopic'],
      on: {
        'topic.changed': [
          { guard: 'hasPartitions', target: 'routing', actions: 'route' },
          { guard: 'isUnknown', target: 'unknownTopic', actions: 'answerUnknown' },
          { guard: 'isRefused', target: 'refused', actions: 'answerRefused' },
        ],
        'quiet.passed': 'expiring',
        drain: 'draining.resolving',
      },
    },
    refused: {
      description: 'Kafka refuses us until somebody corrects that: nobody has to wait for it. It is tried again.',
      on: {
        'topic.changed': [
          { guard: 'hasPartitions', target: 'routing', actions: 'route' },
          { guard: 'isUnknown', target: 'unknownTopic', actions: 'answerUnknown' },
          { guard: 'isRefused', actions: 'answerRefused' },
          { guard: 'isUnreachable', target: 'resolving' },
        ],
        'quiet.passed': 'expiring',
        drain: 'draining.resolving',
      },
    },
    routing: {
      description: 'Messages go to the batcher of their partition as they come.',
      tags: ['serves'],
      on: {
        'topic.changed': [
          { guard: 'hasPartitions', actions: 'route' },
          { guard: 'isUnknown', target: 'unknownTopic', actions: 'answerUnknown' },
        ],
        'batcher.ended': { guard: 'leftSomething', actions: 'reviveBatcher' },
        'quiet.passed': 'expiring',
        drain: 'draining.flushing',
      },
    },
    unknownTopic: {
      description: 'Kafka does not know the topic. It is asked for again as long as we are here.',
      on: {
        'topic.changed': [
          { guard: 'hasPartitions', target: 'routing', actions: 'route' },
          // Without a broker nobody can say that it is unknown still.
          { guard: 'isUnreachable', target: 'resolving' },
        ],
        'batcher.ended': { guard: 'leftSomething', actions: 'reviveBatcher' },
        'quiet.passed': 'expiring',
        drain: 'draining.flushing',
      },
    },
    expiring: {
      description: 'Nothing came for long. Requests wait in the mailbox while it is checked that none is left behind.',
      tags: ['idle'],
      entry: ['keepRequests', 'quiesceRequests'],
      on: {
        'requests.quiesced': [{ guard: 'nothingWaits', target: 'gone' }, { target: 'resolving' }],
        drain: 'draining.resolving',
      },
    },
    draining: {
      description: 'New messages are refused; what was accepted is written.',
      entry: 'refuseRequests',
      initial: 'resolving',
      after: { shutdownTimeout: 'unfinished' },
      states: {
        resolving: {
          description: 'What is kept still needs to know its partitions.',
          entry: ['watchTopic', 'quiesceRequests'],
          on: {
            'topic.changed': [
              { guard: 'hasPartitions', target: 'flushing', actions: 'route' },
              { guard: 'isUnknown', target: 'flushing', actions: 'answerUnknown' },
            ],
            'requests.quiesced': { guard: 'nothingWaits', target: '#topic-producer.drained' },
          },
        },
        flushing: {
          description: 'The batchers write what they have, and end.',
          entry: 'drainBatchers',
          on: {
            'topic.changed': [
              { guard: 'hasPartitions', actions: 'route' },
              { guard: 'isUnknown', actions: 'answerUnknown' },
            ],
            'batcher.ended': [
              { guard: 'leftSomething', actions: 'reviveBatcher' },
              { guard: 'wasTheLast', target: '#topic-producer.drained' },
            ],
          },
        },
      },
    },
    drained: { type: 'final', description: 'Everything that was accepted is settled.', entry: 'unwatchTopic' },
    unfinished: {
      type: 'final',
      description: 'Something could not be written in the time allowed, and is lost; the shell says what.',
      entry: 'unwatchTopic',
    },
    gone: { type: 'final', description: 'Nobody needs it. The next message spawns it anew.', entry: 'unwatchTopic' },
  },
});
