import { ZooKeeperFailure, type ZooKeeperSession } from '../../zookeeper/port.js';
import type { QueryDeskEvent } from '../../machines/query-desk.js';
import { addressOf } from '../addresses.js';
import type { Ask, Loan, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import type { SetOffsetsReply, SetOffsetsRequest, SetPositionRequest } from '../requests.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { awaitSession, sessionWaitMaxMs } from './asking-zookeeper.js';
import { inRequests, type PositionToSet } from './handover.js';
import type { HandoverClient } from './handover-client.js';
import { readHolders, type PartitionHolder } from './partition-owners.js';
import { pause, within } from './query-desk.js';

/** Of the time that the asker waits, so much may be spent on having owners take the positions; the rest is for Kafka. */
const ownersShare = 0.6;
const retryBackoffMs = 200;
/** When the owners' time is over, so much is spent on who they are, for the report. */
const readAgainMs = 500;

export interface SetOffsetsContext {
  readonly services: ClusterServices;
  readonly shell: Shell<QueryDeskEvent>;
  readonly sessions: Loan<SessionLease>;
  readonly handovers: HandoverClient;
  /** Commits as the original does, whoever owns the partitions. Throws when one was not taken. */
  readonly commit: (positions: readonly PositionToSet[]) => Promise<void>;
}

interface ByOwner {
  /** Owned by this daemon. */
  readonly here: PositionToSet[];
  /** Owned by other daemons of ours: session -> positions. */
  readonly elsewhere: Map<string, PositionToSet[]>;
  /** Owned by nobody, or by a member of another implementation. */
  readonly others: PositionToSet[];
}

/**
 * Sets the offsets of a group that may be consuming. A partition that a daemon of ours owns is set by its owner, which
 * commits it itself: it would overwrite what anybody else committed. Everything else is committed from here, and looked at
 * once more: who claimed it meanwhile may have read what was stored before. What no owner has confirmed in time is
 * committed all the same, and said.
 */
export class SetOffsets {
  readonly #context: SetOffsetsContext;
  readonly #request: SetOffsetsRequest;
  readonly #ownersUntilMs: number;
  readonly #sessionUntilMs: number;
  /** Not done yet. The last one counts of those that name the same partition. */
  readonly #open: Map<number, PositionToSet>;
  /** Committed while nobody owned it. */
  readonly #committed = new Set<number>();
  /** Committed although this member owns it and did not confirm. */
  readonly #unconfirmed = new Map<number, string>();

  constructor(context: SetOffsetsContext, ask: Ask) {
    this.#context = context;
    this.#request = ask.request as SetOffsetsRequest;
    this.#open = new Map(this.#request.offsets.map((position) => [position.partition, position]));
    this.#ownersUntilMs = ask.askedAtMs + (ask.deadlineAtMs - ask.askedAtMs) * ownersShare;
    this.#sessionUntilMs = Math.min(ask.askedAtMs + sessionWaitMaxMs, this.#ownersUntilMs);
  }

  /** May be called again after it threw: what was done is not done again. */
  async run(): Promise<SetOffsetsReply> {
    const { sessions, shell } = this.#context;
    while (this.#open.size > 0) {
      const timeIsOver = this.#remainingMs <= 0;
      const session = await awaitSession(shell, sessions, this.#sessionUntilMs);
      const holders = await this.#holders(session);
      if (timeIsOver || !session || !holders) {
        await this.#commitUnconfirmed(holders);
        break;
      }
      const leftBefore = this.#left;
      await this.#round(session, holders);
      if (this.#left === leftBefore) await pause(shell, retryBackoffMs);
    }
    return { foreignOwners: this.#report() };
  }

  /** What stands out: to be set, and to be looked at once more. */
  get #left(): number {
    return this.#open.size * 2 - this.#committed.size;
  }

  get #nowMs(): number {
    return this.#context.shell.clock.nowMs();
  }

  get #remainingMs(): number {
    return this.#ownersUntilMs - this.#nowMs;
  }

  /** `undefined`: ZooKeeper does not say. */
  async #holders(session: ZooKeeperSession | undefined): Promise<Map<number, PartitionHolder> | undefined> {
    for (;;) {
      if (!session) return undefined;
      try {
        const reading = readHolders(session, this.#request, [...this.#open.keys()]);
        return await within(this.#context.shell, this.#ownersUntilMs + readAgainMs - this.#nowMs, reading);
      } catch (error) {
        if (!(error instanceof ZooKeeperFailure)) throw error;
        if (this.#remainingMs <= 0) return undefined;
        await pause(this.#context.shell, retryBackoffMs);
      }
    }
  }

  async #round(session: ZooKeeperSession, holders: ReadonlyMap<number, PartitionHolder>): Promise<void> {
    const { here, elsewhere, others } = this.#sort(session, holders);
    await Promise.all([
      ...here.map((position) => this.#setHere(position)),
      ...[...elsewhere].flatMap(([owner, positions]) =>
        inRequests(positions).map((request) => this.#setElsewhere(session, owner, request)),
      ),
      this.#commitOthers(others, holders),
    ]);
  }

  #sort(session: ZooKeeperSession, holders: ReadonlyMap<number, PartitionHolder>): ByOwner {
    const sorted: ByOwner = { here: [], elsewhere: new Map(), others: [] };
    for (const position of this.#open.values()) {
      const holder = holders.get(position.partition);
      // Committed already, and whoever claims it from now on reads that.
      if (!holder && this.#committed.has(position.partition)) this.#open.delete(position.partition);
      else if (!holder?.isOurs) sorted.others.push(position);
      else if (holder.sessionId === session.sessionId) sorted.here.push(position);
      else {
        const { sessionId } = holder;
        sorted.elsewhere.set(sessionId, [...(sorted.elsewhere.get(sessionId) ?? []), position]);
      }
    }
    return sorted;
  }

  async #setHere(position: PositionToSet): Promise<void> {
    const { services, shell } = this.#context;
    const { partition, offset, metadata } = position;
    const to = addressOf.partitionOwner(services.cluster, this.#request.group, this.#request.topic, partition);
    const request: SetPositionRequest = { type: 'position.set', offset, metadata };
    const outcome = await shell.ask<null>(to, request, { deadlineMs: Math.max(1, this.#remainingMs) });
    if (outcome.kind === 'reply') this.#open.delete(partition);
  }

  async #setElsewhere(session: ZooKeeperSession, owner: string, positions: readonly PositionToSet[]): Promise<void> {
    const { group, topic } = this.#request;
    const waitMs = Math.max(1, Math.round(this.#remainingMs));
    try {
      const { handovers, shell } = this.#context;
      const asking = handovers.ask(session, owner, { group, topic, positions, waitMs });
      for (const partition of (await within(shell, waitMs + readAgainMs, asking)) ?? []) this.#open.delete(partition);
    } catch (error) {
      if (!(error instanceof ZooKeeperFailure)) throw error;
    }
  }

  async #commitOthers(
    positions: readonly PositionToSet[],
    holders: ReadonlyMap<number, PartitionHolder>,
  ): Promise<void> {
    if (positions.length === 0) return;
    await this.#context.commit(positions);
    for (const { partition } of positions) {
      const holder = holders.get(partition);
      if (!holder) this.#committed.add(partition);
      else {
        this.#unconfirmed.set(partition, holder.memberId);
        this.#open.delete(partition);
      }
    }
  }

  /** `undefined`: it is not known who owns what. */
  async #commitUnconfirmed(holders: ReadonlyMap<number, PartitionHolder> | undefined): Promise<void> {
    const positions = [...this.#open.values()];
    await this.#context.commit(positions);
    if (!holders)
      this.#context.shell.log.warn(
        { group: this.#request.group, topic: this.#request.topic },
        'offsets were set, but it is not known who owns the partitions: a consuming owner may overwrite them',
      );
    for (const { partition } of positions) {
      const holder = holders?.get(partition);
      if (holder) this.#unconfirmed.set(partition, holder.memberId);
    }
    this.#open.clear();
  }

  #report(): SetOffsetsReply['foreignOwners'] {
    const foreignOwners: Record<string, number[]> = {};
    for (const [partition, memberId] of [...this.#unconfirmed].sort(([a], [b]) => a - b))
      (foreignOwners[memberId] ??= []).push(partition);
    if (this.#unconfirmed.size > 0)
      this.#context.shell.log.warn(
        { group: this.#request.group, topic: this.#request.topic, foreignOwners },
        'offsets were set for partitions whose owners did not confirm it: they read on where they were, and may overwrite them',
      );
    return foreignOwners;
  }
}
