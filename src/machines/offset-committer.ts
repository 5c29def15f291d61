/**
 * Offset committer: the committed offsets of one group, written by one request for all of its partitions.
 *
 * Why these states. Positions move with every acknowledgement, but only the newest value of each partition matters; so
 * nothing is sent while clean, and once dirty the commit interval gathers what moves. A release cannot wait for the
 * interval: who flushes is served at once, or right after the commit under way. A failed commit is tried again with the
 * then newest values, for as long as there is anybody to commit for.
 *
 * Positions lie with the partition owners; the committer collects them when it sends.
 */
import { assign, fromPromise, setup } from 'xstate';

export type OffsetCommitterEvent =
  /** A position has moved. Told once until the next commit, not for each message. */
  | { type: 'position.moved' }
  /** Somebody waits for what has moved to be committed. */
  | { type: 'flush' }
  /** A partition is owned here: its position is committed from now on. */
  | { type: 'source.add'; source: CommitSourceRef }
  | { type: 'source.remove'; source: CommitSourceRef };

/** Where the position of one partition is read, as the committer's body knows it. */
export interface CommitSourceRef {
  /** Topic and partition. */
  readonly key: string;
}

export interface CommitResultSummary {
  /** Something of what was sent could not be committed, or has moved meanwhile. */
  readonly dirty: boolean;
  /** Some partition was refused; the next try waits for the back-off. */
  readonly failed: boolean;
}

export interface OffsetCommitterEffects {
  /** Sends every moved position; settles those who flush. */
  commit(): Promise<CommitResultSummary>;
  addSource(source: CommitSourceRef): void;
  /** Only this very source: the partition may have been added anew meanwhile. */
  removeSource(source: CommitSourceRef): void;
  logFailure(error: unknown): void;
}

export interface OffsetCommitterInput {
  readonly effects: OffsetCommitterEffects;
  readonly commitIntervalMs: number;
  readonly retryBackoffMs: number;
}

interface Context extends OffsetCommitterInput {
  readonly flushing: boolean;
  /** A position has moved that the commit under way may not know. It is told once, so it must not be forgotten. */
  readonly moved: boolean;
}

interface LeafInput {
  readonly effects: OffsetCommitterEffects;
}

export const offsetCommitterMachine = setup({
  types: { context: {} as Context, events: {} as OffsetCommitterEvent, input: {} as OffsetCommitterInput },
  delays: {
    commitInterval: ({ context }) => context.commitIntervalMs,
    retryBackoff: ({ context }) => context.retryBackoffMs,
  },
  actors: { commit: fromPromise<CommitResultSummary, LeafInput>(({ input }) => input.effects.commit()) },
  guards: {
    hasFailed: (_, { summary }: { summary: CommitResultSummary }) => summary.failed,
    isDirty: ({ context }, { summary }: { summary: CommitResultSummary }) => summary.dirty || context.moved,
    mustFlush: ({ context }) => context.flushing,
  },
  actions: {
    addSource: ({ context, event }) => event.type === 'source.add' && context.effects.addSource(event.source),
    removeSource: ({ context, event }) => event.type === 'source.remove' && context.effects.removeSource(event.source),
    logFailure: ({ context }, { error }: { error: unknown }) => context.effects.logFailure(error),
    noteFlush: assign({ flushing: true }),
    noteMoved: assign({ moved: true }),
    forgetNotes: assign({ flushing: false, moved: false }),
  },
}).createMachine({
  id: 'offset-committer',
  context: ({ input }) => ({ ...input, flushing: false, moved: false }),
  initial: 'clean',
  on: { 'source.add': { actions: 'addSource' }, 'source.remove': { actions: 'removeSource' } },
  states: {
    clean: {
      description: 'Everything that was acknowledged is committed.',
      on: { 'position.moved': 'dirty', flush: 'committing' },
    },
    dirty: {
      description: 'Positions have moved; the interval gathers more.',
      after: { commitInterval: 'committing' },
      on: { flush: 'committing' },
    },
    committing: {
      description: 'One request to the coordinator is under way.',
      entry: 'forgetNotes',
      on: { flush: { actions: 'noteFlush' }, 'position.moved': { actions: 'noteMoved' } },
      invoke: {
        src: 'commit',
        input: ({ context }) => ({ effects: context.effects }),
        onDone: [
          { guard: { type: 'hasFailed', params: ({ event }) => ({ summary: event.output }) }, target: 'retrying' },
          { guard: 'mustFlush', target: 'committing', reenter: true },
          { guard: { type: 'isDirty', params: ({ event }) => ({ summary: event.output }) }, target: 'dirty' },
          { target: 'clean' },
        ],
        onError: {
          target: 'retrying',
          actions: { type: 'logFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    retrying: {
      description:
        'The coordinator is away, moving, or refused. The newest positions are sent again after the back-off.',
      after: { retryBackoff: 'committing' },
    },
  },
});
