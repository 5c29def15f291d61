import { PixyError } from '../../errors/pixy-error.js';
import type { PartitionOwnerEvent } from '../../machines/partition-owner.js';
import type { GroupMemberEvent } from '../../machines/group-member.js';
import { subscriptionMachine, type SubscriptionEffects, type SubscriptionEvent } from '../../machines/subscription.js';
import type { TopicChanged, TopicView } from '../../machines/topic-view.js';
import { addressOf } from '../addresses.js';
import { joinAddress } from '../bus/address.js';
import type { ActorKind, Address, Ask, Loan, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { unwatchTopic, watchTopic } from '../metadata/watch-topic.js';
import type { Delivery, PollReason } from '../requests.js';
import { workerRestart } from '../restart.js';
import type { GroupCoordinator } from './group-coordinator.js';
import { IdleWatch } from './idle-watch.js';
import type { OwnerDesk } from './owner-desk.js';
import { partitionOwnerKind } from './partition-owner.js';
import { WaitingPolls } from './waiting-polls.js';

export interface SubscriptionArgs {
  readonly services: ClusterServices;
  readonly group: string;
  readonly topic: string;
  readonly coordinator: GroupCoordinator;
  /** Why nothing is assigned yet, as the group knows it. */
  readonly whyUnassigned: () => PollReason;
}

interface Owner {
  readonly partition: number;
  readonly address: Address<PartitionOwnerEvent>;
  readonly desk: Loan<OwnerDesk>;
  /** Was told to release, or to forget: it will not come back to us. */
  leaving: boolean;
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
  #refusing = false;
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
      () => shell.self({ type: 'idle' }),
    );
    watchTopic(shell, args.services.cluster, args.topic);
  }

  // --- requests

  /** Answers at once if a message is here, lets the request wait otherwise. */
  serve(ask: Ask<Delivery>): void {
    if (this.#refusing) return void ask.refuse(new PixyError('shutting-down', {}));
    this.#idle.touch();
    if (this.polls.size === 0 && this.#offerTo(ask)) return;
    if (!this.polls.add(ask)) ask.refuse(new PixyError('too-many-polls', {}));
  }

  dispatch(): void {
    // A message that nobody took goes back to its owner, which reports it; the loop below has it anyway.
    if (this.#dispatching) return;
    this.#dispatching = true;
    while (this.polls.size > 0 && this.#owners.some(({ desk }) => desk.get()?.readable)) {
      const ask = this.polls.shift();
      if (!ask) break;
      if (this.#offerTo(ask)) continue;
      this.polls.add(ask);
      break;
    }
    this.#dispatching = false;
  }

  /** Round robin over the partitions, in ascending order. */
  #offerTo(ask: Ask<Delivery>): boolean {
    const owners = this.#owners;
    const after = owners.findIndex(({ partition }) => partition > this.#lastServed);
    const first = after < 0 ? 0 : after;
    for (let turn = 0; turn < owners.length; turn++) {
      const owner = owners[(first + turn) % owners.length]!;
      const offer = owner.desk.get()?.take();
      if (!offer) continue;
      this.#lastServed = owner.partition;
      if (!ask.reply(offer.delivery)) offer.putBack();
      return true;
    }
    return false;
  }

  refusePolls(): void {
    this.#refusing = true;
    for (const ask of this.polls.takeAll()) ask.refuse(new PixyError('shutting-down', {}));
  }

  whyWaiting(): PollReason {
    if (this.#session !== 'up') return 'zookeeper-away';
    if (this.#unknownTopic || this.#view?.state === 'unknown') return 'unknown-topic';
    const unassigned = this.#assigned === undefined ? this.#args.whyUnassigned() : undefined;
    if (unassigned === 'zookeeper-away') return unassigned;
    if (this.#view?.state === 'unreachable') return 'kafka-away';
    if (this.#assigned === undefined) return 'joining';
    if (this.#assigned.length === 0) return 'no-partition';
    const desks = this.#owners.flatMap(({ desk }) => desk.get() ?? []);
    if (desks.length === 0) return 'rebalancing';
    if (desks.every((desk) => desk.atPendingLimit)) return 'full';
    if (desks.every((desk) => !desk.hasLeader)) return 'no-leader';
    return 'no-message';
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
    for (const owner of this.#owners) if (!wanted.has(owner.partition)) this.#tellLeave(owner, 'release');
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
    this.#owners.push({ partition, address, desk: this.#shell.borrow<OwnerDesk>(address), leaving: false });
    this.#owners.sort((a, b) => a.partition - b.partition);
    this.#shell.spawn(partitionOwnerKind, address, {
      services,
      group,
      topic,
      partition,
      leader: this.#leaderOf(partition),
      coordinator,
      onReadable: () => this.dispatch(),
      tellServing: () => this.#shell.self({ type: 'owner.serving', partition }),
    });
  }

  #leaderOf(partition: number): number {
    return this.#view?.partitions.find((known) => known.partition === partition)?.leader ?? -1;
  }

  #tellLeave(owner: Owner, type: 'release' | 'session.lost'): void {
    if (owner.leaving && type === 'release') return;
    owner.leaving = true;
    this.#shell.tell(owner.address, { type });
  }

  releaseOwners(): void {
    for (const owner of this.#owners) this.#tellLeave(owner, 'release');
  }

  loseOwners(): void {
    for (const owner of this.#owners) this.#tellLeave(owner, 'session.lost');
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

  forget(): void {
    unwatchTopic(this.#shell, this.#args.services.cluster, this.#args.topic);
  }
}

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
        body.serve(ask as Ask<Delivery>);
        return true;
      },
      receive(ask) {
        body.serve(ask as Ask<Delivery>);
        return { type: 'poll.arrived' };
      },
      whyWaiting: () => body.whyWaiting(),
      childEnded: (address) => body.ownerEnded(address),
      describe: () => ({ polls: body.polls.size }),
      ended() {
        body.forget();
        return { kept: body.owned, asks: [] };
      },
    };
  },
};
