/** What is shown of the time: from the left edge to now. */
export interface TimeFrame {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Percent from the left edge. */
export const shareOf = (atMs: number, { fromMs, toMs }: TimeFrame): number =>
  (Math.min(Math.max(atMs, fromMs), toMs) - fromMs) / ((toMs - fromMs) / 100);
