/**
 * Producer batcher: the way of one partition's messages from accepted to acknowledged.
 *
 * Why these states. Order within a partition holds only while a single batch is on its way to the leader, so what is accepted
 * meanwhile has to wait; and that waiting is what makes the next batch large. Hence no linger timer: an idle partition writes
 * at once, a busy one groups by itself. A retry writes the very same batch, for the same reason of order, and goes on as long
 * as somebody relies on it: an accepted message for ever, a waiting client until it leaves. When the partition gets another
 * leader, the old one is heard out for a moment: what it has written need not be written again, and what it says of it counts.
 *
 * The messages never pass through the machine: they lie in the partition's queue, and an event that settles a batch refers to
 * the attempt that it belongs to. An answer to an earlier attempt, or to one of an earlier incarnation, changes nothing.
 */
import { assign, setup } from 'xstate';

/** One handing-over of a batch to the sender of its leader. */
export interface BatchAttempt {
  /** False once the batch was settled or handed over anew. */
  readonly current: boolean;
  /** Messages in the queue behind the batch, at the time of looking. */
  readonly waiting: number;
}

export type BatchResult =
  /** Offset of the first message of the batch. */
  { readonly kind: 'written'; readonly baseOffset: number } | { readonly kind: 'refused'; readonly error: Error };

export type ProducerBatcherEvent =
  /** The queue is not empty any more. */
  | { readonly type: 'records.accepted' }
  | { readonly type: 'batch.settled'; readonly attempt: BatchAttempt; readonly result: BatchResult }
  /** The same batch may succeed later. `failures`: in a row, this one included. */
  | { readonly type: 'batch.failed'; readonly attempt: BatchAttempt; readonly failures: number }
  /** The leader refuses the batch for what some of its messages are; the others may be taken, in smaller batches. */
  | { readonly type: 'batch.divisible'; readonly attempt: BatchAttempt }
  /** The brokers have said who we are to them, or that they do not care. */
  | { readonly type: 'identity.known'; readonly attempt: BatchAttempt }
  /** Leader, number of partitions or existence of the topic changed. */
  | { readonly type: 'routing.changed' }
  /** For the idle time nothing was handed over or settled. */
  | { readonly type: 'quiet.passed' }
  | { readonly type: 'drain' };

export interface ProducerBatcherEffects {
  /** From now on the first message that comes into the queue is told of. */
  awaitRecords(): void;
  /**
   * Hands the batch on its way, or else the next from the queue, to the leader's sender. One of the `batch.` events follows, or
   * `identity.known` when that has to be found out first.
   */
  writeBatch(): void;
  /** Tells every message of the batch what became of it. */
  settleBatch(result: BatchResult): void;
  /** The batch becomes two, written one after the other. */
  splitBatch(): void;
}

export interface ProducerBatcherInput {
  readonly effects: ProducerBatcherEffects;
  /** Messages that wait or are on their way already: an earlier incarnation left them. */
  readonly left: number;
  readonly draining: boolean;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  /** How long a broker is waited for that leads the partition no more. */
  readonly lastAnswerMs: number;
}

export const producerBatcherMachine = setup({
  types: {
    context: {} as ProducerBatcherInput,
    events: {} as ProducerBatcherEvent,
    input: {} as ProducerBatcherInput,
  },
  delays: {
    retryBackoff: ({ context, event }) =>
      event.type === 'batch.failed'
        ? Math.min(context.retryBackoffMs * 2 ** (event.failures - 1), context.retryBackoffMaxMs)
        : context.retryBackoffMs,
    lastAnswer: ({ context }) => context.lastAnswerMs,
  },
  guards: {
    somethingIsLeft: ({ context }) => context.left > 0,
    isDraining: ({ context }) => context.draining,
    isCurrent: ({ event }) => 'attempt' in event && event.attempt.current,
    isCurrentAndMoreWaits: ({ event }) => 'attempt' in event && event.attempt.current && event.attempt.waiting > 0,
    isCurrentAndDraining: ({ context, event }) => 'attempt' in event && event.attempt.current && context.draining,
  },
  actions: {
    awaitRecords: ({ context }) => context.effects.awaitRecords(),
    writeBatch: ({ context }) => context.effects.writeBatch(),
    settleBatch: ({ context, event }) => {
      if (event.type === 'batch.settled') context.effects.settleBatch(event.result);
    },
    splitBatch: ({ context }) => context.effects.splitBatch(),
    rememberToDrain: assign({ draining: true }),
  },
}).createMachine({
  id: 'producer-batcher',
  context: ({ input }) => input,
  initial: 'starting',
  states: {
    starting: {
      description: 'Looks whether an earlier incarnation left messages.',
      always: [
        { guard: 'somethingIsLeft', target: 'busy' },
        { guard: 'isDraining', target: 'drained' },
        { target: 'empty' },
      ],
    },
    empty: {
      description: 'Nothing waits and nothing is on its way.',
      tags: ['idle'],
      entry: 'awaitRecords',
      on: { 'records.accepted': 'busy', 'quiet.passed': 'gone', drain: 'drained' },
    },
    busy: {
      description: 'One batch is on its way; what is accepted meanwhile waits for the next.',
      initial: 'inFlight',
      on: {
        'batch.settled': [
          { guard: 'isCurrentAndMoreWaits', target: '.inFlight', actions: 'settleBatch' },
          { guard: 'isCurrentAndDraining', target: 'drained', actions: 'settleBatch' },
          { guard: 'isCurrent', target: 'empty', actions: 'settleBatch' },
        ],
        drain: { actions: 'rememberToDrain' },
      },
      states: {
        inFlight: {
          description: 'The sender of the leader has the batch.',
          entry: 'writeBatch',
          on: {
            'batch.failed': { guard: 'isCurrent', target: 'backingOff' },
            'identity.known': { guard: 'isCurrent', target: 'inFlight', reenter: true },
            'batch.divisible': { guard: 'isCurrent', target: 'inFlight', actions: 'splitBatch', reenter: true },
            'routing.changed': 'overtaken',
            // The sender died with the batch in its mailbox: handed over once more. One that still has it takes no notice.
            'quiet.passed': { target: 'inFlight', reenter: true },
          },
        },
        overtaken: {
          description: 'Another broker leads the partition now. The one before may answer yet, or hang for long.',
          after: { lastAnswer: 'inFlight' },
          on: {
            'batch.failed': { guard: 'isCurrent', target: 'inFlight' },
            'identity.known': { guard: 'isCurrent', target: 'inFlight' },
            'batch.divisible': { guard: 'isCurrent', target: 'inFlight', actions: 'splitBatch' },
          },
        },
        backingOff: {
          description: 'The leader is unknown, moving or slow. A new leader is tried at once.',
          after: { retryBackoff: 'inFlight' },
          on: { 'routing.changed': 'inFlight' },
        },
      },
    },
    drained: { type: 'final', description: 'Everything that was accepted is settled.' },
    gone: { type: 'final', description: 'Nothing came for long. The next message spawns it anew.' },
  },
});
