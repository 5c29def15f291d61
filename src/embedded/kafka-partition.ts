import type { BrokerId, PartitionMetadata } from '../kafka/port.js';
import { PartitionLog } from './partition-log.js';
import { ProducerSequences } from './producer-sequences.js';

export interface PartitionOptions {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly BrokerId[];
  /** Those of the replicas that are in sync from the beginning. */
  readonly inSyncReplicas: readonly BrokerId[];
  /** `min.insync.replicas` of the topic. */
  readonly inSyncReplicasMin: number;
  readonly producersMax: number;
}

/** What a new leader's log did not hold, and so nobody holds any more. */
export interface CutOff {
  readonly fromOffset: number;
  readonly toOffset: number;
  /** Below it, what was cut off had been acknowledged as lying at all in-sync replicas of then. */
  readonly acknowledgedOffset: number;
  /** Memory that it took. */
  readonly bytes: number;
  /** The values of the records, from `fromOffset` on. */
  readonly values: readonly (Buffer | null)[];
}

/**
 * A partition as its replicas have it. They share one log; of one that lacks the end of it only this is kept: where its own
 * log ends. So replication costs nothing while nobody is behind.
 */
export class Partition {
  readonly topic: string;
  readonly partition: number;
  readonly log = new PartitionLog();
  readonly sequences: ProducerSequences;
  readonly replicas: readonly BrokerId[];
  inSyncReplicas: readonly BrokerId[];
  readonly inSyncReplicasMin: number;
  /** -1: none. */
  leader: BrokerId;
  /** Long polls, and writes that wait for replicas: they look again when something here has changed. */
  readonly waiting = new Set<() => void>();
  /** Where the logs of those end that may lack what came later. */
  readonly #ends = new Map<BrokerId, number>();
  /** Replicas that fetch nothing. */
  readonly #stuck = new Map<BrokerId, { forTooLong: boolean }>();

  constructor({ topic, partition, replicas, inSyncReplicas, inSyncReplicasMin, producersMax }: PartitionOptions) {
    this.topic = topic;
    this.partition = partition;
    this.replicas = replicas;
    this.inSyncReplicas = inSyncReplicas;
    this.inSyncReplicasMin = inSyncReplicasMin;
    this.leader = inSyncReplicas[0] ?? -1;
    this.sequences = new ProducerSequences(producersMax);
    for (const id of replicas) if (!inSyncReplicas.includes(id)) this.#noteEnd(id);
  }

  /** What lies below it lies at every in-sync replica: so far consumers may read, and so far writes are acknowledged. */
  get highWatermark(): number {
    let watermark = this.log.endOffset;
    if (this.#ends.size > 0) for (const id of this.inSyncReplicas) watermark = Math.min(watermark, this.#endOf(id));
    return Math.max(watermark, this.log.startOffset);
  }

  get hasEnoughReplicas(): boolean {
    return this.inSyncReplicas.length >= this.inSyncReplicasMin;
  }

  changed(): void {
    // Who lacks something for too long is not in sync any more, and nothing waits for it.
    if (this.leader !== -1 && this.#stuck.size > 0) {
      const { endOffset } = this.log;
      this.inSyncReplicas = this.inSyncReplicas.filter(
        (id) => !this.#stuck.get(id)?.forTooLong || this.#endOf(id) >= endOffset,
      );
    }
    for (const look of this.waiting) look();
  }

  /**
   * This follower fetches nothing from now on. To be called when that has lasted for as long as a replica may be behind: what
   * is returned. `undefined`: it is the leader, or no replica, or stuck already.
   */
  stick(id: BrokerId): (() => void) | undefined {
    if (id === this.leader || !this.replicas.includes(id) || this.#stuck.has(id)) return undefined;
    const stuck = { forTooLong: false };
    this.#stuck.set(id, stuck);
    this.#noteEnd(id);
    return () => {
      stuck.forTooLong = true;
      this.changed();
    };
  }

  /** It fetches again; `catchUp` tells who may. */
  unstick(id: BrokerId): void {
    this.#stuck.delete(id);
  }

  /** The broker is no member of the cluster any more. Kafka keeps the last in-sync replica: nobody else may lead. */
  left(id: BrokerId): void {
    if (!this.replicas.includes(id)) return;
    this.#noteEnd(id);
    const remaining = this.inSyncReplicas.filter((replica) => replica !== id);
    if (remaining.length > 0) this.inSyncReplicas = remaining;
  }

  /** Replicas that can fetch have everything at once, and are in sync again; there must be a leader. */
  catchUp(canFetch: (id: BrokerId) => boolean): void {
    if (this.leader === -1) return;
    for (const id of [...this.#ends.keys()]) if (canFetch(id) && !this.#stuck.has(id)) this.#ends.delete(id);
    this.inSyncReplicas = this.replicas.filter((id) => this.inSyncReplicas.includes(id) || !this.#ends.has(id));
    this.changed();
  }

  /**
   * An election, of a replica or of nobody (-1). What the new leader lacks is cut off: other replicas throw away what their
   * leader does not have. One that was not in sync, which makes it an unclean election, is the only one that is then.
   */
  elect(leader: BrokerId): CutOff | undefined {
    const endOffset = leader === -1 ? this.log.endOffset : Math.max(this.#endOf(leader), this.log.startOffset);
    const cutOff = this.#cutOff(endOffset);
    this.leader = leader;
    this.#ends.delete(leader);
    this.#stuck.delete(leader);
    for (const [id, end] of this.#ends) this.#ends.set(id, Math.min(end, endOffset));
    if (leader !== -1 && !this.inSyncReplicas.includes(leader)) {
      for (const id of this.inSyncReplicas) this.#noteEnd(id);
      this.#ends.delete(leader);
      this.inSyncReplicas = [leader];
    }
    this.changed();
    return cutOff;
  }

  #cutOff(fromOffset: number): CutOff | undefined {
    const { endOffset: toOffset } = this.log;
    if (fromOffset >= toOffset) return undefined;
    const acknowledgedOffset = Math.max(fromOffset, this.highWatermark);
    const bytes = this.log.bytesBetween(fromOffset, toOffset);
    const values = this.log.cutOff(fromOffset);
    this.sequences.cutOff(fromOffset);
    return { fromOffset, toOffset, acknowledgedOffset, bytes, values };
  }

  #endOf(id: BrokerId): number {
    return this.#ends.get(id) ?? this.log.endOffset;
  }

  #noteEnd(id: BrokerId): void {
    this.#ends.set(id, this.#endOf(id));
  }

  metadata(): PartitionMetadata {
    const { partition, leader, replicas, inSyncReplicas } = this;
    return { partition, leader, replicas, inSyncReplicas, error: leader === -1 ? 'LEADER_NOT_AVAILABLE' : null };
  }

  describe() {
    return {
      ...this.metadata(),
      startOffset: this.log.startOffset,
      highWatermark: this.highWatermark,
      endOffset: this.log.endOffset,
      bytes: this.log.bytes,
      waiting: this.waiting.size,
    };
  }
}
