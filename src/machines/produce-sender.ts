/**
 * Produce sender: the way of batches to one broker.
 *
 * Why these states. A broker answers the requests of one connection in order, so a second request on the way gains nothing:
 * one at a time, with the ready batch of every partition that this broker leads. While it is on its way, further batches get
 * ready, and that makes the next request large. When a request fails as a whole the broker is left alone for a moment, and
 * its batches go back to their batchers, which know where to try next. A broker that the cluster does not know any more is
 * not tried again.
 */
import { setup } from 'xstate';
import type { BatchAttempt } from './producer-batcher.js';

/** The batches that are ready to go. */
export interface ReadyBatches {
  /** At the time of looking. */
  readonly count: number;
}

export type ProduceSenderEvent =
  | { readonly type: 'batches.ready'; readonly attempts: readonly BatchAttempt[] }
  /** The broker said for each partition what became of its batch. */
  | { readonly type: 'request.answered'; readonly results: readonly object[]; readonly ready: ReadyBatches }
  /** The request failed as a whole. `gone`: the cluster has no such broker. `failures`: in a row, this one included. */
  | {
      readonly type: 'request.failed';
      readonly failure: unknown;
      readonly gone: boolean;
      readonly failures: number;
    }
  /** For the idle time nothing was sent. */
  | { readonly type: 'quiet.passed' };

export interface ProduceSenderEffects {
  /** Keeps the batches ready; one that is here already stays where it is. */
  keepReady(attempts: readonly BatchAttempt[]): void;
  /**
   * Sends one request with as many ready batches as fit; `request.answered` or `request.failed` follows. With none ready,
   * `request.answered` without results.
   */
  sendRequest(): void;
  /** Tells each batcher what the broker said of its batch. */
  deliverResults(results: readonly object[]): void;
  /** Gives the batches of the request back to their batchers. */
  returnSent(failure: unknown): void;
  /** Gives back the ones that were only ready, too. */
  returnReady(failure: unknown): void;
}

export interface ProduceSenderInput {
  readonly effects: ProduceSenderEffects;
  /** Batches that an earlier incarnation left. */
  readonly left: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
}

export const produceSenderMachine = setup({
  types: { context: {} as ProduceSenderInput, events: {} as ProduceSenderEvent, input: {} as ProduceSenderInput },
  delays: {
    retryBackoff: ({ context, event }) =>
      event.type === 'request.failed'
        ? Math.min(context.retryBackoffMs * 2 ** (event.failures - 1), context.retryBackoffMaxMs)
        : context.retryBackoffMs,
  },
  guards: {
    somethingIsLeft: ({ context }) => context.left > 0,
    moreIsReady: ({ event }) => event.type === 'request.answered' && event.ready.count > 0,
    brokerIsGone: ({ event }) => event.type === 'request.failed' && event.gone,
  },
  actions: {
    keepReady: ({ context, event }) => {
      if (event.type === 'batches.ready') context.effects.keepReady(event.attempts);
    },
    sendRequest: ({ context }) => context.effects.sendRequest(),
    deliverResults: ({ context, event }) => {
      if (event.type === 'request.answered') context.effects.deliverResults(event.results);
    },
    returnSent: ({ context, event }) => {
      if (event.type === 'request.failed') context.effects.returnSent(event.failure);
    },
    returnReady: ({ context, event }) => {
      if (event.type === 'request.failed') context.effects.returnReady(event.failure);
    },
  },
}).createMachine({
  id: 'produce-sender',
  context: ({ input }) => input,
  initial: 'starting',
  states: {
    starting: {
      description: 'Looks whether an earlier incarnation left batches.',
      always: [{ guard: 'somethingIsLeft', target: 'inFlight' }, { target: 'idle' }],
    },
    idle: {
      description: 'No batch is ready.',
      tags: ['idle'],
      on: { 'batches.ready': { target: 'inFlight', actions: 'keepReady' }, 'quiet.passed': 'gone' },
    },
    inFlight: {
      description: 'One request is on its way; what gets ready meanwhile goes with the next.',
      entry: 'sendRequest',
      on: {
        'batches.ready': { actions: 'keepReady' },
        'request.answered': [
          { guard: 'moreIsReady', target: 'inFlight', actions: 'deliverResults', reenter: true },
          { target: 'idle', actions: 'deliverResults' },
        ],
        'request.failed': [
          { guard: 'brokerIsGone', target: 'moved', actions: ['returnSent', 'returnReady'] },
          { target: 'backingOff', actions: 'returnSent' },
        ],
      },
    },
    backingOff: {
      description: 'The broker does not answer, and is left alone for a moment.',
      on: { 'batches.ready': { actions: 'keepReady' } },
      after: { retryBackoff: 'inFlight' },
    },
    moved: { type: 'final', description: 'The cluster has no such broker: its partitions are led elsewhere.' },
    gone: { type: 'final', description: 'Nothing was sent for long. The next batch spawns it anew.' },
  },
});
