import { PixyError } from '../../errors/pixy-error.js';
import type { FetcherEvent } from '../../machines/fetcher.js';
import {
  groupMemberMachine,
  type CleanUpResult,
  type GroupMemberEffects,
  type GroupMemberEvent,
  type GroupReading,
} from '../../machines/group-member.js';
import type { OffsetCommitterEvent } from '../../machines/offset-committer.js';
import { assignPartitions } from '../../machines/partition-assignment.js';
import type { SubscriptionEvent } from '../../machines/subscription.js';
import type { TopicChanged, TopicView } from '../../machines/topic-view.js';
import { addressOf } from '../addresses.js';
import { namesOf } from '../bus/address.js';
import type { ActorKind, Address, BusEvent, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { unwatchTopic, watchTopic } from '../metadata/watch-topic.js';
import type { PollReason } from '../requests.js';
import { workerRestart } from '../restart.js';
import type { SessionLease } from '../zookeeper/session-lease.js';
import { watchSession } from '../zookeeper/watch-session.js';
import { refuseUnowned } from './ack-channel.js';
import { fetcherKind } from './fetcher.js';
import { GroupCoordinator } from './group-coordinator.js';
import { GroupRegistry } from './group-registry.js';
import { offsetCommitterKind } from './offset-committer.js';
import { subscriptionKind } from './subscription.js';

export interface GroupMemberArgs {
  readonly services: ClusterServices;
  readonly group: string;
  /** From the word to stop to the end of everything. */
  readonly drainTimeoutMs: number;
}

/** Topics that one group may consume here at a time. */
const topicsPerGroupMax = 1000;
/** Topics of our member node that are shown. */
const topicsShownMax = 100;
/** A group that nobody subscribes in is kept that long: it only exists for a moment between two subscriptions. */
const vacantMs = 5000;
/** Claims that are contested at about the same time are one reason to write our node again. */
const rewriteDelayMs = 2000;

class GroupMemberBody implements GroupMemberEffects {
  readonly #shell: Shell<GroupMemberEvent>;
  readonly #args: GroupMemberArgs;
  readonly #sessions;
  readonly #coordinator: GroupCoordinator;
  readonly registry: GroupRegistry;
  readonly #views = new Map<string, TopicView>();
  readonly #subscribed = new Set<string>();
  readonly #logged = new Map<string, string>();
  #draining = false;
  #failing: string | undefined;

  constructor(shell: Shell<GroupMemberEvent>, args: GroupMemberArgs) {
    const { services, group } = args;
    this.#shell = shell;
    this.#args = args;
    this.#sessions = shell.borrow<SessionLease>(addressOf.zookeeper(services.cluster));
    this.#coordinator = new GroupCoordinator(services.kafka, group);
    const { memberId } = services;
    const { incarnation } = shell;
    this.registry = new GroupRegistry({ group, memberId, incarnation }, this.#sessions, shell.clock, () =>
      shell.self({ type: 'members.changed' }),
    );
  }

  // --- what lies below

  adopt(address: string, message: BusEvent): PixyError | undefined {
    const { services, group } = this.#args;
    const [what, name, ...deeper] = namesOf(address).slice(namesOf(this.#shell.address).length);
    if (what === 'topic' && name !== undefined && deeper.length === 0 && message.type === 'consume')
      return this.#subscribe(name);
    if (what === 'committer' && name === undefined) {
      this.#shell.spawn(offsetCommitterKind, address as Address<OffsetCommitterEvent>, {
        services,
        coordinator: this.#coordinator,
      });
      return undefined;
    }
    const broker = Number(name);
    if (what === 'fetcher' && Number.isSafeInteger(broker) && deeper.length === 0) {
      this.#shell.spawn(fetcherKind, address as Address<FetcherEvent>, { services, group, broker });
      return undefined;
    }
    return refuseUnowned(address, message);
  }

  #subscribe(topic: string): PixyError | undefined {
    if (this.#draining) return new PixyError('shutting-down', {});
    if (this.#subscribed.size >= topicsPerGroupMax)
      return new PixyError('too-many-actors', {
        what: `topics of group ${this.#args.group}`,
        limit: topicsPerGroupMax,
      });
    this.#subscribed.add(topic);
    const { services, group, drainTimeoutMs } = this.#args;
    this.#shell.spawn(subscriptionKind, this.#subscription(topic), {
      services,
      group,
      topic,
      drainTimeoutMs,
      coordinator: this.#coordinator,
      whyUnassigned: () => this.#whyUnassigned(),
    });
    return undefined;
  }

  #subscription(topic: string): Address<SubscriptionEvent> {
    const { services, group } = this.#args;
    return addressOf.subscription(services.cluster, group, topic);
  }

  #whyUnassigned(): PollReason {
    return this.#sessions.get() ? 'joining' : 'zookeeper-away';
  }

  childEnded(address: string): GroupMemberEvent | undefined {
    for (const topic of this.#subscribed) {
      if (this.#subscription(topic) !== address) continue;
      this.#subscribed.delete(topic);
      return { type: 'subscription.ended', topic };
    }
    return undefined;
  }

  // --- membership

  watchSession(): void {
    watchSession(this.#shell, this.#args.services.cluster);
  }

  async register(topics: readonly string[]): Promise<void> {
    await this.registry.register(topics);
    this.#shell.log.info({ topics }, 'member of the group');
  }

  async deregister(): Promise<void> {
    await this.registry.deregister();
    this.#shell.log.info('left the group');
  }

  async readMembers(topics: readonly string[]): Promise<GroupReading> {
    const reading = await this.registry.readMembers(topics);
    this.#failing = undefined;
    return reading;
  }

  forgetRegistration(): void {
    this.registry.forgetRegistration();
  }

  async cleanUp(): Promise<CleanUpResult> {
    try {
      await this.registry.cleanUp();
      return 'clean';
    } catch (error) {
      if (this.registry.mayHaveLeftClaims) return 'claims-left';
      throw error;
    }
  }

  // --- the assignment

  watchTopic(topic: string): void {
    watchTopic(this.#shell, this.#args.services.cluster, topic);
  }

  unwatchTopic(topic: string): void {
    this.#views.delete(topic);
    this.#logged.delete(topic);
    unwatchTopic(this.#shell, this.#args.services.cluster, topic);
  }

  keepTopic({ view }: TopicChanged): void {
    this.#views.set(view.topic, view);
  }

  assignPartitions(topics: readonly string[]): void {
    const members = [...this.registry.members];
    for (const topic of topics) {
      const view = this.#views.get(topic);
      // Nothing is known yet: the subscription waits, and we are called again when something is.
      if (!view || (view.state === 'unreachable' && view.partitions.length === 0)) continue;
      const consumers = members.flatMap(([id, subscribed]) => (subscribed.includes(topic) ? [id] : []));
      const all = view.partitions.map(({ partition }) => partition);
      const partitions = assignPartitions(all, consumers).get(this.#args.services.memberId) ?? [];
      this.#logAssignment(topic, consumers.length, partitions);
      this.#tellSubscription(topic, { type: 'assigned', partitions, unknownTopic: view.state === 'unknown' });
    }
  }

  /** Others may have the members read again and again without a change; that is no news. */
  #logAssignment(topic: string, members: number, partitions: readonly number[]): void {
    const text = `${members}: ${partitions.join(',')}`;
    if (this.#logged.get(topic) === text) return;
    this.#logged.set(topic, text);
    this.#shell.log.info({ topic, members, partitions }, 'rebalanced');
  }

  release(topics: readonly string[]): void {
    for (const topic of topics) {
      if (!this.registry.registered.includes(topic)) this.#tellSubscription(topic, { type: 'release' });
    }
  }

  tellSubscriptions(session: 'lost' | 'lapsed' | 'resumed'): void {
    for (const topic of this.#subscribed) this.#tellSubscription(topic, { type: `session.${session}` });
  }

  drainSubscriptions(): void {
    this.#draining = true;
    for (const topic of this.#subscribed) this.#tellSubscription(topic, { type: 'drain' });
  }

  #tellSubscription(topic: string, event: SubscriptionEvent): void {
    const address = this.#subscription(topic);
    if (this.#shell.holds(address)) this.#shell.tell(address, event);
  }

  logFailure(step: 'register' | 'read' | 'deregister', error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    // The same failure again and again is one line, not one for each try.
    if (this.#failing === reason) return;
    this.#failing = reason;
    this.#shell.log.warn({ reason }, `cannot ${step} in ZooKeeper, trying on`);
  }

  describe() {
    const { members, registered } = this.registry;
    return { members: members.size, registered: registered.slice(0, topicsShownMax).join(',') };
  }
}

export const groupMemberKind: ActorKind<typeof groupMemberMachine, GroupMemberArgs> = {
  name: 'group-member',
  machine: groupMemberMachine,
  restart: workerRestart,
  mailboxRequestsMax: 10_000,
  build(shell, args) {
    const body = new GroupMemberBody(shell, args);
    return {
      input: { effects: body, retryBackoffMs: args.services.config.consumer.retryBackoffMs, vacantMs, rewriteDelayMs },
      adopt: (address, message) => body.adopt(address, message),
      childEnded: (address) => body.childEnded(address),
      describe: () => body.describe(),
      ended() {
        args.services.kafka.closeLane(args.group);
        return undefined;
      },
    };
  },
};
