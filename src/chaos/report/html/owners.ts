import type { History } from '../../../verdict/history.js';
import { groupedBy } from '../../../verdict/places.js';
import { byName, duration, span } from '../format.js';
import type { DeliveryGap } from '../gaps.js';
import { ownershipOf, sampledOwnership, type Ownership } from '../ownership.js';
import type { PartitionStory } from '../partitions.js';
import { escaped } from '../markup.js';
import type { Axis } from './axis.js';
import { titled, type Row } from './row.js';

const partitionsMax = 64;
const segmentsMax = 600;
/** A segment that is narrower has no room for a name. */
const namedShare = 0.02;
const toldMax = 6;

/** One partition of a group with its owners. */
export interface OwnedPartition {
  readonly story: PartitionStory;
  readonly owners: readonly Ownership[];
}

/** As many of each group as there is room for. Those beyond are not drawn. */
export function ownedPartitions(
  stories: readonly PartitionStory[],
  { claims }: History,
  endMs: number,
): readonly OwnedPartition[] {
  const ofGroups = groupedBy(stories, ({ group }) => group);
  const eachMax = Math.max(1, Math.floor(partitionsMax / Math.max(1, ofGroups.size)));
  return [...ofGroups.values()]
    .flatMap((ofGroup) => ofGroup.slice(0, eachMax))
    .map((story) => ({ story, owners: sampledOwnership(ownershipOf(story, claims, endMs), endMs, segmentsMax) }));
}

/** Colours for 8 daemons, as many as a script may have; a stranger in the group has none. */
const coloursMax = 8;

export interface Daemons {
  readonly names: readonly string[];
  /** Class that colours what is a daemon's. */
  classOf(daemon: string): string;
  /** A character or two. */
  shortOf(daemon: string): string;
}

export function daemonsOf({ posts, deliveries }: History, processes: readonly { readonly daemon: string }[]): Daemons {
  const all = new Set<string>();
  for (const those of [processes, posts, deliveries]) for (const { daemon } of those) all.add(daemon);
  const names = [...all].sort(byName);
  return {
    names,
    classOf: (daemon) => {
      const at = names.indexOf(daemon);
      return at >= 0 && at < coloursMax ? `daemon-${at + 1}` : 'daemon-other';
    },
    shortOf: (daemon) => (names.includes(daemon) ? (/(\d{1,2})$/.exec(daemon)?.[1] ?? daemon.slice(0, 2)) : '?'),
  };
}

export function ownerRow(
  { story, owners }: OwnedPartition,
  gaps: readonly NumberedGap[],
  daemons: Daemons,
  axis: Axis,
): Row {
  const { group, topic, partition } = story;
  const segments = owners.map(({ fromMs, toMs, daemon, source }) => {
    const [y, height] = source === 'claims' ? [2, 13] : [6, 5];
    const place = `x="${axis.at(fromMs)}" width="${axis.wide(Math.max(toMs - fromMs, axis.endMs / 1000))}" y="${y}"`;
    const rect = `<rect class="${daemons.classOf(daemon)} ${source}" ${place} height="${height}"/>`;
    if (source === 'deliveries' || (toMs - fromMs) / axis.endMs < namedShare) return rect;
    return `${rect}<text x="${axis.at(fromMs)}" dx="5" y="12">${escaped(daemons.shortOf(daemon))}</text>`;
  });
  const marks = gaps
    .filter(({ gap }) => gap.group === group && gap.topic === topic && gap.partition === partition)
    .map(({ gap, number }) => {
      const line = `<rect x="${axis.at(gap.fromMs)}" width="${axis.wide(gap.toMs - gap.fromMs)}" y="15" height="4"/>`;
      const label = `<text class="gap-number" x="${axis.at(gap.fromMs)}" dx="-2" text-anchor="end" y="19">${number}</text>`;
      return titled(`${number}. ${gapText(gap)}`, line + label, 'gap');
    });
  const told = owners.slice(0, toldMax).map(({ daemon, fromMs, toMs }) => `${daemon} ${span(fromMs, toMs)}`);
  const more = owners.length > toldMax ? `, and ${owners.length - toldMax} more` : '';
  return {
    kind: 'owners',
    label: `${topic}/${partition}`,
    heightPx: 20,
    description: `Owners of ${topic}/${partition} in group ${group}: ${told.join(', ') || 'none'}${more}`,
    shapes: segments.join('') + marks.join(''),
  };
}

export interface NumberedGap {
  readonly gap: DeliveryGap;
  readonly number: number;
}

export const gapText = ({ group, topic, partition, fromMs, toMs }: DeliveryGap): string =>
  `Nothing of ${topic}/${partition} was given to ${group} for ${duration(toMs - fromMs)}, though something waited: ${span(fromMs, toMs)}`;
