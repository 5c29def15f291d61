import type { FetchResult } from '../../kafka/port.js';
import type { PartitionOwnerEvent } from '../../machines/partition-owner.js';
import type { Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { suspectTopic } from '../metadata/watch-topic.js';
import type { FetchTarget } from './fetcher.js';
import type { GroupChildren } from './group-children.js';
import type { PartitionBuffer } from './partition-buffer.js';
import { partitionKey } from './partition-key.js';

/**
 * How an owner reads: it lends itself to the fetcher of the broker that leads the partition, moves when the leader does,
 * and fills the buffer as long as that has room.
 */
export class PartitionReader implements FetchTarget {
  readonly #shell: Shell<PartitionOwnerEvent>;
  readonly #services: ClusterServices;
  readonly #group: GroupChildren;
  readonly #onFetched: () => void;
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  leader: number;
  /** Next offset to be written, as the last answer had it; -1: none came yet. */
  highWatermark = -1;
  /** The broker whose fetcher reads for us. */
  #readingFrom: number | undefined;
  #buffer: PartitionBuffer | undefined;
  #full = false;
  #leftOut = false;

  /** `onFetched`: something came, be it only that the log holds nothing where it was read. */
  constructor(
    shell: Shell<PartitionOwnerEvent>,
    services: ClusterServices,
    group: GroupChildren,
    at: { readonly topic: string; readonly partition: number; readonly leader: () => number },
    onFetched: () => void,
  ) {
    this.#shell = shell;
    this.#services = services;
    this.#group = group;
    this.topic = at.topic;
    this.partition = at.partition;
    this.leader = at.leader();
    this.key = partitionKey(at.topic, at.partition);
    this.#onFetched = onFetched;
  }

  get isReading(): boolean {
    return this.#buffer !== undefined;
  }

  start(buffer: PartitionBuffer): void {
    this.#buffer = buffer;
    this.#full = false;
    this.followLeader(this.leader);
  }

  /** What lies in the buffer is dropped, what is offered stays. */
  stop(): void {
    this.#leaveFetcher();
    this.#buffer?.drop();
    this.#buffer = undefined;
  }

  followLeader(leader: number): void {
    this.leader = leader;
    if (!this.isReading || this.#readingFrom === leader) return;
    this.#leaveFetcher();
    if (leader < 0) return;
    this.#readingFrom = leader;
    this.#group.tell<{ type: 'partition.add'; target: FetchTarget }>(`fetcher/${leader}`, {
      type: 'partition.add',
      target: this,
    });
  }

  #leaveFetcher(): void {
    if (this.#readingFrom === undefined) return;
    this.#group.tellIfThere<{ type: 'partition.remove'; target: FetchTarget }>(`fetcher/${this.#readingFrom}`, {
      type: 'partition.remove',
      target: this,
    });
    this.#readingFrom = undefined;
  }

  /** The buffer has room, or what stood in the way may be gone. */
  readOn(): void {
    if (this.#readingFrom === undefined) return this.followLeader(this.leader);
    this.#group.tell<{ type: 'partition.room' }>(`fetcher/${this.#readingFrom}`, { type: 'partition.room' });
  }

  // --- as the fetcher sees it

  get fetchOffset(): number {
    return this.#buffer?.fetchOffset ?? 0;
  }

  get roomBytes(): number {
    return this.#full ? 0 : (this.#buffer?.roomBytes ?? 0);
  }

  get isEmpty(): boolean {
    return this.#buffer?.isEmpty ?? true;
  }

  leftOut(): void {
    this.#leftOut = true;
  }

  /**
   * Called with what was read for us. An answer to a position that we have left meanwhile is dropped: what it brings begins
   * too early, or too late, and then what lies between would count as absent.
   */
  fetched(result: FetchResult, asked: number): void {
    if (!this.#buffer || asked !== this.#buffer.fetchOffset) return;
    switch (result.error) {
      case null:
        this.highWatermark = result.highWatermark;
        this.#append(this.#buffer, result);
        return;
      case 'OFFSET_OUT_OF_RANGE':
        this.#shell.self({ type: 'position.lost' });
        return;
      case 'UNREADABLE_RECORDS':
      case 'UNSUPPORTED_FOR_MESSAGE_FORMAT':
      case 'CORRUPT_MESSAGE':
        this.#leaveFetcher();
        this.#shell.self({ type: 'records.unreadable' });
        return;
      default:
        this.#leaveFetcher();
        suspectTopic(this.#shell, this.#services.cluster, this.topic);
        this.#shell.clock.setTimeout(
          () => this.followLeader(this.leader),
          this.#services.config.consumer.retryBackoffMs,
        );
    }
  }

  #append(buffer: PartitionBuffer, result: FetchResult): void {
    if (result.nextOffset <= buffer.fetchOffset) return;
    buffer.append(result);
    if (!this.#full && buffer.roomBytes === 0) {
      this.#full = true;
      this.#shell.self({ type: 'buffer.full' });
    }
    this.#onFetched();
  }

  /** A message was taken. Room is reported when half of the buffer is free, so that a fetch is worth its request. */
  noteTaken(): void {
    if (this.#leftOut && this.isEmpty) {
      this.#leftOut = false;
      this.readOn();
    }
    if (!this.#full || this.#buffer!.roomBytes < this.#buffer!.bytesMax / 2) return;
    this.#full = false;
    this.#shell.self({ type: 'buffer.room' });
  }
}
