import type { ChaosResult, Recovery } from '../../result.js';
import { toldFaults } from '../../together.js';
import { isInTime } from '../counts.js';
import { counted, duration, moment, span } from '../format.js';
import { slowestText } from '../terminal.js';
import { escaped } from '../markup.js';
import { ticksOf, type Axis } from './axis.js';
import { lanesOf, type Bar } from './lanes.js';
import { titled, type Row } from './row.js';

const barsMax = 500;
export const violationsMax = 500;
/** Violations that lie closer together than this share of the axis have one mark. */
const markShare = 1 / 150;

/** What was done and what came of it: rows of bars and marks. */
export function eventRows(result: ChaosResult, axis: Axis, id: string): Row[] {
  return [faultRow(result, axis), recoveryRow(result, axis), violationRow(result, axis, id)].filter(
    (row) => row !== undefined,
  );
}

function faultRow({ history: { faults } }: ChaosResult, axis: Axis): Row {
  const told = toldFaults(faults).slice(0, barsMax);
  const bars = told.map(({ text, fromMs, toMs }): Bar => ({
    fromMs,
    toMs,
    text,
    title: `${text}: ${span(fromMs, toMs)}`,
    kind: 'fault',
  }));
  const { shapes, heightPx } = lanesOf(bars, axis);
  const description = bars.length === 0 ? 'Nothing was broken.' : bars.map(({ title }) => title).join('; ');
  return { kind: 'faults', label: 'Faults', detail: 'what was broken', heightPx, description, shapes };
}

function recoveryRow({ verdict: { recoveries } }: ChaosResult, axis: Axis): Row | undefined {
  if (recoveries.length === 0) return undefined;
  const bars = recoveries.slice(0, barsMax).map((recovery): Bar => {
    const { sinceMs, limitMs, tookMs } = recovery;
    return {
      fromMs: sinceMs,
      toMs: sinceMs + (tookMs ?? axis.endMs - sinceMs),
      limitMs: recovery.unjudged === undefined ? sinceMs + limitMs : undefined,
      text: shortText(recovery),
      title: recoveryText(recovery),
      kind: `recovery ${recoveryKind(recovery)}`,
    };
  });
  const { shapes, heightPx } = lanesOf(bars, axis);
  const description = bars.map(({ title }) => title).join('; ');
  return {
    kind: 'recoveries',
    label: 'Recoveries',
    detail: 'until consumed again, and limit',
    heightPx,
    description,
    shapes,
  };
}

const shortText = ({ kind, tookMs }: Recovery): string =>
  `${kind} ${tookMs === undefined ? 'never' : `in ${duration(tookMs)}`}`;

export const recoveryKind = (recovery: Recovery): 'unjudged' | 'in-time' | 'late' =>
  recovery.unjudged !== undefined ? 'unjudged' : isInTime(recovery) ? 'in-time' : 'late';

function recoveryText(recovery: Recovery): string {
  const { kind, fault, tookMs, limitMs, unjudged, slowest } = recovery;
  const took = tookMs === undefined ? 'never' : `in ${duration(tookMs)}`;
  const last = slowest === undefined ? '' : `, last ${slowestText(recovery)}`;
  const judged = unjudged === undefined ? `limit ${duration(limitMs)}` : `not judged: ${unjudged}`;
  return `${kind === 'back' ? 'back' : 'taken over'} ${took} after ${fault} (${judged}${last})`;
}

function violationRow({ verdict: { violations } }: ChaosResult, axis: Axis, id: string): Row | undefined {
  if (violations.length === 0) return undefined;
  const shown = violations.slice(0, violationsMax);
  const marks = new Map<number, number[]>();
  for (const [at, { atMs }] of shown.entries()) {
    const bucket = Math.floor(Math.min(1, Math.max(0, atMs / axis.endMs)) / markShare);
    marks.set(bucket, [...(marks.get(bucket) ?? []), at]);
  }
  const shapes = [...marks.values()].map((members) => {
    const first = shown[members[0]!]!;
    const more = members.length > 1 ? ` and ${members.length - 1} more` : '';
    const title = `${moment(first.atMs)}: ${first.check}: ${first.text}${more}`;
    const mark = `<svg x="${axis.at(first.atMs)}" y="2" overflow="visible"><path d="M-6 14L0 2L6 14Z"/></svg>`;
    const label = escaped(`Violation at ${moment(first.atMs)}`);
    return `<a href="#${id}-violation-${members[0]! + 1}" aria-label="${label}">${titled(title, mark, 'violation')}</a>`;
  });
  return {
    kind: 'violations',
    label: 'Violations',
    detail: counted(violations.length, 'broken promise'),
    heightPx: 20,
    description: `${counted(violations.length, 'violation')}, from ${moment(shown[0]!.atMs)} on`,
    shapes: shapes.join(''),
    hasLinks: true,
  };
}

/** Numbers of the axis. */
export function timeRow(axis: Axis): Row {
  const shapes = ticksOf(axis.endMs).map(({ atMs, text }, at) => {
    const isLast = atMs > axis.endMs * 0.96;
    const place = isLast ? 'text-anchor="end" dx="-3"' : 'dx="3"';
    return `<g class="tick${at % 2 === 1 ? ' odd' : ''}"><line x1="${axis.at(atMs)}" x2="${axis.at(atMs)}" y1="0" y2="18"/><text x="${axis.at(atMs)}" y="12" ${place}>${text}</text></g>`;
  });
  return {
    kind: 'time',
    label: 'Time of the run',
    heightPx: 18,
    description: `From 0 s to ${moment(axis.endMs)}`,
    shapes: shapes.join(''),
  };
}

/** Behind all rows: when something was broken, when load ended, when everything was brought back. */
export function bandsSvg({ script, history }: ChaosResult, axis: Axis): string {
  const bands = brokenTimes(history.faults).map(
    ({ fromMs, toMs }) =>
      `<rect class="band" x="${axis.at(fromMs)}" width="${axis.wide(toMs - fromMs)}" y="0" height="100%"/>`,
  );
  const line = (ms: number, kind: string) =>
    `<line class="${kind}" x1="${axis.at(ms)}" x2="${axis.at(ms)}" y1="0" y2="100%"/>`;
  const drain = `<rect class="drain" x="${axis.at(history.recoveryMs)}" width="${axis.wide(axis.endMs - history.recoveryMs)}" y="0" height="100%"/>`;
  return `<svg class="bands" width="100%" height="100%" aria-hidden="true">${drain}${bands.join('')}${line(script.durationMs, 'load-end')}${line(history.recoveryMs, 'drain-begin')}</svg>`;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When anything was broken: where bands lay over each other, nothing could be seen of what lies under them. */
function brokenTimes(faults: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const { fromMs, toMs } of faults.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = found.at(-1);
    if (last && fromMs <= last.toMs) found[found.length - 1] = { ...last, toMs: Math.max(last.toMs, toMs) };
    else if (toMs > fromMs) found.push({ fromMs, toMs });
  }
  return found;
}
