import { PixyError } from '../../errors/pixy-error.js';
import { daemonMachine, type DaemonEffects, type DaemonEvent } from '../../machines/daemon.js';
import { addressOf } from '../addresses.js';
import { namesOf } from '../bus/address.js';
import type { ActorKind, Address, Ask, BusEvent, RequestOf, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { refuseUnowned } from '../consume/ack-channel.js';
import { groupMemberKind } from '../consume/group-member.js';
import { topicMetadataKind } from '../metadata/topic-metadata.js';
import { produceSenderKind, senderAddress } from '../produce/produce-sender.js';
import { topicProducerKind } from '../produce/topic-producer.js';
import { consumersDeskKind } from '../queries/consumers-desk.js';
import { handoverDeskKind } from '../queries/handover-desk.js';
import { offsetsDeskKind } from '../queries/offsets-desk.js';
import { topicsDeskKind } from '../queries/topics-desk.js';
import { controlPlaneRestart } from '../restart.js';
import { zooKeeperSessionKind } from '../zookeeper/zookeeper-session.js';

export interface DaemonArgs {
  readonly clusters: readonly ClusterServices[];
  /** Where it listens, for the log; known only once it does. */
  readonly addresses: () => readonly string[];
  readonly drainTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/** Answered when everything has ended. */
export type DrainRequest = RequestOf<null, { readonly type: 'drain' }>;

interface Kept {
  readonly listening: boolean;
  /** Of the first incarnation. */
  readonly startedAtMs: number;
}

/** Topics produced to, and groups, of one cluster at a time. */
const producersMax = 10_000;
const groupsMax = 10_000;

class DaemonBody implements DaemonEffects {
  readonly #shell: Shell<DaemonEvent>;
  readonly #args: DaemonArgs;
  /** Producers, groups and query desks: what a drain waits for. */
  readonly #work = new Set<string>();
  readonly #sessions = new Set<string>();
  readonly #drains: Ask<null>[] = [];
  /** The listeners are open. Nobody tells it a second time, so it outlives a crash. */
  listening: boolean;
  readonly startedAtMs: number;
  #draining = false;

  constructor(shell: Shell<DaemonEvent>, args: DaemonArgs, kept: Kept | undefined) {
    this.#shell = shell;
    this.#args = args;
    this.listening = kept?.listening ?? false;
    this.startedAtMs = kept?.startedAtMs ?? shell.clock.nowMs();
  }

  startClusters(): void {
    if (this.listening) this.#shell.self({ type: 'listening' });
    for (const services of this.#args.clusters) {
      const { cluster } = services;
      const zookeeper = addressOf.zookeeper(cluster);
      this.#sessions.add(zookeeper);
      this.#shell.spawn(zooKeeperSessionKind, zookeeper, { services });
      this.#shell.spawn(topicMetadataKind, addressOf.metadata(cluster), { services });
      for (const [address, kind] of [
        [addressOf.offsets(cluster), offsetsDeskKind],
        [addressOf.consumers(cluster), consumersDeskKind],
        [addressOf.topics(cluster), topicsDeskKind],
      ] as const) {
        this.#work.add(address);
        this.#shell.spawn(kind, address, { services });
      }
      const handover = addressOf.handover(cluster);
      this.#work.add(handover);
      this.#shell.spawn(handoverDeskKind, handover, { services });
    }
  }

  logServing(): void {
    this.listening = true;
    this.#shell.log.info({ addresses: this.#args.addresses() }, 'serving');
  }

  // --- what comes and goes with requests

  adopt(address: string, message: BusEvent): PixyError | undefined {
    const [cluster, what, name, ...deeper] = namesOf(address);
    const services = this.#args.clusters.find((known) => known.cluster === cluster);
    if (!services || name === undefined) return new PixyError('no-such-actor', { address });
    if (message.type === 'ack') return refuseUnowned(address, message);
    // What was accepted before still has to reach a broker.
    if (what === 'sender' && deeper.length === 0) return this.#adoptSender(services, Number(name));
    if (this.#draining) return new PixyError('shutting-down', {});
    if (what === 'producer' && deeper.length === 0 && message.type === 'produce')
      return this.#adoptProducer(services, name);
    if (what === 'group' && deeper[0] === 'topic' && deeper.length === 2 && message.type === 'consume')
      return this.#adoptGroup(services, name);
    return new PixyError('no-such-actor', { address });
  }

  #adoptSender(services: ClusterServices, broker: number): undefined {
    this.#shell.spawn(produceSenderKind, senderAddress(services.cluster, broker), { services, broker });
  }

  #adoptProducer(services: ClusterServices, topic: string): PixyError | undefined {
    const limit = producersMax;
    if (this.#count('producer') >= limit) return new PixyError('too-many-actors', { what: 'topics', limit });
    const address = addressOf.producer(services.cluster, topic);
    this.#work.add(address);
    this.#shell.spawn(topicProducerKind, address, { services, topic });
    return undefined;
  }

  #adoptGroup(services: ClusterServices, group: string): PixyError | undefined {
    const limit = groupsMax;
    if (this.#count('group') >= limit) return new PixyError('too-many-actors', { what: 'groups', limit });
    const address = addressOf.group(services.cluster, group);
    this.#work.add(address);
    this.#shell.spawn(groupMemberKind, address, { services, group, drainTimeoutMs: this.#args.drainTimeoutMs });
    return undefined;
  }

  #count(what: string): number {
    let count = 0;
    for (const address of this.#work) if (address.split('/')[1] === what) count++;
    return count;
  }

  childEnded(address: string): DaemonEvent | undefined {
    if (this.#work.delete(address)) return { type: 'work.ended', left: this.#work.size };
    if (this.#sessions.delete(address)) return { type: 'session.ended', left: this.#sessions.size };
    return undefined;
  }

  // --- the end

  receive(ask: Ask): DaemonEvent | undefined {
    const drain = ask as Ask<null>;
    this.#drains.push(drain);
    return { type: 'drain', left: this.#work.size };
  }

  drainAll(): void {
    this.#draining = true;
    this.#shell.log.info({ drainTimeoutMs: this.#args.drainTimeoutMs }, 'draining: finishing what was accepted');
    for (const address of this.#work) this.#shell.tell(address as Address<{ type: 'drain' }>, { type: 'drain' });
  }

  logUnfinished(): void {
    this.#shell.log.error(
      { unfinished: [...this.#work] },
      'not finished within the drain timeout: accepted messages that are still here are lost, offered ones come again',
    );
  }

  closeSessions(): void {
    for (const address of this.#sessions) this.#shell.tell(address as Address<{ type: 'close' }>, { type: 'close' });
  }

  ended(): void {
    for (const ask of this.#drains) ask.reply(null);
  }

  describe() {
    const { clusters } = this.#args;
    // One budget for all clusters.
    const budget = clusters[0]?.budget;
    return {
      clusters: clusters.length,
      heldBytes: budget?.heldBytes ?? 0,
      budgetBytes: budget?.budgetBytes ?? 0,
      uptimeMs: Math.round(this.#shell.clock.nowMs() - this.startedAtMs),
    };
  }
}

/** The root of the tree, at the empty address. */
export const daemonKind: ActorKind<typeof daemonMachine, DaemonArgs, Kept> = {
  name: 'daemon',
  machine: daemonMachine,
  restart: controlPlaneRestart,
  mailboxRequestsMax: 100_000,
  build(shell, args, kept) {
    const body = new DaemonBody(shell, args, kept);
    return {
      input: { effects: body, drainTimeoutMs: args.drainTimeoutMs, closeTimeoutMs: args.closeTimeoutMs },
      adopt: (address, message) => body.adopt(address, message),
      receive: (ask) => body.receive(ask),
      childEnded: (address) => body.childEnded(address),
      describe: () => body.describe(),
      ended() {
        body.ended();
        return { kept: { listening: body.listening, startedAtMs: body.startedAtMs }, asks: [] };
      },
    };
  },
};
