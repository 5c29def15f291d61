import type { FetchedRecord } from '../../kafka/port.js';
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
import { GroupChildren } from './group-children.js';
import type { GroupCoordinator } from './group-coordinator.js';
import { RecordOffer, type Offer, type OfferKeeper, type OwnerDesk } from './owner-desk.js';
import { PartitionBuffer } from './partition-buffer.js';
import { PartitionClaim } from './partition-claim.js';
import { PartitionPosition } from './partition-position.js';
import { PartitionReader } from './partition-reader.js';
import { logStartPosition, PartitionFailure, readEnds, readStored, startPosition } from './start-position.js';

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

/**
 * What outlives a crash: the duty to release, if it had begun. The claim outlives it as well, by itself: the node belongs to
 * the session, and whoever claims under the same session finds it to be its own.
 */
interface Kept {
  readonly releasing: boolean;
}

/** How long offered messages may stay unsettled at a release: an answer that is being written settles in no time. */
const settleTimeoutMs = 3000;
const unreadableBackoffMs = 5000;
/** What may lie here unoffered: enough for many requests, little enough for many partitions. */
const bufferBytesMax = 512 * 1024;
/** A claim that others keep is waited for as long as it takes; one line in so many tries says so. */
const triesPerLine = 20;

class PartitionOwnerBody implements PartitionOwnerEffects, OwnerDesk, OfferKeeper {
  readonly #shell: Shell<PartitionOwnerEvent>;
  readonly #args: PartitionOwnerArgs;
  readonly #claim: PartitionClaim;
  readonly #reader: PartitionReader;
  readonly #position: PartitionPosition;
  #buffer: PartitionBuffer | undefined;
  #settling = false;
  #tries = 0;
  releasing = false;

