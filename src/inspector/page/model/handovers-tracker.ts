import { Bounded } from './bounded.js';
import type { GroupMembers, GroupSign } from './group-members.js';
import { causeOf, isLateCause, stepsBetween, type Handover } from './handovers.js';
import { isConsuming, PartitionHistory, type PartitionPhase } from './partitions.js';

/** Of one topic of a group, oldest dropped first. */
const handoversPerTopicMax = 200;
/** Of one topic of a group; those above are not shown. */
const partitionsPerTopicMax = 1000;

/** Between two of our own it goes from one to the next in less. */
const unseenMs = 2000;

interface Reader {
  readonly member: string;
  readonly sinceMs: number;
}

/** The partitions of one topic of a group, and how they went from member to member. */
export class TopicHistory {
  readonly topic: string;
  readonly #partitions = new Map<number, PartitionHistory>();
  readonly #readers = new Map<number, Reader>();
  readonly #open = new Map<number, Handover>();
  readonly #handovers = new Bounded<Handover>(handoversPerTopicMax);

  constructor(topic: string) {
    this.topic = topic;
  }

  /** Ascending. */
  get partitions(): readonly PartitionHistory[] {
    return [...this.#partitions.values()].sort((a, b) => a.partition - b.partition);
  }

  /** In the order in which they began; those that last are in here. */
  get handovers(): readonly Handover[] {
    return this.#handovers.items;
  }

  partition(partition: number): PartitionHistory | undefined {
    return this.#partitions.get(partition);
  }

  /** One that lasts. */
  openHandover(partition: number): Handover | undefined {
    return this.#open.get(partition);
  }

  /** Who consumed it last, if nobody does now. */
  lastReader(partition: number): string | undefined {
    return this.#readers.get(partition)?.member;
  }

  change(partition: number, next: Parameters<PartitionHistory['change']>[0], members: GroupMembers): void {
    const history = this.#historyOf(partition);
    if (!history) return;
    const { member, phase, fromMs: atMs } = next;
    const before = history.change(next);
    if (before === phase) return;
    if (phase !== undefined && isConsuming(phase)) return this.#beginsToRead(history, member, atMs, members);
    const wasReader = this.#readers.get(partition)?.member === member;
    if (before !== undefined && isConsuming(before) && wasReader) this.#opens(partition, atMs);
    // A first sight of somebody who lets go is no hand-over that began now; one who wants to have it is.
    else if (before === undefined && isBeginning(phase)) this.#opens(partition, atMs);
  }

  /** It has so many; those that nobody ever had are of no less interest. */
  grow(partitions: number): void {
    if (this.#partitions.size >= partitions) return;
    for (let partition = 0; partition < partitions; partition++) if (!this.#historyOf(partition)) return;
  }

  explainLate(sign: GroupSign): void {
    for (const handover of this.#handovers.items) {
      if (!isLateCause(handover, sign)) continue;
      handover.cause = sign.text;
      handover.isExplained = true;
    }
  }

  /** Nobody is left in the group who could take them over. */
  abandon(atMs: number, members: GroupMembers): void {
    for (const [partition, handover] of this.#open) {
      const history = this.#partitions.get(partition);
      if (!history || [...history.open].length > 0) continue;
      this.#close(handover, history, atMs, members);
      this.#readers.delete(partition);
    }
  }

  /**
   * ZooKeeper was not read until now. What nobody had of those that we see into, for longer than a hand-over between them
   * takes, others may have had: that is no hand-over which lasts.
   */
  loseSight(partition: number, atMs: number, members: GroupMembers): void {
    const handover = this.#open.get(partition);
    const history = this.#partitions.get(partition);
    if (!handover || !history || [...history.open].length > 0) return;
    const lastMs = history.segments.at(-1)?.toMs ?? handover.openedAtMs;
    if (atMs - lastMs < unseenMs) return;
    this.#close(handover, history, lastMs, members);
    handover.isLostSight = true;
    this.#readers.delete(partition);
  }

  #historyOf(partition: number): PartitionHistory | undefined {
    const known = this.#partitions.get(partition);
    if (known || this.#partitions.size >= partitionsPerTopicMax) return known;
    const history = new PartitionHistory(partition);
    this.#partitions.set(partition, history);
    return history;
  }

  #opens(partition: number, atMs: number): void {
    if (this.#open.has(partition)) return;
    const reader = this.#readers.get(partition);
    const handover: Handover = {
      topic: this.topic,
      partition,
      from: reader?.member,
      heldSinceMs: reader?.sinceMs ?? 0,
      openedAtMs: atMs,
      fromMs: atMs,
      to: undefined,
      toMs: undefined,
      cause: '',
      isExplained: false,
      wasReleased: true,
      isLostSight: false,
      steps: [],
    };
    this.#open.set(partition, handover);
    this.#handovers.add(handover);
  }

  #beginsToRead(history: PartitionHistory, member: string, atMs: number, members: GroupMembers): void {
    const { partition } = history;
    const handover = this.#open.get(partition);
    const reader = this.#readers.get(partition);
    if (reader?.member !== member || handover) this.#readers.set(partition, { member, sinceMs: atMs });
    if (!handover) return;
    handover.to = member;
    this.#close(handover, history, atMs, members);
  }

  #close(handover: Handover, { segments }: PartitionHistory, atMs: number, members: GroupMembers): void {
    this.#open.delete(handover.partition);
    handover.toMs = atMs;
    handover.wasReleased = hasLetGo(handover, segments);
    const cause = causeOf(handover, members.signs);
    if (cause) handover.fromMs = Math.min(handover.openedAtMs, cause.atMs);
    handover.cause = cause?.text ?? unexplained(handover, segments, members);
    handover.isExplained = cause !== undefined;
    handover.steps = stepsBetween(segments, handover.fromMs, atMs);
  }
}

const isBeginning = (phase: PartitionPhase | undefined): boolean =>
  phase === 'claiming' || phase === 'waiting' || phase === 'positioning';

/** The one before released it, as far as we can see into that one. */
function hasLetGo({ from, openedAtMs }: Handover, segments: PartitionHistory['segments']): boolean {
  const last = segments.findLast(({ member }) => member === from);
  return last?.address === undefined || (last.phase === 'releasing' && last.fromMs >= openedAtMs);
}

function unexplained(
  { from, to, openedAtMs, wasReleased }: Handover,
  segments: PartitionHistory['segments'],
  members: GroupMembers,
): string {
  if (from === undefined) return 'nobody consumed it';
  if (from !== to) return wasReleased ? 'the group changed' : `${members.nameOf(from)} lost its claim`;
  const after = segments.find(({ member, fromMs }) => member === from && fromMs >= openedAtMs);
  return after?.phase === 'setting' ? 'its position was set' : `${members.nameOf(from)} read its position anew`;
}
