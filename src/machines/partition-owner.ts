/**
 * Partition owner: one partition of one subscription, from the claim to its release.
 *
 * Why these states. Two members of a group must never offer the same partition, so everything hangs on the order of
 * claim, position, read, settle, commit, release: the winning side reads the committed offset only when the claim is its
 * own, the losing side gives up the claim only when its last offset is committed (or could not be, in the time allowed; it
 * is released all the same, and the messages come again). A claim that others hold is waited for (awaitingClaim). An operator
 * who sets the position finds the owner out of reading (setting): nothing is offered until the new one is committed. A buffer
 * that is full stops the reading, not the offering. What the log does not hold any more sends us back to positioning; what
 * cannot be decoded blocks the partition, visibly, instead of skipping messages. A lost session ends an owner where it
 * stands: nothing is committed and nothing deleted under a claim that may be somebody else's by now.
 *
 * Messages, offsets and the claim itself lie beside the machine.
 */
import { fromPromise, setup } from 'xstate';

export type PartitionOwnerEvent =
  /** Whoever held the claim has let go of it. */
  | { type: 'claim.freed' }
  /** Our own claim vanished although the session lives. */
  | { type: 'claim.lost' }
  | { type: 'leader.changed'; leader: number }
  | { type: 'buffer.full' }
  | { type: 'buffer.room' }
  /** The log does not hold the offset that we read at. */
  | { type: 'position.lost' }
  /** An operator asks for another position; the body keeps it. */
  | { type: 'position.set' }
  /** A batch cannot be decoded. */
  | { type: 'records.unreadable' }
  /** Every offered message is acknowledged, returned, or was not acknowledged in its time. */
  | { type: 'offers.settled' }
  /** Once more, with a shorter time: the daemon stops. */
  | { type: 'release'; settleTimeoutMs: number }
  | { type: 'session.lost' };

export type ClaimResult = 'ours' | 'taken';

/** What may fail on the way, for the log. */
export type PartitionStep = 'claim' | 'position' | 'setting the position' | 'commit' | 'release';

export interface PartitionOwnerEffects {
  /** Creates our owner node, or finds out who holds it, and watches it either way. */
  claim(): Promise<ClaimResult>;
  /** Finds where to read on: what was committed, held against what the log has. */
  readPosition(): Promise<void>;
  /** Drops what is offered, commits the position that was asked for, and answers. */
  setPosition(): Promise<void>;
  /** Has the leader's fetcher read for us, and lends the buffer. */
  startReading(): void;
  /** Takes us from the fetcher; what lies in the buffer is dropped, what is offered stays. */
  stopReading(): void;
  followLeader(leader: number): void;
  /** Reads on: the buffer has room, or what blocked us may be gone. */
  readOn(): void;
  /** Reports `offers.settled` when all that is offered is acknowledged, returned, or past its own deadline; perhaps at once. */
  settleOffers(): void;
  /** Commits the last position; resolves also when there is nothing to commit. */
  commitPosition(): Promise<void>;
  /** Deletes our owner node, if it is this session's. */
  releaseClaim(): Promise<void>;
  /** From now on an incarnation that follows has only to release. */
  noteReleasing(): void;
  /** Forgets offsets and claim without touching Kafka or ZooKeeper. */
  forget(): void;
  tellServing(): void;
  logClaimTaken(): void;
  logFailure(step: PartitionStep, error: unknown): void;
  logClaimLost(): void;
  logUnreadable(): void;
  /** Names what is offered and not acknowledged. */
  logNotAcked(): void;
  logReleased(): void;
}

export interface PartitionOwnerInput {
  readonly effects: PartitionOwnerEffects;
  /** An earlier incarnation had begun to release: that is to be finished. */
  readonly releasing: boolean;
  readonly retryBackoffMs: number;
  /** How long to wait before a batch that could not be decoded is tried again. */
  readonly unreadableBackoffMs: number;
}

type Context = PartitionOwnerInput;

interface LeafInput {
  readonly effects: PartitionOwnerEffects;
}

const leafInput = ({ context }: { context: Context }): LeafInput => ({ effects: context.effects });

