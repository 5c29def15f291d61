import { PixyError } from '../../errors/pixy-error.js';
import {
  partitionOwnerMachine,
  type ClaimResult,
  type PartitionOwnerEffects,
  type PartitionOwnerEvent,
  type PartitionStep,
} from '../../machines/partition-owner.js';
import { addressOf } from '../addresses.js';
import type { ActorKind, Ask, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { suspectTopic } from '../metadata/watch-topic.js';
import type { AckRequest, SetPositionRequest } from '../requests.js';
import { workerRestart } from '../restart.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { GroupChildren } from './group-children.js';
import type { GroupCoordinator } from './group-coordinator.js';
import { logNotAcked, logOffersDropped } from './offer-log.js';
import type { OffsetTracker } from './offset-tracker.js';
import type { OwnerDesk } from './owner-desk.js';
import { PartitionBuffer } from './partition-buffer.js';
import { PartitionClaim } from './partition-claim.js';
import { PartitionOffers } from './partition-offers.js';
import { PartitionPosition } from './partition-position.js';
import { PartitionReader } from './partition-reader.js';
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
  readonly leader: () => number;
  readonly coordinator: GroupCoordinator;
  /** The subscription: called when a message can be taken that could not be before. */
  readonly onReadable: () => void;
  /** The subscription: called when nothing is offered and unacknowledged any more. */
  readonly onNothingOut: () => void;
  readonly tellServing: () => void;
}

/**
 * What outlives a crash: the duty to release, if it had begun. The claim outlives it as well, by itself: the node belongs to
 * the session, and whoever claims under the same session finds it to be its own.
 */
interface Kept {
  readonly releasing: boolean;
}

/** Acknowledgements that may wait for an owner: as long as it reads they are served without waiting. */
const acksWaitingMax = 10_000;
const unreadableBackoffMs = 5000;
/** What may lie here unoffered: enough for many requests, little enough for many partitions. */
const bufferBytesMax = 512 * 1024;
/** A claim that others keep is waited for as long as it takes; one line in so many tries says so. */
const triesPerLine = 20;
/** Ranges of acknowledged offsets that are shown. */
const gapsShownMax = 10;
/** The group is told after the fourth, for a handover takes less, and then after ten more each: it has the members look again. */
const firstNoticeAt = 4;
const failedClaimsPerNotice = 10;

class PartitionOwnerBody implements PartitionOwnerEffects {
  readonly #shell: Shell<PartitionOwnerEvent>;
  readonly #args: PartitionOwnerArgs;
  readonly #claim: PartitionClaim;
  readonly #reader: PartitionReader;
  readonly #position: PartitionPosition;
  readonly offers: PartitionOffers;
  /** From the reading of a position to the last commit: it is our say what becomes of the partition. */
  #positioned = false;
  #toSet: Ask<null, SetPositionRequest> | undefined;
  /** Counts up with each beginning of a position, and its end: an answer that comes later is about none that counts. */
  #positionRun = 0;
  #tries = 0;
  #failedClaims = 0;
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
    this.#reader = new PartitionReader(shell, services, children, args, () => this.offers.noteFetched());
    this.#position = new PartitionPosition(shell, children, args, () => this.#claim.mayCommit);
    const parts = { claim: this.#claim, reader: this.#reader, position: this.#position };
    this.offers = new PartitionOffers(shell, args, parts, args);
  }

  // --- the claim

  async claim(): Promise<ClaimResult> {
    const result = await this.#claim.claim();
    this.#failedClaims = result === 'taken' ? this.#failedClaims + 1 : 0;
    if (this.#failedClaims % failedClaimsPerNotice === firstNoticeAt) this.#tellContested();
    return result;
  }

  #tellContested(): void {
    const { services, group } = this.#args;
    this.#shell.tell(addressOf.group(services.cluster, group), { type: 'claim.contested' });
  }

