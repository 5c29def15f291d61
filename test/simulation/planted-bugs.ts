import { fromPromise, type AnyStateMachine } from 'xstate';
import { IncarnationClock } from '../../src/actors/bus/incarnation-clock.js';
import { DeadlineWheel } from '../../src/actors/bus/deadline-wheel.js';
import { Inbox } from '../../src/actors/bus/inbox.js';
import { ByteBudget } from '../../src/actors/byte-budget.js';
import { OffsetTracker } from '../../src/actors/consume/offset-tracker.js';
import { RecordOffer } from '../../src/actors/consume/owner-desk.js';
import { PartitionBuffer } from '../../src/actors/consume/partition-buffer.js';
import { partitionOwnerKind } from '../../src/actors/consume/partition-owner.js';
import { PartitionPosition } from '../../src/actors/consume/partition-position.js';
import { PartitionQueue } from '../../src/actors/produce/partition-queue.js';
import { SessionLease } from '../../src/actors/zookeeper/session-lease.js';
import { PixyError } from '../../src/errors/pixy-error.js';
import { Connection } from '../../src/http/connection.js';
import type { FetchedRecord, Kafka } from '../../src/kafka/port.js';
import type { Wrapping } from '../../src/simulation/daemon.js';
import { withMembers } from '../../src/simulation/with-members.js';
import type { ZooKeeperSession } from '../../src/zookeeper/port.js';

/** Puts something else in the place of a member of a plain part, until the bug is taken out again. */
export type Replace = <T extends object, K extends keyof T>(on: T, name: K, make: (original: T[K]) => T[K]) => void;

interface Bug {
  /** What is wrong. */
  readonly name: string;
  /** The number of what must always hold, as the design counts it; not given: a word of the checks. */
  readonly invariant?: number;
  /** Which check must cry. */
  readonly check: string;
  /** One that is known to find it, tried first. */
  readonly seed: number;
}

export interface PlainBug extends Bug {
  readonly plant: (replace: Replace) => void;
}

export interface PortBug extends Bug {
  readonly wrapping: Wrapping;
}

export interface MachineBug extends Bug {
  /** File below `src/machines`. */
  readonly machine: string;
  readonly provide: Parameters<AnyStateMachine['provide']>[0];
}

export type AnyBug = PlainBug | PortBug | MachineBug;

// --- plain parts

export const plainBugs: readonly PlainBug[] = [
  {
    name: 'an owner offers although its lease has run out',
    invariant: 1,
    check: 'double owner',
    seed: 23,
    plant: (replace) => {
      replace(SessionLease.prototype, 'mayOffer', () => true);
      replace(SessionLease.prototype, 'mayCommit', () => true);
    },
  },
  {
    name: 'the position that is committed is past the last offer, whatever is acknowledged',
    invariant: 2,
    check: 'committed past unacked',
    seed: 1,
    plant: (replace) =>
      replace(
        OffsetTracker.prototype,
        'position',
        () =>
          function (this: OffsetTracker) {
            return { offset: this.end, metadata: '' };
          },
      ),
  },
  {
    name: 'the newest message of a batch is written first',
    invariant: 4,
    check: 'reordered',
    seed: 3,
    plant: (replace) =>
      replace(
        PartitionQueue.prototype,
        'take',
        (take) =>
          function (this: PartitionQueue, ...args) {
            const before = this.batch;
            const batch = take.apply(this, args);
            if (batch !== before) batch?.records.reverse();
            return batch;
          },
      ),
  },
  {
    name: 'an actor that ends forgets who asked it',
    invariant: 6,
    check: 'ask without outcome',
    seed: 6,
    plant: (replace) => replace(Inbox.prototype, 'clear', () => () => 0),
  },
  {
    name: 'deadlines are not watched',
    invariant: 6,
    check: 'never settled',
    seed: 1,
    plant: (replace) => replace(DeadlineWheel.prototype, 'add', () => () => new Set()),
  },
  {
    name: 'more is offered than may be unacknowledged',
    invariant: 6,
    check: 'over the limit',
    seed: 33,
    plant: (replace) => replace(PartitionBuffer.prototype, 'atPendingLimit', () => false),
  },
  {
    name: 'the bytes of accepted messages are counted and never given back',
    invariant: 6,
    check: 'bytes not given back',
    seed: 1,
    plant: (replace) =>
      replace(
        ByteBudget.prototype,
        'give',
        (give) =>
          function (this: ByteBudget, use, bytes) {
            if (use !== 'accepted-not-written') give.call(this, use, bytes);
          },
      ),
  },
  {
    name: 'the timers of an actor outlive it',
    invariant: 6,
    check: 'timer left',
    seed: 1,
    plant: (replace) => replace(IncarnationClock.prototype, 'end', () => () => {}),
  },
  {
    name: 'a message counts as acknowledged before its answer is handed over',
    invariant: 7,
    check: 'committed past unacked',
    seed: 41,
    plant: (replace) => replace(Connection.prototype, 'expectWrite', () => (receipt) => receipt.written()),
  },
  {
    name: 'a message whose client has gone is not offered again',
    invariant: 7,
    check: 'skip',
    seed: 7,
    plant: (replace) => replace(RecordOffer.prototype, 'returned', () => () => {}),
  },
  {
    name: 'a commit sends an old position',
    check: 'nonmonotonic',
    seed: 1,
    plant: (replace) => {
      const recent = new WeakMap<PartitionPosition, ReturnType<PartitionPosition['pending']>[]>();
      let calls = 0;
      replace(
        PartitionPosition.prototype,
        'pending',
        (pending) =>
          function (this: PartitionPosition) {
            const newest = pending.call(this);
            if (!newest) return newest;
            const seen = recent.get(this) ?? [];
            recent.set(this, seen);
            if (seen.at(-1)?.offset !== newest.offset) seen.push(newest);
            return ++calls % 10 === 0 ? seen.at(-3) : newest;
          },
      );
    },
  },
  {
    name: 'of two messages of a partition the second is offered first',
    check: 'nonmonotonic',
    seed: 1,
    plant: (replace) => {
      const heldBack = new WeakMap<PartitionBuffer, FetchedRecord>();
      replace(
        PartitionBuffer.prototype,
        'take',
        (take) =>
          function (this: PartitionBuffer, ackLater) {
            const held = heldBack.get(this);
            heldBack.delete(this);
            if (held) return held;
            const first = take.call(this, ackLater);
            const second = first && take.call(this, ackLater);
            if (second) heldBack.set(this, first);
            return second ?? first;
          },
      );
    },
  },
  {
    name: 'an owner does not know one in five of the messages that it gave',
    check: 'ack refused',
    seed: 1,
    plant: (replace) =>
      replace(partitionOwnerKind, 'build', (build) => (shell, args, kept) => {
        const body = build(shell, args, kept);
        const serve: typeof body.serve = (ask) => {
          const { type, offset } = ask.request as { type: string; offset?: number };
          if (type !== 'ack' || offset! % 5 !== 4) return body.serve!(ask);
          return ask.refuse(new PixyError('ack-channel-missing', args));
        };
        return { ...body, serve };
      }),
  },
  {
    name: 'the last message of each fetch is taken for a gap of the log',
    check: 'lost',
    seed: 1,
    plant: (replace) =>
      replace(
        PartitionBuffer.prototype,
        'append',
        (append) =>
          function (this: PartitionBuffer, result) {
            const { records } = result;
            append.call(this, records.length < 2 ? result : { ...result, records: records.slice(0, -1) });
          },
      ),
  },
  {
    name: 'a fetch of more than two messages is too much for a buffer',
    check: 'defect in the log',
    seed: 1,
    plant: (replace) =>
      replace(
        PartitionBuffer.prototype,
        'append',
        (append) =>
          function (this: PartitionBuffer, result) {
            if (result.records.length > 2) throw new RangeError('too many records');
            append.call(this, result);
          },
      ),
  },
];

