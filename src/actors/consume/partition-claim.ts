import type { ClaimResult } from '../../machines/partition-owner.js';
import { ZooKeeperFailure, type WatchEventType } from '../../zookeeper/port.js';
import type { Loan } from '../bus/types.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { groupPaths } from './group-paths.js';

export interface ClaimedPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** A partition that keeps changing hands is waited for instead. */
const claimTriesMax = 3;

/**
 * The claim on one partition: an ephemeral node that names the member. It counts as ours only if it belongs to the very
 * session that we claim under; one with our name from another session is a leftover, which is waited for, never adopted
 * and never deleted.
 */
export class PartitionClaim {
  readonly #at: ClaimedPartition;
  readonly #memberId: string;
  readonly #sessions: Loan<SessionLease>;
  readonly #onFreed: () => void;
  readonly #onLost: () => void;
  /** The session that the claim was made under. */
  #lease: SessionLease | undefined;
  /** Counts up with each claim, release and end, so that a claim that was overtaken creates nothing any more. */
  #run = 0;
  #freedMeanwhile = false;
  /** Claimed, or to be claimed; not released or forgotten since. */
  #isWanted = false;
  /** Who held it when it was looked at last, and under which session; empty: nobody, or ourselves. */
  holder = '';
  holderSession = '';

  constructor(
    at: ClaimedPartition,
    memberId: string,
    sessions: Loan<SessionLease>,
    on: { readonly freed: () => void; readonly lost: () => void },
  ) {
    this.#at = at;
    this.#memberId = memberId;
    this.#sessions = sessions;
    this.#onFreed = on.freed;
    this.#onLost = on.lost;
  }

  get #path(): string {
    return groupPaths.owner(this.#at.group, this.#at.topic, this.#at.partition);
  }

  /** Ours, and the session is trusted enough to offer what we read. */
  get mayOffer(): boolean {
    return this.#lease?.mayOffer ?? false;
  }

  get mayCommit(): boolean {
    return this.#lease?.mayCommit ?? false;
  }

  async claim(): Promise<ClaimResult> {
    const lease = this.#sessions.get();
    const session = lease?.session;
    if (!lease || !session) throw new ZooKeeperFailure('connection-loss', 'there is no ZooKeeper session at present');
    const run = ++this.#run;
    this.#isWanted = true;
    // What is freed while we look who holds it would be noticed only after a back-off: nobody waits for it yet.
    for (let tries = 0; tries < claimTriesMax && run === this.#run; tries++) {
      this.#freedMeanwhile = false;
      try {
        await this.#create(session, run);
      } catch (error) {
        // A node that stands already may be our own: the answer to an earlier creation may have been lost.
        if (!(error instanceof ZooKeeperFailure) || error.kind !== 'node-exists') throw error;
      }
      const stat = await session.exists(this.#path, this.#watch);
      if (!stat) continue;
      if (stat.ephemeralOwner === lease.sessionId && run === this.#run) {
        this.#lease = lease;
        this.#noteHolder('', '');
        return 'ours';
      }
      await session.getData(this.#path).then(
        ({ data, stat: { ephemeralOwner } }) => this.#noteHolder(data, ephemeralOwner ?? ''),
        () => this.#noteHolder('', ''),
      );
      if (!this.#freedMeanwhile) return 'taken';
    }
    return 'taken';
  }

  #noteHolder(memberId: string, sessionId: string): void {
    this.holder = memberId;
    this.holderSession = sessionId;
  }

  async #create(session: NonNullable<SessionLease['session']>, run: number): Promise<void> {
    try {
      await session.create(this.#path, this.#memberId, 'ephemeral');
    } catch (error) {
      if (!(error instanceof ZooKeeperFailure) || error.kind !== 'no-node') throw error;
      await session.ensurePath(groupPaths.ownersOfTopic(this.#at.group, this.#at.topic));
      // Released meanwhile: nobody would keep it, and nobody else could have it.
      if (run === this.#run) await session.create(this.#path, this.#memberId, 'ephemeral');
    }
  }

  /** One function for all watches of this node, so that looking again does not pile them up. */
  readonly #watch = ({ type }: { readonly type: WatchEventType }): void => {
    if (!this.#isWanted) return;
    if (!this.#lease) {
      this.#freedMeanwhile = true;
      this.#onFreed();
    } else if (type === 'deleted') void this.#lookWhetherLost(this.#lease);
  };

  /** The news may be older than the claim: who held it before has deleted its node as well. */
  async #lookWhetherLost(lease: SessionLease): Promise<void> {
    const stat = await lease.session?.exists(this.#path, this.#watch).catch(() => null);
    if (lease === this.#lease && stat?.ephemeralOwner !== lease.sessionId) this.#onLost();
  }

  /** Deletes our node. Resolves also when it is gone already or belongs to another session. */
  async release(): Promise<void> {
    const session = (this.#lease ?? this.#sessions.get())?.session;
    this.#lease = undefined;
    this.#isWanted = false;
    this.#run++;
    if (!session) throw new ZooKeeperFailure('connection-loss', 'there is no ZooKeeper session at present');
    await session.deleteOwn(this.#path);
  }

  forget(): void {
    this.#lease = undefined;
    this.#isWanted = false;
    this.#run++;
  }
}
