import type { FetchedRecord, FetchResult } from '../../kafka/port.js';
import {
  partitionOwnerMachine,
  type ClaimResult,
  type PartitionOwnerEffects,
  type PartitionOwnerEvent,
} from '../../machines/partition-owner.js';
import { addressOf } from '../addresses.js';
import type { ActorKind, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { suspectTopic } from '../metadata/watch-topic.js';
import { workerRestart } from '../restart.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import type { FetchTarget } from './fetcher.js';
import { GroupChildren } from './group-children.js';
import type { GroupCoordinator } from './group-coordinator.js';
import type { CommitSource, FlushRequest } from './offset-committer.js';
import { RecordOffer, type Offer, type OfferKeeper, type OwnerDesk } from './owner-desk.js';
import { OffsetTracker, type TrackedPosition } from './offset-tracker.js';
import { PartitionBuffer } from './partition-buffer.js';
import { PartitionClaim } from './partition-claim.js';
import { partitionKey } from './partition-key.js';
import {
  logStartPosition,
  PartitionFailure,
  readEnds,
  readStored,
  startPosition,
  type StartPosition,
} from './start-position.js';

export interface PartitionOwnerArgs {
  readonly services: ClusterServices;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly coordinator: GroupCoordinator;
  /** The subscription: called when a message can be taken that could not be before. */
  readonly onReadable: () => void;
  readonly tellServing: () => void;
}

/** What outlives a crash: the claim, while the same session lives, or the duty to release it. */
interface Kept {
  readonly lease: SessionLease | undefined;
  readonly releasing: boolean;
}

/** How long offered messages may stay unsettled at a release: an answer that is being written settles in no time. */
const settleTimeoutMs = 3000;
/** How long the last commit may take before the partition is released all the same. */
const commitTimeoutMs = 5000;
const unreadableBackoffMs = 5000;
/** The brokers' default for `offset.metadata.max.bytes`. */
const metadataCharactersMax = 4096;

class PartitionOwnerBody implements PartitionOwnerEffects, FetchTarget, CommitSource, OwnerDesk, OfferKeeper {
  readonly #shell: Shell<PartitionOwnerEvent>;
  readonly #args: PartitionOwnerArgs;
  readonly claimOf: PartitionClaim;
  readonly #group: GroupChildren;
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  #leader: number;
  /** The broker whose fetcher reads for us. */
  #readingFrom: number | undefined;
  #reading = false;
  #tracker: OffsetTracker | undefined;
  #buffer: PartitionBuffer | undefined;
  #lastCommitted: TrackedPosition | undefined;
  /** The committer knows that there is something to commit. */
  #movedTold = false;
  #metadataMax = metadataCharactersMax;
  #settling = false;
  #full = false;
  #leftOut = false;
  #waits = 0;
  releasing = false;

  constructor(shell: Shell<PartitionOwnerEvent>, args: PartitionOwnerArgs) {
    this.#shell = shell;
    this.#args = args;
    const { services, group, topic, partition } = args;
    this.topic = topic;
    this.partition = partition;
    this.key = partitionKey(topic, partition);
    this.#leader = args.leader;
    this.#group = new GroupChildren(shell, services.cluster, group);
    this.claimOf = new PartitionClaim(
      { group, topic, partition },
      services.memberId,
      shell.borrow<SessionLease>(addressOf.zookeeper(services.cluster)),
      { freed: () => shell.self({ type: 'claim.freed' }), lost: () => shell.self({ type: 'claim.lost' }) },
    );
  }

  // --- the claim

  claim(): Promise<ClaimResult> {
    return this.claimOf.claim();
  }

  releaseClaim(): Promise<void> {
    return this.claimOf.release();
  }

  noteReleasing(): void {
    this.releasing = true;
  }

  logClaimTaken(): void {
    // Once when it begins, then now and then: a claim that others keep is waited for as long as it takes.
    if (this.#waits++ % 20 === 0)
      this.#shell.log.info({ holder: this.claimOf.holder, tries: this.#waits }, 'waiting for the partition');
  }

  logClaimLost(): void {
    this.#shell.log.warn('our claim on the partition was deleted by somebody, claiming it again');
  }

  // --- the position

  async readPosition(): Promise<void> {
    const { services, coordinator } = this.#args;
    const at = { topic: this.topic, partition: this.partition };
    if (this.#leader < 0) throw new PartitionFailure('cannot read the ends of the log', 'LEADER_NOT_AVAILABLE');
    const inMemory = this.#tracker?.position();
    const [stored, ends] = await Promise.all([
      inMemory
        ? { stored: inMemory.offset, metadata: inMemory.metadata }
        : readStored(services.kafka, coordinator, at, this.#shell.signal),
      readEnds(services.kafka, this.#leader, at, this.#shell.signal),
    ]);
    const start = startPosition({ ...stored, ...ends });
    logStartPosition(this.#shell.log, start, { ...stored, ...ends });
    this.#begin(start);
    // What lies in memory goes on as it was committed, or was not yet.
    if (!inMemory || start.commitNow)
      this.#lastCommitted = start.commitNow ? undefined : { offset: stored.stored, metadata: stored.metadata };
  }

  #begin(start: StartPosition): void {
    const { tracker, dropped } = OffsetTracker.restore(start.committed, start.metadata, this.#metadataMax);
    if (dropped)
      this.#shell.log.error(
        { metadata: start.metadata, reason: dropped },
        'metadata of the committed offset is dropped',
      );
    this.#buffer?.forget();
    const { consumer } = this.#args.services.config;
    this.#tracker = tracker;
    const position = tracker.position();
    // Without sparse acks there is nothing to skip but what lies below the committed offset.
    const skipBelow = position.metadata === '' ? position.offset : Number.MAX_SAFE_INTEGER;
    const fetchOffset = start.why === 'beyond-the-end' ? start.fetchOffset : position.offset;
    this.#buffer = new PartitionBuffer(tracker, fetchOffset, skipBelow, this.#args.services.budget, {
      bufferBytesMax: consumer.fetchMaxBytes,
      pendingMessagesMax: consumer.pendingMessagesMax,
    });
    this.#full = false;
  }

  // --- reading

  startReading(): void {
    this.#reading = true;
    this.#group.tell<{ type: 'source.add'; source: CommitSource }>('committer', { type: 'source.add', source: this });
    this.#commitStart();
    this.followLeader(this.#leader);
  }

  followLeader(leader: number): void {
    this.#leader = leader;
    if (!this.#reading || this.#readingFrom === leader) return;
    this.#leaveFetcher();
    if (leader < 0) return;
    this.#readingFrom = leader;
    this.#group.tell<{ type: 'partition.add'; target: FetchTarget }>(`fetcher/${leader}`, {
      type: 'partition.add',
      target: this,
    });
  }

  #leaveFetcher(): void {
    if (this.#readingFrom === undefined) return;
    this.#group.tellIfThere<{ type: 'partition.remove'; target: FetchTarget }>(`fetcher/${this.#readingFrom}`, {
      type: 'partition.remove',
      target: this,
    });
    this.#readingFrom = undefined;
  }

  stopReading(): void {
    this.#reading = false;
    this.#leaveFetcher();
    this.#buffer?.drop();
  }

  readOn(): void {
    if (this.#readingFrom === undefined) return this.followLeader(this.#leader);
    this.#group.tell<{ type: 'partition.room' }>(`fetcher/${this.#readingFrom}`, { type: 'partition.room' });
  }

  get hasLeader(): boolean {
    return this.#leader >= 0;
  }

  get fetchOffset(): number {
    return this.#buffer?.fetchOffset ?? 0;
  }

  get roomBytes(): number {
    return this.#reading && !this.#full ? (this.#buffer?.roomBytes ?? 0) : 0;
  }

  get isEmpty(): boolean {
    return this.#buffer?.isEmpty ?? true;
  }

  /**
   * Called by the fetcher with what it read for us. An answer to a position that we have left meanwhile is dropped: what
   * it brings begins too early, or too late, and then what lies between would count as absent.
   */
  fetched(result: FetchResult, asked: number): void {
    if (!this.#reading || asked !== this.#buffer?.fetchOffset) return;
    switch (result.error) {
      case null:
        this.#append(result);
        return;
      case 'OFFSET_OUT_OF_RANGE':
        this.#shell.self({ type: 'position.lost' });
        return;
      case 'UNREADABLE_RECORDS':
      case 'UNSUPPORTED_FOR_MESSAGE_FORMAT':
      case 'CORRUPT_MESSAGE':
        this.#leaveFetcher();
        this.#shell.self({ type: 'records.unreadable' });
        return;
      default:
        this.#leaveFetcher();
        suspectTopic(this.#shell, this.#args.services.cluster, this.topic);
        this.#shell.clock.setTimeout(
          () => this.followLeader(this.#leader),
          this.#args.services.config.consumer.retryBackoffMs,
        );
    }
  }

  #append(result: FetchResult): void {
    const buffer = this.#buffer!;
    if (result.nextOffset <= buffer.fetchOffset) return;
    const committedBefore = this.#tracker!.committed;
    buffer.append(result);
    if (this.#tracker!.committed !== committedBefore) this.#noteMoved();
    this.#checkFull();
    if (buffer.mayTake) this.#args.onReadable();
  }

  leftOut(): void {
    this.#leftOut = true;
  }

  // --- offering

  get readable(): boolean {
    return this.#reading && this.claimOf.mayOffer && (this.#buffer?.mayTake ?? false);
  }

  get atPendingLimit(): boolean {
    return this.#buffer?.atPendingLimit ?? false;
  }

  take(): Offer | undefined {
    if (!this.#reading || !this.claimOf.mayOffer) return undefined;
    const record = this.#buffer?.take();
    if (!record) return undefined;
    this.#checkRoom();
    return new RecordOffer(this, this.#buffer!, record);
  }

  #checkFull(): void {
    if (this.#full || this.#buffer!.roomBytes > 0) return;
    this.#full = true;
    this.#shell.self({ type: 'buffer.full' });
  }

  /** Room is reported when half of the buffer is free, so that a fetch is worth its request. */
  #checkRoom(): void {
    if (this.#leftOut && this.isEmpty) {
      this.#leftOut = false;
      this.readOn();
    }
    if (!this.#full) return;
    if (this.#buffer!.roomBytes < this.#args.services.config.consumer.fetchMaxBytes / 2) return;
    this.#full = false;
    this.#shell.self({ type: 'buffer.room' });
  }

  written(buffer: PartitionBuffer, record: FetchedRecord): void {
    if (buffer !== this.#buffer) return;
    buffer.acknowledge(record);
    this.#noteMoved();
    this.#noteSettled();
    if (buffer.mayTake && this.#tracker!.outstanding === this.#args.services.config.consumer.pendingMessagesMax - 1)
      this.#args.onReadable();
  }

  returned(buffer: PartitionBuffer, record: FetchedRecord): void {
    if (buffer !== this.#buffer) return;
    buffer.putBack(record);
    this.#noteSettled();
    if (this.#reading) this.#args.onReadable();
  }

  settleOffers(): void {
    this.#settling = true;
    this.#noteSettled();
  }

  #noteSettled(): void {
    if (this.#settling && (this.#tracker?.outstanding ?? 0) === 0) this.#shell.self({ type: 'offers.settled' });
  }

  // --- committing

  #noteMoved(): void {
    if (this.#movedTold || !this.pending()) return;
    this.#movedTold = true;
    this.#group.tell<{ type: 'position.moved' }>('committer', { type: 'position.moved' });
  }

  /** A start that is not what is stored is committed at once: who takes over before the interval would begin elsewhere. */
  #commitStart(): void {
    if (!this.pending()) return;
    this.#movedTold = true;
    this.#group.tell<{ type: 'flush' }>('committer', { type: 'flush' });
  }

  pending(): TrackedPosition | undefined {
    if (!this.#tracker || !this.claimOf.mayCommit) return undefined;
    const position = this.#tracker.position();
    const last = this.#lastCommitted;
    return last && last.offset === position.offset && last.metadata === position.metadata ? undefined : position;
  }

  committed(position: TrackedPosition): void {
    this.#lastCommitted = position;
    this.#movedTold = this.pending() !== undefined;
  }

  shortenMetadata(): void {
    this.#metadataMax = Math.floor(this.#metadataMax / 2);
    this.#tracker?.limitMetadata(this.#metadataMax);
  }

  async commitPosition(): Promise<void> {
    const request: FlushRequest = { type: 'flush', source: this };
    const outcome = await this.#shell.ask(this.#group.address('committer'), request, { deadlineMs: commitTimeoutMs });
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind !== 'reply') throw new Error(`no commit within ${commitTimeoutMs} ms`);
  }

  // --- the end

  forget(): void {
    this.#reading = false;
    this.#leaveFetcher();
    this.#group.tellIfThere<{ type: 'source.remove'; source: CommitSource }>('committer', {
      type: 'source.remove',
      source: this,
    });
    this.#buffer?.forget();
    this.#buffer = undefined;
    this.#tracker = undefined;
    this.claimOf.forget();
  }

  tellServing(): void {
    this.#waits = 0;
    this.#shell.log.info({ offset: this.#tracker?.committed }, 'partition is owned');
    this.#args.tellServing();
  }

  logFailure(step: 'claim' | 'position' | 'commit' | 'release', error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const lost = step === 'commit' ? 'what is not committed comes again' : 'nothing is lost';
    this.#shell.log.warn({ reason, lost }, `${step} failed`);
    if (error instanceof PartitionFailure) suspectTopic(this.#shell, this.#args.services.cluster, this.topic);
  }

  logUnreadable(): void {
    this.#shell.log.error(
      { offset: this.fetchOffset },
      'the next batch cannot be decoded, the partition stands still; its codec is not supported, or it is damaged',
    );
  }

  logUnsettled(): void {
    const count = this.#tracker?.outstanding;
    this.#shell.log.warn({ count }, 'not acknowledged in time, these messages come again from the next owner');
  }

  logReleased(): void {
    this.#shell.log.info({ offset: this.#lastCommitted?.offset }, 'partition is released');
  }

  describe() {
    return {
      committed: this.#tracker?.committed ?? -1,
      outstanding: this.#tracker?.outstanding ?? 0,
      fetchOffset: this.fetchOffset,
      leader: this.#leader,
    };
  }
}

export const partitionOwnerKind: ActorKind<typeof partitionOwnerMachine, PartitionOwnerArgs, Kept> = {
  name: 'partition-owner',
  machine: partitionOwnerMachine,
  restart: workerRestart,
  mailboxRequestsMax: 1,
  build(shell, args, kept) {
    const body = new PartitionOwnerBody(shell, args);
    const claimed = kept?.lease !== undefined && body.claimOf.resume(kept.lease);
    return {
      input: {
        effects: body,
        begin: kept?.releasing ? 'releasing' : claimed ? 'claimed' : 'anew',
        retryBackoffMs: args.services.config.consumer.retryBackoffMs,
        settleTimeoutMs,
        unreadableBackoffMs,
      },
      lends: body satisfies OwnerDesk,
      describe: () => body.describe(),
      ended() {
        const { lease } = body.claimOf;
        const { releasing } = body;
        body.forget();
        return { kept: { lease, releasing }, asks: [] };
      },
    };
  },
};