  constructor(shell: Shell<PartitionOwnerEvent>, args: PartitionOwnerArgs) {
    this.#shell = shell;
    this.#args = args;
    const { services, group, topic, partition } = args;
    const children = new GroupChildren(shell, services.cluster, group);
    this.#claim = new PartitionClaim(
      { group, topic, partition },
      services.memberId,
      shell.borrow<SessionLease>(addressOf.zookeeper(services.cluster)),
      { freed: () => shell.self({ type: 'claim.freed' }), lost: () => shell.self({ type: 'claim.lost' }) },
    );
    this.#reader = new PartitionReader(shell, services, children, args, () => this.#onFetched());
    this.#position = new PartitionPosition(shell, children, args, () => this.#claim.mayCommit);
  }

  get partition(): number {
    return this.#args.partition;
  }

  // --- the claim

  claim(): Promise<ClaimResult> {
    return this.#claim.claim();
  }

  releaseClaim(): Promise<void> {
    return this.#claim.release();
  }

  noteReleasing(): void {
    this.releasing = true;
  }

  logClaimTaken(): void {
    if (this.#tries++ % triesPerLine === 0)
      this.#shell.log.info({ holder: this.#claim.holder, tries: this.#tries }, 'waiting for the partition');
  }

  logClaimLost(): void {
    this.#shell.log.warn('our claim on the partition was deleted by somebody, claiming it again');
  }

  // --- the position

  async readPosition(): Promise<void> {
    const { services, coordinator, topic, partition } = this.#args;
    const at = { topic, partition };
    const { leader } = this.#reader;
    if (leader < 0) throw new PartitionFailure('cannot read the ends of the log', 'LEADER_NOT_AVAILABLE');
    const inMemory = this.#position.tracker?.position();
    const [stored, ends] = await Promise.all([
      inMemory
        ? { stored: inMemory.offset, metadata: inMemory.metadata }
        : readStored(services.kafka, coordinator, at, this.#shell.signal),
      readEnds(services.kafka, leader, at, this.#shell.signal),
    ]);
    const start = startPosition({ ...stored, ...ends });
    logStartPosition(this.#shell.log, start, { ...stored, ...ends });
    const inKafka = inMemory ? undefined : { offset: stored.stored, metadata: stored.metadata };
    const tracker = this.#position.begin(start, inKafka);
    this.#buffer?.forget();
    const position = tracker.position();
    // Without sparse acks there is nothing to skip but what lies below the committed offset.
    const skipBelow = position.metadata === '' ? position.offset : Number.MAX_SAFE_INTEGER;
    const fetchOffset = start.why === 'beyond-the-end' ? start.fetchOffset : position.offset;
    const { consumer } = services.config;
    this.#buffer = new PartitionBuffer(tracker, fetchOffset, skipBelow, services.budget, {
      bufferBytesMax: Math.min(bufferBytesMax, consumer.fetchMaxBytes),
      pendingMessagesMax: consumer.pendingMessagesMax,
    });
  }

  commitPosition(): Promise<void> {
    return this.#position.flush();
  }

  // --- reading

  startReading(): void {
    this.#position.enlist();
    this.#reader.start(this.#buffer!);
  }

  stopReading(): void {
    this.#reader.stop();
  }

  followLeader(leader: number): void {
    this.#reader.followLeader(leader);
  }

  readOn(): void {
    this.#reader.readOn();
  }

  #onFetched(): void {
    // Where the log holds nothing, the position moves without an acknowledgement.
    this.#position.noteMoved();
    if (this.#buffer!.mayTake) this.#args.onReadable();
  }

  // --- offering

  get hasLeader(): boolean {
    return this.#reader.leader >= 0;
  }

  get readable(): boolean {
    return this.#reader.isReading && this.#claim.mayOffer && (this.#buffer?.mayTake ?? false);
  }

  get atPendingLimit(): boolean {
    return this.#buffer?.atPendingLimit ?? false;
  }

  take(): Offer | undefined {
    if (!this.#reader.isReading || !this.#claim.mayOffer) return undefined;
    const record = this.#buffer?.take();
    if (!record) return undefined;
    this.#reader.noteTaken();
    return new RecordOffer(this, this.#buffer!, record);
  }

  written(buffer: PartitionBuffer, record: FetchedRecord): void {
    if (buffer !== this.#buffer) return;
    const wasAtLimit = buffer.atPendingLimit;
    buffer.acknowledge(record);
    this.#position.noteMoved();
    this.#noteSettled();
    if (wasAtLimit && buffer.mayTake) this.#args.onReadable();
  }

  returned(buffer: PartitionBuffer, record: FetchedRecord): void {
    if (buffer !== this.#buffer) return;
    buffer.putBack(record);
    this.#noteSettled();
    if (this.#reader.isReading) this.#args.onReadable();
  }

  settleOffers(): void {
    this.#settling = true;
    this.#noteSettled();
  }

  #noteSettled(): void {
    if (this.#settling && this.#outstanding === 0) this.#shell.self({ type: 'offers.settled' });
  }

  get #outstanding(): number {
    return this.#position.tracker?.outstanding ?? 0;
  }

  // --- the end

  forget(): void {
    this.#reader.stop();
    this.#position.forget();
    this.#buffer?.forget();
    this.#buffer = undefined;
    this.#claim.forget();
  }

  tellServing(): void {
    this.#tries = 0;
    this.#shell.log.info({ offset: this.#position.tracker?.committed }, 'partition is owned');
    this.#args.tellServing();
  }

  logFailure(step: 'claim' | 'position' | 'commit' | 'release', error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const lost = step === 'commit' ? 'what is not committed comes again' : 'nothing is lost';
    this.#shell.log.warn({ reason, lost }, `${step} failed`);
    if (error instanceof PartitionFailure) suspectTopic(this.#shell, this.#args.services.cluster, this.#args.topic);
  }

  logUnreadable(): void {
    this.#shell.log.error(
      { offset: this.#reader.fetchOffset },
      'the next batch cannot be decoded, the partition stands still; its codec is not supported, or it is damaged',
    );
  }

  logUnsettled(): void {
    const count = this.#outstanding;
    this.#shell.log.warn({ count }, 'not acknowledged in time, these messages come again from the next owner');
  }

  logReleased(): void {
    this.#shell.log.info({ offset: this.#position.lastCommitted?.offset }, 'partition is released');
  }

  describe() {
    return {
      committed: this.#position.tracker?.committed ?? -1,
      outstanding: this.#outstanding,
      fetchOffset: this.#reader.fetchOffset,
      leader: this.#reader.leader,
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
    return {
      input: {
        effects: body,
        releasing: kept?.releasing ?? false,
        retryBackoffMs: args.services.config.consumer.retryBackoffMs,
        settleTimeoutMs,
        unreadableBackoffMs,
      },
      lends: body satisfies OwnerDesk,
      describe: () => body.describe(),
      ended() {
        const { releasing } = body;
        body.forget();
        return { kept: { releasing }, asks: [] };
      },
    };
  },
};