export const partitionOwnerMachine = setup({
  types: { context: {} as Context, events: {} as PartitionOwnerEvent, input: {} as PartitionOwnerInput },
  delays: {
    retryBackoff: ({ context }) => context.retryBackoffMs,
    settleTimeout: ({ event }) => (event.type === 'release' ? event.settleTimeoutMs : 0),
    unreadableBackoff: ({ context }) => context.unreadableBackoffMs,
  },
  actors: {
    claim: fromPromise<ClaimResult, LeafInput>(({ input }) => input.effects.claim()),
    readPosition: fromPromise<void, LeafInput>(({ input }) => input.effects.readPosition()),
    setPosition: fromPromise<void, LeafInput>(({ input }) => input.effects.setPosition()),
    commitPosition: fromPromise<void, LeafInput>(({ input }) => input.effects.commitPosition()),
    releaseClaim: fromPromise<void, LeafInput>(({ input }) => input.effects.releaseClaim()),
  },
  guards: {
    isReleasing: ({ context }) => context.releasing,
    isOurs: (_, { result }: { result: ClaimResult }) => result === 'ours',
  },
  actions: {
    startReading: ({ context }) => context.effects.startReading(),
    stopReading: ({ context }) => context.effects.stopReading(),
    followLeader: ({ context, event }) => event.type === 'leader.changed' && context.effects.followLeader(event.leader),
    readOn: ({ context }) => context.effects.readOn(),
    settleOffers: ({ context }) => context.effects.settleOffers(),
    noteReleasing: ({ context }) => context.effects.noteReleasing(),
    forget: ({ context }) => context.effects.forget(),
    tellServing: ({ context }) => context.effects.tellServing(),
    logClaimTaken: ({ context }) => context.effects.logClaimTaken(),
    logFailure: ({ context }, { step, error }: { step: PartitionStep; error: unknown }) =>
      context.effects.logFailure(step, error),
    logClaimLost: ({ context }) => context.effects.logClaimLost(),
    logUnreadable: ({ context }) => context.effects.logUnreadable(),
    logNotAcked: ({ context }) => context.effects.logNotAcked(),
    logReleased: ({ context }) => context.effects.logReleased(),
  },
}).createMachine({
  id: 'partition-owner',
  context: ({ input }) => input,
  initial: 'starting',
  on: {
    'session.lost': '.lost',
    'leader.changed': { actions: 'followLeader' },
  },
  states: {
    starting: {
      description: 'Finishes a release that an earlier incarnation began; otherwise claims.',
      always: [{ guard: 'isReleasing', target: 'releasing' }, { target: 'claiming' }],
    },
    claiming: {
      description: 'Our owner node is being created.',
      invoke: {
        src: 'claim',
        input: leafInput,
        onDone: [
          { guard: { type: 'isOurs', params: ({ event }) => ({ result: event.output }) }, target: 'positioning' },
          { target: 'awaitingClaim', actions: 'logClaimTaken' },
        ],
        onError: {
          target: 'awaitingClaim',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'claim', error: event.error }) },
        },
      },
      on: { release: 'releasing' },
    },
    awaitingClaim: {
      description: 'Another member, or an older session, holds the partition.',
      after: { retryBackoff: 'claiming' },
      on: { 'claim.freed': 'claiming', release: 'releasing' },
    },
    positioning: {
      description: 'The claim is ours; the committed offset is being read.',
      invoke: {
        src: 'readPosition',
        input: leafInput,
        onDone: { target: 'owning', actions: ['startReading', 'tellServing'] },
        onError: {
          target: 'positioningLater',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'position', error: event.error }) },
        },
      },
      on: {
        release: 'settling',
        'position.set': 'setting',
        'claim.lost': { target: 'claiming', actions: ['logClaimLost', 'forget'] },
      },
    },
    positioningLater: {
      description: 'The committed offset, or the ends of the log, could not be read.',
      after: { retryBackoff: 'positioning' },
      on: {
        release: 'settling',
        'position.set': 'setting',
        'claim.lost': { target: 'claiming', actions: ['logClaimLost', 'forget'] },
      },
    },
    setting: {
      description: 'Another position was asked for: what was offered is dropped, the new position is being committed.',
      invoke: {
        src: 'setPosition',
        input: leafInput,
        onDone: { target: 'owning', actions: ['startReading', 'tellServing'] },
        onError: {
          target: 'positioningLater',
          actions: {
            type: 'logFailure',
            params: ({ event }) => ({ step: 'setting the position', error: event.error }),
          },
        },
      },
      on: { release: 'settling', 'claim.lost': { target: 'claiming', actions: ['logClaimLost', 'forget'] } },
    },
    owning: {
      tags: 'serves',
      initial: 'reading',
      on: {
        release: 'settling',
        'claim.lost': { target: 'claiming', actions: ['logClaimLost', 'stopReading', 'forget'] },
        'position.lost': { target: 'positioning', actions: 'stopReading' },
        'position.set': { target: 'setting', actions: 'stopReading' },
      },
      states: {
        reading: {
          description: 'The buffer has room; the fetcher reads for us.',
          on: {
            'buffer.full': 'full',
            'records.unreadable': { target: 'blocked', actions: 'logUnreadable' },
          },
        },
        full: {
          description: 'As much lies in the buffer, or is offered, as may.',
          on: { 'buffer.room': { target: 'reading', actions: 'readOn' } },
        },
        blocked: {
          description: 'The next batch cannot be decoded. What was read before is still offered.',
          // Full: another leader could be read.
          on: { 'buffer.full': 'full' },
          after: { unreadableBackoff: { target: 'reading', actions: 'readOn' } },
        },
      },
    },
    settling: {
      description: 'No more is offered; acknowledgements of what was are awaited, for a while.',
      entry: ['noteReleasing', 'stopReading', 'settleOffers'],
      on: {
        release: { target: 'settling', reenter: true },
        'offers.settled': { target: 'committing', actions: 'logNotAcked' },
        // By releasing: should it stand after all, nobody else would ever have the partition.
        'claim.lost': { target: 'releasing', actions: ['logClaimLost', 'forget'] },
      },
      after: { settleTimeout: { target: 'committing', actions: 'logNotAcked' } },
    },
    committing: {
      description: 'The last position is being committed.',
      invoke: {
        src: 'commitPosition',
        input: leafInput,
        onDone: 'releasing',
        onError: {
          target: 'releasing',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'commit', error: event.error }) },
        },
      },
    },
    releasing: {
      description: 'Our owner node is being deleted, so that the next owner can begin.',
      entry: 'noteReleasing',
      invoke: {
        src: 'releaseClaim',
        input: leafInput,
        onDone: { target: 'released', actions: 'logReleased' },
        onError: {
          target: 'releasingLater',
          actions: { type: 'logFailure', params: ({ event }) => ({ step: 'release', error: event.error }) },
        },
      },
    },
    releasingLater: {
      description: 'The owner node could not be deleted yet. It is tried as long as the session lives.',
      after: { retryBackoff: 'releasing' },
    },
    released: { type: 'final' },
    lost: { type: 'final', entry: ['stopReading', 'forget'] },
  },
});