// --- ports

const withKafka = (change: (kafka: Kafka) => Partial<Kafka>): Wrapping => ({
  kafka: (kafka) => withMembers(kafka, change(kafka)),
});

export const portBugs: readonly PortBug[] = [
  {
    name: 'a refusal for want of in-sync replicas is taken for a success',
    invariant: 3,
    check: 'lost',
    seed: 23,
    wrapping: withKafka((kafka) => ({
      produce: async (...args) =>
        (await kafka.produce(...args)).map((result) =>
          result.error === 'NOT_ENOUGH_REPLICAS' ? { ...result, error: null, baseOffset: 0 } : result,
        ),
    })),
  },
  {
    name: 'a batch that is sent again cannot be told from a new one',
    invariant: 4,
    check: 'duplicate',
    seed: 23,
    wrapping: withKafka((kafka) => ({
      produce: (broker, request, signal) => {
        const partitions = request.partitions.map(({ topic, partition, records }) => ({ topic, partition, records }));
        return kafka.produce(broker, { ...request, partitions }, signal);
      },
    })),
  },
  {
    name: 'a produce request without an answer is taken for a refusal',
    invariant: 4,
    check: 'refused and written',
    seed: 69,
    wrapping: withKafka((kafka) => ({
      produce: (broker, request, signal) => {
        const refused = ({ topic, partition }: { topic: string; partition: number }) =>
          ({ topic, partition, error: 'TOPIC_AUTHORIZATION_FAILED', baseOffset: -1 }) as const;
        return kafka.produce(broker, request, signal).catch(() => request.partitions.map(refused));
      },
    })),
  },
  {
    name: 'a claim that an earlier process of the same name has left is adopted',
    invariant: 8,
    check: 'double owner',
    seed: 6,
    wrapping: {
      zookeeper: (zookeeper, daemon) => ({
        openSession: (options) => {
          const session = zookeeper.openSession(options);
          const exists: ZooKeeperSession['exists'] = async (path, watch) => {
            const stat = await session.exists(path, watch);
            if (!stat) return stat;
            const { data } = await session.getData(path);
            const isOfOurName = data === daemon || path.endsWith(`/ids/${daemon}`);
            return isOfOurName ? { ...stat, ephemeralOwner: session.sessionId } : stat;
          };
          return withMembers(session, { exists });
        },
      }),
    },
  },
];

// --- machines

export const machineBugs: readonly MachineBug[] = [
  {
    name: 'a partition is released without a last commit',
    invariant: 5,
    check: 'duplicate',
    seed: 22,
    machine: 'partition-owner',
    provide: { actors: { commitPosition: fromPromise(() => Promise.resolve()) } },
  },
  {
    name: 'an owner does not hear that its partition has another leader',
    check: 'unseen',
    seed: 2,
    machine: 'partition-owner',
    provide: { actions: { followLeader: () => {} } },
  },
  {
    name: 'a subscription that has released everything does not end',
    invariant: 6,
    check: 'actor without end',
    seed: 1,
    machine: 'subscription',
    provide: { guards: { released: () => false } },
  },
  {
    name: 'the owners of a partition do not hear that their session is over',
    check: 'unseen',
    seed: 10,
    machine: 'subscription',
    provide: { actions: { loseOwners: () => {} } },
  },
  {
    name: 'batchers are not told that the daemon stops',
    invariant: 6,
    check: 'actor without end',
    seed: 1,
    machine: 'topic-producer',
    provide: { actions: { drainBatchers: () => {} } },
  },
];
