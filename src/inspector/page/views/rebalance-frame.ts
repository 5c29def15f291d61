/** What is shown of the time: from the left edge to now. */
export interface TimeFrame {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Percent from the left edge. */
export const shareOf = (atMs: number, { fromMs, toMs }: TimeFrame): number =>
  (Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / ((toMs - fromMs) / 100);

/** At least this much is shown, so that not every millisecond is a big thing. */
const spanMinMs = 20_000;

/** The last `spanMs`, without what was before anything was seen. */
export function frameOf(nowMs: number, spanMs: number, seenSinceMs: number): TimeFrame {
  return { fromMs: Math.max(nowMs - spanMs, Math.min(seenSinceMs, nowMs - spanMinMs)), toMs: nowMs };
}
