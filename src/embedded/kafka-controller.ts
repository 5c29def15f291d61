import type { BrokerId } from '../kafka/port.js';
import type { Clock } from '../host/host.js';
import type { Barrier } from './barrier.js';
import type { CutOff, Partition } from './kafka-partition.js';
import type { EmbeddedLimits } from './limits.js';

export interface Broker {
  readonly id: BrokerId;
  /** Its process runs, if only to take connections. */
  up: boolean;
  /** The cluster counts on it: it is up, and has not been silent for too long. */
  member: boolean;
  /** How long it thinks before it does what it is asked. */
  delayMs: number;
  /** Counts its starts: a request that was on its way to an earlier one is lost. */
  incarnation: number;
  /** Everything that it does passes here; closed while it is frozen. */
  readonly work: Barrier;
}

export interface ControllerOptions {
  readonly brokers: ReadonlyMap<BrokerId, Broker>;
  readonly partitions: () => Iterable<Partition>;
  readonly clock: Clock;
  readonly limits: EmbeddedLimits;
  /** An election has cut a log off. */
  readonly onCutOff: (partition: Partition, cutOff: CutOff) => void;
}

/** Who counts as living, who leads, and who is in sync: what a Kafka cluster decides of itself. */
export class KafkaController {
  readonly #options: ControllerOptions;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  brokerDown(broker: Broker): void {
    if (!broker.up) return;
    broker.up = false;
    broker.incarnation++;
    // What it was asked while it was frozen dies with it, and who is started again is not frozen.
    broker.work.drop();
    broker.work.open();
    this.#expel(broker);
  }

  brokerUp(broker: Broker): void {
    if (broker.up) return;
    broker.up = true;
    this.#admit(broker);
  }

  /**
   * It does nothing from now on, and does not follow. What it leads has no other leader until it has been silent for as long
   * as the cluster lets it be.
   */
  freeze(broker: Broker): void {
    if (!broker.up || broker.work.isClosed) return;
    broker.work.close();
    for (const partition of this.#options.partitions()) this.stick(partition, broker.id);
    const { clock, limits } = this.#options;
    // One that is frozen anew before the time is over is expelled a little early, as one that is slow to answer may be.
    clock.setTimeout(() => broker.work.isClosed && this.#expel(broker), limits.brokerSessionTimeoutMs);
  }

  /** What it was asked meanwhile comes at once, to a broker that has learned what it missed. */
  thaw(broker: Broker): void {
    if (!broker.work.isClosed) return;
    this.#admit(broker);
    for (const partition of this.#options.partitions()) this.unstick(partition, broker.id);
    broker.work.open();
  }

  /** The cluster counts on it no more: another in-sync replica leads what it led, or nobody does. */
  #expel(broker: Broker): void {
    if (!broker.member) return;
    broker.member = false;
    for (const partition of this.#options.partitions()) {
      partition.left(broker.id);
      if (partition.leader !== broker.id) partition.changed();
      else this.#elect(partition, partition.inSyncReplicas.find((id) => this.#isMember(id)) ?? -1);
    }
  }

  /** It counts on it again: it leads what nobody else may, and gets what it missed. */
  #admit(broker: Broker): void {
    if (broker.member) return;
    broker.member = true;
    for (const partition of this.#options.partitions()) {
      const isAwaited = partition.leader === -1 && partition.inSyncReplicas.includes(broker.id);
      if (isAwaited) this.#elect(partition, broker.id);
      else this.#catchUp(partition);
    }
  }

  /** An election: `leader` is an in-sync replica that is up, or -1 for none. */
  moveLeader(partition: Partition, leader: BrokerId): void {
    if (leader !== -1 && !(partition.inSyncReplicas.includes(leader) && this.#isMember(leader))) {
      throw new RangeError(`broker ${leader} cannot lead ${nameOf(partition)}: it is down or no replica in sync`);
    }
    this.#elect(partition, leader);
  }

  /** A replica that is up leads, in sync or not: as if all that are in sync were gone for a moment. */
  electUncleanly(partition: Partition, leader: BrokerId): void {
    if (!partition.replicas.includes(leader) || !this.#isMember(leader)) {
      throw new RangeError(`broker ${leader} cannot lead ${nameOf(partition)}: it is down or no replica`);
    }
    this.#elect(partition, leader);
  }

  #elect(partition: Partition, leader: BrokerId): void {
    const cutOff = partition.elect(leader);
    if (cutOff) this.#options.onCutOff(partition, cutOff);
    this.#catchUp(partition);
  }

  /** A follower fetches nothing from now on; who is behind for too long is not in sync any more. */
  stick(partition: Partition, id: BrokerId): void {
    const forTooLong = partition.stick(id);
    const { clock, limits } = this.#options;
    if (forTooLong) clock.setTimeout(forTooLong, limits.replicaLagMaxMs);
  }

  unstick(partition: Partition, id: BrokerId): void {
    partition.unstick(id);
    this.#catchUp(partition);
  }

  #catchUp(partition: Partition): void {
    partition.catchUp((id) => this.#isMember(id));
  }

  #isMember(id: BrokerId): boolean {
    return this.#options.brokers.get(id)!.member;
  }
}

const nameOf = ({ topic, partition }: Partition): string => `${topic}/${partition}`;
