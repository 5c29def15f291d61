import { WaitingCount, type PartitionStory } from './partitions.js';

/** A time in which a partition was not consumed, though something waited there. */
export interface DeliveryGap {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** When the first message began to wait, or the last delivery before. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Messages that waited in the end. */
  readonly waiting: number;
  /** False: it lasted until the end of the run. */
  readonly isOver: boolean;
}

/** What is shorter is the ordinary time between a post, a poll and an answer. */
export const gapMinMs = 500;

/** The longest first, `max` of them. */
export function longestGaps(stories: readonly PartitionStory[], endMs: number, max: number): DeliveryGap[] {
  return stories
    .flatMap((story) => gapsOf(story, endMs))
    .filter(({ fromMs, toMs }) => toMs - fromMs >= gapMinMs)
    .sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .slice(0, max);
}

function gapsOf(story: PartitionStory, endMs: number): DeliveryGap[] {
  const { group, topic, partition, waits, deliveries } = story;
  const count = new WaitingCount(waits);
  const gaps: DeliveryGap[] = [];
  let sinceMs: number | undefined;
  const end = (toMs: number, isOver: boolean) => {
    const { waiting } = count;
    if (sinceMs !== undefined) gaps.push({ group, topic, partition, fromMs: sinceMs, toMs, waiting, isOver });
    sinceMs = undefined;
  };
  const goTo = (atMs: number) => {
    while (count.nextMs < atMs) {
      const { nextMs } = count;
      count.next();
      if (count.waiting > 0) sinceMs ??= nextMs;
    }
  };
  for (const { handedMs } of deliveries) {
    goTo(handedMs);
    end(handedMs, true);
    // What is handed over in this very moment does not wait after it.
    while (count.nextMs === handedMs) count.next();
    if (count.waiting > 0) sinceMs = handedMs;
  }
  goTo(Infinity);
  end(endMs, false);
  return gaps;
}
