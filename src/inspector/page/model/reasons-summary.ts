import { counted } from './format.js';
import type { TopicHistory } from './handovers-tracker.js';
import { awaitedAckOf, numberOf, type PartitionPlace } from './reasons-facts.js';
import type { Reason } from './reasons-reason.js';
import { sentence, whyNotConsumed } from './reasons.js';
import type { World } from './world.js';

export interface PartitionNow {
  readonly partition: number;
  /** What sentences call whom the reason is about. */
  readonly name: string;
  readonly reason: Reason;
  /** Messages between what is committed and the end of the log; `undefined`: not known. */
  readonly lag: number | undefined;
  /** The offset that what is committed waits for, while later ones are acknowledged; `undefined`: none. */
  readonly awaitedAck: number | undefined;
  /** Of the actor that owns the partition, or wants to. */
  readonly address: string | undefined;
}

/** Partitions of which the same is to be said. */
export interface ReasonLine {
  readonly partitions: readonly number[];
  readonly reason: Reason;
}

export function partitionsNow(
  world: World,
  topic: TopicHistory,
  place: Omit<PartitionPlace, 'partition'>,
): PartitionNow[] {
  return topic.partitions.map(({ partition, current }) => {
    const owner = current?.address === undefined ? undefined : world.actors.get(current.address);
    const reason = whyNotConsumed(world, { ...place, partition });
    const { members } = world.groups.of(place.cluster, place.group)!;
    const name = reason.member === undefined ? '' : members.nameOf(reason.member);
    const awaitedAck = awaitedAckOf(owner);
    return { partition, name, reason, lag: numberOf(owner, 'lag'), awaitedAck, address: current?.address };
  });
}

const tones = ['bad', 'wait', 'idle', 'ok'] as const;

/** What is to be said of all of them: the worst first, and the same only once. */
export function reasonLines(now: readonly PartitionNow[]): ReasonLine[] {
  const lines = new Map<string, PartitionNow[]>();
  for (const one of now) {
    const { kind, member, short } = one.reason;
    const key = kind === 'consumed' ? `consumed ${member}` : `${kind} ${member} ${short}`;
    const same = lines.get(key);
    if (same) same.push(one);
    else lines.set(key, [one]);
  }
  return [...lines.values()]
    .map((same) => ({ partitions: same.map(({ partition }) => partition), reason: reasonOfAll(same) }))
    .sort((a, b) => tones.indexOf(a.reason.tone) - tones.indexOf(b.reason.tone));
}

function reasonOfAll(same: readonly PartitionNow[]): Reason {
  const { reason } = same[0]!;
  if (reason.kind === 'consumed') return consumedBy(same);
  const areAlike = same.every(({ reason: { is, next } }) => is === reason.is && next === reason.next);
  return areAlike ? reason : { ...reason, is: `Partition ${same[0]!.partition}: ${reason.is} The others are alike.` };
}

function consumedBy(same: readonly PartitionNow[]): Reason {
  const { reason, name } = same[0]!;
  const lags = same.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  const lag = lags.reduce((sum, one) => sum + one, 0);
  const all = same.length === 1 ? 'it' : 'them';
  const behind =
    lags.length === 0 ? '' : lag === 0 ? `, and has read ${all} to the end` : `, ${counted(lag, 'message')} behind`;
  const held = same.find(({ awaitedAck }) => awaitedAck !== undefined);
  const waits = held
    ? `; the committed offset of partition ${held.partition} waits for the acknowledgement of offset ${held.awaitedAck}`
    : '';
  return { ...reason, is: sentence(`${name} reads ${all}${behind}${waits}.`) };
}
