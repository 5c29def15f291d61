import type { PartitionOwnerEvent } from '../../machines/partition-owner.js';
import type { Shell } from '../bus/types.js';
import type { GroupChildren } from './group-children.js';
import type { CommitSource, FlushRequest } from './offset-committer.js';
import { OffsetTracker, type TrackedPosition } from './offset-tracker.js';
import { partitionKey } from './partition-key.js';
import type { StartPosition } from './start-position.js';

/** The brokers' default for `offset.metadata.max.bytes`. */
const metadataCharactersMax = 4096;
/** How long the last commit may take before the partition is released all the same. */
const commitTimeoutMs = 5000;

interface PositionToStore {
  readonly position: TrackedPosition;
  /** `waiting`: not committed yet, or nothing may be committed by now. */
  state: 'waiting' | 'stored' | 'too-large';
}

/** How far an owner has come, and what of it is committed: the committer collects it from here. */
export class PartitionPosition implements CommitSource {
  readonly #shell: Shell<PartitionOwnerEvent>;
  readonly #group: GroupChildren;
  readonly #mayCommit: () => boolean;
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  tracker: OffsetTracker | undefined;
  #lastCommitted: TrackedPosition | undefined;
  /** Asked for by an operator: committed as it was given, before anything of the tracker is. */
  #toStore: PositionToStore | undefined;
  /** The committer knows that there is something to commit. */
  #movedTold = false;
  #metadataMax = metadataCharactersMax;

  constructor(
    shell: Shell<PartitionOwnerEvent>,
    group: GroupChildren,
    at: { readonly topic: string; readonly partition: number },
    mayCommit: () => boolean,
  ) {
    this.#shell = shell;
    this.#group = group;
    this.topic = at.topic;
    this.partition = at.partition;
    this.key = partitionKey(at.topic, at.partition);
    this.#mayCommit = mayCommit;
  }

  get lastCommitted(): TrackedPosition | undefined {
    return this.#lastCommitted;
  }

  /** Begins here. What is stored stays as it is until something moves: somebody's own metadata too. */
  begin(start: StartPosition): OffsetTracker {
    const { tracker, dropped } = OffsetTracker.restore(start.committed, start.metadata, this.#metadataMax);
    if (dropped)
      this.#shell.log.error(
        { metadata: start.metadata, reason: dropped },
        'metadata of the committed offset is dropped',
      );
    this.tracker = tracker;
    this.#lastCommitted = start.commitNow ? undefined : tracker.position();
    this.#movedTold = false;
    return tracker;
  }

  /** Begins here and commits it. Rejects when that cannot be done in time, or not at all. */
  async set(start: StartPosition): Promise<OffsetTracker> {
    const tracker = this.begin(start);
    const toStore: PositionToStore = {
      position: { offset: start.committed, metadata: start.metadata },
      state: 'waiting',
    };
    this.#toStore = toStore;
    try {
      this.enlist();
      await this.flush();
      if (toStore.state === 'too-large') throw new Error('the brokers take no metadata of that length');
      if (toStore.state !== 'stored') throw new Error('the partition may not be committed any more');
      return tracker;
    } finally {
      if (this.#toStore === toStore) this.#toStore = undefined;
    }
  }

  /** A start that is not what is stored is committed at once: who takes over before the interval would begin elsewhere. */
  enlist(): void {
    this.#group.tell<{ type: 'source.add'; source: CommitSource }>('committer', { type: 'source.add', source: this });
    if (!this.#unsaved()) return;
    this.#movedTold = true;
    this.#group.tell<{ type: 'flush' }>('committer', { type: 'flush' });
  }

  forget(): void {
    this.#group.tellIfThere<{ type: 'source.remove'; source: CommitSource }>('committer', {
      type: 'source.remove',
      source: this,
    });
    this.tracker = undefined;
    this.#toStore = undefined;
  }

  /** Tells the committer, once until it has committed. */
  noteMoved(): void {
    if (this.#movedTold || !this.#unsaved()) return;
    this.#movedTold = true;
    this.#group.tell<{ type: 'position.moved' }>('committer', { type: 'position.moved' });
  }

  pending(): TrackedPosition | undefined {
    return this.#mayCommit() ? this.#unsaved() : undefined;
  }

  get moved(): boolean {
    return this.#movedTold;
  }

  get heldBack(): boolean {
    return !this.#mayCommit() && this.#unsaved() !== undefined;
  }

  #unsaved(): TrackedPosition | undefined {
    if (!this.tracker) return undefined;
    if (this.#toStore) return this.#toStore.position;
    const position = this.tracker.position();
    const last = this.#lastCommitted;
    return last && last.offset === position.offset && last.metadata === position.metadata ? undefined : position;
  }

  committed(position: TrackedPosition): void {
    if (position === this.#toStore?.position) {
      this.#endStoring('stored');
      this.#lastCommitted = this.tracker?.position();
    } else this.#lastCommitted = position;
    this.#movedTold = this.#unsaved() !== undefined;
  }

  #endStoring(state: 'stored' | 'too-large'): void {
    this.#toStore!.state = state;
    this.#toStore = undefined;
  }

  shortenMetadata(): void {
    if (this.#toStore) return this.#endStoring('too-large');
    this.#metadataMax = Math.floor(this.#metadataMax / 2);
    this.tracker?.limitMetadata(this.#metadataMax);
  }

  /** Resolves when the newest position is committed, also when it is already. Rejects when that takes too long. */
  async flush(): Promise<void> {
    const request: FlushRequest = { type: 'flush', source: this };
    const outcome = await this.#shell.ask(this.#group.address('committer'), request, { deadlineMs: commitTimeoutMs });
    if (outcome.kind === 'refused') throw outcome.error;
    if (outcome.kind !== 'reply') throw new Error(`no commit within ${commitTimeoutMs} ms`);
  }
}
