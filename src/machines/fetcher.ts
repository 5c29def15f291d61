/**
 * Fetcher: reads for one group from one broker, all of its partitions in one long poll.
 *
 * Why these states. A broker answers one socket in order, so a group has one request under way and no more; whatever
 * changes meanwhile (partitions that come, go or are full) is in the next one, and the poll is short enough that a new
 * partition does not wait for it. With nothing to read (idle) nothing is asked. A broker that cannot be reached is asked
 * again after a back-off, and the metadata is told, because the partitions may have moved. A fetcher without partitions
 * ends.
 *
 * What is read goes straight to the partition owners' buffers; events only say how many partitions want more. What comes
 * between such a count and its event is not in it, so it is remembered by itself: nobody else would have it read.
 */
import { assign, setup } from 'xstate';

/** A partition that is read, as the fetcher's body knows it. */
export interface FetchTargetRef {
  /** Topic and partition. */
  readonly key: string;
}

export type FetcherEvent =
  | { type: 'partition.add'; target: FetchTargetRef }
  /** Only this very target: the partition may have been added anew meanwhile. */
  | { type: 'partition.remove'; target: FetchTargetRef }
  /** A partition that was full, or was left out for want of memory, can be read again. */
  | { type: 'partition.room' }
  /** The answer was handed to the partitions; so many of them want more. */
  | { type: 'fetched'; wanting: number }
  | { type: 'fetch.failed'; error: unknown };

type Targets = ReadonlyMap<string, FetchTargetRef>;

export interface FetcherEffects {
  /** From now on these are read; an incarnation that follows goes on with them. */
  keepTargets(targets: Targets): void;
  /** Sends one request for every partition that has room; reports `fetched`, at once when none has, or `fetch.failed`. */
  fetch(targets: Targets): void;
  /** Logs the first failure of a row, and has the metadata looked at. */
  noteFailure(error: unknown, targets: Targets): void;
  /** Logs the end of a row of failures. */
  noteSuccess(): void;
}

export interface FetcherInput {
  readonly effects: FetcherEffects;
  /** What an earlier incarnation read; its owners go on believing that they are read. */
  readonly targets: Targets;
  readonly retryBackoffMs: number;
}

interface Context extends FetcherInput {
  /** A partition came, or has room again, since the request that is under way: its answer does not count them. */
  readonly isDue: boolean;
}

function without(targets: Targets, target: FetchTargetRef): Targets {
  if (targets.get(target.key) !== target) return targets;
  const rest = new Map(targets);
  rest.delete(target.key);
  return rest;
}

export const fetcherMachine = setup({
  types: { context: {} as Context, events: {} as FetcherEvent, input: {} as FetcherInput },
  delays: { retryBackoff: ({ context }) => context.retryBackoffMs },
  guards: {
    leavesNothing: ({ context, event }) =>
      event.type === 'partition.remove' && without(context.targets, event.target).size === 0,
    noPartitions: ({ context }) => context.targets.size === 0,
    wantsMore: ({ event }) => event.type === 'fetched' && event.wanting > 0,
    isDue: ({ context }) => context.isDue,
  },
  actions: {
    keepTargets: ({ context }) => context.effects.keepTargets(context.targets),
    fetch: ({ context }) => context.effects.fetch(context.targets),
    noteDue: assign({ isDue: true }),
    noteFetching: assign({ isDue: false }),
    noteFailure: ({ context, event }) =>
      event.type === 'fetch.failed' && context.effects.noteFailure(event.error, context.targets),
    noteSuccess: ({ context }) => context.effects.noteSuccess(),
    addTarget: assign(({ context, event }) =>
      event.type === 'partition.add'
        ? { targets: new Map(context.targets).set(event.target.key, event.target) }
        : context,
    ),
    removeTarget: assign(({ context, event }) =>
      event.type === 'partition.remove' ? { targets: without(context.targets, event.target) } : context,
    ),
  },
}).createMachine({
  id: 'fetcher',
  context: ({ input }) => ({ ...input, isDue: false }),
  initial: 'starting',
  on: {
    'partition.add': { actions: ['addTarget', 'keepTargets'] },
    'partition.remove': { actions: ['removeTarget', 'keepTargets'] },
  },
  states: {
    starting: {
      description: 'Goes on with what an earlier incarnation read.',
      always: [{ guard: 'noPartitions', target: 'idle' }, { target: 'polling' }],
    },
    idle: {
      description: 'No partition has room for more.',
      tags: 'idle',
      on: {
        'partition.add': { target: 'polling', actions: ['addTarget', 'keepTargets'] },
        'partition.room': 'polling',
        'partition.remove': [{ guard: 'leavesNothing', target: 'gone' }, { actions: ['removeTarget', 'keepTargets'] }],
      },
    },
    polling: {
      description: 'A long poll is under way.',
      entry: ['noteFetching', 'fetch'],
      on: {
        'partition.add': { actions: ['addTarget', 'keepTargets', 'noteDue'] },
        'partition.room': { actions: 'noteDue' },
        fetched: [
          { guard: 'noPartitions', target: 'gone', actions: 'noteSuccess' },
          { guard: 'wantsMore', target: 'polling', reenter: true, actions: 'noteSuccess' },
          { guard: 'isDue', target: 'polling', reenter: true, actions: 'noteSuccess' },
          { target: 'idle', actions: 'noteSuccess' },
        ],
        'fetch.failed': { target: 'backingOff', actions: 'noteFailure' },
      },
    },
    backingOff: {
      description: 'The broker could not be reached or did not answer.',
      after: { retryBackoff: 'polling' },
    },
    gone: { type: 'final' },
  },
});
