import { PixyError } from '../../errors/pixy-error.js';
import type { PartitionOwnerEvent } from '../../machines/partition-owner.js';
import type { GroupMemberEvent } from '../../machines/group-member.js';
import { subscriptionMachine, type SubscriptionEffects, type SubscriptionEvent } from '../../machines/subscription.js';
import type { TopicChanged, TopicView } from '../../machines/topic-view.js';
import { addressOf } from '../addresses.js';
import { joinAddress } from '../bus/address.js';
import type { ActorKind, Address, Loan, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { unwatchTopic, watchTopic } from '../metadata/watch-topic.js';
import type { PollReason } from '../requests.js';
import { workerRestart } from '../restart.js';
import { refuseUnowned } from './ack-channel.js';
import type { GroupCoordinator } from './group-coordinator.js';
import { IdleWatch } from './idle-watch.js';
import type { OwnerDesk } from './owner-desk.js';
import { partitionOwnerKind } from './partition-owner.js';
import { WaitingPolls, type PollAsk } from './waiting-polls.js';

export interface SubscriptionArgs {
  readonly services: ClusterServices;
  readonly group: string;
  readonly topic: string;
  readonly coordinator: GroupCoordinator;
  /** From the word to stop to the end of everything. */
  readonly drainTimeoutMs: number;
  /** Why nothing is assigned yet, as the group knows it. */
  readonly whyUnassigned: () => PollReason;
}

/** Partitions that are shown of one topic. */
const partitionsShownMax = 256;

interface Owner {
  readonly partition: number;
  readonly address: Address<PartitionOwnerEvent>;
  readonly desk: Loan<OwnerDesk>;
  /** Was told to release, or to forget: it will not come back to us. */
  leaving: boolean;
  /** Was told that the daemon stops, and that it has less time. */
  hurried: boolean;
}

class SubscriptionBody implements SubscriptionEffects {
  readonly #shell: Shell<SubscriptionEvent>;
  readonly #args: SubscriptionArgs;
  readonly polls: WaitingPolls;
  readonly #idle: IdleWatch;
  /** Ascending by partition, so that turns are taken in that order. */
  #owners: Owner[] = [];
  /** Partition that was served last; the next turn begins after it. */
  #lastServed = -1;
  #view: TopicView | undefined;
  #unknownTopic = false;
  #assigned: readonly number[] | undefined;
  #session: 'up' | 'lapsed' | 'lost' = 'up';
  #draining = false;
  /** Nobody asks, but acknowledgements are waited for. */
  #awaitingAcks = false;
  #dispatching = false;

  constructor(shell: Shell<SubscriptionEvent>, args: SubscriptionArgs) {
    const { consumer } = args.services.config;
    this.#shell = shell;
    this.#args = args;
    this.polls = new WaitingPolls(consumer.pollsWaitingMax);
    this.#idle = new IdleWatch(
      shell.clock,
      consumer.subscriptionTimeoutMs,
      () => this.polls.size > 0,
      () => this.#noteIdle(),
    );
    watchTopic(shell, args.services.cluster, args.topic);
  }

  // --- requests

  /** Answers at once if a message is here, lets the request wait otherwise. */
  serve(ask: PollAsk): void {
    if (this.#draining) return void ask.refuse(new PixyError('shutting-down', {}));
    this.#idle.touch();
    if (this.polls.size === 0 && this.#offerTo(ask)) return;
    if (!this.polls.add(ask)) return void ask.refuse(new PixyError('too-many-polls', {}));
    // Those who wait may be of the kind for which there is no room: they do not keep back the other kind.
    if (this.polls.size > 1) this.dispatch();
  }

  dispatch(): void {
    // A message that nobody took goes back to its owner, which reports it; the loop below has it anyway.
    if (this.#dispatching) return;
    this.#dispatching = true;
    let mayKeep = true;
    for (const ask of this.polls) {
      if (!this.#owners.some(({ desk }) => desk.get()?.readable)) break;
      const ackLater = ask.request.ack === 'none';
      if (ackLater && !mayKeep) continue;
      if (!ask.open || this.#offerTo(ask)) this.polls.remove(ask);
      else if (ackLater) mayKeep = false;
      else break;
    }
    this.#dispatching = false;
  }

  /** Round robin over the partitions, in ascending order. */
  #offerTo(ask: PollAsk): boolean {
    const owners = this.#owners;
    const after = owners.findIndex(({ partition }) => partition > this.#lastServed);
    const first = after < 0 ? 0 : after;
    for (let turn = 0; turn < owners.length; turn++) {
      const owner = owners[(first + turn) % owners.length]!;
      const offer = owner.desk.get()?.take(ask.request.ack === 'none');
      if (!offer) continue;
      this.#lastServed = owner.partition;
      if (!ask.reply(offer.delivery)) offer.putBack();
      return true;
    }
    return false;
  }

  // --- idleness

  get #unacked(): number {
    return this.#owners.reduce((sum, { desk }) => sum + (desk.get()?.outstanding ?? 0), 0);
  }

  /** Whoever got a message last has the whole time for its acknowledgement. */
  #noteIdle(): void {
    const leftMs = this.#args.services.config.consumer.ackTimeoutMs - this.#idle.quietMs;
    this.#awaitingAcks = leftMs > 0 && this.#unacked > 0;
    this.#shell.self({ type: 'idle', awaitsAcks: this.#awaitingAcks });
  }

  awaitAcks(): void {
    const { ackTimeoutMs } = this.#args.services.config.consumer;
    const leftMs = ackTimeoutMs - this.#idle.quietMs;
    this.#shell.log.info({ unacked: this.#unacked, leftMs }, 'nobody asks for messages any more, waiting for acks');
    this.#idle.lookAgainIn(leftMs);
  }

  #onNothingOut(): void {
    if (!this.#awaitingAcks || this.#unacked > 0) return;
    this.#awaitingAcks = false;
    this.#idle.lookNow();
  }

  refusePolls(): void {
    this.#draining = true;
    for (const ask of this.polls.takeAll()) ask.refuse(new PixyError('shutting-down', {}));
  }

  whyWaiting({ request }: PollAsk): PollReason | PixyError {
    const bar = this.#whyNothingIsOurs();
    if (bar !== undefined) return bar;
    const refusal = this.#leaderRefusal();
    if (refusal !== undefined) return refusedFor(refusal);
    const desks = this.#owners.flatMap(({ desk }) => desk.get() ?? []);
    if (desks.length === 0) return 'rebalancing';
    if (desks.every((desk) => desk.isFull(request.ack === 'none'))) return 'full';
    if (desks.every((desk) => !desk.hasLeader)) return 'no-leader';
    return 'no-message';
  }

  /** `undefined`: partitions fall to us. */
  #whyNothingIsOurs(): PollReason | PixyError | undefined {
    // Before all that may pass by itself.
    if (this.#view?.refusal !== undefined) return refusedFor(this.#view.refusal);
    if (this.#session !== 'up') return 'zookeeper-away';
    if (this.#unknownTopic || this.#view?.state === 'unknown') return 'unknown-topic';
    const unassigned = this.#assigned === undefined ? this.#args.whyUnassigned() : undefined;
    if (unassigned === 'zookeeper-away') return unassigned;
    if (this.#view?.state === 'unreachable') return 'kafka-away';
    if (this.#assigned === undefined) return 'joining';
    return this.#assigned.length === 0 ? 'no-partition' : undefined;
  }

  /** Others may let us in, and so it is not said of the whole cluster. */
  #leaderRefusal(): string | undefined {
    const { kafka } = this.#args.services;
    for (const { partition } of this.#owners) {
      const refusal = kafka.refusal(this.#leaderOf(partition));
      if (refusal) return refusal.message;
    }
    return undefined;
  }

  // --- the group

  #tellGroup(event: GroupMemberEvent): void {
    this.#shell.tell(addressOf.group(this.#args.services.cluster, this.#args.group), event);
  }

  tellGroupJoin(): void {
    this.#tellGroup({ type: 'topic.join', topic: this.#args.topic });
  }

  tellGroupLeave(): void {
    this.#tellGroup({ type: 'topic.leave', topic: this.#args.topic });
  }

  noteAssignment(partitions: readonly number[], unknownTopic: boolean): void {
    this.#assigned = partitions;
    this.#unknownTopic = unknownTopic;
    this.#session = 'up';
  }

  noteSession(session: 'up' | 'lapsed' | 'lost'): void {
    this.#session = session;
    if (session === 'lost') this.#assigned = undefined;
  }

  // --- the owners

  resumeOwners(partitions: readonly number[]): void {
    for (const partition of partitions) this.#startOwner(partition);
  }

  get owned(): readonly number[] {
    return this.#owners.map(({ partition }) => partition);
  }

  reconcileOwners(partitions: readonly number[]): void {
    const wanted = new Set(partitions);
    for (const owner of this.#owners) if (!wanted.has(owner.partition)) this.#release(owner);
    for (const partition of partitions) {
      // One that still leaves is waited for: it ends, and we are called again.
      if (!this.#owners.some((owner) => owner.partition === partition)) this.#startOwner(partition);
    }
  }

  #startOwner(partition: number): void {
    const { services, group, topic, coordinator } = this.#args;
    const address = joinAddress(
      services.cluster,
      'group',
      group,
      'topic',
      topic,
      'partition',
      String(partition),
    ) as Address<PartitionOwnerEvent>;
    const desk = this.#shell.borrow<OwnerDesk>(address);
    this.#owners.push({ partition, address, desk, leaving: false, hurried: false });
    this.#owners.sort((a, b) => a.partition - b.partition);
    this.#shell.spawn(partitionOwnerKind, address, {
      services,
      group,
      topic,
      partition,
      leader: () => this.#leaderOf(partition),
      coordinator,
      onReadable: () => this.dispatch(),
      onNothingOut: () => this.#onNothingOut(),
      tellServing: () => this.#shell.self({ type: 'owner.serving', partition }),
    });
  }

  #leaderOf(partition: number): number {
    return this.#view?.partitions.find((known) => known.partition === partition)?.leader ?? -1;
  }

  #release(owner: Owner): void {
    const hurry = this.#draining && !owner.hurried;
    if (owner.leaving && !hurry) return;
    owner.leaving = true;
    owner.hurried = this.#draining;
    this.#shell.tell(owner.address, { type: 'release', settleTimeoutMs: this.#settleTimeoutMs });
  }

  /** When the daemon stops, the last commit and the release need their share of the time. */
  get #settleTimeoutMs(): number {
    const { releaseTimeoutMs } = this.#args.services.config.consumer;
    return this.#draining ? Math.min(releaseTimeoutMs, this.#args.drainTimeoutMs / 2) : releaseTimeoutMs;
  }

  releaseOwners(): void {
    for (const owner of this.#owners) this.#release(owner);
  }

  loseOwners(): void {
    for (const owner of this.#owners) {
      owner.leaving = true;
      this.#shell.tell(owner.address, { type: 'session.lost' });
    }
  }

  ownerEnded(address: string): SubscriptionEvent | undefined {
    const owner = this.#owners.find((known) => known.address === address);
    if (!owner) return undefined;
    this.#owners = this.#owners.filter((known) => known !== owner);
    return { type: 'owner.ended', partition: owner.partition };
  }

  keepTopic({ view }: TopicChanged): void {
    const before = this.#view;
    this.#view = view;
    for (const { partition, address } of this.#owners) {
      const leader = this.#leaderOf(partition);
      const leaderBefore = before?.partitions.find((known) => known.partition === partition)?.leader ?? -1;
      if (leader !== leaderBefore) this.#shell.tell(address, { type: 'leader.changed', leader });
    }
  }

  logAssignment(partitions: readonly number[]): void {
    this.#shell.log.info({ partitions }, partitions.length === 0 ? 'no partition falls to us' : 'consuming');
  }

  logIdle(): void {
    const { subscriptionTimeoutMs } = this.#args.services.config.consumer;
    this.#shell.log.info({ subscriptionTimeoutMs }, 'nobody asks for messages any more, giving the topic up');
  }

  describe() {
    const [longest] = this.polls;
    const why = longest ? this.whyWaiting(longest) : this.#whyNothingIsOurs();
    const serving = this.#owners.filter(({ desk }) => desk.get() !== undefined);
    return {
      polls: this.polls.size,
      partitions: this.#view?.partitions.length ?? -1,
      assigned: (this.#assigned ?? []).slice(0, partitionsShownMax).join(' '),
      serving: serving
        .slice(0, partitionsShownMax)
        .map(({ partition }) => partition)
        .join(' '),
      quietMs: longest ? 0 : Math.round(this.#idle.quietMs),
      idleAfterMs: this.#args.services.config.consumer.subscriptionTimeoutMs,
      waits: why instanceof PixyError ? why.code : (why ?? ''),
      unacked: this.#unacked,
    };
  }

  forget(): void {
    unwatchTopic(this.#shell, this.#args.services.cluster, this.#args.topic);
  }
}

const refusedFor = (reason: string) => new PixyError('kafka-access-denied', { reason });

/** Of what it had, only the partitions outlive a crash, so that each claim has a keeper. */
export const subscriptionKind: ActorKind<typeof subscriptionMachine, SubscriptionArgs, readonly number[]> = {
  name: 'subscription',
  machine: subscriptionMachine,
  restart: workerRestart,
  mailboxRequestsMax: 10_000,
  build(shell, args, kept) {
    const body = new SubscriptionBody(shell, args);
    return {
      input: { effects: body, left: kept ?? [] },
      serve(ask) {
        body.serve(ask as PollAsk);
        return true;
      },
      receive(ask) {
        body.serve(ask as PollAsk);
        return { type: 'poll.arrived' };
      },
      whyWaiting: (ask) => body.whyWaiting(ask as PollAsk),
      adopt: refuseUnowned,
      childEnded: (address) => body.ownerEnded(address),
      describe: () => body.describe(),
      ended() {
        body.forget();
        return { kept: body.owned, asks: [] };
      },
    };
  },
};
