import { moment } from '../format.js';

const bucketsMax = 600;

/** The time of a run from left to right; shapes stand in per cent of the width, so that a page of any width shows all of it. */
export interface Axis {
  readonly endMs: number;
  at(ms: number): string;
  /** How wide so long a time is. */
  wide(ms: number): string;
}

export function axisOf(endMs: number): Axis {
  const share = (ms: number) => Math.min(1, Math.max(0, ms / endMs));
  const perCent = (value: number) => `${+(value * 100).toFixed(3)}%`;
  return { endMs, at: (ms) => perCent(share(ms)), wide: (ms) => perCent(share(ms)) };
}

/** Equal stretches of a run. */
export interface Buckets {
  readonly stepMs: number;
  readonly count: number;
}

/** As short as can be, but no shorter than `minMs` and 600 of them at most. */
export function bucketsOf(endMs: number, minMs: number): Buckets {
  const stepMs = Math.max(1, Math.ceil(endMs / bucketsMax / minMs)) * minMs;
  return { stepMs, count: Math.max(1, Math.ceil(endMs / stepMs)) };
}

const niceStepsMs = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000];
const ticksMax = 10;

export function ticksOf(endMs: number): { readonly atMs: number; readonly text: string }[] {
  const stepMs = niceStepsMs.find((each) => endMs / each <= ticksMax) ?? 1_200_000;
  const ticks = Array.from({ length: Math.floor(endMs / stepMs) + 1 }, (_, at) => at * stepMs);
  return ticks.map((atMs) => ({ atMs, text: tickText(atMs, stepMs) }));
}

function tickText(atMs: number, stepMs: number): string {
  if (stepMs < 1000 && atMs < 60_000) return moment(atMs);
  const minutes = Math.floor(atMs / 60_000);
  const seconds = Math.round((atMs % 60_000) / 1000);
  return minutes === 0 ? `${seconds} s` : `${minutes}:${String(seconds).padStart(2, '0')}`;
}
