import { escaped } from '../markup.js';
import type { Axis } from './axis.js';
import { titled } from './row.js';

/** A bar with its label in the first lane in which both have room. */
export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  readonly title: string;
  readonly kind: string;
  /** Thin and behind, as a limit: how far it goes. */
  readonly limitMs?: number | undefined;
}

export const lanePx = 20;
const lanesMax = 14;
/** Estimates, on a page of common width: a narrower one cuts labels off at the room that they were given. */
const plotPx = 880;
const charPx = 6.4;
const gapPx = 14;
const leastShare = 0.004;

interface Placed {
  readonly bar: Bar;
  readonly lane: number;
  readonly label: { readonly from: number; readonly to: number; readonly anchor: 'start' | 'end' } | undefined;
}

export function lanesOf(bars: readonly Bar[], axis: Axis): { readonly shapes: string; readonly heightPx: number } {
  const ends: number[] = [];
  const placed = bars
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .map((bar): Placed => {
      const from = bar.fromMs / axis.endMs;
      const to = Math.max(Math.max(bar.toMs, bar.limitMs ?? 0) / axis.endMs, from + leastShare);
      const label = labelOf(bar.text, from, Math.min(1, to));
      const [left, right] = [Math.min(from, label.from), Math.max(to, label.to)];
      const free = ends.findIndex((end) => end <= left);
      const lane = free >= 0 ? free : ends.length < lanesMax ? ends.length : lanesMax - 1;
      const isCrowded = free < 0 && lane === lanesMax - 1 && ends.length === lanesMax;
      ends[lane] = Math.max(right + gapPx / plotPx, ends[lane] ?? 0);
      return { bar, lane, label: isCrowded ? undefined : label };
    });
  return {
    shapes: placed.map((one) => shapeOf(one, axis)).join(''),
    heightPx: Math.max(1, ends.length) * lanePx + 4,
  };
}

/** Behind the bar; before it, where the end of the axis is near; where neither has room, cut off on the side that has more. */
function labelOf(text: string, from: number, to: number): NonNullable<Placed['label']> {
  const share = (text.length * charPx + 10) / plotPx;
  if (to + share <= 1) return { from: to, to: to + share, anchor: 'start' };
  if (from - share >= 0) return { from: from - share, to: from, anchor: 'end' };
  return 1 - to >= from ? { from: to, to: 1, anchor: 'start' } : { from: 0, to: from, anchor: 'end' };
}

function shapeOf({ bar, lane, label }: Placed, axis: Axis): string {
  const y = lane * lanePx + 4;
  const limit =
    bar.limitMs === undefined
      ? ''
      : `<rect class="limit" x="${axis.at(bar.fromMs)}" y="${y + 4}" width="${axis.wide(bar.limitMs - bar.fromMs)}" height="6"/><rect class="limit-end" x="${axis.at(bar.limitMs)}" y="${y}" width="2" height="14"/>`;
  const widthMs = Math.max(bar.toMs - bar.fromMs, leastShare * axis.endMs);
  const rect = `<rect class="bar" x="${axis.at(bar.fromMs)}" y="${y}" width="${axis.wide(widthMs)}" height="14" rx="2"/>`;
  if (!label) return titled(bar.title, limit + rect, bar.kind);
  const [from, width] = [label.from * axis.endMs, (label.to - label.from) * axis.endMs];
  const place = label.anchor === 'start' ? 'x="0" dx="6"' : 'x="100%" dx="-6" text-anchor="end"';
  const text = `<svg x="${axis.at(from)}" y="${y}" width="${axis.wide(width)}" height="16"><text ${place} y="11">${escaped(bar.text)}</text></svg>`;
  return titled(bar.title, limit + rect + text, bar.kind);
}