  releaseClaim(): Promise<void> {
    this.#positioned = false;
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
    this.#positioned = true;
    const { services, coordinator } = this.#args;
    const run = ++this.#positionRun;
    const { buffer } = this.offers;
    const [stored, ends] = await Promise.all([
      // The log lost our place: what we know of the partition is newer than what is stored.
      buffer ? undefined : readStored(services.kafka, coordinator, this.#at, this.#shell.signal),
      this.#readEnds(),
    ]);
    if (run !== this.#positionRun) return;
    if (stored) {
      const start = startPosition({ ...stored, ...ends });
      logStartPosition(this.#shell.log, start, { ...stored, ...ends });
      this.#begin(start, this.#position.begin(start));
    } else this.#goOn(buffer!, ends);
  }

  get #at() {
    const { topic, partition } = this.#args;
    return { topic, partition };
  }

  async #readEnds(): Promise<{ earliest: number; latest: number }> {
    const { leader } = this.#reader;
    if (leader < 0) throw new PartitionFailure('cannot read the ends of the log', 'LEADER_NOT_AVAILABLE');
    return readEnds(this.#args.services.kafka, leader, this.#at, this.#shell.signal);
  }

  #begin(start: StartPosition, tracker: OffsetTracker): void {
    const { services } = this.#args;
    const { consumer } = services.config;
    const fetchOffset = start.why === 'beyond-the-end' ? start.fetchOffset : tracker.committed;
    const buffer = new PartitionBuffer(tracker, fetchOffset, services.budget, {
      bufferBytesMax: Math.min(bufferBytesMax, consumer.fetchMaxBytes),
      pendingMessagesMax: consumer.pendingMessagesMax,
      ackTimeoutMs: consumer.ackTimeoutMs,
      retriesMax: consumer.retriesMax,
    });
    this.offers.begin(buffer);
  }

  /** Reads again from the lowest offset that is not acknowledged. What is offered stays so: its acks still count. */
  #goOn(buffer: PartitionBuffer, ends: { earliest: number; latest: number }): void {
    const stored = this.#position.tracker!.committed;
    const start = startPosition({ stored, metadata: '', ...ends });
    logStartPosition(this.#shell.log, start, { stored, ...ends });
    logOffersDropped(this.#shell.log, buffer.dropBelow(ends.earliest));
    buffer.offerAllAgain();
    buffer.readFrom(start.fetchOffset);
  }

  async setPosition(): Promise<void> {
    const ask = this.#toSet!;
    this.#positionRun++;
    try {
      await this.#setPosition(ask);
      ask.reply(null);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      ask.refuse(new PixyError('offsets-failed', { reason }, { cause: error }));
      throw error;
    } finally {
      if (this.#toSet === ask) this.#toSet = undefined;
    }
  }

  async #setPosition(ask: Ask<null, SetPositionRequest>): Promise<void> {
    const { offset, metadata } = ask.request;
    const found = { stored: offset, metadata, ...(await this.#readEnds()) };
    this.#mustBeSetting(ask);
    const start = startPosition(found);
    logStartPosition(this.#shell.log, start, found);
    this.offers.forget();
    try {
      const tracker = await this.#position.set(start);
      this.#mustBeSetting(ask);
      this.#begin(start, tracker);
      this.#shell.log.info({ offset: tracker.committed, asked: offset }, 'the position was set');
    } catch (error) {
      // What is stored by now is not known: it is read again.
      if (this.#toSet === ask) this.#position.tracker = undefined;
      throw error;
    } finally {
      this.offers.noteSettled();
    }
  }

  #mustBeSetting(ask: Ask): void {
    if (this.#toSet !== ask) throw new Error('the partition was lost meanwhile');
  }

  commitPosition(): Promise<void> {
    return this.#position.flush();
  }

  // --- reading

  startReading(): void {
    this.#position.enlist();
    this.#reader.start(this.offers.buffer!);
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

  // --- requests

  receive(ask: Ask): PartitionOwnerEvent | undefined {
    if (this.serve(ask)) return undefined;
    const refusal = this.#whyNotSet();
    if (refusal) {
      ask.refuse(refusal);
      return undefined;
    }
    this.#toSet = ask as Ask<null, SetPositionRequest>;
    return { type: 'position.set' };
  }

  #whyNotSet(): PixyError | undefined {
    const { address } = this.#shell;
    if (this.releasing) return new PixyError('shutting-down', {});
    if (!this.#positioned) return new PixyError('no-such-actor', { address });
    return this.#toSet && new PixyError('mailbox-full', { address });
  }

  /** Takes an ack, in whatever state; anything else is none of the valve's business. */
  serve(ask: Ask): boolean {
    const request = ask.request as AckRequest | SetPositionRequest;
    if (request.type !== 'ack') return false;
    if (!this.#positioned) {
      ask.refuse(new PixyError('ack-channel-missing', this.#args));
      return true;
    }
    this.offers.acknowledge(request.offset);
    ask.reply(null);
    return true;
  }

  // --- the end

  settleOffers(): void {
    this.#positionRun++;
    this.offers.settle();
  }

  forget(): void {
    this.#positionRun++;
    this.#reader.stop();
    this.#position.forget();
    this.offers.forget();
    this.#claim.forget();
    this.#positioned = false;
    this.#toSet?.refuse(new PixyError('no-such-actor', { address: this.#shell.address }));
    this.#toSet = undefined;
  }

  tellServing(): void {
    this.#tries = 0;
    this.#shell.log.info({ offset: this.#position.tracker?.committed }, 'partition is owned');
    this.#args.tellServing();
  }

  logFailure(step: PartitionStep, error: unknown): void {
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

  logNotAcked(): void {
    logNotAcked(this.#shell.log, this.#position.tracker?.outstandingOffsets() ?? []);
  }

  logReleased(): void {
    this.#shell.log.info({ offset: this.#position.lastCommitted?.offset }, 'partition is released');
  }

  describe() {
    const { tracker } = this.#position;
    const { buffer, outstanding } = this.offers;
    const committed = tracker?.committed ?? -1;
    const end = this.#reader.highWatermark;
    const offeredTotal = buffer?.offeredTotal ?? 0;
    return {
      committed,
      fetchOffset: this.#reader.fetchOffset,
      end,
      lag: committed < 0 || end < 0 ? -1 : Math.max(0, end - committed),
      offered: outstanding,
      pendingMax: this.#args.services.config.consumer.pendingMessagesMax,
      gaps: tracker?.gapsText(gapsShownMax) ?? '',
      buffered: buffer?.buffered ?? 0,
      bufferedBytes: buffer?.bufferedBytes ?? 0,
      full: this.offers.isFull(true),
      leader: this.#reader.leader,
      holder: this.#claim.holder,
      holderSession: this.#claim.holderSession,
      tries: this.#tries,
      offeredTotal,
      ackedTotal: Math.max(0, offeredTotal - outstanding),
      redelivered: buffer?.redelivered ?? 0,
    };
  }
}

export const partitionOwnerKind: ActorKind<typeof partitionOwnerMachine, PartitionOwnerArgs, Kept> = {
  name: 'partition-owner',
  machine: partitionOwnerMachine,
  restart: workerRestart,
  mailboxRequestsMax: acksWaitingMax,
  build(shell, args, kept) {
    const body = new PartitionOwnerBody(shell, args);
    return {
      input: {
        effects: body,
        releasing: kept?.releasing ?? false,
        retryBackoffMs: args.services.config.consumer.retryBackoffMs,
        unreadableBackoffMs,
      },
      lends: body.offers satisfies OwnerDesk,
      serve: (ask) => body.serve(ask),
      receive: (ask) => body.receive(ask),
      describe: () => body.describe(),
      ended() {
        body.forget();
        return { kept: { releasing: body.releasing }, asks: [] };
      },
    };
  },
};
